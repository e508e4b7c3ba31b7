"""Drawings of lesson 3: how equal directions make two garments' pulls cancel, and a residual block."""

import numpy as np

from helpers.plotting.base import CYCLE, described, new_figure, one_panel, readable

_PULL, _PUSH, _LEFT = CYCLE[0][0], CYCLE[1][0], "0.15"
_ARROW = {"arrowstyle": "-|>", "linewidth": 2.5, "mutation_scale": 18, "shrinkA": 0, "shrinkB": 0}


def plot_pull_and_push(cosines):
    """Draw what two garments, a boot and a bag, do to the weights of the unit that is to say "boot".

    The boot adds its feature vector to the weights, the bag takes its own away; both vectors have length 1.

    Parameters
    ----------
    cosines : sequence of float
        Between the two vectors, one panel each.

    Returns
    -------
    Figure
    """
    figure, panels = new_figure(7.2, 3.4, 1, len(cosines), sharex=True, sharey=True)
    parts = []
    for panel, cosine in zip(panels.flat, cosines, strict=True):
        half = np.arccos(cosine) / 2
        boot, bag = (np.array([np.sin(turn), np.cos(turn)]) for turn in (half, -half))
        left = boot - bag
        _arrow(panel, boot, _PULL, "the boot pulls", 1.12 * boot)
        _arrow(panel, -bag, _PUSH, "the bag pushes", -1.12 * bag)
        _arrow(panel, left, _LEFT, f"left: {np.linalg.norm(left):.2f}", np.add(left, (0.1, 0)))
        panel.set(title=f"cosine {cosine:g}", xlim=(-0.3, 2.6), ylim=(-1.25, 1.3), xlabel="one weight")
        panel.set_aspect("equal")
        panel.set(xticks=[], yticks=[])
        parts.append(f"cosine {cosine:g}: {np.linalg.norm(left):.2f} is left of two arrows of length 1")
    panels[0, 0].set_ylabel("another weight")
    return described(figure, f"Two arrows of length 1, a pull and a push, and their sum. {'; '.join(parts)}.")


def _arrow(axes, end, color, name, place):
    axes.annotate("", end, (0, 0), arrowprops={**_ARROW, "color": color})
    axes.text(*place, name, color=readable(color), ha="left", va="center")


def plot_residual_block():
    """Draw a plain layer beside a block whose branch is added to its input.

    Returns
    -------
    Figure
    """
    figure, axes = one_panel(3.2)
    axes.set(xlim=(0, 10), ylim=(0, 6), xlabel="two ways from one layer's output to the next")
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(False)
    _chain(axes, 2.0, ["$a_{l-1}$", "kernel $W$", "ReLU", "$a_l$"])
    _chain(axes, 6.4, ["$a_{l-1}$", "normalize", "ReLU", "kernel $W$", "+", "$a_l$"])
    below, above = _height(0, 6), _height(4, 6)
    axes.plot([6.0, 4.9, 4.9], [below, below, above], color=_PULL, linewidth=2.5, zorder=1)
    axes.annotate("", (6.15, above), (4.88, above), arrowprops={**_ARROW, "color": _PULL})
    axes.text(4.75, (below + above) / 2, "the input\nitself", color=readable(_PULL), ha="right", va="center")
    axes.text(7.4, (below + above) / 2, "the branch:\nwhat the layer adds", color="0.3", va="center")
    axes.text(2.0, 5.75, "plain layer", ha="center", fontweight="bold")
    axes.text(6.4, 5.75, "residual block", ha="center", fontweight="bold")
    return described(
        figure,
        "Plain layer: kernel, then ReLU, from the output of one layer to that of the next. Residual block: normalize, "
        "ReLU, kernel in a branch, and its result is added to the block's input, which goes around it unchanged.",
    )


def _height(place, n):
    return 0.35 + place * 4.75 / (n - 1)


def _chain(axes, x, words):
    for place, word in enumerate(words):
        box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "0.4"}
        axes.text(x, _height(place, len(words)), word, ha="center", va="center", bbox=box, zorder=3)
    for place in range(len(words) - 1):
        ends = (x, _height(place + 1, len(words)) - 0.1), (x, _height(place, len(words)) + 0.1)
        axes.annotate("", *ends, arrowprops={"arrowstyle": "-|>", "color": "0.4", "shrinkA": 8, "shrinkB": 8})
