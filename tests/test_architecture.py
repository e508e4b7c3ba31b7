"""Which models share a compiled program, and that sharing changes no result."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers.training import compare, train
from helpers.training import run as training
from helpers.training.architecture import program_key
from tests.test_training import drawn_data


def net(
    activation="relu",
    units=8,
    kernel="he_normal",
    bias="zeros",
    optimizer=lambda: keras.optimizers.SGD(0.1),
    loss="sparse_categorical_crossentropy",
    extra=(),
):
    hidden = layers.Dense(units, activation=activation, kernel_initializer=kernel, bias_initializer=bias)
    model = keras.Sequential([keras.Input((6,)), hidden, *extra, layers.Dense(3, activation="softmax")])
    model.compile(optimizer(), loss, metrics=["accuracy"])
    return model


class Doubled(layers.Layer):
    """A layer of one's own whose configuration does not say what it does."""

    def call(self, inputs):
        return 2 * inputs


class Lazy(keras.optimizers.SGD):
    """An optimizer of one's own."""


@pytest.mark.parametrize(
    "options",
    [
        {"kernel": "glorot_uniform"},
        {"kernel": keras.initializers.VarianceScaling(2.0, "fan_avg", "uniform")},
        {"bias": keras.initializers.Constant(-1.0)},
        {"optimizer": lambda: keras.optimizers.SGD(3.0)},
    ],
)
def test_initializers_and_rates_share_a_program(options):
    assert program_key(net(**options)) == program_key(net()) is not None


@pytest.mark.parametrize(
    "options",
    [
        {"activation": "elu"},
        {"units": 9},
        {"loss": "mean_squared_error"},
        {"optimizer": lambda: keras.optimizers.SGD(0.1, momentum=0.9)},
        {"optimizer": lambda: keras.optimizers.SGD(0.1, clipnorm=1.0)},
        {"optimizer": lambda: keras.optimizers.Adam(0.1)},
        {"optimizer": lambda: keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5))},
        {"extra": [layers.LeakyReLU(0.1)]},
        {"extra": [layers.Dropout(0.1)]},
    ],
)
def test_what_changes_the_program_changes_the_key(options):
    assert program_key(net(**options)) != program_key(net())


def test_two_schedules_that_differ_have_different_keys():
    def key(decay):
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, decay)
        return program_key(net(optimizer=lambda: keras.optimizers.SGD(schedule)))

    assert key(0.5) != key(0.6)


def test_a_name_that_was_given_belongs_to_the_key():
    """A measurement may ask for it."""
    named = [keras.Sequential(net().layers, name=name) for name in ("first", "second")]
    for model in named:
        model.compile("sgd", "mean_squared_error")
    assert program_key(named[0]) != program_key(named[1])


def test_a_frozen_layer_changes_the_key():
    model = net()
    model.layers[0].trainable = False
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    assert program_key(model) != program_key(net())


def shift(z):
    return z + 1


@pytest.mark.parametrize(
    "options",
    [
        {"activation": shift},
        {"activation": lambda z: 2 * z},
        {"extra": [Doubled()]},
        {"extra": [layers.Lambda(shift)]},
        {"extra": [layers.Activation(shift)]},
        {"loss": lambda y, p: keras.ops.mean(p)},
        {"optimizer": lambda: Lazy(0.1)},
    ],
)
def test_what_keras_does_not_spell_out_has_no_key(options):
    assert program_key(net(**options)) is None


def test_a_comparison_compiles_one_program_for_models_that_share_it(monkeypatch):
    made = []

    class Counting(training.Trainer):
        def __init__(self, *args):
            made.append(self)
            super().__init__(*args)

    monkeypatch.setattr(training, "Trainer", Counting)
    builders = {
        "he": net,
        "glorot": lambda: net(kernel="glorot_uniform"),
        "elu": lambda: net("elu"),
        "rate": lambda: net(optimizer=lambda: keras.optimizers.SGD(1.0)),
    }
    compare(builders, drawn_data(), seeds=(0, 1), verbose=0)
    assert len(made) == 2


def test_models_that_share_a_program_give_what_each_gives_alone():
    data = drawn_data()
    builders = {
        "he": net,
        "negative bias": lambda: net(bias=keras.initializers.Constant(-1.0)),
        "slow": lambda: net(optimizer=lambda: keras.optimizers.SGD(0.01)),
    }
    runs = compare(builders, data, seeds=(0, 1), epochs=2, verbose=0)
    for name, build in builders.items():
        for row, seed in enumerate((0, 1)):
            keras.utils.set_random_seed(seed)
            alone = train(build(), data, epochs=2, seed=seed, verbose=0).history["loss"]
            np.testing.assert_array_equal(runs.values(name, "loss")[row], alone)
