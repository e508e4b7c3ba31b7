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
        assert line(capsys, holds) == "holds: a > b\n"


class Unwilling:
    """Refuses to be seen as an array or a truth value."""

    def __array__(self, dtype=None, copy=None):
        raise TypeError("not an array")

    def __bool__(self):
        raise ValueError("neither true nor false")


@pytest.mark.parametrize(
    "holds",
    [None, math.nan, 1, "True", Unwilling(), [], [True, None], [[True], [True, True]], tf.constant([True, False])],
)
def test_anything_else_does_not_hold_and_does_not_raise(holds, capsys):
    assert line(capsys, holds) == "does not hold here: a > b\n"


@pytest.mark.parametrize("holds", [True, False])
def test_a_claim_about_fashion_mnist_gives_a_verdict_on_the_real_data_only(holds, capsys):
    assert line(capsys, holds, needs=DRAWN) == "needs Fashion-MNIST: a > b\n"
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


@pytest.mark.parametrize(
    ("lost", "bound"), [(math.nan, {"above": -1}), (math.inf, {"above": -1}), (-math.inf, {"below": 1})]
)
def test_a_run_that_diverged_never_makes_a_claim_hold(lost, bound, capsys):
    found = line(capsys, [0.5, lost], **bound)
    assert found.startswith("does not hold here: a > b\n       measured 0.5, 1 of 2 not finite; ")
    assert line(capsys, lost, **bound).startswith("does not hold here")


@pytest.mark.parametrize("value", ["three", None, [], [[]], Unwilling(), [[1], "two"]])
def test_what_is_no_number_keeps_to_no_bound_and_does_not_raise(value, capsys):
    assert line(capsys, value, above=0).startswith("does not hold here: a > b\n       measured ")


def test_two_bounds_are_an_error_of_the_author():
    with pytest.raises(TypeError, match="one bound; above and below are 2"):
        claim("a > b", 1, above=0, below=2)


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
