"""Activation functions as curves, worked out by Keras itself."""

import tensorflow as tf


def curve(function, z):
    """Evaluate an activation function and its derivative.

    Parameters
    ----------
    function : callable
        A Keras activation, a layer, or anything that maps a tensor to one of the same shape, element by element.
    z : float array of shape (n,)

    Returns
    -------
    values, derivative : float32 ndarrays of shape (n,)
        The derivative by automatic differentiation.
    """
    z = tf.convert_to_tensor(z, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(z)
        values = function(z)
    return values.numpy(), tape.gradient(values, z).numpy()
