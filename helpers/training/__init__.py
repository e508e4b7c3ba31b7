"""Training runs: several models from several seeds.

Read first: ``steps.py`` and ``trainer.py``, a step and the compiled loop, and ``comparison.py`` with `compare`; then
``runs.py``, what a comparison returns, and ``paired.py``, what its seeds can tell. ``programs.py`` only saves time and
memory.
"""

from helpers.training.comparison import batch_orders, compare
from helpers.training.runs import Runs
from helpers.training.trainer import Settings, Trainer
