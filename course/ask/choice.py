"""The checks that exercises share: a number, a choice, a choice for each of several cases, an order of letters.

Each function returns a check, which takes an answer and returns None if it is right, otherwise a hint.
"""

import re

import numpy as np

from course.ask.forms import AnswerTypeError, as_letters, as_number, as_text, as_texts


def is_near(right, wrong, hint, expected, rtol=0.01, atol=0.0):
    """Return a check that accepts the number `right`, with np.isclose's tolerances.

    `wrong` maps the numbers that are common mistakes to their hints, `hint` is for all others, and `expected` says what
    is asked for, such as "a standard deviation".
    """

    def check(answer):
        number = as_number(answer, expected)
        if np.isclose(number, right, rtol, atol):
            return None
        mistakes = [mistake for mistake in wrong if np.isclose(number, mistake, rtol, atol)]
        return f"Got {number:.4g}, expected {expected}. {wrong[mistakes[0]] if mistakes else hint}"

    return check


def one_of(right, wrong):
    """Return a check that accepts the letter `right`; `wrong` maps each of the other choices to its hint."""
    *letters, last = sorted([right, *wrong])
    expected = f"one of the letters {', '.join(letters)} and {last}"

    def check(answer):
        with_text = isinstance(answer, str) and re.match(r"\W*([A-Za-z])\s*[:.,)]", answer)  # as in "B: each layer ..."
        letter = as_letters(with_text[1] if with_text else answer, [*letters, last], expected)
        if len(letter) > 1:
            raise AnswerTypeError(answer, expected)
        return None if letter == right else f"Got {letter}, expected another letter. {wrong[letter]}"

    return check


def one_for_each(right, hints, plural):
    """Return a check that accepts the dict `right`, which has for each case one of several choices.

    `hints` has for each case what to say of a wrong choice; `plural` is what the choices are, such as "three causes".
    """
    choices = {as_text(choice): choice for choice in right.values()}

    def check(answer):
        chosen = as_texts(answer, right)
        for case, choice in chosen.items():
            if choice not in choices:
                expected = f"one of the {plural}: {', '.join(sorted(right.values()))}"
                return f"Got {choice!r} for {case}, expected {expected}."
        for case, choice in chosen.items():
            if choices[choice] != right[case]:
                return f"Got {choices[choice]!r} for {case}, expected another one. {hints[case]}"
        return None

    return check


def four_letters(right, hint_for):
    """Return a check that accepts the letters A to D in the order `right`; `hint_for` takes another order."""
    expected = 'each of the four letters once, as in "ABCD"'

    def check(answer):
        letters = as_letters(answer, right, expected)
        if sorted(letters) != sorted(right):
            raise AnswerTypeError(answer, expected)
        return None if letters == right else f"Got {letters}, expected another order. {hint_for(letters)}"

    return check
