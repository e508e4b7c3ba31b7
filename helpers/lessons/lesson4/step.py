"""How far the gradient can be trusted: how much it has changed at the end of a step."""

import numpy as np
import tensorflow as tf

from helpers.signals.models import statistics_kept


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
