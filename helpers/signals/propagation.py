"""A signal sent up through a random dense network and a gradient sent back down, in NumPy's double precision.

Lesson 1 writes these lines out. They serve where float32 would round a vanishing gradient to zero, and where a hundred
Keras models would take a minute to build.
"""

import functools
import itertools

import numpy as np

from helpers.activations import ACTIVATIONS, SELU_ALPHA, SELU_SCALE
from helpers.memory import release_memory
from helpers.signals.statistics import Signals, direction_statistics


class _Draws:
    """The random numbers of networks of any depth: a deeper one begins with the kernels of the shallower one."""

    def __init__(self, seed, n_features, n_units):
        self._rng = np.random.default_rng(seed)
        self._shapes = itertools.chain([(n_features, n_units)], itertools.repeat((n_units, n_units)))
        self._kernels = []
        self._states = []  # of the generator after each kernel

    def kernels(self, n_layers):
        """Return the kernels of the first layers, with variance 1."""
        while len(self._kernels) < n_layers:
            self._kernels.append(self._rng.standard_normal(next(self._shapes)))
            self._states.append(self._rng.bit_generator.state)
        return self._kernels[:n_layers]

    def gradient(self, n_layers, shape):
        """Return the gradient that is sent down through so many layers; its norm is 1."""
        rng = np.random.default_rng()
        rng.bit_generator.state = self._states[n_layers - 1]
        gradient = rng.standard_normal(shape)
        return gradient / np.linalg.norm(gradient)


# A slider that moves over the depths asks for the same numbers again and again; they take longer than all the rest.
_draws = functools.lru_cache(maxsize=1)(_Draws)
_MOST_LAYERS_KEPT = 100  # 8 MB


def _dropped(kind, rate, shape, rng):
    """Return factor and offset by which dropout changes outputs; the factor is that of the gradient, too."""
    kept = rng.random(shape) >= rate
    if kind == "dropout":
        return kept / (1 - rate), 0.0
    lowest = -SELU_SCALE * SELU_ALPHA
    scale = ((1 - rate) * (1 + rate * lowest**2)) ** -0.5
    return scale * kept, scale * (lowest * ~kept - rate * lowest)


def propagate(x, activation, gain, n_layers, n_units=100, seed=0, skip=False, dropout=None, rate=0.2):
    """Measure the signals of an untrained dense network with zero biases.

    Parameters
    ----------
    x : float array of shape (n_examples, n_features)
    activation : str
        One of `helpers.activations.ACTIVATIONS`.
    gain : float or callable
        The kernels are normal with variance gain / fan-in: 1 for LeCun's initialization, 2 for He's. A callable gives
        their standard deviation from fan-in and fan-out.
    n_layers, n_units : int
    seed : int
        Of the weights, and of the random gradient of norm 1 that is sent down from the last layer's output.
    skip : bool
        Whether each layer but the first adds its input to its output.
    dropout : {None, "dropout", "AlphaDropout"}
        What is applied, as in training, to each layer's output (before an input is added to it).
    rate : float
        Share of the outputs that it drops.

    Returns
    -------
    Signals

    Raises
    ------
    KeyError
        If there is no such activation function.
    ValueError
        If it has no formula of its own (the leaky relatives of ReLU), there is no such kind of dropout, or there is no
        example, layer or unit.

    References
    ----------
    AlphaDropout: G. Klambauer et al. (2017), Self-Normalizing Neural Networks.

    Examples
    --------
    >>> images = np.random.default_rng(0).normal(size=(50, 784))
    >>> propagate(images, "sigmoid", gain=1.0, n_layers=4).output_gradient_norm
    array([0.0133, 0.0569, 0.2416, 1.    ])
    """
    if activation not in ACTIVATIONS:
        raise KeyError(f"no activation {activation!r}; there are {', '.join(ACTIVATIONS)}")
    f, derivative = ACTIVATIONS[activation].f, ACTIVATIONS[activation].derivative
    if f is None:
        raise ValueError(f"{activation} has no formula without a slope; take one of those that have")
    if dropout not in (None, "dropout", "AlphaDropout"):
        raise ValueError(f"no dropout {dropout!r}; there are 'dropout' and 'AlphaDropout'")
    if not 0 <= rate < 1:
        raise ValueError(f"rate={rate}; give the share of outputs to drop, at least 0 and below 1")
    if min(len(x), n_layers, n_units) < 1:
        raise ValueError(f"{len(x)} examples, {n_layers} layers of {n_units} units; give at least one of each")
    std = gain if callable(gain) else lambda fan_in, fan_out: np.sqrt(gain / fan_in)
    outputs = [np.asarray(x, float)]
    draws_of = _draws if n_layers <= _MOST_LAYERS_KEPT else _Draws
    draws, mask_rng = draws_of(seed, outputs[0].shape[1], n_units), np.random.default_rng([seed, 1])
    kernels, slopes = draws.kernels(n_layers), []  # of variance 1; to scale what they give is quicker
    for number, kernel in enumerate(kernels):
        z = std(*kernel.shape) * (outputs[-1] @ kernel)
        output, slope = f(z), derivative(z)
        if dropout:
            factor, offset = _dropped(dropout, rate, z.shape, mask_rng)
            output, slope = factor * output + offset, factor * slope
        slopes.append(slope)
        outputs.append(output + outputs[-1] if skip and number else output)
    gradient = draws.gradient(n_layers, outputs[-1].shape)
    output_norms, kernel_norms = [], []
    for layer in reversed(range(n_layers)):
        output_norms.append(np.linalg.norm(gradient))
        at_z = gradient * slopes[layer]
        kernel_norms.append(np.linalg.norm(outputs[layer].T @ at_z))
        below = std(*kernels[layer].shape) * (at_z @ kernels[layer].T)
        gradient = below + gradient if skip and layer > 0 else below
    signals = _signals(outputs[1:], output_norms[::-1], kernel_norms[::-1])
    if n_layers > _MOST_LAYERS_KEPT:
        del kernels, draws, outputs, slopes
        release_memory()
    return signals


def _signals(outputs, output_gradient_norm, kernel_gradient_norm):
    by_layer = np.array(outputs)
    return Signals(
        names=tuple(f"layer {number}" for number in range(1, len(outputs) + 1)),
        mean=by_layer.mean(axis=(1, 2)),
        std=by_layer.std(axis=(1, 2)),
        rms=np.sqrt(np.square(by_layer).mean(axis=(1, 2))),
        output_gradient_norm=np.array(output_gradient_norm),
        kernel_gradient_norm=np.array(kernel_gradient_norm),
        dead_fraction=(by_layer == 0).all(axis=1).mean(axis=1),
        **direction_statistics(by_layer)._asdict(),
    )
