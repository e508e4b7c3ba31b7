"""Which models share a compiled program, and that sharing changes no result."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from test_training import drawn_data

from helpers.training import compare, loop, programs, train
from helpers.training.programs import program_key


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


def wired(kernel="he_normal", leap=True, swapped=False, rate=0.1, name=None):
    """Build a functional model with a connection around its second layer, or around none."""
    inputs = keras.Input((6,))
    first = layers.Dense(6, kernel_initializer=kernel, name=name)(inputs)
    second = layers.ReLU()(layers.Dense(6, kernel_initializer=kernel)(first))
    summed = layers.Add()([second, inputs] if swapped else [second, first]) if leap else second
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(summed))
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_functional_models_share_a_program_whatever_names_keras_made_up():
    assert program_key(wired(kernel="glorot_uniform", rate=3.0)) == program_key(wired()) is not None


@pytest.mark.parametrize("options", [{"leap": False}, {"swapped": True}, {"name": "first"}])
def test_how_a_functional_model_is_wired_and_given_names_belong_to_the_key(options):
    assert program_key(wired(**options)) != program_key(wired())


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


@pytest.fixture
def made(monkeypatch):
    """Return the list of the trainers that are compiled from now on; none compiled before is at hand."""
    made = []

    class Counting(programs.Trainer):
        def __init__(self, *args):
            made.append(self)
            super().__init__(*args)

    monkeypatch.setattr(programs, "Trainer", Counting)
    monkeypatch.setattr(programs, "_idle", {})
    monkeypatch.setattr(loop, "XLA_PAYS_FROM", 0)
    return made


def test_a_comparison_compiles_one_program_for_models_that_share_it_and_the_next_one_none(made):
    builders = {
        "he": net,
        "glorot": lambda: net(kernel="glorot_uniform"),
        "elu": lambda: net("elu"),
        "rate": lambda: net(optimizer=lambda: keras.optimizers.SGD(1.0)),
    }
    first = compare(builders, drawn_data(), seeds=(0, 1), verbose=0)
    assert len(made) == 2
    again = compare(builders, drawn_data(), seeds=(0, 1), verbose=0)
    assert len(made) == 2
    for name in builders:
        np.testing.assert_array_equal(first.values(name, "loss"), again.values(name, "loss"))


def test_other_data_of_the_same_shape_take_the_same_program_and_its_trainer_keeps_none(made):
    other = drawn_data()
    other.x_train = 1 - other.x_train
    before = compare({"net": net}, drawn_data(), seeds=[0], verbose=0)
    after = compare({"net": net}, other, seeds=[0], verbose=0)
    (trainer,) = made
    assert trainer.y is None
    keras.utils.set_random_seed(0)
    alone = train(net(), other, seed=0, verbose=0).history["loss"]
    assert after.values("net", "loss").tolist() == [alone] != before.values("net", "loss").tolist()


def test_another_shape_or_batch_size_has_a_program_of_its_own(made):
    for n, size in ((120, 32), (100, 32), (120, 16), (120, 32)):
        compare({"net": net}, drawn_data(n), seeds=[0], batch_size=size, verbose=0)
    assert len(made) == 3


def test_what_is_measured_at_each_step_belongs_to_the_program(made):
    data, quantities = drawn_data(), ("gradient_norms", "update_ratios")
    for asked in ({}, {"gradient_norms": True}, {"update_ratios": True}, dict.fromkeys(quantities, True)):
        for _ in range(2):
            runs = compare({"net": net}, data, seeds=(0, 1), epochs=2, **asked, verbose=0)
            assert set(asked) == set(quantities) & set(runs.histories["net"][0])
            for name in asked:
                assert runs.values("net", name).shape == (2, 2, 4, 4)  # seeds, epochs, steps, variables
    assert len(made) == 4


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


def test_a_short_comparison_leaves_no_model_and_no_graph(made, monkeypatch):
    def graphs():
        gc.collect()
        return sum(isinstance(each, tf.Graph) for each in gc.get_objects())

    monkeypatch.setattr(loop, "XLA_PAYS_FROM", 1_000_000)
    kernels = []

    def build():
        model = net()
        kernels.append(weakref.ref(model.layers[0]))
        return model

    compare({"net": net}, drawn_data(), seeds=[0], verbose=0)  # what is made once and kept
    before = graphs()
    compare({"net": build}, drawn_data(), seeds=(0, 1), verbose=0)
    made.clear()
    assert graphs() <= before
    assert [kernel() for kernel in kernels] == [None, None]
