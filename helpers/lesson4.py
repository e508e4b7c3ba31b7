"""What lesson 4, batch normalization, measures: drift, accuracy at inference."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from helpers.checks import check_counts, check_lengths
from helpers.signals.models import statistics_kept


class DisturbedBatchNorm(layers.BatchNormalization):
    """Batch norm whose output is shifted and scaled at random in training, each unit anew in each step.

    The shift is between -1 and 1, the scale between 2/3 and 1.5. At inference it is plain batch norm. After S.
    Santurkar, D. Tsipras, A. Ilyas, A. Madry (2018), How Does Batch Normalization Help Optimization?, whose noise moves
    each example, too; this one moves whole units. The arguments are those of BatchNormalization.

    >>> DisturbedBatchNorm()(np.ones((5, 3)), training=True).shape
    TensorShape([5, 3])
    """

    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(momentum=momentum, **kwargs)
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs, training=False):
        """Normalize inputs of shape (n_examples, n_units)."""
        output = super().call(inputs, training=training)
        if not training:
            return output
        shape, seed = (1, inputs.shape[-1]), self.seed_generator
        shift = keras.random.uniform(shape, -1, 1, seed=seed)
        scale = keras.random.uniform(shape, 2 / 3, 1.5, seed=seed)
        return scale * output + shift


def unit_moments(x):
    """Return a function that measures the moments of the last hidden units: an argument ``measure`` of `compare`.

    Its dict has ``mean`` and ``std``, each of shape (n_units,), of the input of the last hidden activation, a layer of
    its own, for the examples `x`, with the model as in training; and ``lengths``, of shape (n_hidden,), the Euclidean
    norms of the hidden kernels. For example::

        compare(builders, data, measure=unit_moments(data.x_valid[:1000]))
    """
    check_counts(n_examples=len(x))

    def measure(model):
        output = tf.convert_to_tensor(x)
        with statistics_kept(model):
            for layer in model.layers[:-2]:  # up to the last hidden activation
                output = layer(output, training=True)
        output = np.asarray(output)
        lengths = [np.linalg.norm(layer.kernel) for layer in model.layers[:-1] if hasattr(layer, "kernel")]
        return {"mean": output.mean(axis=0), "std": output.std(axis=0), "lengths": lengths}

    return measure


def drift(means, stds):
    """Return how far a unit's mean moves from one measurement to the next, in its standard deviations.

    >>> drift(means=[[[0.0], [1.0], [3.0]]], stds=[[[2.0], [2.0], [2.0]]])
    array([0.75])

    Both arrays have shape (n_seeds, n_measurements, n_units), the result (n_seeds,): the mean over time, and of that
    the median over the units; NaN for a run that diverged.
    """
    means, stds = np.asarray(means), np.asarray(stds)
    check_counts(n_moves=means.shape[1] - 1)
    moves = np.abs(np.diff(means, axis=1)) / np.where(stds > 0, stds, np.nan)[:, 1:]
    return np.median(moves.mean(axis=1), axis=1)


def accuracy_in_use(model, x, y, batch_size=500, training=False, statistics_of=None):
    """Return the share of examples that a model gets right, batch by batch; it is not changed, whatever the flag.

    `training` is the flag with which the model is called; True is wrong. `statistics_of` are examples whose mean and
    variance, in one batch, take the place of the moving averages; labels are not needed. For example::

        accuracy_in_use(model, data.x_valid, data.y_valid, batch_size=1, training=True)
    """
    check_counts(batch_size=batch_size)
    check_lengths(x, y)
    with statistics_kept(model):
        if statistics_of is not None:
            _estimate_statistics(model, statistics_of)
        batches = [x[start : start + batch_size] for start in range(0, len(x), batch_size)]
        found = [np.argmax(model(tf.convert_to_tensor(batch), training=training), axis=1) for batch in batches]
    return float(np.mean(np.concatenate(found) == y))


def _estimate_statistics(model, x):
    """Make mean and variance of these examples the moving averages of a model's batch norms."""
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0  # the new values, and nothing of the old ones
    model(x, training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum
