"""Lab of lesson 2: what alpha does to leaky ReLU and ELU."""

import keras
import numpy as np

from course.labs.controls import Slider
from course.labs.figure import LivePanels
from course.labs.live import RedrawLab
from course.labs.words import format_number
from helpers.activations import curve

Z = np.linspace(-4, 4, 161)
FUNCTIONS = ("ELU", "leaky ReLU")
VALUE, DERIVATIVE = "$f(z)$", "$f'(z)$"


def activation_lab():
    """Show leaky ReLU and ELU with their derivatives while a slider moves their alpha.

    For example::

        activation_lab()
    """
    plot = LivePanels(
        {VALUE: {"limits": (-4.2, 4.2)}, DERIVATIVE: {"limits": (-0.1, 2.1)}},
        x=(-4, 4),
        xlabel="$z$",
        caption="Two panels over z from -4 to 4: leaky ReLU and ELU, and their derivatives.",
        names=FUNCTIONS,
        n_columns=2,
        size=(9, 3.6),
    )

    def draw(plot, alpha):
        leaky = curve(lambda z: keras.activations.leaky_relu(z, alpha), Z)
        elu = curve(lambda z: keras.activations.elu(z, alpha), Z)
        for name, (values, derivative) in zip(FUNCTIONS, (elu, leaky), strict=True):
            plot.set(VALUE, Z, values, name)
            plot.set(DERIVATIVE, Z, derivative, name)
        slope = format_number(alpha)
        kink = "no longer jumps" if alpha == 1 else f"jumps from {slope} to 1"
        return (
            f"With alpha {slope} leaky ReLU has the slope {slope} below zero and reaches {format_number(leaky[0][0])} "
            f"at z = -4; ELU levels off at {format_number(-alpha)}, and its derivative {kink} at zero."
        )

    return RedrawLab(
        "Alpha",
        {"alpha": Slider("alpha", 0.3, 0.0, 2.0, 0.05)},
        {
            "ReLU": {"alpha": 0.0},
            "Maas's leaky ReLU": {"alpha": 0.01},
            "He et al.'s PReLU at its start": {"alpha": 0.25},
            "Keras's ELU": {"alpha": 1.0},
        },
        plot,
        draw,
    )
