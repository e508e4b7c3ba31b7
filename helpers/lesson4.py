"""Lesson 4, batch normalization: drift put back in, the flags of inference, how far to trust a gradient."""

import contextlib

import keras
import numpy as np
import tensorflow as tf
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


def accuracy_in_use(model, x, y, batch_size=500, training=False, statistics_of=None):
    """Return the share of examples that a model gets right, asked batch by batch.

    Parameters
    ----------
    model : keras.Model
        Afterwards it is as before, whatever the flag.
    x : array of shape (n_examples, ...)
    y : int array of shape (n_examples,)
    batch_size : int
    training : bool
        The flag with which the model is called; True is wrong.
    statistics_of : array of shape (n, ...), optional
        Examples whose mean and variance, in one batch, take the place of the moving averages; labels are not needed.

    Returns
    -------
    float
    """
    with statistics_kept(model) if statistics_of is None else _re_estimated(model, statistics_of):
        parts = [
            np.argmax(model(x[start : start + batch_size], training=training), axis=1)
            for start in range(0, len(x), batch_size)
        ]
    return float(np.mean(np.concatenate(parts) == y))


def class_cosines(vectors, labels):
    """Return the mean cosine between examples of one class, and between examples of two.

    Parameters
    ----------
    vectors : float array of shape (n_examples, n_units)
    labels : int array of shape (n_examples,)

    Returns
    -------
    same, other : float
        Over the pairs of different examples.
    """
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = directions @ directions.T
    same = labels[:, None] == labels
    pairs = ~np.eye(len(labels), dtype=bool)
    return float(cosines[same & pairs].mean()), float(cosines[~same].mean())


@contextlib.contextmanager
def _re_estimated(model, x):
    """Let the batch norms of a model have, in here, mean and variance of these examples as moving averages.

    Parameters
    ----------
    model : keras.Model
        Afterwards it is as before.
    x : array of shape (n_examples, ...)
        All go through in one batch; no label is needed.
    """
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    with statistics_kept(model):
        for layer in norms:
            layer.momentum = 0.0  # the new values, and nothing of the old ones
        try:
            model(x, training=True)
        finally:
            for layer, momentum in zip(norms, momenta, strict=True):
                layer.momentum = momentum
        yield


def along_the_step(x, y):
    """Return a function to be given to `helpers.training.compare` as ``measure``.

    Parameters
    ----------
    x : array of shape (n_examples, ...)
    y : int array of shape (n_examples,)

    Returns
    -------
    callable
        ``measure(model)`` returns a dict with ``change``: the Euclidean length by which the gradient on these examples
        differs after one step of gradient descent at the model's learning rate, over its length before. The model is
        as before afterwards.

    References
    ----------
    S. Santurkar, D. Tsipras, A. Ilyas, A. Madry (2018), How Does Batch Normalization Help Optimization?
    """

    def gradients_of(model):
        with tf.GradientTape() as tape:
            loss = model.compute_loss(y=y, y_pred=model(x, training=True))
        return [gradient.numpy() for gradient in tape.gradient(loss, model.trainable_variables)]

    def measure(model):
        weights = [(variable, variable.numpy()) for variable in model.trainable_variables]
        rate = float(model.optimizer.learning_rate)
        with statistics_kept(model):
            here = gradients_of(model)
            for (variable, value), gradient in zip(weights, here, strict=True):
                variable.assign(value - rate * gradient)
            there = gradients_of(model)
            for variable, value in weights:
                variable.assign(value)
        return {"change": _length([new - old for new, old in zip(there, here, strict=True)]) / _length(here)}

    return measure


def _length(gradients):
    return float(np.sqrt(sum(np.square(gradient, dtype=float).sum() for gradient in gradients)))
