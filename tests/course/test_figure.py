"""The pictures of the labs: the page gets what Matplotlib draws, and the stored one is drawn from the same numbers."""

import io
import json

import numpy as np
import PIL.Image
import pytest

from course.labs.figure import LiveFigure, LivePanels
from course.labs.scene import DIGITS, FARTHEST
from helpers.plotting.base import new_figure

pytestmark = pytest.mark.filterwarnings("error")
X = np.arange(1, 21)
F, LOSS = "$f(z)$", "loss of\nthe run"
DOWN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


@pytest.fixture
def panels():
    """Return two panels side by side, the second with a logarithmic axis, two lines in each and room for two ghosts."""
    kinds = {F: {"limits": (-1, 1)}, LOSS: {"limits": (1e-5, 1e5), "log": True}}
    names = ["ReLU", "SELU"]
    return LivePanels(kinds, (0, 21), "steps", "Two panels.", names, n_ghosts=2, n_columns=2, size=(6, 2.5))


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
    assert len(scene["moving"]) == len(panels.numbers()) == 2 * (3 * 2 + 2)
    assert [look["name"] for look in scene["legend"]] == ["ReLU", "SELU"]
    of_left = [look for look in scene["moving"] if look["panel"] == 0]
    older, ghosts, lines, crosses = of_left[:2], of_left[2:4], of_left[4:6], of_left[6:]
    for old, ghost, line, legend in zip(older, ghosts, lines, scene["legend"], strict=True):
        assert old["color"] == ghost["color"] == line["color"] == legend["color"]
        assert old["alpha"] < ghost["alpha"] < line["alpha"] == 1
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
    panels.set(LOSS, X, y, "SELU")
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
    panels.set(F, X, np.round(np.sin(X), 3), "ReLU")
    panels.cross(F, [7], "SELU")
    numbers, picture = panels.numbers(), panels.png()
    panels.set(F, X, np.cos(X), "ReLU")
    panels.set(LOSS, X, X, "SELU", 1)
    panels.cross(F, [], "SELU")
    assert panels.png() != picture
    assert panels.png(json.loads(json.dumps(numbers))) == picture
    assert panels.numbers() == numbers


def test_a_line_that_was_empty_in_a_picture_can_be_moved_by_its_x_alone(panels):
    panels.cross(F, [], "SELU")
    panels.png(panels.numbers())
    panels.cross(F, [7], "SELU")
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


def pixels(png):
    """Return an int array of shape (height, width, 3)."""
    with PIL.Image.open(io.BytesIO(png)) as picture:
        return np.array(picture.convert("RGB")).astype(int)


def inside(panels, number):
    """Return which pixels belong to a panel, its frame and a pixel around it: a bool array of shape (height, width)."""
    place = panels.figure.axes[number].get_window_extent()
    width, height = panels.figure.canvas.get_width_height()
    rows, columns = np.mgrid[height - 1 : -1 : -1, :width]
    return (abs(rows + 0.5 - (place.y0 + place.y1) / 2) < place.height / 2 + 2) & (
        abs(columns + 0.5 - (place.x0 + place.x1) / 2) < place.width / 2 + 2
    )


def changed(before, after):
    return (pixels(before) != pixels(after)).any(axis=-1)


@pytest.mark.parametrize(("quantity", "number"), [(F, 0), (LOSS, 1)])
@pytest.mark.parametrize("size", [0.8, 50.0])
def test_a_line_that_moves_changes_only_its_panel_however_far_it_goes(panels, quantity, number, size):
    panels.set(F, X, 0.5 * np.sin(X), "ReLU")
    before = panels.png()
    panels.set(quantity, X, size * np.sin(X), "SELU")
    moved = changed(before, panels.png())
    assert moved.any()
    assert not (moved & ~inside(panels, number)).any()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, -1.0, -1e300, np.nan, np.inf, -np.inf])
def test_what_an_axis_cannot_show_leaves_no_ink(panels, value):
    empty = panels.png()
    panels.set(LOSS, X, np.full(len(X), value), "ReLU")
    if not np.isfinite(value):
        panels.set(F, X, np.full(len(X), value), "ReLU")
    assert panels.png() == empty
    panels.set(F, X, np.full(len(X), -0.5), "ReLU")
    assert panels.png() != empty


def test_the_line_of_the_latest_run_lies_in_front_of_earlier_ones(panels):
    panels.set(F, X, np.sin(X), "ReLU")
    alone = pixels(panels.png())
    panels.set(F, X, np.full(len(X), 0.1), "SELU", 1)
    black = (alone == 0).all(axis=-1) & inside(panels, 0)
    assert black.sum() > 100
    np.testing.assert_array_equal(pixels(panels.png())[black], alone[black])


def test_crosses_stand_where_lines_have_ended_and_two_at_the_same_step_can_both_be_seen(panels):
    empty, shown = panels.png(), []
    for name, x in (("ReLU", [5, 99]), ("ReLU", [15]), ("SELU", [5])):
        panels.cross(LOSS, x, name)
        shown.append(changed(empty, panels.png()))
        panels.cross(LOSS, [], name)
        assert not (shown[-1] & ~inside(panels, 1)).any()
    places = [np.nonzero(cross)[1].mean() for cross in shown]
    expected = panels.figure.axes[1].transData.transform([(5, 1), (15, 1), (5, 1)])[:, 0]
    np.testing.assert_allclose(places, expected, atol=1)
    assert (shown[0] & shown[2]).sum() < 0.2 * shown[0].sum()


def test_one_line_needs_no_legend():
    one = LivePanels({LOSS: {"limits": (0, 1)}}, (0, 1), "steps", "One panel.", ["this run"])
    assert one.figure.legends == []
