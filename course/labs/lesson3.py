"""Lab of lesson 3: what keeps a signal, its gradient and its direction alive over many layers."""

import numpy as np

from course.labs.controls import Choice, Number
from course.labs.live import RedrawLab
from course.labs.live_plot import LivePanels
from course.labs.words import course, number
from helpers.data import standardize
from helpers.signals import propagate

N_IMAGES = 25
FUNCTIONS = ("linear", "sigmoid", "tanh", "ReLU", "ELU", "SELU")
GRADIENT, COSINE = "gradient norm of\neach layer's output", "cosine between\ntwo garments"
LINES = ("mean", "mean of its size")
GAINS = {"LeCun (gain 1)": 1.0, "He (gain 2)": 2.0}


def depth_lab(data):
    """Show by layer the gradient and how alike the outputs for different garments are, for a deep network's design.

    Parameters
    ----------
    data : FashionMNIST
        Its first training images, standardised, go through fresh networks of 100 units a layer.

    Returns
    -------
    RedrawLab
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
        mean, of_size = signals.cosine[-1], signals.abs_cosine[-1]
        alike = (
            "no garment has a direction left"
            if np.isnan(mean)
            else f"the mean cosine is {number(round(mean, 2))}, that of its size {number(round(of_size, 2))}, and the "
            f"garments are spread over {number(round(signals.participation_ratio[-1], 1))} directions"
        )
        return (
            f"{depth} layers of {activation}, {initializer.split(' ')[0]}: "
            f"{course('the gradient', *signals.output_gradient_norm[[-1, 0]], 'on the way down')}. "
            f"In the last layer {alike}."
        )

    return RedrawLab(
        "Depth",
        {
            "activation": Choice("activation", FUNCTIONS, "ReLU"),
            "initializer": Choice("initializer", tuple(GAINS), "He (gain 2)"),
            "depth": Number("layers", 100, 5, 100, 1, whole=True),
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
