"""Lab of lesson 3: what keeps a signal, its gradient and its direction alive over many layers."""

from helpers.data import standardize
from helpers.labs.controls import Choice, Number
from helpers.labs.live import RedrawLab
from helpers.labs.words import course, number
from helpers.plotting.live import LivePanels
from helpers.propagation import FUNCTIONS, propagate

import numpy as np

N_IMAGES = 25
MEAN, STD, GRADIENT, COSINE = "mean of the output", "standard deviation", "gradient norm", "mean cosine between images"
GAINS = {"LeCun (gain 1)": 1.0, "He (gain 2)": 2.0}
NO_DROPOUT = "none"


def depth_lab(data):
    """Show mean, standard deviation, gradient norm and cosine by layer for a deep network's design.

    Parameters
    ----------
    data : FashionMNIST
        Its first training images, standardised and then scaled, go through fresh networks of 100 units a layer.

    Returns
    -------
    RedrawLab
    """
    images = standardize(data).x_train[:N_IMAGES].reshape(N_IMAGES, -1).copy()  # a view would keep all images
    plot = LivePanels(
        {
            MEAN: {"limits": (-1e3, 1e3), "symlog": True},
            STD: {"limits": (1e-6, 1e6), "log": True},
            COSINE: {"limits": (-0.1, 1.1)},
            GRADIENT: {"limits": (1e-6, 1e6), "log": True},
        },
        x=(1, 100),
        xlabel="layer (1 is next to the input)",
        caption="Four panels over the layers of a fresh network: mean of the outputs, their standard deviation, mean "
        "cosine between the outputs for different images, and the norm of the gradient sent down from the last layer. "
        "Standard deviation and gradient are on logarithmic axes from 1e-6 to 1e6; that of the mean is linear from -1 "
        "to 1 and logarithmic beyond.",
        names=["this network"],
        n_columns=2,
        size=(9, 5),
    )

    def draw(plot, activation, initializer, depth, scale, dropout):
        kind = None if dropout == NO_DROPOUT else dropout
        signals = propagate(scale * images, activation, GAINS[initializer], depth, dropout=kind)
        layer = np.arange(1, depth + 1)
        plot.set(MEAN, layer, signals.mean)
        plot.set(STD, layer, signals.std)
        plot.set(GRADIENT, layer, signals.output_gradient_norm)
        plot.set(COSINE, layer, signals.cosine)
        cosine = signals.cosine[-1]
        alike = (
            "no image has a direction left" if np.isnan(cosine) else f"the mean cosine is {number(round(cosine, 2))}"
        )
        dropped = "" if kind is None else f" and {kind} at 0.2"
        return (
            f"{depth} layers of {activation}, {initializer.split(' ')[0]}, inputs times {number(scale)}{dropped}: "
            f"{course('the signal', signals.std[0], signals.std[-1], 'from the first layer to the last')}; "
            f"{course('the gradient', *signals.output_gradient_norm[[-1, 0]], 'on the way down')}. "
            f"In the last layer the mean output is {number(signals.mean[-1])}, and {alike}."
        )

    return RedrawLab(
        "Depth",
        {
            "activation": Choice("activation", tuple(FUNCTIONS), "SELU"),
            "initializer": Choice("initializer", tuple(GAINS), "LeCun (gain 1)"),
            "depth": Number("layers", 100, 5, 100, 1, whole=True),
            "scale": Number("inputs times", 1.0, 0.01, 100.0, 0.05, log=True),
            "dropout": Choice("dropout", (NO_DROPOUT, "dropout", "AlphaDropout"), NO_DROPOUT),
        },
        {
            "SELU, LeCun": {},
            "SELU, He": {"initializer": "He (gain 2)"},
            "ReLU, He": {"activation": "ReLU", "initializer": "He (gain 2)"},
            "inputs ten times too large": {"scale": 10.0},
            "SELU with dropout": {"dropout": "dropout"},
        },
        plot,
        draw,
    )
