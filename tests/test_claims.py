"""Claims tell the truth about themselves and never raise."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from helpers.claims import claim

REAL, DRAWN = SimpleNamespace(is_real=True), SimpleNamespace(is_real=False)


def line(capsys, *args, **kwargs):
    assert claim("a > b", *args, **kwargs) is None
    return capsys.readouterr().out


@pytest.mark.parametrize(
    "holds",
    [
        True,
        np.True_,
        [True, True],
        (True, np.True_),
        np.ones((2, 3), bool),
        np.array(True),
        tf.constant(True),
        tf.constant([True, True]),
        [tf.constant(True), tf.constant(True)],
    ],
)
def test_what_is_true_throughout_holds(holds, capsys):
    assert line(capsys, holds, measured=0.5) == "holds: a > b\n"


class Unwilling:
    """Refuses to be seen as an array or a truth value."""

    def __array__(self, dtype=None, copy=None):
        raise TypeError("not an array")

    def __bool__(self):
        raise ValueError("neither true nor false")


@pytest.mark.parametrize(
    "holds",
    [
        False,
        np.False_,
        [True, False],
        np.array([[True], [False]]),
        tf.constant([True, False]),
        None,
        math.nan,
        0,
        1,
        1.0,
        np.array([1.0, 1.0]),
        [],
        np.array([], bool),
        [True, None],
        [True, math.nan],
        np.array([True, True], dtype=object),
        [[True], [True, True]],
        "True",
        "yes",
        {"all": True},
        {True},
        (value for value in [True]),
        lambda: True,
        Unwilling(),
    ],
)
def test_anything_else_does_not_hold_and_does_not_raise(holds, capsys):
    assert line(capsys, holds) == "does not hold here: a > b\n"
    assert line(capsys, holds, measured=holds).startswith("does not hold here")


@pytest.mark.parametrize(
    ("measured", "shown"),
    [
        (0.123456, "0.123"),
        (np.float32(0.123456), "0.123"),
        (3, "3"),
        (1.5e-9, "1.5e-09"),
        (math.nan, "nan"),
        ([0.5, 0.25], "0.5, 0.25"),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), "1, 2, 3, 4"),
        (tf.constant([0.5, 0.25]), "0.5, 0.25"),
        ("three layers", "three layers"),
        ({"ReLU": 0.5}, "{'ReLU': 0.5}"),
        ([[1], [2, 3]], "[[1], [2, 3]]"),
    ],
)
def test_what_does_not_hold_shows_what_was_measured(measured, shown, capsys):
    assert line(capsys, False, measured=measured) == f"does not hold here (measured {shown}): a > b\n"


@pytest.mark.parametrize("holds", [True, False, None])
def test_on_drawn_garments_a_claim_about_fashion_mnist_gives_no_verdict(holds, capsys):
    assert line(capsys, holds, measured=1, needs=DRAWN) == "needs Fashion-MNIST: a > b\n"


def test_on_the_real_data_a_claim_about_fashion_mnist_gives_a_verdict(capsys):
    assert line(capsys, True, needs=REAL) == "holds: a > b\n"
    assert line(capsys, False, needs=REAL) == "does not hold here: a > b\n"
