"""The start page: the map of the course, what is often said, a small lab and an exercise, and the room planner.

``folklore.py`` and ``course.py`` say what the lessons have measured, from the claims that ``stored.py`` finds in their
files; ``machine.py`` measures this machine, ``room.py`` says what it does for a class.
"""

from course.start.course import stations_with_figures
from course.start.course_map import plot_course
from course.start.folklore import folklore_table
from course.start.machine import this_machine
from course.start.room import plan_room
from course.start.setup import about_data, about_libraries, about_machine

__all__ = [
    "about_data",
    "about_libraries",
    "about_machine",
    "folklore_table",
    "plan_room",
    "plot_course",
    "stations_with_figures",
    "this_machine",
]
