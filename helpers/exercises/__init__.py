"""Self-checks of the lessons' exercises: an answer is compared with what is worked out here."""

from helpers.exercises import lesson1, lesson2, lesson3, lesson4, lesson5

CHECKS = {
    number: hint_for
    for lesson in (lesson1, lesson2, lesson3, lesson4, lesson5)
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
