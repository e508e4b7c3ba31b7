"""Lines over an axis that counts: their bands, their scale, and the names at their ends."""

import numpy as np
from matplotlib.ticker import LogFormatter, MaxNLocator

from helpers.plotting.base import FONT_SIZE
from helpers.plotting.colors import readable


def draw_bands(axes, x, curves, styles, log=False):
    """Draw each model's mean over the seeds (if `log` the median), a band over their range, and the name at the end.

    `x` has shape (n_x,), each of the `curves` (n_seeds, up to n_x); NaN is left out.
    """
    ends = {}
    for name, values in curves.items():
        color, line = styles[name]
        seen = np.isfinite(values).any(axis=0)
        at, values = x[: len(seen)][seen], values[:, seen]
        if not len(at):
            continue
        middle = np.nanmedian(values, axis=0) if log else np.nanmean(values, axis=0)
        marker = "o" if len(at) == 1 else None  # a line through one point cannot be seen
        axes.plot(at, middle, color=color, linestyle=line, marker=marker, label=name)
        lowest, highest = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
        axes.fill_between(at, lowest, highest, color=color, alpha=0.15, linewidth=0)
        ends[name] = (at[-1], middle[-1], color)
    finish_lines(axes, x, ends, log)


class _PlainLogFormatter(LogFormatter):
    """Labels the same ticks as LogFormatter, without exponents."""

    def __call__(self, x, pos=None):
        return f"{x:g}" if super().__call__(x, pos) else ""


def finish_lines(axes, x, ends, log=False):
    """Set scale, grid and ticks of a panel of lines over the whole numbers `x`, and name the lines' ends."""
    if log:
        axes.set_yscale("log")
        lowest, highest = axes.get_ylim()
        if lowest > 1e-3 and highest < 1e4:  # numbers that read better without powers of ten
            axes.yaxis.set_major_formatter(_PlainLogFormatter())
            axes.yaxis.set_minor_formatter(_PlainLogFormatter(labelOnlyBase=False, minor_thresholds=(1.5, 0.5)))
    axes.grid(color="0.92")
    if len(x) > 1:
        axes.set_xlim(x[0], x[-1])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    label_ends(axes, ends)


def label_ends(axes, ends):
    """Write each line's name at its right end, moved up or down where names would overlap.

    The axes have their final limits; `ends` is a dict of str to (x, y, colour).
    """
    figure = axes.figure
    figure.draw_without_rendering()
    height = 1.25 * FONT_SIZE * figure.dpi / 72  # of a line of text, in pixels
    bottom, top = axes.transAxes.transform([(0, 0), (0, 1)])[:, 1]
    at = {name: np.clip(axes.transData.transform((x, y))[1], bottom, top) for name, (x, y, _) in ends.items()}
    names = sorted(ends, key=at.get)
    for name, place in zip(names, _spread([at[name] for name in names], height, bottom), strict=True):
        x, _, color = ends[name]
        axes.annotate(
            name,
            (x, axes.transData.inverted().transform((0, at[name]))[1]),
            xytext=(6, (place - at[name]) * 72 / figure.dpi),
            textcoords="offset points",
            color=readable(color),
            va="center",
            annotation_clip=False,
        )


def _spread(places, gap, lowest):
    """Move sorted places as little as it takes to lie `gap` apart, none below `lowest`.

    Without the gaps this is isotonic regression; here by its formula with the largest of the least means.
    """
    n = len(places)
    rest = np.asarray(places) - gap * np.arange(n)
    moved = [max(min(rest[a:b].mean() for b in range(i + 1, n + 1)) for a in range(i + 1)) for i in range(n)]
    return np.maximum(moved, lowest) + gap * np.arange(n)
