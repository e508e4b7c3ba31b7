"""Layers that Keras lacks."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="stable_gradients")
class RandomizedLeakyReLU(keras.layers.Layer):
    """Leaky ReLU whose slope is drawn at random in training (RReLU).

    f(z) = z if z >= 0 else s z. In training each unit of each example draws its own slope s, uniform between lower and
    upper; at inference it is their mean. ValueError unless 0 <= lower <= upper <= 1. The defaults are those of B. Xu,
    N. Wang, T. Chen, M. Li (2015), Empirical Evaluation of Rectified Activations in Convolutional Network, which writes
    the same thing with the divisor a = 1/s between 3 and 8.

    >>> layer = RandomizedLeakyReLU(lower=0.25, upper=0.75)
    >>> ops.convert_to_numpy(layer(ops.array([-2.0, 3.0])))
    array([-1.,  3.], dtype=float32)
    """

    def __init__(self, lower=1 / 8, upper=1 / 3, seed=None, **kwargs):
        super().__init__(**kwargs)
        if not 0 <= lower <= upper <= 1:
            raise ValueError(f"lower={lower} and upper={upper}; give bounds of the slope with 0 <= lower <= upper <= 1")
        self.lower, self.upper, self.seed = lower, upper, seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs, training=False):
        """Return the activation of `inputs`, a float tensor of any shape; in training with slopes that are drawn."""
        if training:
            shape, seed = ops.shape(inputs), self.seed_generator
            slope = keras.random.uniform(shape, self.lower, self.upper, dtype=inputs.dtype, seed=seed)
        else:
            slope = (self.lower + self.upper) / 2
        return ops.where(inputs >= 0, inputs, slope * inputs)

    def get_config(self):
        """Return the arguments that make this layer again."""
        return {**super().get_config(), "lower": self.lower, "upper": self.upper, "seed": self.seed}
