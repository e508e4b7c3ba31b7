"""Lab of lesson 1: how large the first random weights are, and what becomes of the signal."""

from helpers.data import standardize
from helpers.labs.controls import Choice, Number
from helpers.labs.live import RedrawLab
from helpers.labs.words import course, number
from helpers.plotting.live import LivePanels
from helpers.propagation import FUNCTIONS, propagate

import numpy as np

N_IMAGES = 25
STD, GRADIENT = "standard deviation\nof the output", "gradient norm\nat the output"
STDS = {  # of the weights, from fan-in and fan-out
    "LeCun": lambda fan_in, fan_out: np.sqrt(1 / fan_in),
    "Glorot": lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out)),
    "He": lambda fan_in, fan_out: np.sqrt(2 / fan_in),
    "standard deviation 1": lambda fan_in, fan_out: 1.0,
}


def initialization_lab(data):
    """Show standard deviation and gradient norm by layer for an activation, an initializer and a depth.

    Parameters
    ----------
    data : FashionMNIST
        Its first training images go, standardised, through fresh networks of 100 units a layer.

    Returns
    -------
    RedrawLab
    """
    images = standardize(data).x_train[:N_IMAGES].reshape(N_IMAGES, -1).copy()  # a view would keep all images
    plot = LivePanels(
        {STD: {"limits": (1e-10, 1e10), "log": True}, GRADIENT: {"limits": (1e-10, 1e10), "log": True}},
        x=(1, 100),
        xlabel="layer (1 is next to the input)",
        caption="Two panels over the layers of a fresh network, on logarithmic axes from 1e-10 to 1e10: the standard "
        "deviation of each layer's output, and the norm of the gradient that is sent down from the last layer.",
        names=["this network"],
    )

    @np.errstate(over="ignore", invalid="ignore")  # what explodes may leave the range of numbers
    def draw(plot, activation, initializer, times, depth):
        signals = propagate(images, activation, lambda *fans: times * STDS[initializer](*fans), depth)
        layer = np.arange(1, depth + 1)
        plot.set(STD, layer, signals.std)
        plot.set(GRADIENT, layer, signals.output_gradient_norm)
        return (
            f"{depth} layers of {activation}, weights of {initializer} times {number(times)}: "
            f"{course('the signal', signals.std[0], signals.std[-1], 'from the first layer to the last')}; "
            f"{course('the gradient', *signals.output_gradient_norm[[-1, 0]], 'on the way down')}."
        )

    return RedrawLab(
        "Initialization",
        {
            "activation": Choice("activation", tuple(FUNCTIONS), "ReLU"),
            "initializer": Choice("weights", tuple(STDS), "He"),
            "times": Number("standard deviation times", 1.0, 0.001, 10.0, 0.02, log=True),
            "depth": Number("layers", 50, 5, 100, 1, whole=True),
        },
        {
            "vanishing": {"activation": "sigmoid", "initializer": "Glorot"},
            "exploding": {"times": 2.0},
            "small random weights": {"activation": "tanh", "initializer": "standard deviation 1", "times": 0.01},
            "just right": {},
        },
        plot,
        draw,
    )
