"""A network with batch norm in use: with the right flag, with the wrong one, with statistics estimated anew."""

import contextlib

import numpy as np
from keras import layers

from helpers.signals.models import statistics_kept


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
