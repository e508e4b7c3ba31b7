"""Gradient clipping with a threshold that can be changed while a compiled training loop stays as it is."""

import functools

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable(package="stable_gradients")
class AdjustableClippingSGD(keras.optimizers.SGD):
    """SGD with ``global_clipnorm``, whose threshold is a variable.

    Keras's own is a constant of the compiled program, so that each threshold would have to be compiled anew.

    Parameters
    ----------
    learning_rate : float
    threshold : float
        If the gradients of all variables together have a larger Euclidean norm, they are shortened to this one.

    References
    ----------
    R. Pascanu, T. Mikolov and Y. Bengio (2013), On the difficulty of training recurrent neural networks.
    """

    def __init__(self, learning_rate=0.01, threshold=1.0, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.threshold = tf.Variable(threshold, trainable=False, dtype=tf.float32)

    def apply(self, grads, trainable_variables=None):
        """Clip the gradients, a list of float tensors, and take a step."""
        clipped, _ = tf.clip_by_global_norm(grads, self.threshold)
        super().apply(clipped, trainable_variables)

    def get_config(self):
        """Return what the optimizer is made from."""
        return {**super().get_config(), "threshold": float(self.threshold)}


def global_norms(gradient_norms):
    """Return the norm of all variables' gradients together, at each step.

    Parameters
    ----------
    gradient_norms : float array of shape (n_steps, n_variables)
        Euclidean norm of each variable's gradient.

    Returns
    -------
    float64 ndarray of shape (n_steps,)
    """
    return np.linalg.norm(np.asarray(gradient_norms, dtype=float), axis=1)


def clipped_norm(norm, threshold):
    """Return the norm that clipping by norm leaves of a gradient's norm; NaN if that is not finite.

    Parameters
    ----------
    norm, threshold : float
    """
    return min(norm, threshold) if np.isfinite(norm) else np.nan


def what_sgd_receives(gradients, **clipping):
    """Return what Keras's SGD makes of a gradient.

    Parameters
    ----------
    gradients : sequence of float arrays of any shapes
        One for each variable.
    **clipping
        ``clipvalue``, ``clipnorm`` or ``global_clipnorm``, as for keras.optimizers.SGD.

    Returns
    -------
    list of float32 ndarrays of those shapes
        Read off a step of rate 1 from zero.
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
