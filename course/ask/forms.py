"""The forms that an answer may have: a number as 0.0625, "1/16" or "6.25 %", a letter as "B", "b" or "(b)", and so on.

What is of another kind raises `AnotherKind`, whose text says what was got and what was expected.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from numbers import Real

import keras
import numpy as np


class AnotherKind(Exception):
    """An answer that is not of the kind that the exercise asks for."""

    def __init__(self, answer, expected):
        shown = repr(answer)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        super().__init__(f"Got {shown}, a {type(answer).__name__}; expected {expected}.")


def as_number(answer, expected="a number"):
    """Return a number as a float, whether it is one of Python, NumPy, TensorFlow or a text such as "1/16" or "6.25 %".

    Raises
    ------
    AnotherKind
        If it is none; True and False are none, either.
    """
    if isinstance(answer, str):
        text = answer.replace(" ", "").replace(",", ".")
        try:
            return float(Fraction(text.removesuffix("%"))) / (100 if text.endswith("%") else 1)
        except (ValueError, ZeroDivisionError):
            raise AnotherKind(answer, expected) from None
    if isinstance(answer, Real) and not isinstance(answer, bool):
        return float(answer)
    try:
        value = np.asarray(answer)
    except (TypeError, ValueError):
        raise AnotherKind(answer, expected) from None
    if value.size != 1 or value.dtype.kind not in "iuf":
        raise AnotherKind(answer, expected)
    return float(value.reshape(()))


def as_letters(answer, allowed, expected):
    """Return letters in capitals, as in "BD", of a text such as "b, d" or of a list, tuple or set of letters.

    Raises
    ------
    AnotherKind
        If there is none, or one that is not allowed.
    """
    parts = sorted(answer) if isinstance(answer, set | frozenset) else answer
    if not isinstance(parts, str | list | tuple) or not all(isinstance(part, str) for part in parts):
        raise AnotherKind(answer, expected)
    text = parts if isinstance(parts, str) else " ".join(parts)
    letters = re.sub(r"\bAND\b|[\W_]", "", text.upper())
    if not letters or set(letters) - set(allowed):
        raise AnotherKind(answer, expected)
    return letters


def as_texts(answer, keys):
    """Return by key what a dict says of each of them, in lower case; a list or tuple is taken in the order of the keys.

    Raises
    ------
    AnotherKind
        If the keys are others.
    """
    *names, last = keys
    expected = f"a dict with the keys {', '.join(names)} and {last}"
    if isinstance(answer, list | tuple) and len(answer) == len(keys):
        answer = dict(zip(keys, answer, strict=True))
    if not isinstance(answer, Mapping):
        raise AnotherKind(answer, expected)
    by_name = {as_text(key).replace("_", " "): value for key, value in answer.items()}
    if set(by_name) != {as_text(key) for key in keys}:
        raise AnotherKind(answer, expected)
    return {key: as_text(by_name[as_text(key)]) for key in keys}


def as_model(answer):
    """Return the model that a function builds; a model that is built already is one, too.

    Raises
    ------
    AnotherKind
        If it is neither, or if the function returns something else.
    """
    if not callable(answer):
        raise AnotherKind(answer, "a function that returns a model")
    model = answer if isinstance(answer, keras.Model) else answer()
    if not isinstance(model, keras.Model):
        raise AnotherKind(model, "that the function returns a model")
    return model


def as_text(value):
    """Return a text in lower case, in American spelling, with single spaces; anything else as it is printed."""
    return re.sub(r"\bstandardis", "standardiz", " ".join(str(value).lower().split()))
