"""Lesson 4, batch normalization: its labs in ``labs.py``, the checks of its exercises in ``exercises.py``."""

from helpers.lessons.lesson4.labs import batch_lab, batch_norm_lab

__all__ = ["batch_lab", "batch_norm_lab"]
