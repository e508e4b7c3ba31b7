"""Lab of lesson 3: whether the gradient vanishes over many layers, and whether images merge."""

import numpy as np

from course.labs.controls import Menu, Slider
from course.labs.figure import LivePanels
from course.labs.live import RedrawLab
from course.labs.words import describe_change, format_number
from helpers.data import standardize
from helpers.signals import propagate

N_IMAGES = 25
FUNCTIONS = ("linear", "sigmoid", "tanh", "ReLU", "ELU", "SELU")
GRADIENT, COSINE = "norm of the gradient at\neach layer's outputs", "mean cosine\nbetween two images"
GAINS = {"LeCun (gain 1)": 1.0, "He (gain 2)": 2.0}


def depth_lab(data):
    """Show the gradient in each layer of a deep network, and how alike its outputs for different images are.

    The first 25 training images of `data`, standardized, go through untrained networks of 100 units a layer.
    For example::

        depth_lab(load_fashion_mnist())
    """
    images = standardize(data).x_train[:N_IMAGES].reshape(N_IMAGES, -1)
    plot = LivePanels(
        {GRADIENT: {"limits": (1e-6, 1e6), "log": True}, COSINE: {"limits": (-0.1, 1.1)}},
        x=(1, 100),
        xlabel="layer (1 is next to the input)",
        caption="Two panels over the layers of an untrained network: the norm of a gradient that is sent backward from "
        "the last layer, on a logarithmic axis from 1e-6 to 1e6, and the mean cosine of two images.",
        names=["this network"],
    )

    def draw(plot, activation, initializer, depth):
        signals = propagate(images, activation, GAINS[initializer], depth)
        layer = np.arange(1, depth + 1)
        plot.set(GRADIENT, layer, signals.output_gradient_norm)
        plot.set(COSINE, layer, signals.cosine)
        gradient = describe_change("the gradient", *signals.output_gradient_norm[[-1, 0]], "on its way backward")
        setting = f"{depth} layers of {activation}, {initializer.split(' ')[0]}"
        return f"{setting}: {gradient}. In the last layer {_describe_likeness(signals.cosine[-1])}."

    return RedrawLab(
        "Depth",
        {
            "activation": Menu("activation", FUNCTIONS, "ReLU"),
            "initializer": Menu("initializer", tuple(GAINS), "He (gain 2)"),
            "depth": Slider("layers", 100, 5, 100, 1, whole=True),
        },
        {
            "ReLU, He": {},
            "SELU, LeCun": {"activation": "SELU", "initializer": "LeCun (gain 1)"},
            "tanh, LeCun": {"activation": "tanh", "initializer": "LeCun (gain 1)"},
            "sigmoid, LeCun": {"activation": "sigmoid", "initializer": "LeCun (gain 1)"},
        },
        plot,
        draw,
    )


def _describe_likeness(cosine):
    """Say how alike the last layer's outputs are."""
    if np.isnan(cosine):
        return "all outputs are 0"
    return f"the mean cosine is {format_number(round(cosine, 2))}"
