"""Lab of lesson 3: what keeps a signal, its gradient and its direction alive over many layers."""

import numpy as np

from course.labs.controls import Menu, Slider
from course.labs.figure import LivePanels
from course.labs.live import RedrawLab
from course.labs.words import describe_change, format_number
from helpers.data import standardize
from helpers.signals import propagate

N_IMAGES = 25
FUNCTIONS = ("linear", "sigmoid", "tanh", "ReLU", "ELU", "SELU")
GRADIENT, COSINE = "gradient norm of\neach layer's output", "cosine between\ntwo garments"
LINES = ("mean", "mean of its size")
GAINS = {"LeCun (gain 1)": 1.0, "He (gain 2)": 2.0}


def depth_lab(data):
    """Show by layer the gradient and how alike the outputs for different garments are, for a deep network's design.

    The first 25 training images of `data`, standardized, go through untrained networks of 100 units a layer.
    For example::

        depth_lab(load_fashion_mnist())
    """
    images = standardize(data).x_train[:N_IMAGES].reshape(N_IMAGES, -1)
    plot = LivePanels(
        {
            GRADIENT: {"limits": (1e-6, 1e6), "log": True, "names": ["this network"]},
            COSINE: {"limits": (-0.1, 1.4)},
        },
        x=(1, 100),
        xlabel="layer (1 is next to the input)",
        caption="Two panels over the layers of a fresh network: the norm of the gradient that is sent down from the "
        "last layer, on a logarithmic axis from 1e-6 to 1e6, and the cosine between the outputs for two different "
        "garments, its mean over all pairs and the mean of its size without the sign.",
        names=LINES,
    )

    def draw(plot, activation, initializer, depth):
        signals = propagate(images, activation, GAINS[initializer], depth)
        layer = np.arange(1, depth + 1)
        plot.set(GRADIENT, layer, signals.output_gradient_norm)
        for line, cosine in zip(LINES, (signals.cosine, signals.abs_cosine), strict=True):
            plot.set(COSINE, layer, cosine, line)
        gradient = describe_change("the gradient", *signals.output_gradient_norm[[-1, 0]], "on the way down")
        setting = f"{depth} layers of {activation}, {initializer.split(' ')[0]}"
        return f"{setting}: {gradient}. In the last layer {_describe_likeness(signals)}."

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


def _describe_likeness(signals):
    """Say how alike the last layer's outputs are."""
    mean, of_size, directions = signals.cosine[-1], signals.abs_cosine[-1], signals.participation_ratio[-1]
    if np.isnan(mean):
        return "no garment has a direction left"
    return (
        f"the mean cosine is {format_number(round(mean, 2))}, that of its size {format_number(round(of_size, 2))}, and "
        f"the garments are spread over {format_number(round(directions, 1))} directions"
    )
