"""Claims tell the truth about themselves, and no value makes them raise."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from helpers import claims
from helpers.claims import claim

REAL, DRAWN = SimpleNamespace(is_real=True), SimpleNamespace(is_real=False)


def line(capsys, *args, **kwargs):
    assert claim("a > b", *args, **kwargs) is None
    return capsys.readouterr().out


def test_what_is_true_throughout_holds(capsys):
    for holds in (True, np.True_, (True, np.True_), np.ones((2, 3), bool), tf.constant([True, True])):
        assert line(capsys, holds, measured=0.5) == "holds: a > b\n"


class Unwilling:
    """Refuses to be seen as an array or a truth value."""

    def __array__(self, dtype=None, copy=None):
        raise TypeError("not an array")

    def __bool__(self):
        raise ValueError("neither true nor false")


NOT_TRUE = [
    *(False, None, math.nan, 0, 1, 1.0, "True", lambda: True, {"all": True}, {True}, Unwilling()),
    *([], [True, False], [True, None], [[True], [True, True]], np.array([True], object), np.array([[True], [False]])),
    tf.constant([True, False]),
]


@pytest.mark.parametrize("holds", NOT_TRUE)
def test_anything_else_does_not_hold_and_does_not_raise(holds, capsys):
    assert line(capsys, holds) == "does not hold here: a > b\n"
    assert line(capsys, holds, measured=holds).startswith("does not hold here")


@pytest.mark.parametrize(
    ("measured", "shown"),
    [
        (np.float32(0.123456), "0.123"),
        (1.5e-9, "1.5e-09"),
        (math.nan, "nan"),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), "1, 2, 3, 4"),
        (tf.constant([0.5, 0.25]), "0.5, 0.25"),
        ("three layers", "three layers"),
        ({"ReLU": 0.5}, "{'ReLU': 0.5}"),
        ([[1], [2, 3]], "[[1], [2, 3]]"),
    ],
)
def test_what_does_not_hold_shows_what_was_measured(measured, shown, capsys):
    assert line(capsys, False, measured=measured) == f"does not hold here (measured {shown}): a > b\n"


@pytest.mark.parametrize("holds", [True, False])
def test_a_claim_about_fashion_mnist_gives_a_verdict_on_the_real_data_only(holds, capsys):
    assert line(capsys, holds, measured=1, needs=DRAWN) == "needs Fashion-MNIST: a > b\n"
    assert line(capsys, holds, needs=REAL) == ("holds: a > b\n" if holds else "does not hold here: a > b\n")


@pytest.mark.parametrize(
    ("bound", "inside", "outside", "in_words"),
    [
        ({"above": 9}, 9.01, 9, "above 9"),
        ({"below": 0.15}, 0.149, 0.15, "below 0.15"),
        ({"within": (0.3, 32768)}, 0.31, 32768, "between 0.3 and 32,768"),
        ({"near": (0.8414, 0.015)}, 0.8413, 0.8565, "within 0.015 of 0.8414"),
    ],
)
def test_a_bound_is_printed_beside_what_was_measured(bound, inside, outside, in_words, capsys):
    figure = f"{inside:.3g}"
    assert line(capsys, inside, **bound) == f"holds: a > b\n       measured {figure}; the bound: {in_words}\n"
    assert line(capsys, outside, **bound).startswith("does not hold here: a > b\n       measured ")


def test_each_of_several_values_must_keep_to_the_bound_and_their_range_is_shown(capsys):
    values = np.array([[0.52, 0.61], [0.70, 0.55]])
    assert line(capsys, values, above=0.5) == "holds: a > b\n       measured 0.52 to 0.7; the bound: above 0.5\n"
    assert line(capsys, values, above=0.53).startswith("does not hold here")
    assert line(capsys, [[0.6], [0.7, 0.8]], above=0.5).startswith("holds: a > b\n       measured 0.6 to 0.8;")


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("bound", [{"above": -1}, {"below": 1}, {"within": (-1, 1)}, {"near": (0, 1)}])
def test_a_run_that_diverged_never_makes_a_claim_hold(lost, bound, capsys):
    found = line(capsys, [0.5, lost], **bound)
    assert found.startswith("does not hold here: a > b\n       measured 0.5, 1 of 2 not finite; ")
    assert line(capsys, lost, **bound).startswith("does not hold here")


@pytest.mark.parametrize("value", ["three", None, [], {"a": 1}, lambda: 1, Unwilling(), [[1], "two"]])
def test_what_is_no_number_keeps_to_no_bound_and_does_not_raise(value, capsys):
    assert line(capsys, value, above=0).startswith("does not hold here: a > b\n       measured ")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("a > b", 1), {"above": 0, "below": 2}, "one bound; above and below are 2"),
        (("a > b", 1), {"above": (0, 2)}, r"above=\(0, 2\): above and below take a number"),
        (("a > b", 1), {"near": 2}, "near=2: .* within and near a pair of numbers"),
        (("a > b", 1), {"needs": True}, "needs=True: give the data"),
        ((1, "a > b"), {"above": 0}, "the sentence comes first; this is int"),
    ],
)
def test_a_mistake_of_the_author_is_an_error(arguments, options, message):
    with pytest.raises(TypeError, match=message):
        claim(*arguments, **options)


def test_the_margin_is_the_distance_to_the_nearest_bound_in_standard_deviations(monkeypatch):
    monkeypatch.setattr(claims, "checked_claims", [])
    claim("a > b", [1.0, 2.0, 3.0], above=0)
    claim("a > b", [1.0, 2.0, 3.0], within=(0, 3.5))
    claim("a > b", [1.0, 2.0, 3.0], below=2.5)
    claim("a > b", [2.0, 2.0], below=2.5)
    claim("a > b", [2.0, math.nan], below=2.5)
    claim("a > b", True)  # which has no bound
    margins = [each.margin for each in claims.checked_claims]
    assert margins == pytest.approx([1, 0.5, -0.5, math.inf, math.nan], nan_ok=True)
