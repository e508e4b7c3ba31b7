"""What flows through a network: statistics of each layer's output and gradient.

Read first: ``models.py``, which measures Keras models; ``propagation.py`` does the same for networks written in NumPy.
"""

from helpers.signals.models import (
    Signals,
    angle_between,
    dead_fraction,
    dead_fraction_meter,
    dead_units,
    layer_signals,
    mean_cosine,
    signals_by_seed,
    stacked,
)
from helpers.signals.propagation import propagate

__all__ = [
    "Signals",
    "angle_between",
    "dead_fraction",
    "dead_fraction_meter",
    "dead_units",
    "layer_signals",
    "mean_cosine",
    "propagate",
    "signals_by_seed",
    "stacked",
]
