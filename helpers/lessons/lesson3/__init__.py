"""Lesson 3, SELU and deep nets: its lab in ``labs.py``, the checks of its exercises in ``exercises.py``.

``classes.py`` measures how well a network tells classes apart; ``drawings.py`` has two drawings.
"""

from helpers.lessons.lesson3.classes import (
    gradient_left,
    one_of_each,
    outputs_by_depth,
    readout_accuracy,
)
from helpers.lessons.lesson3.drawings import plot_pull_and_push, plot_residual_block
from helpers.lessons.lesson3.labs import depth_lab

__all__ = [
    "depth_lab",
    "gradient_left",
    "one_of_each",
    "outputs_by_depth",
    "plot_pull_and_push",
    "plot_residual_block",
    "readout_accuracy",
]
