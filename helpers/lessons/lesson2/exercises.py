"""Self-checks of lesson 2, nonsaturating activations: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np


def _leaky_relu_derivative(function):
    z, slope = np.array([-3.0, -0.5, 0.5, 2.0]), 0.17
    wanted = np.where(z > 0, 1, slope)
    found = np.asarray(function(z, slope), dtype=float)
    if found.shape != z.shape:
        return f"For an array of shape {z.shape} it returns shape {found.shape}."
    if not np.allclose(found, wanted):
        return f"At z = {z} with slope {slope} it returns {found}."
    return None


def _prelu_parameters(answer):
    sizes = (300, 100)
    model = keras.Sequential([keras.Input((784,))])
    for size in sizes:
        model.add(keras.layers.Dense(size))
        model.add(keras.layers.PReLU())
    extra = model.count_params() - sum(layer.count_params() for layer in model.layers[::2])
    return None if answer == extra else "Each PReLU layer learns one slope for each of its inputs."


def _elu_network(build):
    hidden = [layer for layer in build().layers if isinstance(layer, keras.layers.Dense)][:-1]
    if [layer.units for layer in hidden] != [300, 100]:
        return f"Its hidden Dense layers have {[layer.units for layer in hidden]} units."
    if any(layer.activation is not keras.activations.elu for layer in hidden):
        return "Not every hidden layer has ELU."
    if not all(isinstance(layer.kernel_initializer, keras.initializers.HeNormal) for layer in hidden):
        return "Not every hidden kernel is drawn by He's normal initialization."
    return None


def _rrelu_slope(answer):
    bounds = 0.1, 0.5
    hint = "At inference RReLU has the mean of the slopes it drew in training."
    return None if np.isclose(answer, np.mean(bounds)) else hint


def _smallest_gradient(function):
    depth, slope = 20, 0.01
    found = function(slope, depth)
    if np.isclose(found, slope**depth):
        return None
    return f"For slope {slope} and {depth} layers it returns {found}; each layer multiplies the gradient by f'(z)."


CHECKS = {
    "2.1": _leaky_relu_derivative,
    "2.2": _prelu_parameters,
    "2.3": _elu_network,
    "2.4": _rrelu_slope,
    "2.5": _smallest_gradient,
}
