"""The quick pictures of the labs are what Matplotlib draws, in few colours; only what moves changes."""

import io

import numpy as np
import PIL.Image
import pytest
from matplotlib.colors import to_rgb

from course.labs.live_plot import LivePanels, LivePlot
from helpers.plotting.base import CYCLE, DPI, STYLES, new_figure, to_png

X = np.arange(1, 21)
COLORS = sorted({color for color, _ in [*CYCLE, *STYLES.values()]})
WHITE = (255, 255, 255)


def pixels(png):
    """Return an int array of shape (height, width, 3)."""
    with PIL.Image.open(io.BytesIO(png)) as picture:
        return np.array(picture.convert("RGB")).astype(int)


@pytest.fixture(scope="module")
def panels():
    """Return two panels, the second with a logarithmic axis, two lines in each, and room for two earlier runs."""
    return LivePanels(
        {"accuracy": {"limits": (-1, 1)}, "loss": {"limits": (0.1, 10), "log": True}},
        x=(0, 21),
        xlabel="steps",
        caption="Two panels.",
        names=["ReLU", "SELU"],
        n_ghosts=2,
        n_columns=2,
        size=(6, 2.5),
    )


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
    width, height = plot.size
    rows, columns = np.mgrid[height - 1 : -1 : -1, :width]
    return (abs(rows + 0.5 - (place.y0 + place.y1) / 2) < place.height / 2 + 2) & (
        abs(columns + 0.5 - (place.x0 + place.x1) / 2) < place.width / 2 + 2
    )


def changed(before, after):
    return (pixels(before) != pixels(after)).any(axis=-1)


def wave(size=1.0):
    return size * np.sin(X)


def test_the_picture_is_a_png_of_the_stated_size(plot):
    png = plot.png()
    with PIL.Image.open(io.BytesIO(png)) as picture:
        picture.verify()
        assert (picture.format, picture.size) == ("PNG", plot.size)
    assert plot.size == (6 * DPI, 2.5 * DPI)


@pytest.mark.parametrize(("quantity", "number"), [("accuracy", 0), ("loss", 1)])
@pytest.mark.parametrize("size", [0.8, 50.0])
def test_a_line_that_moves_changes_only_its_panel(plot, quantity, number, size):
    """Even one that goes far beyond the panel's limits."""
    plot.set("accuracy", X, wave(0.5), "ReLU")
    before = plot.png()
    plot.set(quantity, X, wave(size), "SELU")
    moved = changed(before, plot.png())
    assert moved.any()
    assert not (moved & ~inside(plot, number)).any()


def test_a_line_that_is_put_back_gives_the_identical_picture(plot):
    plot.set("loss", X, 2 + wave(), "ReLU")
    before = plot.png()
    plot.set("loss", X, 3 + wave(), "ReLU")
    plot.set("accuracy", X, wave(), "SELU", ghost=1)
    plot.cross("loss", [3], "ReLU")
    assert plot.png() != before
    plot.set("loss", X, 2 + wave(), "ReLU")
    plot.set("accuracy", [], [], "SELU", ghost=1)
    plot.cross("loss", [], "ReLU")
    assert plot.png() == before


def test_the_same_state_gives_the_identical_picture_however_often_it_is_drawn(plot):
    plot.set("loss", X, 2 + wave(), "ReLU")
    assert plot.png() == plot.png() == plot.png()


def test_white_stays_exactly_white(plot):
    plot.set("accuracy", X, wave(), "ReLU")
    ours, theirs = pixels(plot.png()), pixels(to_png(plot.figure))
    white = (theirs == WHITE).all(axis=-1)
    assert white.mean() > 0.5
    assert (ours[white] == WHITE).all()


def test_the_picture_is_that_of_matplotlib_in_few_colours(plot):
    plot.set("accuracy", X, wave(), "ReLU")
    plot.set("loss", X, 2 + wave(), "SELU")
    plot.cross("loss", [10], "SELU")
    distance = abs(pixels(plot.png()) - pixels(to_png(plot.figure))).max(axis=-1)
    assert distance.max() <= 16  # of 255, where antialiasing mixes two colours
    assert distance.mean() < 0.5


@pytest.mark.parametrize(("share", "margin"), [(1.0, 0.5), (0.45, 6)])  # the palette's steps are 255 / 24 wide
def test_the_lessons_colours_come_out_as_they_are(share, margin):
    figure, ((axes,),) = new_figure(2, 2)
    axes.set(xlim=(0, 1), ylim=(-1, len(COLORS)))
    plot = LivePlot(figure, "Thick lines.")
    for y, color in enumerate(COLORS):
        plot.moving(axes.plot([0, 1], [y, y], color=color, linewidth=6, alpha=share)[0])
    picture = pixels(plot.png())
    for y, color in enumerate(COLORS):
        column, row = axes.transData.transform((0.5, y)).astype(int)
        expected = 255 * (share * np.array(to_rgb(color)) + 1 - share)
        assert abs(picture[plot.size[1] - 1 - row, column] - expected).max() <= margin, color


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [0.0, -1.0, -1e300, np.nan, np.inf, -np.inf])
def test_what_a_logarithmic_axis_cannot_show_leaves_no_ink(plot, value):
    empty = plot.png()
    plot.set("loss", X, np.full(len(X), value), "ReLU")
    assert plot.png() == empty


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_leaves_no_ink_on_a_plain_axis_but_what_is_negative_does(plot, value):
    empty = plot.png()
    plot.set("accuracy", X, np.full(len(X), value), "ReLU")
    assert plot.png() == empty
    plot.set("accuracy", X, np.full(len(X), -0.5), "ReLU")
    assert plot.png() != empty


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("missing", [np.nan, 0.0, np.inf])
def test_what_cannot_be_shown_leaves_a_gap_in_its_line(plot, missing):
    values = np.full(len(X), 1.0)
    values[8:12] = missing
    plot.set("loss", X, values, "ReLU")
    with_gap = plot.png()
    plot.set("loss", X[:8], values[:8], "ReLU")
    left = plot.png()
    plot.set("loss", X[12:], values[12:], "ReLU")
    right = plot.png()
    plot.set("loss", [], [], "ReLU")
    empty = plot.png()
    np.testing.assert_array_equal(changed(empty, with_gap), changed(empty, left) | changed(empty, right))
    assert not (changed(empty, left) & changed(empty, right)).any()


def darkest(plot, ghost):
    """Return the brightness of the darkest pixel of a level line, from 0 to 255."""
    empty = plot.png()
    plot.set("accuracy", X, np.full(len(X), 0.31), "ReLU", ghost)
    png = plot.png()
    plot.set("accuracy", [], [], "ReLU", ghost)
    return pixels(png)[changed(empty, png)].mean(axis=-1).min()


def test_the_earlier_a_run_the_paler_its_line(plot):
    this_run, last, before_last = (darkest(plot, ghost) for ghost in range(3))
    assert this_run < last < before_last < 200


def test_a_run_lies_before_the_ghosts(plot):
    plot.set("accuracy", X, wave(), "ReLU")
    alone = pixels(plot.png())
    for ghost in (1, 2):
        plot.set("accuracy", X, np.full(len(X), 0.1 * ghost), "SELU", ghost)
    with_ghosts = pixels(plot.png())
    black = (alone == 0).all(axis=-1) & inside(plot, 0)
    assert black.sum() > 100
    np.testing.assert_array_equal(with_ghosts[black], alone[black])


def test_a_cross_stands_where_a_line_has_ended_and_can_be_taken_away(plot):
    empty = plot.png()
    places = []
    for x in (5, 15):
        plot.cross("loss", [x, 99], "ReLU")
        shown = changed(empty, plot.png())
        assert not (shown & ~inside(plot, 1)).any()
        places.append(np.nonzero(shown)[1].mean())
    expected = plot.figure.axes[1].transData.transform([(5, 1), (15, 1)])[:, 0]
    np.testing.assert_allclose(places, expected, atol=1)
    plot.cross("loss", [], "ReLU")
    assert plot.png() == empty


def test_crosses_of_two_lines_that_end_at_the_same_step_can_both_be_seen(plot):
    empty = plot.png()
    plot.cross("loss", [5], "ReLU")
    first = changed(empty, plot.png())
    plot.cross("loss", [], "ReLU")
    plot.cross("loss", [5], "SELU")
    second = changed(empty, plot.png())
    assert (first & second).sum() < 0.2 * first.sum()


def test_there_is_a_legend_only_for_several_lines(plot):
    (legend,) = plot.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["ReLU", "SELU"]
    one = LivePanels({"loss": {"limits": (0, 1)}}, (0, 1), "steps", "One panel.", ["this run"])
    assert one.figure.legends == []


def test_a_panel_with_one_line_of_its_own_needs_no_name():
    panels = {"loss": {"limits": (0, 1), "names": ["this run"]}, "norm": {"limits": (0, 1)}}
    plot = LivePanels(panels, (0, 21), "steps", "Two panels.", ["raw", "clipped"])
    empty = plot.png()
    plot.set("loss", X, X / 21)
    without_name = plot.png()
    assert without_name != empty
    plot.set("loss", [], [])
    plot.set("loss", X, X / 21, "this run")
    assert plot.png() == without_name


def test_a_text_can_move_too():
    figure, panels = new_figure(3, 2)
    plot = LivePlot(figure, "A text.")
    text = plot.moving(panels[0, 0].text(0.5, 0.5, ""))
    empty = plot.png()
    text.set_text("angle 45")
    first = plot.png()
    text.set_text("angle 46")
    assert len({empty, first, plot.png()}) == 3
    text.set_text("")
    assert plot.png() == empty


def test_two_plots_do_not_disturb_each_other(plot):
    before = plot.png()
    figure, panels = new_figure(6, 2.5)
    other = LivePlot(figure, "Another one.")
    other.moving(panels[0, 0].plot(X, wave())[0])
    other.png()
    assert plot.png() == before
