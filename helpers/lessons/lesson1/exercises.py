"""Self-checks of lesson 1, weight initialization: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np


def _glorot_limit(function):
    n_in, n_out = 300, 100
    found = function(n_in, n_out)
    if np.isclose(found, np.sqrt(6 / (n_in + n_out))):
        return None
    return f"For {n_in} and {n_out} it returns {found}; U(-r, r) has the variance r^2 / 3."


def _relu_variance_share(answer):
    mean_square, mean = 1 / 2, 1 / np.sqrt(2 * np.pi)
    if np.isclose(answer, 1 - mean**2 / mean_square, atol=0.005):
        return None
    return "Var[a] is E[a^2] minus the square of E[a], and ReLU's E[a] is not zero."


def _leaky_relu_gain(function):
    slope = 0.3
    found = function(slope)
    if np.isclose(found, 2 / (1 + slope**2)):
        return None
    return f"For slope {slope} it returns {found}. Which share of E[z^2] does each half of the z contribute?"


def _fresh_initializers(build):
    *hidden, _ = [layer for layer in build().layers if isinstance(layer, keras.layers.Dense)]
    if [layer.units for layer in hidden] != [100, 100, 100]:
        return f"Its hidden Dense layers have {[layer.units for layer in hidden]} units."
    if any(layer.activation is not keras.activations.relu for layer in hidden):
        return "Not every hidden layer has ReLU."
    if any(
        type(layer.kernel_initializer) is not keras.initializers.VarianceScaling
        or (layer.kernel_initializer.scale, layer.kernel_initializer.mode) != (2, "fan_avg")
        or layer.kernel_initializer.distribution != "uniform"
        for layer in hidden
    ):
        return "Not every hidden kernel is drawn by that VarianceScaling."
    second, third = (layer.kernel.numpy() for layer in hidden[1:])
    return "The second and the third kernel are identical." if np.array_equal(second, third) else None


def _zigzag_factor(answer):
    n, wide = 100, 400
    factors = [2 * n_in / (n_in + n_out) for n_in, n_out in ((wide, n), (n, wide))]
    if np.isclose(answer, np.sqrt(np.prod(factors) ** 10), rtol=0.01):
        return None
    return "Each layer multiplies E[a^2] by n_in Var[w] / 2, and Var[w] is 2 over the mean of the fans."


CHECKS = {
    "1.1": _glorot_limit,
    "1.2": _relu_variance_share,
    "1.3": _leaky_relu_gain,
    "1.4": _fresh_initializers,
    "1.5": _zigzag_factor,
}
