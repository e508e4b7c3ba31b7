"""What gradient clipping makes of gradients."""

import functools

import keras
import numpy as np
import tensorflow as tf


def what_sgd_receives(gradients, **clipping):
    """Return what Keras's SGD makes of a gradient, read off a step of rate 1 from zero.

    The gradients are float arrays of any shapes, one for each variable; the result is a list of float32 ndarrays of
    those shapes. ``clipping`` is ``clipvalue``, ``clipnorm`` or ``global_clipnorm``, as for keras.optimizers.SGD.

    >>> what_sgd_receives([[3.0, 4.0]], clipnorm=1.0)
    [array([0.6, 0.8], dtype=float32)]
    >>> what_sgd_receives([[3.0, 4.0]], clipvalue=3.5)
    [array([3. , 3.5], dtype=float32)]
    """
    variables, optimizer = _sgd_at_zero(tuple(np.shape(gradient) for gradient in gradients), **clipping)
    for variable in variables:
        variable.assign(tf.zeros_like(variable))
    optimizer.apply([tf.constant(gradient, tf.float32) for gradient in gradients], variables)
    return [-variable.numpy() for variable in variables]


@functools.lru_cache(maxsize=8)  # to make them takes longer than the step, and a slider asks many times a second
def _sgd_at_zero(shapes, **clipping):
    variables = [tf.Variable(tf.zeros(shape)) for shape in shapes]
    optimizer = keras.optimizers.SGD(learning_rate=1.0, **clipping)
    optimizer.build(variables)
    return variables, optimizer
