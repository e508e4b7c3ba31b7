"""Lesson 3, SELU and deep nets: its labs in ``labs.py``, the checks of its exercises in ``exercises.py``."""

from helpers.lessons.lesson3.labs import depth_lab

__all__ = ["depth_lab"]
