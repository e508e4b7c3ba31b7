"""The map of the course: for each lesson a sketch, its question and one measured figure."""

import textwrap

import numpy as np
from matplotlib.patches import ConnectionPatch

from helpers.activations import ACTIVATIONS
from helpers.plotting.base import CYCLE, described, new_figure, readable

COLORS = [color for color, _ in CYCLE]
QUESTION_WIDTH, WORDS_WIDTH = 34, 26  # letters in a line


def plot_course(stations):
    """Draw the lessons one below the other, joined by a path: sketch, title, question, measured figure.

    Parameters
    ----------
    stations : sequence of (str, str, str)
        For each of the five lessons its title, its question, and its figure in words: first the figure, then what it
        is. (The sketches are drawn from formulas and measure nothing.)

    Returns
    -------
    Figure
    """
    n = len(stations)
    figure, panels = new_figure(7.2, 1.1 * n + 0.5, n, 3, gridspec_kw={"width_ratios": [1.1, 3.2, 2.4]})
    figure.get_layout_engine().set(hspace=0.12)
    for number, (row, station) in enumerate(zip(panels, stations, strict=True), start=1):
        color = COLORS[(number - 1) % len(COLORS)]
        _draw_sketch(row[0], _SKETCHES[number - 1], color)
        _write(row[1], row[2], number, station, color)
    for upper, lower in zip(panels[:-1, 0], panels[1:, 0], strict=True):
        ends = {"coordsA": upper.transAxes, "coordsB": lower.transAxes}
        figure.add_artist(ConnectionPatch((0.5, 0), (0.5, 1), **ends, arrowstyle="-|>", mutation_scale=12, color="0.4"))
    told = " ".join(
        f"Lesson {number}, {title}: {question} Measured: {words}."
        for number, (title, question, words) in enumerate(stations, start=1)
    )
    return described(figure, f"A path through {n} lessons, each with a sketch. {told}")


def _draw_sketch(axes, curves, color):
    """Draw the curves of a sketch, the last one in the lesson's colour."""
    for x, y in curves[:-1]:
        axes.plot(x, y, color="0.6", linewidth=1.6)
    axes.plot(*curves[-1], color=color, linewidth=2.4)
    axes.set(xticks=[], yticks=[])
    axes.margins(0.1, 0.15)
    for side in axes.spines.values():
        side.set_color("0.7")


def _write(middle, right, number, station, color):
    """Write title and question in the middle, and the figure with its words on the right."""
    title, question, words = station
    figure, what_it_is = _split(words)
    for axes in (middle, right):
        axes.axis("off")
    middle.text(0, 0.98, f"{number}. {title}", fontweight="bold", va="top", color=readable(color))
    middle.text(0, 0.68, textwrap.fill(question, QUESTION_WIDTH), va="top", linespacing=1.15)
    right.text(0, 0.98, figure, fontweight="bold", va="top", fontsize="large")
    right.text(0, 0.68, textwrap.fill(what_it_is, WORDS_WIDTH), va="top", fontsize=10.5, linespacing=1.1)


def _split(words):
    """Split "0.2 to 0.4 of a layer dead" into "0.2 to 0.4" and "of a layer dead"."""
    parts = words.split()
    n = 3 if parts[1:2] == ["to"] else 1
    return " ".join(parts[:n]), " ".join(parts[n:])


def _sketches():
    """Return for each lesson the curves of its sketch, pairs of x and y, the last one in front."""
    depth, z, steps = np.arange(30), np.linspace(-3, 3, 61), np.arange(60)
    spike = 0.2 + 0.05 * np.sin(steps) + np.exp(0.4 * (steps - 59.0))
    bell = np.exp(-(z**2) / 2)
    cosines = np.linspace(0, 1, 40)
    after_relu = (np.sqrt(1 - cosines**2) + cosines * (np.pi - np.arccos(cosines))) / np.pi
    return (
        [(depth, 0 * depth), (depth, 0.35 * depth), (depth, -0.35 * depth)],
        [(z, ACTIVATIONS["ELU"].f(z)), (z, np.maximum(0, z))],
        [(cosines, cosines), (cosines, after_relu)],
        [(z, 0.7 * np.exp(-((z - 1.4) ** 2) / 0.5)), (z, bell)],
        [(steps, np.minimum(spike, 0.27)), (steps, spike)],
    )


_SKETCHES = _sketches()
