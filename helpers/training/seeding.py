"""Random seeds that leave TensorFlow what it has compiled."""

import contextlib
import threading
from unittest import mock

import keras
import tensorflow as tf
from tensorflow.python.framework import random_seed

_seeding = threading.Lock()  # a seed is the whole process's


@contextlib.contextmanager
def seeded(seed):
    """Let a block draw the random numbers that follow on ``keras.utils.set_random_seed(seed)``.

    The seed of TensorFlow's own random operations (as ``tf.random.normal``) is set only once the block uses one of
    them. For with it TensorFlow drops all functions that it has prepared to run, so that those operations begin anew,
    and to prepare 100 layers again takes as long as 100 steps with them. Keras draws by others, which do not need that.

    Other threads may train meanwhile; their blocks wait.

    Parameters
    ----------
    seed : int
    """
    asked, thread = [], threading.get_ident()

    def set_seed_later(seed):
        if threading.get_ident() == thread:
            asked[:] = [seed]
        else:
            set_seed(seed)

    def get_seed_now(seed_of_operation):  # every random operation asks for its seed here
        if asked and threading.get_ident() == thread:
            seed = asked.pop()
            with tf.init_scope():
                set_seed(seed)
            if not tf.executing_eagerly():  # a function that is being traced has noted the seed there was before
                set_seed(seed)
        return get_seed(seed_of_operation)

    with _seeding:
        set_seed, get_seed = tf.random.set_seed, random_seed.get_seed
        with (
            mock.patch.object(tf.random, "set_seed", set_seed_later),
            mock.patch.object(random_seed, "get_seed", get_seed_now),
        ):
            keras.utils.set_random_seed(seed)
            yield
