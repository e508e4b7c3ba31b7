"""Results against a quantity that was varied."""

from collections import Counter

import numpy as np

from helpers.plotting.base import as_array, as_arrays, course_style, described, new_figure
from helpers.plotting.colors import readable, styles_of
from helpers.plotting.lines import label_ends

CROSS_ROOM = 0.18  # of a panel's height, for a cross with its words
NAME_ROOM = 0.1  # of a panel's height, above all that is drawn, for the name of a line that ends inside the panel
NAME_PLACES = (  # of such a name beside the line's end: offset in points, and which part of the name is there
    ((0, 9), "center", "bottom"),
    ((8, 0), "left", "center"),
    ((0, -9), "center", "top"),
    ((-8, 9), "right", "bottom"),
    ((-8, -9), "right", "top"),
)


@course_style
def plot_against(x, results, xlabel, ylabel):
    """Draw results against a quantity that was varied, on a logarithmic axis: a dot for each seed, their mean a line.

    The numbers in `x` are positive and ascending, the results of each network an array of shape (n_seeds, len(x)); in a
    dict of such dicts each has a panel with its name. Where a run diverged (NaN) there is a cross at the bottom with
    the number of such runs, and no mean.

    >>> accuracy = {"ReLU": [[0.5, 0.7, np.nan], [0.6, 0.8, np.nan]]}
    >>> plot_against([0.01, 0.1, 1], accuracy, "learning rate", "accuracy").description
    'Accuracy by learning rate, mean over 2 seeds. ReLU: 0.55 at 0.01, 0.75 at 0.1, diverged at 1.'
    """
    x = as_array(x, "x", 1, finite=True)
    if (x <= 0).any():
        raise ValueError(f"x has the value {x.min():g}, which has no place on a logarithmic axis")
    results = as_arrays(results, 2)
    panels = results if isinstance(next(iter(results.values())), dict) else {"": results}
    figure, axes = new_figure(7.2, 4.0, 1, len(panels), sharex=True, sharey=True)
    styles = styles_of(dict.fromkeys(name for curves in panels.values() for name in curves))
    sentences, drawn = [], []
    for panel, (title, curves) in zip(axes.flat, panels.items(), strict=True):
        panel.set(title=title, xlabel=xlabel, xscale="log")
        drawn.append(_draw_against(panel, x, curves, styles))
        sentences.append(_against_sentence(x, curves, title))
    inside = [{name: ends.pop(name) for name in list(ends) if ends[name][0] < len(x) - 1} for ends, _ in drawn]
    below, above = CROSS_ROOM * max(n_rows for _, n_rows in drawn), NAME_ROOM * any(inside)
    if below or above:  # otherwise the limits go on following what is drawn
        lowest, highest = axes[0, 0].get_ylim()
        height = (highest - lowest) / (1 - below - above)
        axes[0, 0].set_ylim(lowest - below * height, highest + above * height)
    for panel, (ends, _) in zip(axes.flat, drawn, strict=True):
        label_ends(panel, {name: (panel.get_xlim()[1], y, color) for name, (_, y, color) in ends.items()})
    figure.draw_without_rendering()  # from here on nothing moves
    for panel, names in zip(axes.flat, inside, strict=True):
        for name, (position, y, color) in names.items():
            _name_inside(panel, name, (x[position], y), color)
    axes[0, 0].set_ylabel(ylabel)
    n_seeds = max(len(values) for curves in panels.values() for values in curves.values())
    return described(figure, f"{ylabel} by {xlabel}, mean over {n_seeds} seeds. {' '.join(sentences)}")


def _draw_against(axes, x, curves, styles):
    """Draw dots, means and crosses; return where each line ends (its index in x, y, colour) and the rows of crosses."""
    ends, n_rows = {}, Counter()
    for name, values in curves.items():
        color, line = styles[name]
        n_lost = np.isnan(values).sum(axis=0)
        mean = np.mean(values, axis=0)  # NaN where a run diverged
        axes.plot(x, np.transpose(values), ".", color=color, alpha=0.45, markersize=8, markeredgewidth=0)
        axes.plot(x, mean, color=color, linestyle=line, marker="_", label=name)
        for at in np.flatnonzero(n_lost):
            _draw_cross(axes, x[at], n_rows[at], f"{n_lost[at]} of {len(values)}\ndiverged", color)
            n_rows[at] += 1
        last = np.flatnonzero(np.isfinite(mean))
        if len(last):
            ends[name] = (last[-1], mean[last[-1]], color)
    axes.set_xticks(x, [f"{value:g}" for value in x])
    axes.minorticks_off()
    axes.margins(x=0.08)  # room for the words at a cross
    axes.grid(color="0.92")
    return ends, max(n_rows.values(), default=0)


def _name_inside(axes, name, at, color):
    """Name a line that ends inside the panel, where the name lies on nothing; beside its end, or else at the top."""
    points, boxes = _drawn_pixels(axes), [text.get_window_extent().padded(2) for text in axes.texts]
    looks = {"color": readable(color), "annotation_clip": False}
    text = axes.annotate(name, at, (0, 0), textcoords="offset points", **looks)
    for offset, horizontal, vertical in NAME_PLACES:
        text.set(position=offset, ha=horizontal, va=vertical)
        box = text.get_window_extent().padded(2)
        is_free = not box.count_contains(points) and not box.count_overlaps(boxes)
        if is_free and all(axes.bbox.contains(*corner) for corner in (box.min, box.max)):
            return
    text.set(position=(0, -3), ha="center", va="top")
    text.xy, text.xycoords = (at[0], 1), ("data", "axes fraction")
    beyond = text.get_window_extent().x1 - axes.bbox.x1
    text.set_x(-max(0, beyond + 4) * 72 / axes.figure.dpi)


def _drawn_pixels(axes):
    """Return points on all that the panel's lines draw, a few pixels apart, an array of shape (n_points, 2)."""
    points = []
    for line in axes.lines:
        path = line.get_transform().transform_path(line.get_path())
        points.append(path.vertices if line.get_linestyle() == "None" else path.interpolated(200).vertices)
    points = np.concatenate(points)
    return points[np.isfinite(points).all(axis=1)]


def _draw_cross(axes, x, row, words, color):
    """Draw a cross at the bottom of a panel, `row` rows above the lowest, with words above it."""
    place, height = axes.get_xaxis_transform(), row * CROSS_ROOM
    axes.plot(x, height + 0.04, "x", color=color, markersize=9, markeredgewidth=2.5, transform=place, clip_on=False)
    small = {"fontsize": "small", "color": readable(color), "ha": "center", "va": "bottom"}
    axes.annotate(words, (x, height + 0.07), xycoords=place, annotation_clip=False, **small)


def _against_sentence(x, curves, title):
    parts = []
    for name, values in curves.items():
        pairs = []
        for at, column in zip(x, np.transpose(values), strict=True):
            n_lost = np.isnan(column).sum()
            lost = f"{n_lost} of {len(column)} diverged" if 0 < n_lost < len(column) else "diverged"
            pairs.append(f"{lost if n_lost else format(column.mean(), '.3g')} at {at:g}")
        parts.append(f"{name}: {', '.join(pairs)}")
    return f"{title + ': ' if title else ''}{'; '.join(parts)}."
