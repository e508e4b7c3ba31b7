"""A figure as data: the page gets what Matplotlib draws, and the stored picture is drawn from the same numbers."""

import json

import numpy as np
import pytest

from course.labs.figure import LiveFigure, LivePanels
from course.labs.scene import DIGITS, FARTHEST
from helpers.plotting.base import new_figure

pytestmark = pytest.mark.filterwarnings("error")
X = np.arange(1, 21)
DOWN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@pytest.fixture
def panels():
    """Return two panels side by side, the second with a logarithmic axis, two lines in each and room for a ghost."""
    kinds = {"$f(z)$": {"limits": (-1, 1)}, "loss of\nthe run": {"limits": (1e-5, 1e5), "log": True}}
    names = ["ReLU", "SELU"]
    return LivePanels(kinds, (0, 21), "steps", "Two panels.", names, n_ghosts=1, n_columns=2, size=(6, 2.5))


@pytest.fixture
def square():
    """Return one square panel with an arrow's head, a text, a level line, and a legend of its own."""
    figure, ((axes,),) = new_figure(4, 4)
    axes.set(xlim=(-2, 2), ylim=(-2, 2), xlabel="first", ylabel="second", aspect="equal")
    axes.axvline(0.5, color="0.85")
    plot = LiveFigure(figure, "An arrow.")
    plot.moving(axes.plot([], [], "D--", color="#D55E00", linewidth=2, markersize=6, label="arrow")[0])
    plot.moving(axes.text(0.96, 0.9, "", ha="right", transform=axes.transAxes))
    axes.legend()
    return plot


def test_a_scene_says_limits_ticks_and_names_as_plain_text(panels):
    scene = json.loads(json.dumps(panels.scene(), allow_nan=False))
    left, right = scene["panels"]
    assert (scene["columns"], left["name"], right["name"]) == (2, "f(z)", "loss of the run")
    assert left["x"] == {"label": "steps", "limits": [0, 21], "log": False, "ticks": left["x"]["ticks"]}
    assert [place for place, _ in left["x"]["ticks"]] == [float(text) for _, text in left["x"]["ticks"]]
    assert (right["y"]["log"], right["y"]["limits"]) == (True, [1e-5, 1e5])
    assert [10.0, "10¹"] in right["y"]["ticks"]
    assert all(place == pytest.approx(10.0 ** int(text[2:].translate(DOWN))) for place, text in right["y"]["ticks"])
    assert not left["square"]
    assert left["grid"]


def test_a_scene_says_how_each_line_looks_and_in_which_panel_it_is(panels):
    scene = panels.scene()
    assert len(scene["moving"]) == len(panels.numbers()) == 2 * (2 * 2 + 2)
    assert [look["name"] for look in scene["legend"]] == ["ReLU", "SELU"]
    of_left = [look for look in scene["moving"] if look["panel"] == 0]
    ghosts, lines, crosses = of_left[:2], of_left[2:4], of_left[4:]
    for ghost, line, legend in zip(ghosts, lines, scene["legend"], strict=True):
        assert ghost["color"] == line["color"] == legend["color"]
        assert ghost["alpha"] < line["alpha"] == 1
        assert ghost["width"] < line["width"]
        assert line["dashes"] == legend["dashes"]
    assert lines[0]["dashes"] != lines[1]["dashes"]
    assert {cross["marker"] for cross in crosses} == {"X"}
    assert {cross["share"] for cross in crosses} == {"y"}


def test_a_scene_has_what_stands_still_and_texts_and_squares(square):
    scene = json.loads(json.dumps(square.scene(), allow_nan=False))
    (panel,) = scene["panels"]
    assert (panel["square"], panel["name"], panel["y"]["label"]) == (True, "", "second")
    (level,) = panel["still"]
    assert (level["numbers"], level["share"]) == ([[0.5, 0.5], [0, 1]], "y")
    line, text = scene["moving"]
    assert (line["marker"], line["color"], line["width"]) == ("D", "#d55e00", pytest.approx(2 * 100 / 72, abs=0.01))
    assert text == {"panel": 0, "share": "xy", "align": "right", "at": [0.96, 0.9]}
    assert [entry["name"] for entry in scene["legend"]] == ["arrow"]


def test_numbers_are_those_of_the_lines_and_what_cannot_be_drawn_is_none(panels):
    y = 10.0 ** np.linspace(-6, 6, len(X))
    y[3], y[4], y[5], y[6] = np.nan, np.inf, 0, -1
    panels.set("loss of\nthe run", X, y, "SELU")
    scene, numbers = panels.scene(), panels.numbers()
    json.dumps(numbers, allow_nan=False)
    (place,) = [place for place, (x, _) in enumerate(numbers) if x]
    assert scene["moving"][place]["panel"] == 1
    x, drawn = numbers[place]
    assert [i for i, value in enumerate(drawn) if value is None] == [3, 4, 5, 6]
    is_seen = [value is not None for value in drawn]
    np.testing.assert_allclose(np.array(drawn)[is_seen].astype(float), y[is_seen], rtol=10.0 ** (1 - DIGITS))
    np.testing.assert_array_equal(np.array(x)[is_seen], X[is_seen])


def test_what_leads_far_out_of_a_panel_leads_as_far_out_as_a_canvas_can_show(square):
    square._artists[0].set_data([0, 1, 2], [0, 1e30, -1e30])
    ((_, y), _) = square.numbers()
    assert y == [0, 2 + 4 * FARTHEST, -2 - 4 * FARTHEST]


def test_the_picture_of_numbers_is_that_of_the_figure_when_it_gave_them(panels):
    panels.set("$f(z)$", X, np.round(np.sin(X), 3), "ReLU")
    panels.cross("$f(z)$", [7], "SELU")
    numbers, picture = panels.numbers(), panels.png()
    panels.set("$f(z)$", X, np.cos(X), "ReLU")
    panels.set("loss of\nthe run", X, X, "SELU", 1)
    panels.cross("$f(z)$", [], "SELU")
    assert panels.png() != picture
    assert panels.png(json.loads(json.dumps(numbers))) == picture
    assert panels.numbers() == numbers


def test_a_line_that_was_empty_in_a_picture_can_be_moved_by_its_x_alone(panels):
    panels.cross("$f(z)$", [], "SELU")
    panels.png(panels.numbers())
    panels.cross("$f(z)$", [7], "SELU")
    (cross,) = [each for each in panels.numbers() if each[0]]
    assert cross[0] == [7]
    assert len(cross[1]) == 1


def test_texts_move_as_numbers_do(square):
    square._artists[1].set_text("angle 45°")
    numbers, picture = square.numbers(), square.png()
    assert numbers[1] == "angle 45°"
    square._artists[1].set_text("")
    assert square.png() != picture
    assert square.png(numbers) == picture
