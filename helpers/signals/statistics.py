"""The statistics of signals: what is the same for Keras models and for networks written in NumPy."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


@dataclass(frozen=True)
class Signals:
    """Statistics of each layer's output and gradient on one batch; ``signals[1:-1]`` selects layers.

    All but the names are float64 ndarrays of shape (n_layers,).

    Attributes
    ----------
    names : tuple of str
        The layers, from the input to the output, without those that only reshape.
    mean, std, rms
        Of the layer's output over all units and examples; ``rms`` is the root of the mean square.
    output_gradient_norm, kernel_gradient_norm
        Euclidean norm of the gradient of the batch's mean loss with respect to the layer's output, and to its kernel (a
        recurrent layer's is that of its inputs; NaN for a layer without one).
    dead_fraction
        Share of the units whose output is exactly zero on every example.
    cosine, abs_cosine, participation_ratio
        Of the outputs of different examples: see `direction_statistics`.
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


def output_statistics(outputs):
    """Return what `Signals` has of the layers' outputs, arrays of shape (n_examples, n_units), by name."""
    by_layer = [
        {
            "mean": output.mean(dtype=float),
            "std": output.std(dtype=float),
            "rms": np.sqrt(np.square(output, dtype=float).mean()),
            "dead_fraction": dead_units(output),
            **direction_statistics(output)._asdict(),
        }
        for output in outputs
    ]
    return {name: np.array([layer[name] for layer in by_layer]) for name in by_layer[0]}


def dead_units(output):
    """Return the share of the columns of an (n_examples, n_units) array that are all zero."""
    return float((output == 0).all(axis=0).mean())


class DirectionStatistics(NamedTuple):
    """What `direction_statistics` returns."""

    cosine: float
    abs_cosine: float
    participation_ratio: float


def direction_statistics(vectors):
    """Measure the directions of vectors, an array of shape (n, d), all from one table of cosines.

    ``cosine`` is the mean between different vectors; ``abs_cosine`` the mean of the absolute cosines, which is 1 where
    all lie on one line through the origin even if half of them point the other way, as the outputs of deep tanh
    networks do. ``participation_ratio`` is between how many directions they are spread, (tr G)^2 / ||G||_F^2 with the
    table G of cosines: 1 on one line, k if evenly over k perpendicular ones. No mean is subtracted. P. Gao et al.
    (2017), A theory of multineuronal dimensionality, dynamics and measurement: with the covariance.

    >>> float(direction_statistics([[1, 0], [2, 0], [0, 3], [0, 4]]).participation_ratio)
    2.0

    Zero vectors do not count. The cosines are NaN where fewer than two vectors are left, the ratio where none is, all
    where a component is not finite. ValueError if there is no vector.
    """
    vectors = np.asarray(vectors, dtype=float)
    if vectors.ndim != 2 or not vectors.size:
        raise ValueError(f"vectors have shape {vectors.shape}; give n vectors of d components, shape (n, d)")
    largest = np.abs(vectors).max()
    with np.errstate(invalid="ignore"):  # what has overflowed gives NaN
        if largest > 1e100 or 0 < largest < 1e-100:  # its square would be hard to represent
            vectors = vectors / largest
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        vectors, lengths = vectors[lengths != 0], lengths[lengths != 0]
        cosines = vectors @ vectors.T
        cosines /= lengths[:, None]  # in place: of such tables, fresh memory takes longer than the arithmetic
        cosines /= lengths
    n = len(vectors)
    pairs = n * (n - 1) if n > 1 else np.nan
    return DirectionStatistics(
        (cosines.sum() - n) / pairs,
        (np.abs(cosines).sum() - n) / pairs,
        n**2 / np.square(cosines).sum() if n else np.nan,
    )


def angle_between(first, second):
    """Return the angle between two vectors, float arrays of shape (n,), in degrees; NaN if one of them is zero.

    >>> round(angle_between([1, 0], [1, 1]), 6)
    45.0
    """
    first, second = (np.asarray(vector, dtype=float) for vector in (first, second))
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    return float(np.degrees(np.arccos(np.clip(first @ second / lengths, -1, 1)))) if lengths else np.nan
