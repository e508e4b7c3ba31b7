"""The checks that exercises share: a number, a choice of words, and one choice for each of several cases.

A wrong answer that is common is told what it believes. What else is wrong gets the hint that is left.
"""

import re

import numpy as np

from course.ask.forms import AnotherKind, as_letters, as_number, as_text, as_texts


def number(right, beliefs, otherwise, expected="a number", rtol=0.01, atol=0.0):
    """Return a check that accepts the number `right`.

    Parameters
    ----------
    right : float
    beliefs : list of (float, str)
        Wrong answers that are common, and what each of them believes.
    otherwise : str
        What to say of every other number.
    expected : str
        What is asked for, as in "a standard deviation".
    rtol, atol : float
        How far an answer may be off, relative to the number and absolute.
    """

    def check(answer):
        got = as_number(answer, expected)
        if np.isclose(got, right, rtol, atol):
            return None
        hints = [belief for wrong, belief in beliefs if np.isclose(got, wrong, rtol, atol)]
        return f"Got {got:.4g}, expected {expected}. {hints[0] if hints else otherwise}"

    return check


def one_of(right, wrong):
    """Return a check that accepts the letter `right`; `wrong` maps each of the other choices to its hint."""
    letters = sorted([right, *wrong])
    expected = f"one of the letters {', '.join(letters[:-1])} and {letters[-1]}"

    def check(answer):
        if isinstance(answer, str):  # a letter may have its text behind it
            answer = re.sub(r"^\W*([A-Za-z])\b\W.*", r"\1", answer, flags=re.DOTALL)
        letter = as_letters(answer, letters, expected)
        if len(letter) > 1:
            raise AnotherKind(answer, expected)
        return None if letter == right else f"Got {letter}, expected another letter. {wrong[letter]}"

    return check


def one_for_each(right, hints, called):
    """Return a check that accepts the dict `right`, which says for each case which of the choices is its own.

    Parameters
    ----------
    right, hints : dict of str to str
        For each case the right choice, and what to say of the first case that has another one.
    called : str
        The choices together, such as "three causes".
    """
    choices = {as_text(choice): choice for choice in right.values()}

    def check(answer):
        said = as_texts(answer, right)
        for name, choice in said.items():
            if choice not in choices:
                return (
                    f"Got {choice!r} for {name}, expected one of the {called}: {', '.join(sorted(choices.values()))}."
                )
        wrong = [name for name in right if choices[said[name]] != right[name]]
        if not wrong:
            return None
        return f"Got {choices[said[wrong[0]]]!r} for {wrong[0]}, expected another one. {hints[wrong[0]]}"

    return check


def four_letters(right, hint_for):
    """Return a check that accepts the four letters A to D in the order `right`; `hint_for` says why another is wrong.

    Parameters
    ----------
    right : str
        As in "BDCA".
    hint_for : callable
        Takes such a string that is wrong, and returns what to say.
    """
    expected = 'each of the four letters once, as in "ABCD"'

    def check(answer):
        letters = as_letters(answer, right, expected)
        if sorted(letters) != sorted(right):
            raise AnotherKind(answer, expected)
        return None if letters == right else f"Got {letters}, expected another order. {hint_for(letters)}"

    return check
