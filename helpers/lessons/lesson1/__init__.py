"""Lesson 1, weight initialization: its labs in ``labs.py``, its exercises in ``exercises.py``."""

from helpers.lessons.lesson1.exercises import four_networks
from helpers.lessons.lesson1.labs import initialization_lab

__all__ = ["four_networks", "initialization_lab"]
