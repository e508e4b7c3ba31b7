"""A network looked at during its first steps."""

import numpy as np
import tensorflow as tf

from helpers.training import batch_orders


def weights_over_steps(model, data, moments, batch_size=32, seed=0):
    """Train a model for a few steps and keep what the weights of its first Dense layer are at several moments.

    Parameters
    ----------
    model : keras.Model
        Compiled; it is trained up to the last moment.
    data : FashionMNIST
    moments : sequence of int, ascending
        Optimizer steps taken; 0 is before the first.
    batch_size : int
    seed : int
        Of the batch order, which is that of `helpers.training.compare`.

    Returns
    -------
    dict of int to pair of float32 ndarrays of shapes (n_in, n_units) and (n_units,)
        Kernel and bias.
    """
    n_steps = max(moments)
    first = next(layer for layer in model.layers if hasattr(layer, "kernel"))
    order = next(batch_orders(len(data.x_train), batch_size, seed, shuffle=True, steps_per_epoch=max(1, n_steps)))
    kept = {}
    for step in range(n_steps + 1):
        if step in moments:
            kept[step] = tuple(np.array(weight) for weight in first.get_weights())
        if step < n_steps:
            batch = order[step * batch_size : (step + 1) * batch_size]
            _step(model, data.x_train[batch], data.y_train[batch])
    return kept


def _step(model, x, y):
    """Take one optimizer step, uncompiled: for a few of them compiling takes longer than the steps."""
    with tf.GradientTape() as tape:
        loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True))
    variables = model.trainable_variables
    model.optimizer.apply(tape.gradient(loss, variables), variables)
