"""The one function that checks the answers to all exercises."""

from course.ask.forms import AnswerTypeError
from course.lessons import LESSONS, START

CHECKS = {number: hint_for for lesson in (START, *LESSONS) for number, hint_for in lesson.checks.items()}


def check(exercise, answer):
    """Print whether the answer to an exercise (its number, as a str) is right, and if not, what was got, and a hint.

    An answer is a number, a text, a dict, a function or a model, as the exercise asks; where it has ``...``, there is
    none yet. A wrong answer raises nothing, whatever its type; only an exercise that does not exist raises KeyError.

    Examples
    --------
    >>> check("2.5", "1/16")
    exercise 2.5: right
    >>> check("2.5", 1 / 32)
    exercise 2.5: not yet. Got 0.03125, expected a fraction. That is one side. All five behind would have been ...
    >>> check("2.1", lambda z: ...)
    exercise 2.1: no answer yet
    """
    if exercise not in CHECKS:
        raise KeyError(f"no exercise {exercise!r}; there are {', '.join(CHECKS)}")
    print(f"exercise {exercise}: {_verdict(CHECKS[exercise], answer)}")


def _verdict(hint_for, answer):
    """Return "right", "no answer yet" or "not yet" with a hint; a wrong answer's own exceptions are hints, too."""
    try:
        if _has_dots(answer):
            return "no answer yet"
        hint = hint_for(answer)
    except Exception as error:
        if callable(answer) and "ellipsis" in str(error).lower():  # it returned dots, or could not calculate with them
            return "no answer yet"
        is_ours = isinstance(error, AnswerTypeError)
        hint = str(error) if is_ours else f"Your answer raises {type(error).__name__}: {error}"
    return "right" if hint is None else f"not yet. {hint}"


def _has_dots(answer):
    """Tell whether dots stand in place of an answer or of a part of it."""
    parts = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list | tuple) else []
    return answer is ... or any(map(_has_dots, parts))
