"""Lesson 2, nonsaturating activations: its labs in ``labs.py``, the checks of its exercises in ``exercises.py``."""

from helpers.lessons.lesson2.labs import activation_lab, retraining_lab

__all__ = ["activation_lab", "retraining_lab"]
