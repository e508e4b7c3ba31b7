"""Read an answer in the forms that it may have: a number as 0.0625, "1/16" or "6.25 %", a letter as "B", "b" or "(b)".

Each function raises AnswerTypeError, whose text says what was got and what was `expected`, if the answer is of another
kind.
"""

import math
import re
from collections.abc import Mapping
from numbers import Real

import keras
import numpy as np

GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")  # 1,000 as the labs write it; 0,5 is a half


class AnswerTypeError(TypeError):
    """An answer that is not of the kind that the exercise asks for."""

    def __init__(self, answer, expected):
        super().__init__(f"Got {shortened(repr(answer))}, a {type(answer).__name__}; expected {expected}.")


def as_number(answer, expected="a number"):
    """Return a number as a float, be it of Python, NumPy or TensorFlow, or a text such as "1/16" or "6.25 %".

    A truth value, NaN and infinity are no numbers.
    """
    try:
        if isinstance(answer, str):
            number = _parse(answer.replace(" ", ""))
        elif isinstance(answer, Real) and not isinstance(answer, bool):
            number = float(answer)
        else:
            array = np.asarray(answer)
            number = float(array.item()) if array.dtype.kind in "iuf" else math.nan
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        number = math.nan
    if not math.isfinite(number):
        raise AnswerTypeError(answer, expected)
    return number


def _parse(text):
    """Return the number, fraction or percentage that a text without spaces states."""
    parts = text.removesuffix("%").split("/")
    number, *divisors = (float(part.replace(",", "" if GROUPED.fullmatch(part) else ".")) for part in parts)
    return number / math.prod(divisors) / (100 if text.endswith("%") else 1)


def as_array(value, expected="that the function returns numbers"):
    """Return what a function has returned, a number or numbers, as a float array."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        raise AnswerTypeError(value, expected) from None
    if array.dtype.kind not in "biuf":
        raise AnswerTypeError(value, expected)
    return array.astype(float)


def result_of(function, *arguments):
    """Call a learner's function, which gets copies of arrays, since it may change them in place."""
    if not callable(function):
        raise AnswerTypeError(function, "a function")
    return function(*(each.copy() if isinstance(each, np.ndarray) else each for each in arguments))


def as_letters(answer, allowed, expected):
    """Return letters in capitals, as in "BD", of a text such as "b, d" or of a list, tuple or set of letters."""
    if not isinstance(answer, str | list | tuple | set) or not all(isinstance(part, str) for part in answer):
        raise AnswerTypeError(answer, expected)
    text = answer if isinstance(answer, str) else " ".join(sorted(answer) if isinstance(answer, set) else answer)
    letters = re.sub(r"\bAND\b|[\W_]", "", text.upper())
    if not letters or set(letters) - set(allowed):
        raise AnswerTypeError(answer, expected)
    return letters


def as_texts(answer, keys):
    """Return an answer as a dict of texts with these keys; a list or tuple has the values in their order."""
    *names, last = keys
    expected = f"a dict with the keys {', '.join(names)} and {last}"
    if isinstance(answer, list | tuple) and len(answer) == len(keys):
        answer = dict(zip(keys, answer, strict=True))
    if not isinstance(answer, Mapping):
        raise AnswerTypeError(answer, expected)
    by_name = {as_text(key).replace("_", " "): value for key, value in answer.items()}
    if set(by_name) != {as_text(key) for key in keys}:
        raise AnswerTypeError(answer, expected)
    return {key: as_text(by_name[as_text(key)]) for key in keys}


def as_text(value):
    """Return a text in lower case, in American spelling, with single spaces; anything else as it is printed."""
    return shortened(re.sub(r"\bstandardis", "standardiz", " ".join(str(value).lower().split())))


def shortened(text, most=60):
    """Return a text, cut where it would not fit into the line of a verdict."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def as_model(answer):
    """Return the model that a function builds; the answer may be a model, too."""
    if not callable(answer):
        raise AnswerTypeError(answer, "a function that returns a model")
    model = answer if isinstance(answer, keras.Model) else answer()
    if not isinstance(model, keras.Model):
        raise AnswerTypeError(model, "that the function returns a model")
    return model


def dense_layers(model):
    """Return the Dense layers of a model, from its input to its output."""
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
