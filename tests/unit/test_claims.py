"""Claims tell the truth about themselves, and no value makes them raise."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from helpers import claims
from helpers.claims import claim, in_one_line, to_html

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


def test_each_claim_with_a_bound_is_there_for_those_who_ask_how_far_it_is_from_it(monkeypatch):
    monkeypatch.setattr(claims, "checked_claims", [])
    claim("a > b", [1.0, 2.0], within=(0, 3.5))
    claim("a > c", 2.0, above=1)
    claim("a > d", True)  # which has no bound
    found = [(sentence, values.tolist(), low, high) for sentence, values, low, high in claims.checked_claims]
    assert found == [("a > b", [1.0, 2.0], 0, 3.5), ("a > c", [2.0], 1, math.inf)]


@pytest.fixture
def shell():
    """Return an IPython that runs cells as a notebook's kernel does."""
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    InteractiveShell.clear_instance()


def run(shell, cell):
    """Run a cell; return what it printed, and the data of what it displayed."""
    with capture_output() as captured:
        shell.run_cell(cell)
    return captured.stdout, [output.data for output in captured.outputs]


def test_a_cell_shows_its_claims_together_and_once(shell):
    cell = "from helpers.claims import claim\nclaim('a > b', 3, above=2)\nprint('now')\nclaim('b < a', True)"
    for _ in range(2):
        printed, (shown,) = run(shell, cell)
        assert printed == "now\n"
        assert shown["text/plain"] == "holds: a > b\n       measured 3; the bound: above 2\nholds: b < a"
        assert "2 statements checked on your machine: all hold</summary>" in shown["text/html"]
    assert run(shell, "x = 1") == ("", [])


def test_a_cell_that_fails_shows_what_it_had_checked(shell):
    _, (shown,) = run(shell, "from helpers.claims import claim\nclaim('a > b', True)\n1 / 0\nclaim('never', True)")
    assert shown["text/plain"] == "holds: a > b"


def test_the_html_has_each_line_as_it_is_printed_and_is_unfolded_where_something_fails():
    lines = "holds: a < b & <i>\n       measured 1 to 2; the bound: below 3"
    html = to_html([lines, "needs Fashion-MNIST: c"])
    assert html.startswith("<details>") and "\nholds: a &lt; b &amp; &lt;i&gt;<br>\n       measured 1 to 2; the" in html
    assert to_html([lines, "does not hold here: c"]).startswith("<details open>")


@pytest.mark.parametrize(
    ("verdicts", "line"),
    [
        ("holds", "1 statement checked on your machine: it holds"),
        ("does not hold here", "1 statement checked on your machine: it does not hold here"),
        ("holds, holds, does not hold here", "3 statements checked on your machine: 2 of 3 hold here"),
        ("holds, holds, needs Fashion-MNIST", "2 statements checked on your machine: all hold. 1 needs Fashion-MNIST"),
        ("needs Fashion-MNIST, needs Fashion-MNIST", "2 statements need Fashion-MNIST"),
    ],
)
def test_the_line_counts_the_verdicts(verdicts, line):
    assert in_one_line([f"{verdict}: a" for verdict in verdicts.split(", ")]) == line
