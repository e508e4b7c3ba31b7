"""What every figure shares: size, checks of what is to be drawn, and the text description; `show` displays it."""

import io
import textwrap
from html import escape

import matplotlib
import numpy as np
import PIL.Image
from IPython.display import Image, display
from matplotlib.figure import Figure

DPI = 100
FONT_SIZE = 12  # in points, on a figure 7.2 inches wide: to be read from the last row of a classroom
MESSAGE_WIDTH = 8  # letters of a message in an inch of the figure's width
# Decorates every function that makes or renders a figure, so that the learner's own figures keep their settings.
course_style = matplotlib.rc_context({"font.size": FONT_SIZE, "axes.titlesize": FONT_SIZE, "lines.linewidth": 2.0})


@course_style
def show(figure, message=None, caption="Description of the figure"):
    """Display a figure under its message, and below it the caption, which unfolds to the full description.

    The message, one sentence, is the figure's title and the beginning of the description; the caption is one sentence
    that says what to see. The description is the picture's alternative text, too, but JupyterLab passes that to nobody.
    Its rest is the Figure's attribute ``description``, set by the course's plotting functions. For example::

        show(plot_dots({"ReLU": [0.71, 0.74]}, "validation accuracy"), "Both seeds learn", "Each dot is one seed.")
    """
    description = figure.description
    if message:
        width = int(MESSAGE_WIDTH * figure.get_figwidth())
        figure.suptitle(textwrap.fill(message, width), x=0.01, ha="left", fontsize="large", fontweight="bold")
        description = f"{message}{'' if message[-1] in '.?!' else '.'} {description}"
    display(Image(in_few_colors(to_png(figure))), metadata={"image/png": {"alt": description}})
    folded = (
        f"<details>\n<summary>{escape(caption, quote=False)}</summary>\n{escape(description, quote=False)}\n</details>"
    )
    display({"text/plain": description, "text/html": folded}, raw=True)


@course_style
def mark(figure, text, at, offset=(40, 40)):
    """Mark the decisive place of a figure's first panel by a few words and an arrow; return the figure.

    >>> from helpers.plotting import plot_dots
    >>> mark(plot_dots({"ReLU": [0.71, 0.74]}, "accuracy"), "the best run", (0.74, 0)).description
    'Accuracy, mean and range over 2 seeds: ReLU 0.725 (0.71 to 0.74). Marked: the best run.'

    The place `at` is in data coordinates; `offset`, in points, leads from it to the middle of the words.
    """
    figure.axes[0].annotate(
        text,
        as_array(at, "at", 1, finite=True),
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


@course_style
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


@course_style
def new_figure(width, height, n_rows=1, n_columns=1, **shared):
    """Return a Figure of that size in inches and its panels, an array of Axes of shape (n_rows, n_columns).

    For example, ``figure, ((left, right),) = new_figure(7.2, 3, 1, 2, sharey=True)``.
    """
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    return figure, figure.subplots(n_rows, n_columns, squeeze=False, **shared)


def one_panel(height=4.0):
    """Return a Figure of the lessons' width and its only panel; for example, ``figure, axes = one_panel()``."""
    figure, panels = new_figure(7.2, height)
    return figure, panels[0, 0]


def described(figure, description):
    """Attach the text description, with a capital first letter; return the figure.

    For example, ``described(figure, "One point per run.")``.
    """
    figure.description = capitalized(description)
    return figure


def as_array(values, name, n_dims=None, finite=False):
    """Return values to be drawn as a float array, with NaN in place of all that is not finite.

    Raise ValueError if there are none, if they have not `n_dims` dimensions, or if one is not finite and all must be.
    """
    array = np.asarray(values)
    array = array.astype(array.dtype if array.dtype.kind == "f" else float)  # a copy, in which NaN can be put
    if not array.size:
        raise ValueError(f"{name} is empty: there is nothing to draw")
    if n_dims not in (None, array.ndim):
        raise ValueError(f"{name} has shape {array.shape}: an array of {n_dims} dimensions can be drawn")
    is_finite = np.isfinite(array)
    if finite and not is_finite.all():
        raise ValueError(
            f"{name} has {np.sum(~is_finite)} of {array.size} values that are NaN or infinite: draw it without them"
        )
    array[~is_finite] = np.nan
    return array[()]  # a number, of no dimensions, stays a number


def as_arrays(values_of, n_dims=None, finite=False):
    """Return a dict of values to be drawn, or of such dicts, as float arrays; raise ValueError as `as_array` does."""
    if not values_of:
        raise ValueError(f"There is nothing to draw: give values by their names, not {values_of!r}")
    return {
        name: as_arrays(values, n_dims, finite) if isinstance(values, dict) else as_array(values, name, n_dims, finite)
        for name, values in values_of.items()
    }


def finite_part(values):
    """Return the finite values, shape (n,), and words that count the others: "" or ", 3 not finite"."""
    part = values[np.isfinite(values)]
    n_lost = np.size(values) - len(part)
    return part, f", {n_lost:,} not finite" if n_lost else ""


def capitalized(text):
    """Return the text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def draw_arrow(axes, start, end, color, label=None, linestyle="-", linewidth=2, **looks):
    """Draw an arrow between two places, in the panel's data coordinates; a label gives it an entry in the legend.

    The other `looks` are Matplotlib's ``arrowprops``.
    """
    line = {"color": color, "linestyle": linestyle, "linewidth": linewidth}
    axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, **line, **looks})
    if label:
        axes.plot([], [], **line, label=label)
