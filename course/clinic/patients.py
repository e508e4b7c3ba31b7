"""The patients of the clinic, in the order of the course's own issue.

The notebook has their first complaints, too, and asks for the diagnosis; a test compares.
"""

from course.clinic.patients_of_lessons_1_to_3 import BRIGHT, DEEP, DYING, FADING, HEALTHY_ONE
from course.clinic.patients_of_lessons_4_and_5 import EXPLODING, FLAG, PAIRS, SHORTENED, TWO_AT_ONCE

PATIENTS = (FADING, DYING, EXPLODING, SHORTENED, DEEP, PAIRS, FLAG, HEALTHY_ONE, BRIGHT, TWO_AT_ONCE)
