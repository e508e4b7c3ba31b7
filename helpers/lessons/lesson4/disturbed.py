"""Batch norm with the drift put back in, and how far a unit drifts while a network is trained."""

import keras
import numpy as np
from keras import layers

from helpers.signals.models import statistics_kept


class DisturbedBatchNorm(layers.BatchNormalization):
    """Batch norm whose output is shifted and scaled at random in training, each unit anew in each step.

    The shift is between -1 and 1, the scale between 2/3 and 1.5. At inference it is plain batch norm.

    Parameters
    ----------
    momentum : float
        Of the moving averages.
    **kwargs
        As of BatchNormalization.

    References
    ----------
    S. Santurkar, D. Tsipras, A. Ilyas, A. Madry (2018), How Does Batch Normalization Help Optimization? Their noise
    moves each example, too; this one moves whole units.
    """

    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(momentum=momentum, **kwargs)
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs, training=False):
        """Return an array of the inputs' shape, (n_examples, n_units)."""
        output = super().call(inputs, training=training)
        if not training:
            return output
        shape, seed = (1, inputs.shape[-1]), self.seed_generator
        shift = keras.random.uniform(shape, -1, 1, seed=seed)
        scale = keras.random.uniform(shape, 2 / 3, 1.5, seed=seed)
        return scale * output + shift


def unit_moments(x):
    """Return a function to be given to `helpers.training.compare` as ``measure``.

    Parameters
    ----------
    x : array of shape (n_examples, ...)

    Returns
    -------
    callable
        ``measure(model)`` returns a dict with ``mean`` and ``std``, each of shape (n_units,): of what the last hidden
        activation, a layer of its own, gets for these examples, with the model as in training. And with ``lengths`` of
        shape (n_hidden,), the Euclidean norms of the hidden kernels.
    """

    def measure(model):
        output = x
        with statistics_kept(model):
            for layer in model.layers[:-2]:  # up to the last hidden activation
                output = layer(output, training=True)
        output = np.asarray(output)
        lengths = [np.linalg.norm(layer.kernel) for layer in model.layers[:-1] if hasattr(layer, "kernel")]
        return {"mean": output.mean(axis=0), "std": output.std(axis=0), "lengths": lengths}

    return measure


def drift(means, stds):
    """Return how far a unit's mean moves from one measurement to the next, in its standard deviations.

    Parameters
    ----------
    means, stds : float arrays of shape (n_seeds, n_measurements, n_units)

    Returns
    -------
    float64 ndarray of shape (n_seeds,)
        The mean over time, and of that the median over the units; NaN for a run that diverged.
    """
    moves = np.abs(np.diff(means, axis=1)) / np.where(stds > 0, stds, np.nan)[:, 1:]
    return np.median(moves.mean(axis=1), axis=1)
