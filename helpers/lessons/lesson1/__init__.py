"""Lesson 1, weight initialization: its labs in ``labs.py``, the checks of its exercises in ``exercises.py``."""

from helpers.lessons.lesson1.labs import initialization_lab

__all__ = ["initialization_lab"]
