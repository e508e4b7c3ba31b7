"""Weights kept during a network's first steps are those of the training that the lessons do."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers.data import draw_garments
from helpers.lesson2 import weights_over_steps
from helpers.training import train


@pytest.fixture(scope="module")
def garments():
    return draw_garments(n_train=200, n_valid=20, n_test=20)


def built():
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((28, 28)), layers.Flatten(), layers.Dense(7), layers.ReLU(), layers.Dense(10, "softmax")]
    )
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return model


def test_the_weights_are_those_of_train_with_the_same_batches(garments):
    kept = weights_over_steps(built(), garments, (0, 2, 5))
    fresh = built()
    np.testing.assert_array_equal(kept[0][0], fresh.layers[1].kernel)
    for n_steps in (2, 5):
        model = built()
        train(model, garments, steps_per_epoch=n_steps, verbose=0)
        for weight, expected in zip(kept[n_steps], model.layers[1].get_weights(), strict=True):
            np.testing.assert_allclose(weight, expected, rtol=1e-4, atol=1e-6)


def test_the_first_moment_alone_trains_nothing(garments):
    model = built()
    weights_over_steps(model, garments, (0,))
    np.testing.assert_array_equal(model.layers[1].kernel, built().layers[1].kernel)
    for moments in ((), (-1, 2)):
        with pytest.raises(ValueError, match="give numbers of steps"):
            weights_over_steps(model, garments, moments)
