"""An activation function and a clipping whose parameters a lab changes while its compiled training loop stays."""

import keras
import tensorflow as tf
from keras import ops


class AdjustableELU(keras.layers.Layer):
    """ELU whose alpha is a variable that training does not change: z for z > 0, otherwise alpha (exp(z) - 1).

    (Leaky ReLU of that kind is ``PReLU`` with one shared alpha that is not trained.)
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self._start = alpha

    def build(self, input_shape):
        """Make the variable."""
        start = keras.initializers.Constant(self._start)
        self.alpha = self.add_weight(name="alpha", shape=(1,), initializer=start, trainable=False)

    def call(self, inputs):
        """Return the activation of `inputs`, a float tensor of any shape."""
        return ops.where(inputs > 0, inputs, self.alpha * ops.expm1(ops.minimum(inputs, 0.0)))


class AdjustableClippingSGD(keras.optimizers.SGD):
    """SGD whose ``global_clipnorm`` is a variable, `threshold`; Keras's own is a constant of the compiled program."""

    def __init__(self, learning_rate=0.01, threshold=1.0, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.threshold = tf.Variable(threshold, trainable=False, dtype=tf.float32)

    def apply(self, grads, trainable_variables=None):
        """Clip the gradients, a list of float tensors, and take a step."""
        clipped, _ = tf.clip_by_global_norm(grads, self.threshold)
        super().apply(clipped, trainable_variables)
