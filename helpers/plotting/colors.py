"""Colours and lines: the same thing has the same ones in all lessons.

The colours are those of M. Okabe and K. Ito (2008), Color Universal Design, which colour-blind readers can tell apart;
the line style is the second cue.
"""

import numpy as np
from matplotlib.colors import to_rgb

from helpers.activations import ACTIVATIONS

BLUE, VERMILLION, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
BLACK, ORANGE, SKY = "#000000", "#E69F00", "#56B4E9"
CYCLE = [
    (BLUE, "-"),
    (VERMILLION, "--"),
    (GREEN, "-."),
    (PINK, ":"),
    (BLACK, (0, (5, 1))),
    (ORANGE, (0, (3, 1, 1, 1))),
    (SKY, (0, (1, 1))),
]
STYLES = {name: activation.style for name, activation in ACTIVATIONS.items() if activation.style} | {
    "batch norm": (BLUE, "-."),
    "without": (VERMILLION, (0, (6, 2))),
    "residual ReLU": (GREEN, ":"),
}


def styles_of(names):
    """Return colour and line style for each of the names that stand in one figure; no two have both in common.

    A known activation function has its own, also as the figure's first "ReLU, He" or "SELU, LeCun"; the others take the
    remaining colours in turn, and then all colours with other lines.
    """
    styles = {}
    for name in names:
        known = STYLES.get(name, STYLES.get(name.split(",")[0]))
        if known is not None and known not in styles.values():
            styles[name] = known
    taken = {color for color, _ in styles.values()}
    colors, lines = zip(*CYCLE, strict=True)
    pairs = [pair for turn in range(len(lines)) for pair in zip(colors, lines[turn:] + lines[:turn], strict=True)]
    free = sorted((pair for pair in pairs if pair not in styles.values()), key=lambda pair: pair[0] in taken)
    others = [name for name in names if name not in styles]
    if len(others) > len(free):
        raise ValueError(f"{len(others)} curves cannot be told apart in one figure: draw at most {len(free)}")
    return styles | dict(zip(others, free, strict=False))


def readable(color):
    """Return a darker shade, since the palette's light colours are too pale for text on white."""
    return tuple(0.65 * np.array(to_rgb(color)))
