"""Whatever is asked for, a control gives a value that its lab can work with."""

import json
import math

import numpy as np
import pytest

from course.labs.controls import Choice, Number

PLAIN = Number("alpha", 0.3, 0.0, 2.0, 0.05)
LOG = Number("learning rate", 0.1, 1e-4, 1e3, 0.1, log=True)
WHOLE = Number("layers", 50, 5, 100, 1, whole=True)
CHOICE = Choice("activation", ("ReLU", "ELU", "SELU"), "ELU")
numbers = pytest.mark.parametrize("control", [PLAIN, LOG, WHOLE], ids=["plain", "log", "whole"])

NO_NUMBERS = {
    "nan": math.nan,
    "nan as text": "nan",
    "None": None,
    "text": "abc",
    "empty text": "",
    "list": [0.5],
    "dict": {"value": 0.5},
    "object": object(),
    "complex": 1 + 1j,
    "more than a float holds": 10**400,
}


@pytest.mark.parametrize("value", [0.0, 1e-300, 0.3, 1.99, 2.0])
def test_a_number_between_the_ends_stays_as_it_is(value):
    assert PLAIN.cleaned(value) == value


@numbers
@pytest.mark.parametrize("value", [-1e300, -math.inf, "-inf", -1, np.float32(-3)], ids=repr)
def test_what_is_too_low_becomes_the_lowest(control, value):
    assert control.cleaned(value) == control.lowest


@numbers
@pytest.mark.parametrize("value", [1e300, math.inf, "inf", "1e9", 10_000, np.int64(10_000)], ids=repr)
def test_what_is_too_high_becomes_the_highest(control, value):
    assert control.cleaned(value) == control.highest


@numbers
@pytest.mark.parametrize("name", NO_NUMBERS)
def test_what_is_no_number_becomes_the_default(control, name):
    assert control.cleaned(NO_NUMBERS[name]) == control.default


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), (" 1e-2 ", 0.01), ("2", 2.0)])
def test_a_number_may_be_given_as_text(text, value):
    assert PLAIN.cleaned(text) == value


@pytest.mark.parametrize(
    ("value", "whole"),
    [(49.4, 49), (50.6, 51), (5, 5), ("7", 7), (5.1, 5), (100.2, 100), (4.6, 5), (np.float32(8), 8)],
    ids=repr,
)
def test_a_whole_number_is_the_nearest_integer_between_the_ends(value, whole):
    cleaned = WHOLE.cleaned(value)
    assert cleaned == whole
    assert isinstance(cleaned, int)


@pytest.mark.parametrize("option", CHOICE.options)
def test_an_option_stays_as_it_is(option):
    assert CHOICE.cleaned(option) == option


@pytest.mark.parametrize("value", ["relu", "", "ELU ", None, 1, math.nan, ["ReLU"], {"ReLU": 1}, ("ELU",)], ids=repr)
def test_what_is_no_option_becomes_the_default(value):
    assert CHOICE.cleaned(value) == "ELU"


@pytest.mark.parametrize("control", [PLAIN, LOG, WHOLE, CHOICE], ids=["plain", "log", "whole", "choice"])
def test_the_description_reaches_the_browser_as_json(control):
    description = json.loads(json.dumps(control.description(), allow_nan=False))
    assert description.pop("kind") == ("choice" if control is CHOICE else "number")
    for name, value in description.items():
        assert np.array_equal(value, getattr(control, name)), name
