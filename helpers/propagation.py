"""A signal sent up through a random dense network and a gradient sent back down, in NumPy's double precision.

Lesson 1 writes these lines out. They serve where float32 would round a vanishing gradient to zero, and where a hundred
Keras models would take a minute to build.
"""

from helpers.signals import SELU_ALPHA, SELU_SCALE, Signals, dead_units, mean_cosine

import numpy as np


def _sigmoid(z):
    return (1 + np.tanh(z / 2)) / 2  # which does not overflow


def _elu(z):
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _elu_derivative(z):
    return np.where(z > 0, 1, np.exp(np.minimum(z, 0)))


def _selu_factors(z):
    return SELU_SCALE * np.where(z > 0, 1, SELU_ALPHA)


FUNCTIONS = {
    "linear": (lambda z: z, np.ones_like),
    "sigmoid": (_sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "ReLU": (lambda z: np.maximum(0, z), lambda z: (z > 0).astype(float)),
    "ELU": (_elu, _elu_derivative),
    "SELU": (lambda z: _selu_factors(z) * _elu(z), lambda z: _selu_factors(z) * _elu_derivative(z)),
}


def propagate(x, activation, gain, n_layers, n_units=100, seed=0, skip=False):
    """Measure the signals of a fresh dense network with zero biases.

    Parameters
    ----------
    x : float array of shape (n_examples, n_features)
    activation : str
        One of `FUNCTIONS`.
    gain : float
        The kernels are normal with variance gain / fan-in: 1 for LeCun's initialization, 2 for He's.
    n_layers, n_units : int
    seed : int
        Of the weights, and of the random gradient of norm 1 that is sent down from the last layer's output.
    skip : bool
        Whether each layer but the first adds its input to its output.

    Returns
    -------
    Signals
        ``saturated_fraction`` is NaN.

    Raises
    ------
    KeyError
        If there is no such activation function.
    """
    if activation not in FUNCTIONS:
        raise KeyError(f"no activation {activation!r}; there are {', '.join(FUNCTIONS)}")
    f, derivative = FUNCTIONS[activation]
    rng = np.random.default_rng(seed)
    outputs, kernels, slopes = [np.asarray(x, float)], [], []
    for _ in range(n_layers):
        n_in = outputs[-1].shape[1]
        kernels.append(rng.normal(0, np.sqrt(gain / n_in), (n_in, n_units)))
        z = outputs[-1] @ kernels[-1]
        slopes.append(derivative(z))
        outputs.append(f(z) + outputs[-1] if skip and len(kernels) > 1 else f(z))
    gradient = rng.normal(size=outputs[-1].shape)
    gradient /= np.linalg.norm(gradient)
    output_norms, kernel_norms = [], []
    for layer in reversed(range(n_layers)):
        output_norms.append(np.linalg.norm(gradient))
        at_z = gradient * slopes[layer]
        kernel_norms.append(np.linalg.norm(outputs[layer].T @ at_z))
        gradient = at_z @ kernels[layer].T + (gradient if skip and layer > 0 else 0)
    return _signals(outputs[1:], output_norms[::-1], kernel_norms[::-1])


def _signals(outputs, output_gradient_norm, kernel_gradient_norm):
    return Signals(
        names=tuple(f"layer {number}" for number in range(1, len(outputs) + 1)),
        mean=np.array([output.mean() for output in outputs]),
        std=np.array([output.std() for output in outputs]),
        rms=np.array([np.sqrt(np.square(output).mean()) for output in outputs]),
        output_gradient_norm=np.array(output_gradient_norm),
        kernel_gradient_norm=np.array(kernel_gradient_norm),
        dead_fraction=np.array([dead_units(output) for output in outputs]),
        saturated_fraction=np.full(len(outputs), np.nan),
        cosine=np.array([mean_cosine(output) for output in outputs]),
    )
