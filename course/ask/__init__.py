"""What a lesson asks its reader: `predict` and `answer`; `check`, which judges the answer to an exercise.

Read first: ``exercises_1.py``, the checks of a lesson; the others are alike. ``predictions.py`` has a question before a
measurement, and the answer after it.
"""

from course.ask.checking import check
from course.ask.predictions import answer, predict

__all__ = ["answer", "check", "predict"]
