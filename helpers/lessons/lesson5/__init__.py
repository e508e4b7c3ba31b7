"""Lesson 5, gradient clipping: its labs in ``labs.py``, the checks of its exercises in ``exercises.py``."""

from helpers.lessons.lesson5.labs import clipping_lab, recurrent_lab

__all__ = ["clipping_lab", "recurrent_lab"]
