"""What a lesson asks its reader: `predict` and `answer`; `check`, which judges an exercise's answer.

Read first: ``exercises_1.py``, the checks of a lesson; the others are alike.
``predictions.py`` has a question before a measurement, and the answer after it.
"""

from types import CodeType

from course.ask.forms import AnotherKind
from course.ask.predictions import answer, predict
from course.lessons import LESSONS, START

__all__ = ["CHECKS", "answer", "check", "predict"]
CHECKS = {number: hint_for for lesson in (START, *LESSONS) for number, hint_for in lesson.checks.items()}


def check(exercise, answer):
    """Print whether the answer to an exercise is right, and if it is not, what was got and expected, and a hint.

    Never raises on a wrong answer, whatever its type: an answer that cannot be checked is "not yet" right.

    Parameters
    ----------
    exercise : str
        Its number, such as "2.1".
    answer : object
        A number, a text, a dict, a function or a model, as the exercise asks; ``...`` (Ellipsis) where there is none
        yet, in a dict or in a function, too.

    Raises
    ------
    KeyError
        If there is no such exercise.
    """
    if exercise not in CHECKS:
        raise KeyError(f"no exercise {exercise!r}; there are {', '.join(CHECKS)}")
    try:
        hint = None if _is_open(answer) else CHECKS[exercise](answer)
        verdict = "no answer yet" if _is_open(answer) else "right" if hint is None else f"not yet. {hint}"
    except AnotherKind as error:
        verdict = f"not yet. {error}"
    except Exception as error:  # whatever a learner's own function raises is a hint, not a crash
        verdict = f"not yet. Your answer raises {type(error).__name__}: {error}"
    if verdict.startswith("not yet") and _has_dots(getattr(answer, "__code__", None)):
        verdict = "no answer yet"  # dots that NumPy understands, as in z[...], are no reason to refuse a right answer
    print(f"exercise {exercise}: {verdict}")


def _is_open(answer):
    """Tell whether dots stand in place of an answer, or of a part of it."""
    parts = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list | tuple) else [answer]
    return any(part is ... for part in parts)


def _has_dots(code):
    """Tell whether the code of a function has dots as a value, inner functions included."""
    return code is not None and any(
        constant is ... or (isinstance(constant, CodeType) and _has_dots(constant)) for constant in code.co_consts
    )
