"""Seeds of builds and measurements: the numbers of `keras.utils.set_random_seed`, and nothing compiled is dropped."""

import random

import keras
import numpy as np
import tensorflow as tf

from helpers.training.comparison import seeded


def draw():
    """Return numbers drawn from Python, NumPy, Keras, one of its initializers and a dropout layer."""
    dropped = keras.layers.Dropout(0.5)(tf.ones(50), training=True)
    initialized = keras.initializers.HeNormal()((1, 1))
    return [random.random(), np.random.random(), float(keras.random.uniform(())), float(initialized[0, 0]), *dropped]  # noqa: NPY002


def test_a_block_draws_what_follows_on_its_seed_however_often():
    keras.utils.set_random_seed(7)
    expected = draw()
    keras.utils.set_random_seed(8)
    assert draw() != expected
    for _ in range(2):
        with seeded(7):
            assert draw() == expected


def test_a_builder_that_sets_a_seed_itself_has_the_last_word():
    keras.utils.set_random_seed(3)
    expected = [draw(), float(tf.random.uniform([]))]
    with seeded(7):
        keras.utils.set_random_seed(3)
        assert [draw(), float(tf.random.uniform([]))] == expected


def test_a_seed_that_is_shifted_elsewhere_is_shifted_here(monkeypatch):
    """As the stress test does it."""
    set_random_seed = keras.utils.set_random_seed
    set_random_seed(1007)
    expected = draw()
    monkeypatch.setattr(keras.utils, "set_random_seed", lambda seed: set_random_seed(seed + 1000))
    with seeded(7):
        assert draw() == expected


def test_tensorflow_keeps_what_it_has_compiled_and_its_own_seed(monkeypatch):
    seeds = []
    monkeypatch.setattr(tf.random, "set_seed", seeds.append)
    with seeded(5):
        draw()
    assert seeds == []
    tf.random.set_seed(6)
    assert seeds == [6]
