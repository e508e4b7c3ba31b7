"""The checks that exercises share: a number, a choice, a choice for each of several cases, an order of letters.

Each function returns a check, which takes an answer and returns None if it is right, otherwise a hint. A wrong answer
that is common gets a hint of its own.
"""

import re

import numpy as np

from course.ask.forms import AnswerTypeError, as_letters, as_number, as_text, as_texts


def is_near(right, wrong, hint, expected, rtol=0.01, atol=0.0):
    """Return a check that accepts the number `right`.

    Parameters
    ----------
    right : float
    wrong : dict of float to str
        Wrong answers that are common, and the hint for each of them.
    hint : str
        For every other number.
    expected : str
        What is asked for, such as "a standard deviation".
    rtol, atol : float
        How far an answer may be off, relative and absolute.
    """

    def check(answer):
        number = as_number(answer, expected)
        if np.isclose(number, right, rtol, atol):
            return None
        hints = [hint for value, hint in wrong.items() if np.isclose(number, value, rtol, atol)]
        return f"Got {number:.4g}, expected {expected}. {[*hints, hint][0]}"

    return check


def one_of(right, wrong):
    """Return a check that accepts the letter `right`; `wrong` maps each of the other choices to its hint."""
    *letters, last = sorted([right, *wrong])
    expected = f"one of the letters {', '.join(letters)} and {last}"

    def check(answer):
        with_text = isinstance(answer, str) and re.match(r"\W*([A-Za-z])\s*[:.)]", answer)  # as in "B: each layer ..."
        letter = as_letters(with_text[1] if with_text else answer, [*letters, last], expected)
        if len(letter) > 1:
            raise AnswerTypeError(answer, expected)
        return None if letter == right else f"Got {letter}, expected another letter. {wrong[letter]}"

    return check


def one_for_each(right, hints, called):
    """Return a check that accepts a dict that has for each case the right one of several choices.

    Parameters
    ----------
    right, hints : dict of str to str
        For each case the right choice, and the hint for a wrong one.
    called : str
        The choices together, such as "three causes".
    """
    choices = {as_text(choice): choice for choice in right.values()}

    def check(answer):
        chosen = as_texts(answer, right)
        for case, choice in chosen.items():
            if choice not in choices:
                return (
                    f"Got {choice!r} for {case}, expected one of the {called}: {', '.join(sorted(choices.values()))}."
                )
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
