"""The start page: the map of the course, what is often said, a small lab and an exercise, and the room planner.

``folklore.py`` and ``course.py`` say what the lessons have measured, from the claims that ``stored.py`` finds in their
files; ``machine.py`` measures this machine, ``room.py`` says what it does for a class.
"""

from helpers.lessons.start.course import stations_with_figures
from helpers.lessons.start.folklore import folklore_table
from helpers.lessons.start.labs import factor_lab
from helpers.lessons.start.machine import this_machine
from helpers.lessons.start.room import plan_room
from helpers.lessons.start.setup import about_data, about_libraries, about_machine

__all__ = [
    "about_data",
    "about_libraries",
    "about_machine",
    "factor_lab",
    "folklore_table",
    "plan_room",
    "stations_with_figures",
    "this_machine",
]
