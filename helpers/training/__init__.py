"""Training runs: one model, or several models from several seeds.

Read first: ``run.py`` with `train` and `compare`; then ``loop.py``, the compiled loop that they run, and ``runs.py``,
what a comparison returns, and ``paired.py``, what its seeds can tell. One step is in ``steps.py``; ``programs.py``,
``seeding.py`` and ``side_by_side.py`` only make a comparison quicker.
"""

from helpers.training.loop import Trainer
from helpers.training.run import batch_orders, compare, train
from helpers.training.runs import Runs

__all__ = ["Runs", "Trainer", "batch_orders", "compare", "train"]
