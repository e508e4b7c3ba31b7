"""What belongs to one lesson, by its name; `predict` and `answer`; `check`, which judges an exercise's answer.

Read first: ``lesson1/exercises.py``, a lesson's checks, and ``lesson1/labs.py``, its labs; the others are alike.
``predictions.py`` has a question before a measurement, and the answer after it.
"""

from helpers.lessons.lesson1 import exercises as exercises1
from helpers.lessons.lesson2 import exercises as exercises2
from helpers.lessons.lesson3 import exercises as exercises3
from helpers.lessons.lesson4 import exercises as exercises4
from helpers.lessons.lesson5 import exercises as exercises5
from helpers.lessons.predictions import answer, predict
from helpers.lessons.start import exercises as exercises0

__all__ = ["CHECKS", "answer", "check", "predict"]
CHECKS = {
    number: hint_for
    for lesson in (exercises0, exercises1, exercises2, exercises3, exercises4, exercises5)
    for number, hint_for in lesson.CHECKS.items()
}


def check(exercise, answer):
    """Print whether the answer to an exercise is right, and a hint if it is not.

    Never raises on a wrong answer, whatever its type: an answer that cannot be checked is "not yet" right.

    Parameters
    ----------
    exercise : str
        Its number, such as "2.1".
    answer : object
        A number, a function or a model, as the exercise asks; ``...`` (Ellipsis) means that there is none yet.

    Raises
    ------
    KeyError
        If there is no such exercise.
    """
    if exercise not in CHECKS:
        raise KeyError(f"no exercise {exercise!r}; there are {', '.join(CHECKS)}")
    if answer is ...:
        print(f"exercise {exercise}: no answer yet")
        return
    try:
        hint = CHECKS[exercise](answer)
    except Exception as error:  # whatever a learner's own function raises is a hint, not a crash
        hint = f"your answer raises {type(error).__name__}: {error}"
    print(f"exercise {exercise}: right" if hint is None else f"exercise {exercise}: not yet. {hint}")
