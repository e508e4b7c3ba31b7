"""The start page: the map of the course, what is often said, and the room planner.

Read first: ``stored.py``, which finds the claims that the lessons' notebooks store; ``course_map.py`` and
``folklore.py`` quote them. ``machine.py`` measures this machine, ``room.py`` says what it does for a class.
"""

from course.start.course_map import lessons_with_figures, plot_course
from course.start.folklore import folklore_table
from course.start.machine import this_machine
from course.start.room import plan_room
from course.start.setup import about_data, about_libraries, about_machine

__all__ = [
    "about_data",
    "about_libraries",
    "about_machine",
    "folklore_table",
    "lessons_with_figures",
    "plan_room",
    "plot_course",
    "this_machine",
]
