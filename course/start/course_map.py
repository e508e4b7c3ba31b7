"""The map of the course: for each lesson a sketch, its question and one measured figure."""

import textwrap

from matplotlib.patches import ConnectionPatch

from course.lessons import LESSONS
from course.start.stored import stored_claim
from helpers.plotting.base import course_style, described, new_figure
from helpers.plotting.colors import CYCLE, readable

COLORS = [color for color, _ in CYCLE]
QUESTION_WIDTH, WORDS_WIDTH = 34, 26  # letters in a line


def lessons_with_figures(lessons=LESSONS):
    """Return for each lesson its title, its question, its measured figure in words, and the curves of its sketch.

    A notebook that does not store the claim that has the figure raises LookupError.

    Examples
    --------
    >>> title, question, words, sketch = lessons_with_figures()[0]
    >>> title, question
    ('Initialization', 'How large should the first random weights be?')
    """
    return [
        (each.title, each.question, each.words.format(stored_claim(each.path, each.claim).measured), each.sketch())
        for each in lessons
    ]


@course_style
def plot_course(lessons):
    """Draw the lessons one below the other, joined by a path: sketch, title, question, measured figure.

    Takes what `lessons_with_figures` returns, gives a Figure. (The sketches are formulas and measure nothing.)

    Examples
    --------
    >>> figure = plot_course(lessons_with_figures())
    """
    n = len(lessons)
    figure, panels = new_figure(7.2, 1.1 * n + 0.5, n, 3, gridspec_kw={"width_ratios": [1.1, 3.2, 2.4]})
    figure.get_layout_engine().set(hspace=0.12)
    description = [f"A path through {n} lessons, each with a sketch."]
    for number, (row, (title, question, words, sketch)) in enumerate(zip(panels, lessons, strict=True), start=1):
        color = COLORS[(number - 1) % len(COLORS)]
        _draw_sketch(row[0], sketch, color)
        _write_text(row[1], row[2], f"{number}. {title}", question, words, color)
        description.append(f"Lesson {number}, {title}: {question} Measured: {words}.")
    for upper, lower in zip(panels[:-1, 0], panels[1:, 0], strict=True):
        ends = {"coordsA": upper.transAxes, "coordsB": lower.transAxes}
        figure.add_artist(ConnectionPatch((0.5, 0), (0.5, 1), **ends, arrowstyle="-|>", mutation_scale=12, color="0.4"))
    return described(figure, " ".join(description))


def _draw_sketch(axes, curves, color):
    """Draw the curves of a sketch, the last one in the lesson's colour."""
    for x, y in curves[:-1]:
        axes.plot(x, y, color="0.6", linewidth=1.6)
    for x, y in curves[-1:]:
        axes.plot(x, y, color=color, linewidth=2.4)
    axes.set(xticks=[], yticks=[])
    axes.margins(0.1, 0.15)
    for side in axes.spines.values():
        side.set_color("0.7")


def _write_text(middle, right, title, question, words, color):
    """Write title and question in the middle, and on the right the figure and what it is."""
    n_words = 3 if words.split()[1:2] == ["to"] else 1  # "0.2 to 0.4 of a layer is dead" begins with a range
    *figure, what_it_is = words.split(maxsplit=n_words)
    for axes in (middle, right):
        axes.axis("off")
    middle.text(0, 0.98, title, fontweight="bold", va="top", color=readable(color))
    middle.text(0, 0.68, textwrap.fill(question, QUESTION_WIDTH), va="top", linespacing=1.15)
    right.text(0, 0.98, " ".join(figure), fontweight="bold", va="top", fontsize="large")
    right.text(0, 0.68, textwrap.fill(what_it_is, WORDS_WIDTH), va="top", fontsize=10.5, linespacing=1.1)
