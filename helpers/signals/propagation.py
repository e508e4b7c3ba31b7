"""A signal sent up through a random dense network and a gradient sent back down, in NumPy's double precision.

It serves where float32 would round a vanishing gradient to zero, and where a hundred Keras models would take a minute
to build. Further 1 writes these lines out.
"""

import numpy as np

from helpers.activations import ACTIVATIONS
from helpers.checks import check_counts
from helpers.signals.statistics import Signals, output_statistics


def propagate(x, activation, gain, n_layers, n_units=100, seed=0):
    """Measure the signals of an untrained dense network with zero biases; return Signals.

    ValueError if there is no such formula, or no example, layer or unit.

    Parameters
    ----------
    x : float array of shape (n_examples, n_features)
    activation : str
        One of `helpers.activations.ACTIVATIONS` that has a formula.
    gain : float or callable
        The kernels are normal with variance gain / fan-in: 1 for LeCun's initialization, 2 for He's. A callable gives
        their standard deviation from fan-in and fan-out.
    n_layers, n_units : int
    seed : int
        Of the weights, and of the random gradient of norm 1 that is sent down from the last layer's output.

    >>> images = np.random.default_rng(0).normal(size=(50, 784))
    >>> propagate(images, "sigmoid", gain=1.0, n_layers=4).output_gradient_norm
    array([0.0133, 0.0569, 0.2416, 1.    ])
    """
    formulas = {name: (each.f, each.derivative) for name, each in ACTIVATIONS.items() if each.f}
    if activation not in formulas:
        raise ValueError(f"no formula for the activation {activation!r}; there are {', '.join(formulas)}")
    check_counts(n_layers=n_layers, n_units=n_units)
    if np.ndim(x) != 2 or not np.size(x):
        raise ValueError(f"x has shape {np.shape(x)}; give examples in rows, (n_examples, n_features), at least one")
    f, derivative = formulas[activation]
    std = gain if callable(gain) else lambda fan_in, fan_out: np.sqrt(gain / fan_in)
    outputs, slopes, rng = [np.asarray(x, float)], [], np.random.default_rng(seed)
    fans_in = [outputs[0].shape[1]] + [n_units] * (n_layers - 1)
    kernels = [rng.standard_normal((fan_in, n_units)) for fan_in in fans_in]  # of variance 1: to scale z is quicker
    for kernel in kernels:
        z = std(*kernel.shape) * (outputs[-1] @ kernel)
        slopes.append(derivative(z))
        outputs.append(f(z))
    gradient = rng.standard_normal(outputs[-1].shape)
    gradient /= np.linalg.norm(gradient)
    output_norms, kernel_norms = np.empty((2, n_layers))
    for layer in reversed(range(n_layers)):
        output_norms[layer] = np.linalg.norm(gradient)
        at_z = gradient * slopes[layer]
        kernel_norms[layer] = np.linalg.norm(outputs[layer].T @ at_z)
        gradient = std(*kernels[layer].shape) * (at_z @ kernels[layer].T)
    return Signals(
        names=tuple(f"layer {number}" for number in range(1, n_layers + 1)),
        output_gradient_norm=output_norms,
        kernel_gradient_norm=kernel_norms,
        **output_statistics(outputs[1:]),
    )
