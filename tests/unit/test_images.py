"""Images that are kept as bytes are a float32 array for everybody who reads them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.data import Images
from helpers.training.loop import Trainer

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (40, 6, 5), dtype=np.uint8)
SHIFT, SCALE = RNG.random((6, 5), np.float32), 3 * RNG.random((6, 5), np.float32)
RAW = np.divide(PIXELS, np.float32(255), dtype=np.float32)
LABELS = RNG.integers(0, 3, 40)

images = Images(PIXELS)
scaled = images.scaled(SHIFT, SCALE)
both = pytest.mark.parametrize(
    ("lazy", "array"), [(images, RAW), (scaled, (RAW - SHIFT) * SCALE)], ids=["raw", "scaled"]
)

KEYS = [0, -1, slice(3, 9), slice(None, None, -2), [5, 1, 1], LABELS == 1, (slice(2), 3), (..., 4), None, np.array(7)]


@both
@pytest.mark.parametrize("key", KEYS, ids=str)
def test_what_is_read_is_what_the_array_has_there(lazy, array, key):
    found = lazy[key]
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, array[key])


@both
def test_it_can_do_what_an_array_can_do(lazy, array):
    assert (len(lazy), lazy.shape, lazy.ndim, lazy.dtype) == (40, (40, 6, 5), 3, np.float32)
    np.testing.assert_array_equal(np.asarray(lazy), array)
    np.testing.assert_array_equal(lazy.reshape(40, -1), array.reshape(40, -1))
    np.testing.assert_array_equal(2 * lazy - array, array)
    np.testing.assert_array_equal(np.exp(lazy), np.exp(array))
    np.testing.assert_array_equal(lazy > 0.5, array > 0.5)
    np.testing.assert_array_equal(np.concatenate([lazy, lazy]), np.concatenate([array, array]))
    np.testing.assert_array_equal(tf.convert_to_tensor(lazy), array)
    np.testing.assert_array_equal([image.sum() for image in lazy], [image.sum() for image in array])
    assert lazy.mean() == np.mean(lazy) == array.mean()
    assert np.asarray(lazy, dtype=float).dtype == float


def test_what_no_array_has_it_has_not_and_it_says_what_it_is():
    with pytest.raises(AttributeError, match="'Images' object has no attribute 'imag_part'"):
        images.imag_part  # noqa: B018
    assert not hasattr(images, "iloc")
    assert repr(images) == "<40 images of 6 x 5 pixels, float32>"
    with pytest.raises(ValueError, match="always a copy"):
        np.asarray(images, copy=False)


def test_what_is_read_is_a_copy_and_the_pixels_are_shared():
    found = images[:3]
    found[:] = 7
    np.testing.assert_array_equal(images[:3], RAW[:3])
    assert scaled.pixels is images.pixels
    assert np.shares_memory(images.first(10).pixels, images.pixels)
    np.testing.assert_array_equal(scaled.first(10), scaled[:10])


@pytest.mark.parametrize("offset", [0, 1, 24])
def test_pixels_that_lie_badly_or_cannot_be_written_are_copied(offset):
    some = np.frombuffer(bytes(offset) + PIXELS.tobytes(), np.uint8, offset=offset).reshape(PIXELS.shape)
    np.testing.assert_array_equal(Images(some), RAW)


def net():
    model = keras.Sequential([keras.Input((6, 5)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@both
@pytest.mark.parametrize("n_steps", [0, 10**6], ids=["plain", "XLA"])
def test_training_and_evaluation_give_bit_for_bit_what_they_give_on_the_array(lazy, array, n_steps):
    order, weights, results = RNG.permutation(40), [], []
    for x in (lazy, array):
        keras.utils.set_random_seed(0)
        trainer = Trainer(net(), x, LABELS, 16, n_steps=n_steps)
        assert trainer.with_xla == bool(n_steps)
        results.append([trainer.epoch(order), trainer.evaluate(x, LABELS)])
        weights.append(trainer.model.get_weights())
    assert results[0] == results[1]
    for kernel, same in zip(*weights, strict=True):
        np.testing.assert_array_equal(kernel, same)


def test_keras_itself_takes_them():
    model = net()
    history = model.fit(images, LABELS, verbose=0, validation_data=(scaled, LABELS))
    assert np.isfinite(history.history["val_loss"]).all()
    np.testing.assert_array_equal(model(images), model(RAW))
    np.testing.assert_array_equal(model.predict(images, verbose=0), model.predict(RAW, verbose=0))
