"""What flows through a network: statistics of each layer's output and gradient.

Read first: ``models.py``, which measures Keras models; ``propagation.py`` does the same for networks written in NumPy.
What both give is in ``statistics.py``.
"""

from helpers.signals.models import dead_fraction, layer_signals, signals_by_seed
from helpers.signals.propagation import propagate
from helpers.signals.statistics import Signals, angle_between, direction_statistics, stacked
