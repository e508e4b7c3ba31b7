"""Activation functions: one table of formula, derivative, asymptotes and look; `curve` works out any other one."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

# Klambauer et al. 2017, Self-Normalizing Neural Networks; lesson 3 works them out.
SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


@dataclass(frozen=True)
class Activation:
    """What the lessons know of an activation function.

    Attributes
    ----------
    keras_name : str
        The ``__name__`` of Keras's function, or that of the layer where there is only a layer.
    f, derivative : callable or None
        They map a float64 ndarray to one of the same shape. None for a function with a slope of one's own choice.
    asymptotes : tuple of float
        The values, other than a single zero, that it approaches: an output close to one of them is saturated.
    style : pair of colour and line style, or None
        Its look in all figures. The colours are those of `helpers.plotting.base.CYCLE`.
    """

    keras_name: str
    f: Callable | None = None
    derivative: Callable | None = None
    asymptotes: tuple = ()
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


def _normal_density(z):
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def _mish_factor(z):
    return np.tanh(np.logaddexp(0, z))


ACTIVATIONS = {
    "linear": Activation("linear", lambda z: z, np.ones_like, style=("#E69F00", "-")),
    "sigmoid": Activation("sigmoid", _sigmoid, _sigmoid_derivative, (0.0, 1.0), ("#D55E00", "-")),
    "tanh": Activation("tanh", np.tanh, lambda z: 1 - np.tanh(z) ** 2, (-1.0, 1.0), ("#CC79A7", "-")),
    "ReLU": Activation("relu", lambda z: np.maximum(0, z), lambda z: (z > 0).astype(float), style=("#000000", "-")),
    "leaky ReLU": Activation("leaky_relu", style=("#E69F00", "--")),
    "RReLU": Activation("RandomizedLeakyReLU", style=("#D55E00", ":")),
    "PReLU": Activation("PReLU", style=("#CC79A7", "-.")),
    "ELU": Activation("elu", _elu, _elu_derivative, (-1.0,), ("#56B4E9", "-")),
    "SELU": Activation(
        "selu",
        lambda z: _selu_factors(z) * _elu(z),
        lambda z: _selu_factors(z) * _elu_derivative(z),
        (-SELU_SCALE * SELU_ALPHA,),
        ("#0072B2", "--"),
    ),
    "GELU": Activation(
        "gelu",
        lambda z: z * _normal_cdf(z),
        lambda z: _normal_cdf(z) + z * _normal_density(z),
        style=("#009E73", "-"),
    ),
    "SiLU": Activation(
        "silu",
        lambda z: z * _sigmoid(z),
        lambda z: _sigmoid(z) + z * _sigmoid_derivative(z),
        style=("#009E73", "--"),
    ),
    "Mish": Activation(
        "mish",
        lambda z: z * _mish_factor(z),
        lambda z: _mish_factor(z) + z * _sigmoid(z) * (1 - _mish_factor(z) ** 2),
        style=("#009E73", ":"),
    ),
    "softsign": Activation("softsign", lambda z: z / (1 + abs(z)), lambda z: (1 + abs(z)) ** -2.0, (-1.0, 1.0)),
    "hard sigmoid": Activation(
        "hard_sigmoid", lambda z: np.clip(z / 6 + 0.5, 0, 1), lambda z: (abs(z) < 3) / 6, (0.0, 1.0)
    ),
}
_BY_KERAS_NAME = {activation.keras_name: activation for activation in ACTIVATIONS.values()}


def find_activation(name):
    """Return the `Activation` of a name in the lessons or in Keras: "leaky ReLU" or "leaky_relu"; else KeyError."""
    found = ACTIVATIONS.get(name) or _BY_KERAS_NAME.get(name)
    if found is None:
        raise KeyError(f"no activation {name!r}; there are {', '.join(ACTIVATIONS)}")
    return found


def curve(function, z):
    """Evaluate an activation function and its derivative.

    Parameters
    ----------
    function : callable
        A Keras activation, a layer, or anything that maps a tensor to one of the same shape, element by element.
    z : float array of shape (n,)

    Returns
    -------
    values, derivative : float32 ndarrays of shape (n,)
        The derivative by automatic differentiation; 0 where the function has none, as a step has.

    Examples
    --------
    >>> import keras
    >>> curve(keras.activations.relu, [-2.0, 3.0])
    (array([0., 3.], dtype=float32), array([0., 1.], dtype=float32))
    """
    z = tf.convert_to_tensor(z, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(z)
        values = tf.cast(function(z), tf.float32)
    return values.numpy(), tape.gradient(values, z, unconnected_gradients="zero").numpy()
