"""Lesson 4, batch normalization: its labs in ``labs.py``, the checks of its exercises in ``exercises.py``.

``modes.py`` uses a trained network rightly and wrongly; ``disturbed.py`` is the test of the drift, ``step.py`` that of
the smoother step.
"""

from helpers.lessons.lesson4.disturbed import DisturbedBatchNorm, drift, unit_moments
from helpers.lessons.lesson4.labs import batch_lab, batch_norm_lab
from helpers.lessons.lesson4.modes import accuracy_in_use, class_cosines
from helpers.lessons.lesson4.step import along_the_step

__all__ = [
    "DisturbedBatchNorm",
    "accuracy_in_use",
    "along_the_step",
    "batch_lab",
    "batch_norm_lab",
    "class_cosines",
    "drift",
    "unit_moments",
]
