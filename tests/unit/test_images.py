"""Images that are kept as bytes are a float32 array for everybody who reads them."""

import operator

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.data import Images
from helpers.training import Settings, Trainer

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (40, 6, 5), dtype=np.uint8)
SHIFT, SCALE = RNG.random((6, 5), np.float32), 3 * RNG.random((6, 5), np.float32)
RAW = np.divide(PIXELS, np.float32(255), dtype=np.float32)
LABELS = RNG.integers(0, 3, 40)

images = Images(PIXELS)
scaled = Images(images.pixels, SHIFT, SCALE)
both = pytest.mark.parametrize(
    ("lazy", "array"), [(images, RAW), (scaled, (RAW - SHIFT) * SCALE)], ids=["raw", "scaled"]
)


@both
def test_what_is_read_is_what_the_array_has_there(lazy, array):
    for key in (3, -1, slice(3, 9), slice(None, None, -2), [5, 1], LABELS == 1, (slice(2), 3), (..., 4), None):
        assert isinstance(lazy[key], np.ndarray) and lazy[key].dtype == np.float32
        np.testing.assert_array_equal(lazy[key], array[key])


@both
def test_it_can_do_what_an_array_can_do(lazy, array):
    assert (len(lazy), lazy.shape, lazy.ndim, lazy.dtype) == (40, (40, 6, 5), 3, np.float32)
    np.testing.assert_array_equal(np.asarray(lazy), array)
    np.testing.assert_array_equal(lazy.reshape(40, -1), array.reshape(40, -1))
    np.testing.assert_array_equal(np.concatenate([lazy, lazy]), np.concatenate([array, array]))
    np.testing.assert_array_equal(tf.convert_to_tensor(lazy), array)
    np.testing.assert_array_equal([image.sum() for image in lazy], [image.sum() for image in array])
    np.testing.assert_array_equal(np.add(array, 1, where=lazy > 0.5, out=array * 0), (array + 1) * (array > 0.5))
    assert lazy.mean() == np.mean(lazy) == array.mean()
    assert np.asarray(lazy, dtype=float).dtype == float
    with pytest.raises(AttributeError, match="'Images' object has no attribute 'iloc'"):
        lazy.iloc  # noqa: B018


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_every_function_of_numpy_gives_what_it_gives_on_the_array():
    n_compared = 0
    for function in {each for each in vars(np).values() if isinstance(each, np.ufunc)}:
        try:
            expected = function(*[np.asarray(scaled), RAW][: function.nin])
        except (TypeError, ValueError):  # it takes no floats, or other shapes
            continue
        np.testing.assert_array_equal(function(*[scaled, images][: function.nin]), expected)
        n_compared += 1
    assert n_compared > 60


@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"])
def test_arithmetic_in_place_makes_an_array(name):
    other = np.full((5, 5), 2, np.float32) if name == "matmul" else 2
    x = getattr(operator, f"i{name}")(images, other)  # x = images; x += 2
    assert isinstance(x, np.ndarray) and x.dtype == np.float32
    np.testing.assert_array_equal(x, getattr(operator, name)(RAW, other))
    np.testing.assert_array_equal(images, RAW)


CHANGES = {
    "item": lambda x: operator.setitem(x, 0, 1),
    "fill": lambda x: x.fill(0),
    "flat": lambda x: operator.setitem(x.flat, 0, 1),
    "put_along_axis": lambda x: np.put_along_axis(x, np.zeros((40, 6, 1), int), 0, axis=2),
    "shuffle": lambda x: np.random.RandomState(0).shuffle(x),
    "add": lambda x: np.add(x, 1, out=x),
    "sum": lambda x: np.sum(RAW[None], axis=0, out=x),
    "at": lambda x: np.add.at(x, 0, 1),
}


@pytest.mark.filterwarnings("ignore:you are shuffling")
@pytest.mark.parametrize("change", CHANGES)
def test_what_would_change_them_says_that_a_copy_can_be_changed(change):
    with pytest.raises(TypeError, match=r"cannot be changed; change a copy of them, np.array\(images\)"):
        CHANGES[change](images)
    CHANGES[change](np.array(images))
    np.testing.assert_array_equal(images, RAW)


def test_the_pixels_are_shared():
    assert scaled.pixels is images.pixels
    assert np.shares_memory(images.first(10).pixels, images.pixels)
    np.testing.assert_array_equal(scaled.first(10), scaled[:10])


def test_pixels_that_cannot_be_written_or_lie_badly_are_copied():
    for offset in (0, 1):
        some = np.frombuffer(bytes(offset) + PIXELS.tobytes(), np.uint8, offset=offset).reshape(PIXELS.shape)
        np.testing.assert_array_equal(Images(some), RAW)


def net():
    model = keras.Sequential([keras.Input((6, 5)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("n_steps", [0, 10**6], ids=["plain", "XLA"])
def test_training_and_evaluation_give_bit_for_bit_what_they_give_on_the_array(n_steps):
    order, weights, results = RNG.permutation(40), [], []
    for x in (scaled, np.asarray(scaled)):
        keras.utils.set_random_seed(0)
        trainer = Trainer(net(), x, LABELS, Settings(16, n_steps=n_steps))
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
