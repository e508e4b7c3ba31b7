"""Lesson 2, nonsaturating activations: its labs in ``labs.py``, the checks of its exercises in ``exercises.py``.

``moments.py`` looks at a network during its first steps.
"""

from helpers.lessons.lesson2.labs import activation_lab, retraining_lab
from helpers.lessons.lesson2.moments import weights_over_steps

__all__ = ["activation_lab", "retraining_lab", "weights_over_steps"]
