"""A control takes the values that its lab can work with: Python is refused others, a page gets the nearest one."""

import math

import numpy as np
import pytest

from course.labs.controls import Menu, Slider

ALPHA = Slider("alpha", 0.3, 0.0, 2.0, 0.05)
DEPTH = Slider("layers", 50, 5, 100, 1, whole=True)
ACTIVATION = Menu("activation", ("ReLU", "ELU", "SELU"), "ELU")
NO_NUMBERS = [math.nan, "nan", None, "abc", "", "1,000", "1e999999", [0.5], {"value": 0.5}, print, 1 + 1j]
TOO_FAR = [-1, -math.inf, 1e300, math.inf, 10**400]


@pytest.mark.parametrize("value", [*NO_NUMBERS, *TOO_FAR], ids=repr)
def test_python_is_refused_what_is_no_number_between_the_ends_and_told_what_is(value):
    with pytest.raises(ValueError, match=r"^alpha: .* is not a number from 0 to 2$"):
        ALPHA.checked(value)


def test_python_may_give_any_kind_of_number_between_the_ends():
    for value in (0.0, 1e-300, 2, np.float32(0.5), np.int64(2), "0.5"):
        assert ALPHA.checked(value) == float(value)
    for value, whole in ((49.4, 49), (99.6, 100), (5, 5), (np.float32(8), 8)):
        assert DEPTH.checked(value) == whole
        assert isinstance(DEPTH.checked(value), int)


def test_a_page_gets_the_nearest_end_or_the_default_where_there_is_no_number():
    assert [ALPHA.nearest(value) for value in TOO_FAR] == [0, 0, 2, 2, 2]
    assert [DEPTH.nearest(value) for value in (4.6, 50.6, 100.2)] == [5, 51, 100]
    assert {ALPHA.nearest(value) for value in NO_NUMBERS} == {0.3}


@pytest.mark.parametrize("value", ["relu", "", "ELU ", None, 1, math.nan, ["ReLU"], {"ReLU": 1}, ("ELU",)], ids=repr)
def test_what_is_no_option_is_refused_and_is_the_default_for_a_page(value):
    assert ACTIVATION.nearest(value) == "ELU"
    with pytest.raises(ValueError, match=r"^activation: .* is not one of ReLU, ELU, SELU$"):
        ACTIVATION.checked(value)
    assert ACTIVATION.nearest("SELU") == ACTIVATION.checked("SELU") == "SELU"
