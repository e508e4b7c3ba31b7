"""The statistics of signals: what is the same for Keras models and for networks written in NumPy."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Signals:
    """Statistics of each layer's output and gradient on one batch; ``signals[1:-1]`` selects layers.

    Attributes
    ----------
    names : tuple of str
        The layers, from the input to the output, without those that only reshape.
    mean, std, rms : float64 ndarray of shape (n_layers,)
        Of the layer's output over all units and examples; ``rms`` is the root of the mean square.
    output_gradient_norm : float64 ndarray of shape (n_layers,)
        Euclidean norm of the gradient of the batch's mean loss with respect to the layer's output.
    kernel_gradient_norm : float64 ndarray of shape (n_layers,)
        The same with respect to its kernel (a recurrent layer's is that of its inputs); NaN for a layer without one.
    dead_fraction : float64 ndarray of shape (n_layers,)
        Share of the units whose output is exactly zero on every example.
    saturated_fraction : float64 ndarray of shape (n_layers,)
        Share of the outputs (units x examples) within 1 % of an asymptote of the activation function, where its
        derivative is nearly zero; NaN for a function without asymptotes other than ReLU's exact zero.
    cosine : float64 ndarray of shape (n_layers,)
        Mean cosine between the outputs of two different examples; NaN if fewer than two are not zero.
    """

    names: tuple
    mean: np.ndarray
    std: np.ndarray
    rms: np.ndarray
    output_gradient_norm: np.ndarray
    kernel_gradient_norm: np.ndarray
    dead_fraction: np.ndarray
    saturated_fraction: np.ndarray
    cosine: np.ndarray

    def __len__(self):
        return len(self.names)

    def __getitem__(self, layers):
        if not isinstance(layers, slice):
            raise TypeError(f"signals[{layers!r}]: give a slice such as signals[1:-1]")
        return Signals(*(values[layers] for values in vars(self).values()))


def stacked(signals, key):
    """Return the statistic `key` of several measurements as a float64 ndarray of shape (n_seeds, n_layers)."""
    return np.array([getattr(seed, key) for seed in signals])


def dead_units(output):
    """Return the share of the columns of an (n_examples, n_units) array that are all zero."""
    return float((output == 0).all(axis=0).mean())


def dead_share(dead_fraction, n_units):
    """Return the share of dead units in several layers taken together.

    Parameters
    ----------
    dead_fraction : float array of shape (n_layers,)
        Of each layer.
    n_units : int array of shape (n_layers,)

    Returns
    -------
    float
    """
    return float(np.average(dead_fraction, weights=n_units))


def mean_cosine(vectors):
    """Return the mean cosine between different vectors.

    Parameters
    ----------
    vectors : array of shape (..., n, d)
        n vectors each time.

    Returns
    -------
    float64 or float64 ndarray of shape (...)
        NaN where fewer than two of the vectors are not zero.
    """
    vectors = np.asarray(vectors, dtype=float)  # the squares of a vanishing or exploding signal do not fit in float32
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    directions = vectors / np.where(lengths > 0, lengths, 1)  # of length 1, or 0
    n = (lengths[..., 0] > 0).sum(axis=-1)
    pairs = np.where(n > 1, n * (n - 1.0), np.nan)
    return (np.square(directions.sum(axis=-2)).sum(axis=-1) - n) / pairs


def angle_between(first, second):
    """Return the angle between two vectors in degrees; NaN if one of them is zero.

    Parameters
    ----------
    first, second : float arrays of shape (n,)
    """
    first, second = (np.asarray(vector, dtype=float) for vector in (first, second))
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    return float(np.degrees(np.arccos(np.clip(first @ second / lengths, -1, 1)))) if lengths else np.nan
