"""Lesson 5, gradient clipping: labs in ``labs.py``, checks of exercises in ``exercises.py``.

``through_time.py`` follows a recurrent network until it diverges.
"""

from helpers.lessons.lesson5.labs import clipping_lab, recurrent_lab
from helpers.lessons.lesson5.through_time import (
    follow_until_it_diverges,
    growth_per_step_back,
    loss_after,
    loss_and_gradient,
    state_size,
)

__all__ = [
    "clipping_lab",
    "follow_until_it_diverges",
    "growth_per_step_back",
    "loss_after",
    "loss_and_gradient",
    "recurrent_lab",
    "state_size",
]
