"""Seeds of builds and measurements: the numbers of `keras.utils.set_random_seed`, and nothing compiled is dropped."""

import random
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.training.seeding import seeded

DRAWS = {
    "Python": random.random,
    "NumPy": np.random.random,
    "Keras": lambda: float(keras.random.uniform(())),
    "an initializer of Keras": lambda: float(keras.initializers.HeNormal()((1, 1))[0, 0]),
    "TensorFlow": lambda: float(tf.random.uniform([])),
    "TensorFlow, with a seed of the operation's own": lambda: float(tf.random.uniform([], seed=3)),
    "tf.data": lambda: int(next(iter(tf.data.Dataset.range(1000).shuffle(1000)))),
    "a function that is traced": lambda: float(tf.function(drawn_in_a_graph)()),
}


def drawn_in_a_graph():
    return tf.random.normal([])


def draw(kind):
    return [DRAWS[kind]() for _ in range(3)]


@pytest.mark.parametrize("kind", DRAWS)
def test_a_block_draws_what_follows_on_its_seed_however_often(kind):
    keras.utils.set_random_seed(7)
    expected = draw(kind)
    keras.utils.set_random_seed(8)
    assert draw(kind) != expected
    for _ in range(2):
        with seeded(7):
            assert draw(kind) == expected


def test_a_builder_that_sets_a_seed_itself_has_the_last_word():
    keras.utils.set_random_seed(3)
    expected = [draw(kind) for kind in DRAWS]
    with seeded(7):
        keras.utils.set_random_seed(3)
        assert [draw(kind) for kind in DRAWS] == expected


def test_a_seed_that_is_shifted_elsewhere_is_shifted_here(monkeypatch):
    """As the stress test does it."""
    set_random_seed = keras.utils.set_random_seed
    set_random_seed(1007)
    expected = [draw(kind) for kind in DRAWS]
    monkeypatch.setattr(keras.utils, "set_random_seed", lambda seed: set_random_seed(seed + 1000))
    with seeded(7):
        assert [draw(kind) for kind in DRAWS] == expected


@pytest.mark.parametrize(("kind", "count"), [("an initializer of Keras", 0), ("NumPy", 0), ("TensorFlow", 1)])
def test_tensorflow_drops_what_it_has_compiled_only_where_its_own_numbers_are_drawn(kind, count, monkeypatch):
    drops, set_seed = [], tf.random.set_seed
    monkeypatch.setattr(tf.random, "set_seed", lambda seed: (drops.append(seed), set_seed(seed)))
    for _ in range(4):
        with seeded(5):
            draw(kind)
    assert drops == 4 * count * [5]


def test_another_thread_sets_its_seed_at_once(monkeypatch):
    asked, set_seed = [], tf.random.set_seed
    monkeypatch.setattr(tf.random, "set_seed", lambda seed: (asked.append(seed), set_seed(seed)))
    with seeded(5):
        thread = threading.Thread(target=tf.random.set_seed, args=[11])
        thread.start()
        thread.join()
    assert asked == [11]


def test_afterwards_all_is_as_it_was_even_if_the_block_fails():
    before = tf.random.set_seed
    with pytest.raises(ZeroDivisionError), seeded(5):
        1 / 0  # noqa: B018
    assert tf.random.set_seed is before
    with seeded(5):
        assert draw("NumPy")
