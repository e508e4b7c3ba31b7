"""How well a network tells classes apart: what lesson 3 measures, and what it draws."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers

from helpers.lesson3 import gradient_left, outputs_by_depth, readout_accuracy

N = 4  # classes


def data_of(x, y):
    return SimpleNamespace(x_train=x, y_train=y, x_valid=x, y_valid=y)


def identity_net(n_hidden=1):
    hidden = [layers.Dense(N, kernel_initializer="identity") for _ in range(n_hidden)]
    output = layers.Dense(N, activation="softmax", kernel_initializer="identity")
    return keras.Sequential([keras.Input((N,)), *hidden, output])


def test_of_perpendicular_gradients_one_over_the_root_of_their_number_is_left():
    x = np.eye(N, dtype=np.float32)
    assert gradient_left(identity_net(2), x, list(range(N))) == pytest.approx(np.full(2, 1 / np.sqrt(N)), rel=1e-5)


def test_a_network_without_gradient_has_nothing_to_compare():
    assert np.isnan(gradient_left(identity_net(), np.zeros((N, N), np.float32), np.arange(N))).all()


def test_depths_count_dense_layers():
    model = keras.Sequential([keras.Input((2, 2)), layers.Flatten(), *identity_net(2).layers])
    x = np.arange(8.0, dtype=np.float32).reshape(2, 2, 2)
    found = outputs_by_depth(model, x, (1, 3))
    assert list(found) == ["layer 1", "layer 3"]
    np.testing.assert_allclose(found["layer 1"], x.reshape(2, 4))
    np.testing.assert_allclose(found["layer 3"], model(x))


@pytest.mark.parametrize(("tells_apart", "accuracy"), [(True, 1.0), (False, 1 / N)])
def test_a_readout_finds_what_there_is(tells_apart, accuracy):
    y = np.arange(40) % N
    data = data_of(np.eye(N, dtype=np.float32)[y] if tells_apart else np.ones((40, N), np.float32), y)
    assert readout_accuracy(identity_net(), 1, data) == pytest.approx(accuracy)
    assert readout_accuracy(lambda images: 2 * images, None, data) == pytest.approx(accuracy)


def test_what_all_images_share_hides_the_rest_until_it_is_taken_away():
    y = np.repeat(np.arange(N), (28, 4, 4, 4))  # the most frequent class is all that 1,000 in each unit can teach
    data = data_of(1000 + np.eye(N, dtype=np.float32)[y], y)
    assert readout_accuracy(identity_net(), 1, data) == pytest.approx(28 / 40)
    assert readout_accuracy(identity_net(), 1, data, centred=True) == 1
