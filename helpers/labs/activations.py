"""Lab of lesson 2: alpha under the reader's hand."""

from helpers.activations import curve
from helpers.labs.live import LiveFigure, NumberControl
from helpers.plotting import plot_activations

import keras
import numpy as np

_Z = np.linspace(-4, 4, 161)


def activation_lab():
    """Show leaky ReLU and ELU with their derivatives while a slider moves their alpha.

    Returns
    -------
    LiveFigure
    """
    return LiveFigure(_draw, {"alpha": NumberControl("alpha", 0.3, 0.0, 1.5, 0.05)})


def _draw(alpha):
    curves = {
        f"leaky ReLU, slope {alpha:.2f}": curve(lambda z: keras.activations.leaky_relu(z, alpha), _Z),
        f"ELU, alpha {alpha:.2f}": curve(lambda z: keras.activations.elu(z, alpha), _Z),
    }
    return plot_activations(_Z, curves, limits=(-4.2, 4.2))  # fixed, so that only the curves move
