"""The statistics of signals: what is the same for Keras models and for networks written in NumPy."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

MOST_COSINES = 1_000_000  # 8 MB: those of a thousand vectors, or of a hundred layers with a hundred each


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
    cosine : float64 ndarray of shape (n_layers,)
        Mean cosine between the outputs of two different examples; NaN if fewer than two are not zero.
    abs_cosine : float64 ndarray of shape (n_layers,)
        Mean absolute cosine, likewise; 1 where all outputs lie on one line through the origin.
    participation_ratio : float64 ndarray of shape (n_layers,)
        Between how many directions the outputs are spread: see `participation_ratio`; NaN if all are zero.
    """

    names: tuple
    mean: np.ndarray
    std: np.ndarray
    rms: np.ndarray
    output_gradient_norm: np.ndarray
    kernel_gradient_norm: np.ndarray
    dead_fraction: np.ndarray
    cosine: np.ndarray
    abs_cosine: np.ndarray
    participation_ratio: np.ndarray

    def __len__(self):
        return len(self.names)

    def __getitem__(self, layers):
        if not isinstance(layers, slice):
            raise TypeError(f"signals[{layers!r}]: give a slice such as signals[1:-1]")
        return Signals(*(values[layers] for values in vars(self).values()))


def stacked(signals, key):
    """Return the statistic `key` of several measurements as a float64 ndarray of shape (n_seeds, n_layers).

    For example, with what `signals_by_seed` returns::

        stacked(signals, "output_gradient_norm").mean(axis=0)
    """
    return np.array([getattr(seed, key) for seed in signals])


def dead_units(output):
    """Return the share of the columns of an (n_examples, n_units) array that are all zero."""
    return float((output == 0).all(axis=0).mean())


class DirectionStatistics(NamedTuple):
    """The statistics of vectors' directions; each a float64 or a float64 ndarray."""

    cosine: np.ndarray
    abs_cosine: np.ndarray
    participation_ratio: np.ndarray


def direction_statistics(vectors):
    """Measure the directions of n vectors each time, all from one table of cosines.

    Parameters
    ----------
    vectors : array of shape (..., n, d)

    Returns
    -------
    DirectionStatistics
        Of shape (...): the mean cosine between different vectors; the mean absolute cosine, which is 1 where all lie
        on one line through the origin even if half of them point the other way, as the outputs of deep tanh networks
        do; and the `participation_ratio`. NaN where fewer than two of the vectors are not zero (for the participation
        ratio: none), or a component is not finite. ValueError if there is no vector.
    """
    vectors = np.asarray(vectors, dtype=float)
    if vectors.ndim < 2 or not vectors.size:
        raise ValueError(f"vectors have shape {vectors.shape}; give n vectors of d components, shape (..., n, d)")
    with np.errstate(invalid="ignore"):  # what has overflowed gives NaN
        n, cosines, sizes, squares = _sums_of_cosines(_squarable(vectors))
    pairs = np.where(n > 1, n * (n - 1.0), np.nan)
    return DirectionStatistics(
        (cosines - n) / pairs, (sizes - n) / pairs, np.square(n) / np.where(n > 0, squares, np.nan)
    )


def _squarable(vectors):
    """Return the vectors, divided by their largest component if its square is hard to represent."""
    ends = vectors.max(axis=(-2, -1), keepdims=True), vectors.min(axis=(-2, -1), keepdims=True)
    largest = np.maximum(ends[0], -ends[1])
    extreme = (largest != 0) & ((largest < 1e-100) | (largest > 1e100))
    return vectors / np.where(extreme, largest, 1) if extreme.any() else vectors


def _sums_of_cosines(vectors):
    """Return how many vectors are not zero, and the sums of their n^2 cosines, of their sizes and of their squares."""
    lengths = np.sqrt(np.einsum("...i,...i", vectors, vectors))
    n = (lengths != 0).sum(axis=-1)
    lengths[lengths == 0] = 1
    n_rows = max(1, MOST_COSINES // lengths.size)
    sums = np.zeros((3, *n.shape))
    for start in range(0, lengths.shape[-1], n_rows):
        rows = np.s_[..., start : start + n_rows, :]
        cosines = vectors[rows] @ vectors.swapaxes(-1, -2)
        cosines /= lengths[..., None][rows]  # in place: of such tables, fresh memory takes longer than the arithmetic
        cosines /= lengths[..., None, :]
        sums += [part.sum(axis=(-2, -1)) for part in (cosines, np.abs(cosines), np.square(cosines))]
    return n, *sums


def participation_ratio(vectors):
    """Return between how many directions n vectors are spread each time.

    That is (tr G)^2 / ||G||_F^2, with the Gram matrix G of the vectors: 1 if all lie on one line through the origin, k
    if they are spread evenly over k perpendicular ones, at most min(n, d). They have no mean subtracted, since a common
    direction is what is looked for, and are scaled to length 1, so that it is about directions alone and one long
    vector does not hide the others. G is then the table of their cosines, and the ratio n / (1 + (n - 1) c) with the
    mean square c of the cosines between different vectors.

    Parameters
    ----------
    vectors : array of shape (..., n, d)

    Returns
    -------
    float64 or float64 ndarray of shape (...)
        Zero vectors, which have no direction, do not count; NaN if all are zero, or a component is not finite.

    References
    ----------
    P. Gao et al. (2017), A theory of multineuronal dimensionality, dynamics and measurement: with the covariance.

    Examples
    --------
    >>> float(participation_ratio([[1, 0], [2, 0], [0, 3], [0, 4]]))
    2.0
    """
    return direction_statistics(vectors).participation_ratio


def angle_between(first, second):
    """Return the angle between two vectors, float arrays of shape (n,), in degrees; NaN if one of them is zero.

    >>> round(angle_between([1, 0], [1, 1]), 6)
    45.0
    """
    first, second = (np.asarray(vector, dtype=float) for vector in (first, second))
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    return float(np.degrees(np.arccos(np.clip(first @ second / lengths, -1, 1)))) if lengths else np.nan
