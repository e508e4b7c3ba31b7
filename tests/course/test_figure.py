"""The pictures of the labs: only what moves changes, and only where it can be shown."""

import io

import numpy as np
import PIL.Image
import pytest

from course.labs.figure import LivePanels

X = np.arange(1, 21)


def pixels(png):
    """Return an int array of shape (height, width, 3)."""
    with PIL.Image.open(io.BytesIO(png)) as picture:
        return np.array(picture.convert("RGB")).astype(int)


@pytest.fixture(scope="module")
def panels():
    """Return two panels, the second with a logarithmic axis, two lines in each, and room for two earlier runs."""
    kinds = {"accuracy": {"limits": (-1, 1)}, "loss": {"limits": (0.1, 10), "log": True}}
    names = ["ReLU", "SELU"]
    return LivePanels(kinds, (0, 21), "steps", "Two panels.", names, n_ghosts=2, n_columns=2, size=(6, 2.5))


@pytest.fixture
def plot(panels):
    """Return the panels with all lines taken away."""
    for quantity in ("accuracy", "loss"):
        for name in ("ReLU", "SELU"):
            panels.cross(quantity, [], name)
            for ghost in range(3):
                panels.set(quantity, [], [], name, ghost)
    return panels


def inside(plot, number):
    """Return which pixels belong to a panel, its frame and a pixel around it: a bool array of shape (height, width)."""
    place = plot.figure.axes[number].get_window_extent()
    width, height = plot.figure.canvas.get_width_height()
    rows, columns = np.mgrid[height - 1 : -1 : -1, :width]
    return (abs(rows + 0.5 - (place.y0 + place.y1) / 2) < place.height / 2 + 2) & (
        abs(columns + 0.5 - (place.x0 + place.x1) / 2) < place.width / 2 + 2
    )


def changed(before, after):
    return (pixels(before) != pixels(after)).any(axis=-1)


@pytest.mark.parametrize(("quantity", "number"), [("accuracy", 0), ("loss", 1)])
@pytest.mark.parametrize("size", [0.8, 50.0])
def test_a_line_that_moves_changes_only_its_panel_however_far_it_goes(plot, quantity, number, size):
    plot.set("accuracy", X, 0.5 * np.sin(X), "ReLU")
    before = plot.png()
    plot.set(quantity, X, size * np.sin(X), "SELU")
    moved = changed(before, plot.png())
    assert moved.any()
    assert not (moved & ~inside(plot, number)).any()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, -1.0, -1e300, np.nan, np.inf, -np.inf])
def test_what_an_axis_cannot_show_leaves_no_ink(plot, value):
    empty = plot.png()
    plot.set("loss", X, np.full(len(X), value), "ReLU")
    if not np.isfinite(value):
        plot.set("accuracy", X, np.full(len(X), value), "ReLU")
    assert plot.png() == empty
    plot.set("accuracy", X, np.full(len(X), -0.5), "ReLU")
    assert plot.png() != empty


def test_the_line_of_the_latest_run_lies_in_front_of_earlier_ones(plot):
    plot.set("accuracy", X, np.sin(X), "ReLU")
    alone = pixels(plot.png())
    plot.set("accuracy", X, np.full(len(X), 0.1), "SELU", 1)
    black = (alone == 0).all(axis=-1) & inside(plot, 0)
    assert black.sum() > 100
    np.testing.assert_array_equal(pixels(plot.png())[black], alone[black])


def test_crosses_stand_where_lines_have_ended_and_two_at_the_same_step_can_both_be_seen(plot):
    empty, shown = plot.png(), []
    for name, x in (("ReLU", [5, 99]), ("ReLU", [15]), ("SELU", [5])):
        plot.cross("loss", x, name)
        shown.append(changed(empty, plot.png()))
        plot.cross("loss", [], name)
        assert not (shown[-1] & ~inside(plot, 1)).any()
    places = [np.nonzero(cross)[1].mean() for cross in shown]
    expected = plot.figure.axes[1].transData.transform([(5, 1), (15, 1), (5, 1)])[:, 0]
    np.testing.assert_allclose(places, expected, atol=1)
    assert (shown[0] & shown[2]).sum() < 0.2 * shown[0].sum()


def test_one_line_needs_no_legend():
    one = LivePanels({"loss": {"limits": (0, 1)}}, (0, 1), "steps", "One panel.", ["this run"])
    assert one.figure.legends == []
