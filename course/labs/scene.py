"""A figure as data: what a page needs to draw it by itself, and what moves in it as numbers.

A scene is made of what JSON has. It takes everything, limits, ticks, looks, from Matplotlib's figure, so that the
page's picture and the stored one cannot come apart. Lengths are in pixels of the figure at its own resolution.
"""

import math
import re

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

SUPERSCRIPTS = str.maketrans("0123456789−-+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺")
DIGITS = 5  # of each number: more than a picture can show
FARTHEST = 100  # heights of a panel beyond its ends that a line may lead: a canvas counts its pixels in 32 bits


def scene_of(figure, moving):
    """Describe a figure that has been drawn once, with those lines and texts in it that are `moving`, as a dict.

    ``columns`` is how many panels stand side by side. In a panel ``square`` says that a unit has the same length in
    both directions, and ``still`` are the lines that do not move.
    """
    panels = figure.axes
    legends = [*figure.legends, *filter(None, (panel.get_legend() for panel in panels))]
    return {
        "columns": len({round(panel.get_position().x0, 3) for panel in panels}),
        "legend": [
            {"name": _plain(text.get_text()), **_look(line)}
            for legend in legends
            for text, line in zip(legend.get_texts(), legend.get_lines(), strict=True)
        ],
        "panels": [_panel(panel, moving) for panel in panels],
        "moving": [{"panel": panels.index(artist.axes), **_look(artist)} for artist in moving],
    }


def _panel(panel, moving):
    extent = panel.get_window_extent()
    is_square = panel.get_aspect() != "auto"
    name = "" if is_square else _plain(panel.get_ylabel())  # a page writes it above the panel, where there is room
    still = [line for line in panel.lines if line not in moving]
    return {
        "name": name,
        "x": _axis(panel.xaxis, panel.get_xlim()),
        "y": _axis(panel.yaxis, panel.get_ylim()) | ({} if is_square else {"label": ""}),
        "grid": panel.xaxis.get_gridlines()[0].get_visible(),
        "square": is_square,
        "width": round(extent.width),
        "height": round(extent.height),
        "still": [_look(line) | {"numbers": _numbers_of_line(line)} for line in still],
    }


def _axis(axis, limits):
    places = [float(place) for place in axis.get_majorticklocs() if limits[0] <= place <= limits[1]]
    texts = axis.get_major_formatter().format_ticks(places)
    return {
        "label": _plain(axis.get_label_text()),
        "limits": [float(limit) for limit in limits],
        "log": axis.get_scale() == "log",
        "ticks": [[place, _plain(text)] for place, text in zip(places, texts, strict=True)],
    }


def _look(artist):
    """Return how a line or a text looks; ``share`` says in which directions its places are shares of the panel."""
    panel = artist.axes
    if not isinstance(artist, Line2D):
        return {"share": "xy", "align": artist.get_ha(), "at": [float(place) for place in artist.get_position()]}
    pixel = artist.get_figure(root=True).dpi / 72  # of a point
    _, dashes = artist._dash_pattern  # in points, for this width; Matplotlib has no other way to learn them
    is_share = panel is not None and artist.get_transform() == panel.get_xaxis_transform()
    return {
        "share": "y" if is_share else "",
        "color": to_hex(artist.get_color()),
        "alpha": 1.0 if artist.get_alpha() is None else float(artist.get_alpha()),
        "width": round(artist.get_linewidth() * pixel, 2) if artist.get_linestyle() != "None" else 0,
        "dashes": [round(float(length) * pixel, 2) for length in dashes or ()],
        "marker": artist.get_marker() if artist.get_marker() != "None" else "",
        "size": round(artist.get_markersize() * pixel, 2),
    }


def _plain(text):
    """Return a label as text alone: 10⁵ for its mathematics, one line."""
    text = re.sub(r"\^\{([^}]*)\}", lambda found: found[1].replace(r"\mathdefault", "").translate(SUPERSCRIPTS), text)
    text = re.sub(r"\\mathdefault|\\,|[${}]", "", text)
    return " ".join(text.split())


def numbers_of(artists):
    """Return what moves as numbers.

    For each line two lists of float of the same length, its x and y, with None where there is nothing to draw; both
    are empty if there is nothing at all. For each text a str.
    """
    return [_numbers_of_line(artist) if isinstance(artist, Line2D) else artist.get_text() for artist in artists]


def _numbers_of_line(line):
    x, y = (np.asarray(values, dtype=float) for values in line.get_data(orig=True))
    is_seen = np.isfinite(x) & np.isfinite(y)
    if not is_seen.any():
        return [[], []]
    if line.axes.get_yscale() != "log":
        low, high = line.axes.get_ylim()
        y = np.clip(y, low - FARTHEST * (high - low), high + FARTHEST * (high - low))
    return [_rounded(np.where(is_seen, values, np.nan)) for values in (x, y)]


def _rounded(values):
    return [None if math.isnan(value) else float(f"{value:.{DIGITS}g}") for value in values.tolist()]


def set_numbers(artists, numbers):
    """Set lines and texts to what `numbers_of` has returned."""
    for artist, given in zip(artists, numbers, strict=True):
        if not isinstance(artist, Line2D):
            artist.set_text(given)
        elif given[0]:
            artist.set_data(*(np.array(values, dtype=float) for values in given))
        else:  # whoever moves it next may set its x alone
            artist.set_xdata(np.full(len(artist.get_ydata(orig=True)), np.nan))
