"""Lab of the start page: what a factor per layer becomes over many layers."""

import numpy as np

from course.labs.controls import Slider
from course.labs.figure import LivePanels
from course.labs.live import RedrawLab
from course.labs.words import format_number

SIGNAL = "what is left of a signal of 1"


def factor_lab():
    """Show how a signal goes on that each layer multiplies by the same factor.

    For example::

        factor_lab()
    """
    plot = LivePanels(
        {SIGNAL: {"limits": (1e-12, 1e12), "log": True}},
        x=(1, 100),
        xlabel="layer (1 is next to the input)",
        caption="One panel over the layers, on a logarithmic axis from 1e-12 to 1e12: what is left of a signal of size "
        "1 if each layer multiplies it by the same factor.",
        names=["signal"],
        size=(7.2, 3.2),
    )

    def draw(plot, factor, depth):
        layers = np.arange(1, depth + 1)
        signal = factor ** (layers - 1.0)
        plot.set(SIGNAL, layers, signal)
        result = "stays as it is" if factor == 1 else f"becomes {format_number(signal[-1])} at layer {depth}"
        return f"Each layer multiplies by {format_number(factor)}: a signal of 1 at layer 1 {result}."

    return RedrawLab(
        "One factor, many layers",
        {
            "factor": Slider("factor of a layer", 0.71, 0.5, 2.0, 0.01),
            "depth": Slider("layers", 30, 5, 100, 1, whole=True),
        },
        {
            "half: 0.5": {"factor": 0.5},
            "level: 1": {"factor": 1.0},
            "twice: 2": {"factor": 2.0},
            "0.99, 100 layers": {"factor": 0.99, "depth": 100},
        },
        plot,
        draw,
    )
