"""Figures of training runs."""

import itertools

import numpy as np

from helpers.plotting.base import (
    capitalized,
    described,
    draw_bands,
    label_ends,
    new_figure,
    one_panel,
    range_sentences,
    readable,
    styles_of,
)

CROSS_ROOM = 0.18  # of a panel's height, for a cross with its words
NAME_ROOM = 0.1  # of a panel's height, above all that is drawn, for the name of a line that ends inside the panel
NAME_PLACES = (  # of such a name beside the line's end: offset in points, and which part of the name is there
    ((0, 9), "center", "bottom"),
    ((8, 0), "left", "center"),
    ((0, -9), "center", "top"),
    ((-8, 9), "right", "bottom"),
    ((-8, -9), "right", "top"),
)


def plot_over_steps(curves, steps_per_point, ylabel, log=False, guides=None, images_per_step=None):
    """Draw quantities measured during training against the optimizer steps taken.

    Parameters
    ----------
    curves : dict of str to float array of shape (n_seeds, n_points)
        The first point is taken after `steps_per_point` steps.
    steps_per_point : int
    ylabel : str
    log : bool
        Whether the vertical axis is logarithmic; the line is then the median over the seeds, otherwise the mean.
    guides : dict of str to float, optional
        Values that a curve is to be compared with: level lines with these names.
    images_per_step : int, optional
        The axis then counts images in units of so many, for curves whose batches differ in size.

    Returns
    -------
    Figure
    """
    n_points = len(next(iter(curves.values()))[0])
    steps = steps_per_point * np.arange(1, n_points + 1)
    figure, axes = one_panel()
    axes.set(
        xlabel=f"images seen, in units of {images_per_step}" if images_per_step else "optimizer steps", ylabel=ylabel
    )
    for name, value in (guides or {}).items():
        axes.axhline(value, color="0.5", linewidth=1)
        axes.annotate(f"{name}: {value:g}", (0.01, value), xycoords=("axes fraction", "data"), va="bottom", color="0.3")
    if guides:
        axes.margins(y=0.1)  # room for their names
    draw_bands(axes, steps, curves, styles_of(curves), log)
    levels = "".join(f" The level line marks {value:g}, {name}." for name, value in (guides or {}).items())
    taken = f"{steps[-1]:,} x {images_per_step} images" if images_per_step else f"{steps[-1]:,} steps"
    return described(figure, range_sentences(f"{ylabel} after {taken}", curves, log) + levels)


def plot_against(x, results, xlabel, ylabel):
    """Draw results against a quantity that was varied, on a logarithmic axis: a dot for each seed, their mean a line.

    Where a run diverged there is a cross at the bottom with the number of such runs, and no mean.

    Parameters
    ----------
    x : sequence of positive numbers, ascending
    results : dict of str to float array of shape (n_seeds, len(x))
        Of each network; NaN for a run that diverged. Or a dict of such dicts: then each has a panel with its name.
    xlabel, ylabel : str

    Returns
    -------
    Figure
    """
    panels = results if isinstance(next(iter(results.values())), dict) else {"": results}
    figure, axes = new_figure(7.2, 4.0, 1, len(panels), sharex=True, sharey=True)
    styles = styles_of(dict.fromkeys(name for curves in panels.values() for name in curves))
    sentences, drawn = [], []
    for panel, (title, curves) in zip(axes.flat, panels.items(), strict=True):
        panel.set(title=title, xlabel=xlabel, xscale="log")
        drawn.append(_draw_against(panel, x, curves, styles))
        sentences.append(_against_sentence(x, curves, title))
    inside = [{name: ends.pop(name) for name in list(ends) if ends[name][0] < len(x) - 1} for ends, _ in drawn]
    _make_room(axes[0, 0], [crosses for _, crosses in drawn], any(inside))
    for panel, (ends, crosses) in zip(axes.flat, drawn, strict=True):
        _draw_crosses(panel, crosses)
        label_ends(panel, {name: (panel.get_xlim()[1], y, color) for name, (_, y, color) in ends.items()})
    figure.draw_without_rendering()  # from here on nothing moves
    for panel, names in zip(axes.flat, inside, strict=True):
        for name, (position, y, color) in names.items():
            _name_inside(panel, name, (x[position], y), color)
    axes[0, 0].set_ylabel(ylabel)
    n_seeds = max(len(values) for curves in panels.values() for values in curves.values())
    return described(figure, f"{capitalized(ylabel)} by {xlabel}, mean over {n_seeds} seeds. {' '.join(sentences)}")


def _draw_against(axes, x, curves, styles):
    """Draw dots and means; return where each line ends (the place in x, y, colour), and the crosses to be drawn."""
    ends, crosses = {}, []
    for name, values in curves.items():
        color, line = styles[name]
        n_lost = np.isnan(values).sum(axis=0)
        mean = np.where(n_lost == 0, np.mean(values, axis=0), np.nan)
        axes.plot(x, np.transpose(values), ".", color=color, alpha=0.45, markersize=8, markeredgewidth=0)
        axes.plot(x, mean, color=color, linestyle=line, marker="_", label=name)
        for at in np.asarray(x)[n_lost > 0]:
            crosses.append((at, f"{n_lost[list(x).index(at)]} of {len(values)}\ndiverged", color))
        last = np.flatnonzero(np.isfinite(mean))
        if len(last):
            ends[name] = (last[-1], mean[last[-1]], color)
    axes.set_xticks(x, [f"{value:g}" for value in x])
    axes.minorticks_off()
    axes.margins(x=0.08)  # room for the words at a cross
    axes.grid(color="0.92")
    return ends, crosses


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
        pixels = line.get_transform().transform(line.get_xydata())
        pixels = pixels[np.isfinite(pixels).all(axis=1)]
        points.append(pixels)
        if line.get_linestyle() != "None":
            share = np.linspace(0, 1, 200)[:, None]
            points += [start + share * (end - start) for start, end in itertools.pairwise(pixels)]
    return np.concatenate(points)


def _rows(crosses):
    """Return in which row, from below, each (x, words, colour) stands: one above the other at the same x."""
    return [sum(other[0] == cross[0] for other in crosses[:place]) for place, cross in enumerate(crosses)]


def _make_room(axes, crosses_of_panels, for_names):
    """Make room for crosses below what is drawn in all the panels that share this vertical axis, for names above."""
    n_rows = 1 + max((row for crosses in crosses_of_panels for row in _rows(crosses)), default=-1)
    below, above = n_rows * CROSS_ROOM, NAME_ROOM * for_names
    if below or above:  # otherwise the limits go on following what is drawn
        lowest, highest = axes.get_ylim()
        height = (highest - lowest) / (1 - below - above)
        axes.set_ylim(lowest - below * height, highest + above * height)


def _draw_crosses(axes, crosses):
    """Draw a cross with its words for each (x, words, colour)."""
    for row, (x, words_above, color) in zip(_rows(crosses), crosses, strict=True):
        _draw_cross(axes, x, words_above, color, row * CROSS_ROOM)


def _draw_cross(axes, x, words, color, height):
    """Draw a cross at a share of the panel's height, with words above it."""
    place = axes.get_xaxis_transform()
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


def plot_dots(results, xlabel):
    """Draw one dot per seed and model, and a tick at each model's mean.

    Parameters
    ----------
    results : dict of str to float array of shape (n_seeds,)
        NaN, for a run that diverged, is not drawn but counted beside the name.
    xlabel : str

    Returns
    -------
    Figure
    """
    figure, axes = one_panel(0.38 * len(results) + 1.0)
    labels = []
    styles = styles_of(results)
    for row, (name, values) in enumerate(results.items()):
        values = np.asarray(values, dtype=float)
        finite = values[np.isfinite(values)]
        color, _ = styles[name]
        axes.plot(finite, np.full(len(finite), row), "o", color=color, alpha=0.7, markeredgecolor="white")
        if len(finite):
            axes.plot(finite.mean(), row, "|", color=color, markersize=20, markeredgewidth=2)
        n_lost = len(values) - len(finite)
        labels.append(f"{name} ({n_lost} diverged)" if n_lost else name)
    axes.set_yticks(range(len(results)), labels)
    axes.set_ylim(len(results) - 0.5, -0.5)
    axes.set_xlabel(xlabel)
    axes.grid(axis="x", color="0.9")
    axes.set_axisbelow(True)
    curves = {name: np.asarray(values, dtype=float)[:, None] for name, values in results.items()}
    return described(figure, range_sentences(xlabel, curves))
