"""Activation functions: one table of formula, derivative and look; `curve` works out any other one."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

# Klambauer et al. 2017, Self-Normalizing Neural Networks; further 3 works them out.
SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


@dataclass(frozen=True)
class Activation:
    """What the lessons know of an activation function.

    ``f`` and ``derivative`` map a float64 ndarray to one of the same shape (None for a function with a slope of one's
    own choice); ``style`` is its colour, of `helpers.plotting.colors.CYCLE`, and its line style in all figures.
    """

    f: Callable | None = None
    derivative: Callable | None = None
    style: tuple | None = None


def _sigmoid(z):
    return (1 + np.tanh(z / 2)) / 2  # which does not overflow


def _sigmoid_derivative(z):
    return _sigmoid(z) * (1 - _sigmoid(z))


def _elu(z):
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _elu_derivative(z):
    return np.where(z > 0, 1, np.exp(np.minimum(z, 0)))


def _selu_factors(z):
    return SELU_SCALE * np.where(z > 0, 1, SELU_ALPHA)


_erf = np.vectorize(math.erf, otypes=[float])


def _normal_cdf(z):
    return (1 + _erf(z / np.sqrt(2))) / 2


def _mish_factor(z):
    return np.tanh(np.logaddexp(0, z))


ACTIVATIONS = {
    "linear": Activation(lambda z: z, np.ones_like, ("#E69F00", "-")),
    "sigmoid": Activation(_sigmoid, _sigmoid_derivative, ("#D55E00", "-")),
    "tanh": Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2, ("#CC79A7", "-")),
    "ReLU": Activation(lambda z: np.maximum(0, z), lambda z: (z > 0).astype(float), ("#000000", "-")),
    "leaky ReLU": Activation(style=("#E69F00", (0, (3, 1, 1, 1)))),
    "RReLU": Activation(style=("#D55E00", ":")),
    "PReLU": Activation(style=("#CC79A7", "-.")),
    "ELU": Activation(_elu, _elu_derivative, ("#56B4E9", "-")),
    "SELU": Activation(
        lambda z: _selu_factors(z) * _elu(z), lambda z: _selu_factors(z) * _elu_derivative(z), ("#0072B2", "--")
    ),
    "GELU": Activation(
        lambda z: z * _normal_cdf(z),
        lambda z: _normal_cdf(z) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi),
        ("#009E73", "-"),
    ),
    "SiLU": Activation(
        lambda z: z * _sigmoid(z), lambda z: _sigmoid(z) + z * _sigmoid_derivative(z), ("#009E73", "--")
    ),
    "Mish": Activation(
        lambda z: z * _mish_factor(z),
        lambda z: _mish_factor(z) + z * _sigmoid(z) * (1 - _mish_factor(z) ** 2),
        ("#009E73", ":"),
    ),
}


def curve(function, z):
    """Return the values and the derivative of an activation function at z, float32 ndarrays of z's shape.

    The function is a Keras activation, a layer, or anything that maps a tensor to one of the same shape, element by
    element. Its derivative comes by automatic differentiation; it is 0 where the function has none, as a step has.

    >>> import keras
    >>> curve(keras.activations.relu, [-2.0, 3.0])
    (array([0., 3.], dtype=float32), array([0., 1.], dtype=float32))
    """
    z = tf.convert_to_tensor(z, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(z)
        values = tf.cast(function(z), tf.float32)
    return values.numpy(), tape.gradient(values, z, unconnected_gradients="zero").numpy()
