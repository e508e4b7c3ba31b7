"""Lesson 4's measurements: they leave the model as it was, and measure what they say."""

from contextlib import contextmanager

import keras
import numpy as np
import pytest
from keras import layers

from helpers.lesson4 import DisturbedBatchNorm, accuracy_in_use, drift, unit_moments


@pytest.fixture
def model():
    keras.utils.set_random_seed(1)
    hidden = [layers.Dense(20), layers.BatchNormalization(momentum=0.9), layers.ELU()]
    model = keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.fixture
def examples():
    rng = np.random.default_rng(2)
    return rng.normal(1, 2, (60, 4)).astype("float32"), rng.integers(0, 3, 60)


@contextmanager
def unchanged(model):
    before = [variable.numpy() for variable in model.variables]
    yield
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_the_noise_is_the_same_for_all_examples_another_in_each_step_and_absent_at_inference():
    layer, z = DisturbedBatchNorm(), np.random.default_rng(0).normal(size=(50, 8)).astype("float32")
    plain = layers.BatchNormalization(momentum=0.9)
    clean, first, second = plain(z, training=True).numpy(), layer(z, training=True), layer(z, training=True)
    assert not np.allclose(first, second, atol=0.01)
    scale = np.std(first, axis=0) / clean.std(axis=0)
    shift = np.mean(first, axis=0) - scale * clean.mean(axis=0)
    np.testing.assert_allclose(first, scale * clean + shift, atol=1e-5)
    assert ((scale > 2 / 3) & (scale < 1.5)).all() and (np.abs(shift) < 1).all()
    assert np.ptp(shift) > 0.1
    np.testing.assert_allclose(DisturbedBatchNorm()(z), layers.BatchNormalization()(z))


def test_moments_are_those_of_what_the_activation_gets(model, examples):
    x, _ = examples
    with unchanged(model):
        measured = unit_moments(x)(model)
    z = model.layers[1](model.layers[0](x), training=True).numpy()
    np.testing.assert_allclose(measured["mean"], z.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(measured["std"], z.std(axis=0), rtol=1e-4)
    np.testing.assert_allclose(measured["lengths"], [np.linalg.norm(model.layers[0].kernel)])


def test_drift_is_in_standard_deviations_and_nan_where_a_run_diverged():
    means = np.array([[[0.0, 0], [1, 2], [2, 4]], [[0, 0], [np.nan, np.nan], [np.nan, np.nan]]])
    stds = np.full_like(means, 2.0)
    np.testing.assert_array_equal(drift(means, stds), [0.75, np.nan])


def test_with_the_right_flag_the_batch_does_not_matter_and_with_the_wrong_one_it_does(model, examples):
    x, y = examples
    for _ in range(50):
        model(x, training=True)
    with unchanged(model):
        assert accuracy_in_use(model, x, y, 1) == accuracy_in_use(model, x, y, 60)
        assert accuracy_in_use(model, x, y, 1, training=True) != accuracy_in_use(model, x, y, 60, training=True)


def test_re_estimated_statistics_are_those_of_the_examples_and_are_forgotten_afterwards(model, examples):
    x, y = examples
    with unchanged(model):
        re_estimated = accuracy_in_use(model, x, y, 7, statistics_of=x)
    assert re_estimated == pytest.approx(np.mean(np.argmax(model(x, training=True), axis=1) == y))
    assert model.layers[1].momentum == 0.9
