"""Weights kept during a network's first steps are those of the training that the lessons do."""

import keras
import numpy as np
from keras import layers
from small_networks import train

from helpers.data import draw_garments
from helpers.lesson2 import weights_over_steps


def built():
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), layers.Dense(7), layers.ReLU(), layers.Dense(10, "softmax")]
    )
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model


def test_the_weights_are_those_of_a_comparison_with_the_same_batches():
    garments = draw_garments(n_train=200, n_valid=20, n_test=20)
    kept = weights_over_steps(built(), garments, (0, 2, 5))
    np.testing.assert_array_equal(kept[0][0], built().layers[1].kernel)
    for n_steps in (2, 5):
        model = built()
        train(model, garments, steps_per_epoch=n_steps)
        for weight, expected in zip(kept[n_steps], model.layers[1].get_weights(), strict=True):
            np.testing.assert_allclose(weight, expected, rtol=1e-4, atol=1e-6)
