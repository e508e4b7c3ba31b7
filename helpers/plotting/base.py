"""What every figure shares: size, colours, line styles, labels, the text description; `show` displays it.

The same thing has the same colour and line in all lessons. The colours are those of M. Okabe and K. Ito (2008), Color
Universal Design, which colour-blind readers can tell apart; the line style is the second cue.
"""

import io
import textwrap

import matplotlib
import numpy as np
import PIL.Image
from IPython.display import Image, Markdown, display
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, MaxNLocator

from helpers.activations import ACTIVATIONS

DPI = 100
FONT_SIZE = 12  # in points, on a figure 7.2 inches wide: to be read from the last row of a classroom
MESSAGE_WIDTH = 8  # letters of a message in an inch of the figure's width
matplotlib.rcParams.update({"font.size": FONT_SIZE, "axes.titlesize": FONT_SIZE, "lines.linewidth": 2.0})
CYCLE = [
    ("#0072B2", "-"),
    ("#D55E00", "--"),
    ("#009E73", "-."),
    ("#CC79A7", ":"),
    ("#000000", (0, (5, 1))),
    ("#E69F00", (0, (3, 1, 1, 1))),
    ("#56B4E9", (0, (1, 1))),
]
STYLES = {name: activation.style for name, activation in ACTIVATIONS.items() if activation.style} | {
    "batch norm": ("#0072B2", "-."),
    "without": ("#D55E00", (0, (6, 2))),
}
WORDS = {
    "std": "standard deviation of the output",
    "rms": "root mean square of the output",
    "output_gradient_norm": "gradient norm of the outputs",
    "kernel_gradient_norm": "gradient norm of the kernel",
    "dead_fraction": "share of dead units",
    "saturated_fraction": "share of saturated outputs",
    "cosine": "mean cosine between different inputs",
    "abs_cosine": "mean |cosine| between different inputs",
    "participation_ratio": "participation ratio of the outputs",
}


def show(figure, message=None):
    """Display a figure under its message, and its text description below it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        With the attribute ``description``, which every function of this package sets.
    message : str, optional
        What the figure says, in one sentence: its title, and the begin of its description, which goes along with the
        picture as alternative text.
    """
    description = figure.description
    if message:
        width = int(MESSAGE_WIDTH * figure.get_figwidth())
        figure.suptitle(textwrap.fill(message, width), x=0.01, ha="left", fontsize="large", fontweight="bold")
        description = f"{message}{'' if message[-1] in '.?!' else '.'} {description}"
    alternative = {"image/png": {"alt": description}}
    display(Image(in_few_colors(to_png(figure))), metadata=alternative)
    display(Markdown(f"*Figure.* {description}"))


def mark(figure, text, at, offset=(40, 40), panel=0):
    """Mark the decisive place of a figure: a few words with an arrow to it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    text : str
    at : pair of float
        The place, in the panel's data coordinates.
    offset : pair of float
        From the place to the middle of the words, in points.
    panel : int
        Which of the figure's panels.

    Returns
    -------
    Figure
        The same figure.
    """
    figure.axes[panel].annotate(
        text,
        at,
        xytext=offset,
        textcoords="offset points",
        ha="center",
        va="center",
        arrowprops={"arrowstyle": "->", "color": "0.2", "shrinkB": 3},
        bbox={"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
        annotation_clip=False,
    )
    figure.description += f" Marked: {text.replace(chr(10), ' ')}."
    return figure


def to_png(figure):
    """Return the figure as the bytes of a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI)
    return file.getvalue()


def in_few_colors(png):
    """Return the picture in a PNG file with 256 colours: a figure needs no more, and a notebook stays small."""
    file = io.BytesIO()
    with PIL.Image.open(io.BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(256, PIL.Image.Quantize.MEDIANCUT, dither=PIL.Image.Dither.NONE)
    few.save(file, "png", optimize=True)
    return file.getvalue()


def new_figure(width, height, n_rows=1, n_columns=1, **shared):
    """Return a Figure of that size in inches and its panels, an array of Axes of shape (n_rows, n_columns)."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    return figure, figure.subplots(n_rows, n_columns, squeeze=False, **shared)


def one_panel(height=4.0):
    """Return a Figure of the lessons' width and its only panel."""
    figure, panels = new_figure(7.2, height)
    return figure, panels[0, 0]


def described(figure, description):
    """Attach the text description; return the figure."""
    figure.description = description
    return figure


def words(key):
    """Return what an axis calls the quantity `key`."""
    return WORDS.get(key, key)


def capitalized(text):
    """Return the text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def styles_of(names):
    """Return colour and line style for each of the names that stand in one figure.

    A known activation function has its own, also as the first "ReLU, He" or "SELU, LeCun" of the figure; the other
    names take the remaining colours in turn.
    """
    styles = {}
    for name in names:
        known = STYLES.get(name, STYLES.get(name.split(",")[0]))
        if known is not None and known not in styles.values():
            styles[name] = known
    taken = {color for color, _ in styles.values()}
    free = [style for style in CYCLE if style[0] not in taken] or CYCLE
    others = [name for name in names if name not in styles]
    styles |= {name: free[position % len(free)] for position, name in enumerate(others)}
    return styles


def range_sentences(quantity, curves, log=False):
    """Say for each model the mean (on a logarithmic axis the median) and the range of the last column of its values.

    Of a single seed the value alone is said.
    """
    parts = []
    for name, values in curves.items():
        last = values[:, -1][np.isfinite(values[:, -1])]
        lost = f", {len(values) - len(last)} diverged" if len(last) < len(values) else ""
        numbers = (
            f"{np.median(last) if log else last.mean():.3g}{_range_of(last, len(values))}{lost}"
            if len(last)
            else ("diverged" if len(values) == 1 else "all diverged")
        )
        parts.append(f"{name} {numbers}")
    counts = sorted({len(values) for values in curves.values()})
    if counts == [1]:
        return f"{capitalized(quantity)}, one seed: {'; '.join(parts)}."
    seeds = " to ".join(str(count) for count in counts[:: max(1, len(counts) - 1)])
    return f"{capitalized(quantity)}, {'median' if log else 'mean'} and range over {seeds} seeds: {'; '.join(parts)}."


def _range_of(values, n_seeds):
    return "" if n_seeds == 1 else f" ({values.min():.3g} to {values.max():.3g})"


def draw_bands(axes, x, curves, styles, log=False):
    """Draw a line through the middle of each model's values, a band over their range, and the name at the end.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    x : float array of shape (n_x,)
    curves : dict of str to float array of shape (n_seeds, up to n_x)
        NaN is left out.
    styles : dict of str to (colour, line style)
    log : bool
        Whether the vertical axis is logarithmic; the line is then the median, otherwise the mean.
    """
    ends = {}
    for name, values in curves.items():
        color, line = styles[name]
        seen = np.isfinite(values).any(axis=0)
        at, values = np.asarray(x)[: len(seen)][seen], values[:, seen]
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

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With its final limits.
    ends : dict of str to (x, y, colour)
    """
    figure = axes.figure
    figure.draw_without_rendering()
    height = 1.1 * FONT_SIZE * figure.dpi / 72  # of a line of text, in pixels
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
    """Move sorted places as little as it takes to lie `gap` apart, none below `lowest`."""
    blocks = []
    for place in places:
        block = [place]
        while blocks and _middle(blocks[-1], gap, lowest) + gap * (len(blocks[-1]) + len(block)) / 2 > _middle(
            block, gap, lowest
        ):
            block = blocks.pop() + block
        blocks.append(block)
    middles = [(_middle(block, gap, lowest), len(block)) for block in blocks]
    return [middle + gap * (i - (n - 1) / 2) for middle, n in middles for i in range(n)]


def _middle(block, gap, lowest):
    return max(np.mean(block), lowest + gap * (len(block) - 1) / 2)


def readable(color):
    """Return a darker shade, since the palette's light colours are too pale for text on white."""
    return tuple(0.65 * np.array(to_rgb(color)))
