"""Lab of lesson 1: how large the first random weights are, and how signal and gradient change with it."""

import numpy as np

from course.labs.controls import Menu, Slider
from course.labs.figure import LivePanels
from course.labs.live import RedrawLab
from course.labs.words import describe_change, format_number
from helpers.data import standardize
from helpers.signals import propagate

N_IMAGES, N_UNITS = 25, 100
FUNCTIONS = ("linear", "sigmoid", "tanh", "ReLU", "ELU", "SELU")
RMS, GRADIENT = "root mean square\nof the output", "root mean square\nof the gradient"


def initialization_lab(data):
    """Show how strong signal and gradient are in each layer, for an activation, a weight scale and a depth.

    The first 25 training images of `data`, standardized, go through untrained networks of 100 units a layer.
    For example::

        initialization_lab(load_fashion_mnist())
    """
    images = standardize(data).x_train[:N_IMAGES].reshape(N_IMAGES, -1)
    plot = _plot()

    @np.errstate(over="ignore", invalid="ignore")  # what explodes may leave the range of numbers
    def draw(plot, activation, std, depth):
        signals = propagate(images, activation, lambda fan_in, _: std * np.sqrt(N_UNITS / fan_in), depth, N_UNITS)
        layer = np.arange(1, depth + 1)
        # Layers are equally wide, so that the norm changes by the same factors as the root mean square.
        gradient = signals.output_gradient_norm / signals.output_gradient_norm[-1]
        plot.set(RMS, layer, signals.rms)
        plot.set(GRADIENT, layer, gradient)
        return (
            f"{depth} layers of {activation}, weights with standard deviation {format_number(std)}: "
            f"{describe_change('the signal', signals.rms[0], signals.rms[-1], 'from the first layer to the last')}; "
            f"{describe_change('the gradient', *gradient[[-1, 0]], 'from the last layer to the first')}."
        )

    return RedrawLab(
        "Initialization",
        {
            "activation": Menu("activation", FUNCTIONS, "ReLU"),
            "std": Slider("standard deviation of the weights", 0.10, 0.01, 10.0, 0.01, log=True),
            "depth": Slider("layers", 40, 5, 100, 1, whole=True),
        },
        {
            "Keras's default: 0.10": {},
            "He: 0.141": {"std": 0.141},
            "too large: 0.20": {"std": 0.2},
            "sigmoid, small weights": {"activation": "sigmoid"},
            "sigmoid, large weights": {"activation": "sigmoid", "std": 5.0},
        },
        plot,
        draw,
    )


def _plot():
    plot = LivePanels(
        {RMS: {"limits": (1e-10, 1e10), "log": True}, GRADIENT: {"limits": (1e-10, 1e10), "log": True}},
        x=(1, 100),
        xlabel="layer (1 is next to the input)",
        caption="Two panels over the layers of an untrained network, on logarithmic axes from 1e-10 to 1e10: the root "
        "mean square of each layer's output, and that of a random gradient sent backward from the last layer.",
        names=["this network"],
    )
    titles = "Forward: the output of each layer", "Backward: a random gradient, from the last layer to the first"
    for panel, title in zip(plot.figure.axes, titles, strict=True):
        panel.set_title(title, loc="left", fontsize="medium")
        panel.axhline(1, color="0.6", linewidth=1)
    return plot
