"""Which models share a compiled program, and that sharing changes no result."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from small_networks import drawn_data, train

from helpers.training import compare, programs, trainer
from helpers.training.programs import program_key


def net(
    activation="relu",
    units=8,
    kernel="he_normal",
    bias="zeros",
    optimizer=lambda: keras.optimizers.SGD(0.1),
    loss="sparse_categorical_crossentropy",
    extra=(),
    **options,
):
    hidden = layers.Dense(units, activation=activation, kernel_initializer=kernel, bias_initializer=bias, **options)
    model = keras.Sequential([keras.Input((20,)), hidden, *extra, layers.Dense(4, activation="softmax")])
    model.compile(optimizer(), loss, metrics=["accuracy"])
    return model


def wired(kernel="he_normal", leap=True, swapped=False, rate=0.1, name=None):
    """Build a functional model with a connection around its second layer, or around none."""
    inputs = keras.Input((6,))
    first = layers.Dense(6, kernel_initializer=kernel, name=name)(inputs)
    second = layers.ReLU()(layers.Dense(6, kernel_initializer=kernel)(first))
    summed = layers.Add()([second, inputs] if swapped else [second, first]) if leap else second
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(summed))
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def scheduled(decay):
    return keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 10, decay))


def test_initializers_rates_and_names_that_keras_made_up_share_a_program():
    keys = [
        program_key(net(**options))
        for options in (
            {},
            {"kernel": "glorot_uniform"},
            {"kernel": keras.initializers.VarianceScaling(2.0, "fan_avg", "uniform")},
            {"bias": keras.initializers.Constant(-1.0)},
            {"optimizer": lambda: keras.optimizers.SGD(3.0)},
        )
    ]
    assert len(set(keys)) == 1
    assert keys[0] is not None
    assert program_key(wired(kernel="glorot_uniform", rate=3.0)) == program_key(wired()) is not None


def test_what_changes_the_program_changes_the_key():
    keys = [
        program_key(net(**options))
        for options in (
            {},
            {"activation": "elu"},
            {"units": 9},
            {"name": "first"},  # a measurement may ask for it
            {"trainable": False},
            {"loss": "mean_squared_error"},
            {"optimizer": lambda: keras.optimizers.SGD(0.1, momentum=0.9)},
            {"optimizer": lambda: keras.optimizers.SGD(0.1, clipnorm=1.0)},
            {"optimizer": lambda: keras.optimizers.Adam(0.1)},
            {"optimizer": lambda: scheduled(0.5)},
            {"optimizer": lambda: scheduled(0.6)},
            {"extra": [layers.LeakyReLU(0.1)]},
            {"extra": [layers.Dropout(0.1)]},
        )
    ]
    keys += [program_key(wired(**options)) for options in ({}, {"leap": False}, {"swapped": True}, {"name": "first"})]
    assert None not in keys
    assert len(set(keys)) == len(keys)


class Doubled(layers.Layer):
    """A layer of one's own whose configuration does not say what it does."""

    def call(self, inputs):
        return 2 * inputs


class Lazy(keras.optimizers.SGD):
    """An optimizer of one's own."""


def shift(z):
    return z + 1


def test_what_keras_does_not_spell_out_has_no_key():
    for options in (
        {"activation": shift},
        {"activation": lambda z: 2 * z},
        {"extra": [Doubled()]},
        {"extra": [layers.Lambda(shift)]},
        {"extra": [layers.Activation(shift)]},
        {"loss": lambda y, p: keras.ops.mean(p)},
        {"optimizer": lambda: Lazy(0.1)},
    ):
        assert program_key(net(**options)) is None, options


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
    monkeypatch.setattr(trainer, "XLA_PAYS_FROM", 0)
    return made


def test_models_that_share_a_program_and_the_next_comparison_give_what_each_gives_alone(made):
    builders = {
        "he": net,
        "negative bias": lambda: net(bias=keras.initializers.Constant(-1.0)),
        "elu": lambda: net("elu"),
        "slow": lambda: net(optimizer=lambda: keras.optimizers.SGD(0.01)),
    }
    first, again = (compare(builders, drawn_data(), seeds=(0, 1), epochs=2, verbose=0) for _ in range(2))
    assert len(made) == 2
    for name, build in builders.items():
        np.testing.assert_array_equal(first.values(name, "loss"), again.values(name, "loss"))
        keras.utils.set_random_seed(1)
        alone = train(build(), drawn_data(), epochs=2, seed=1)["loss"]
        np.testing.assert_array_equal(first.values(name, "loss")[1], alone)


def test_other_data_of_the_same_shape_take_the_same_program_and_its_trainer_keeps_none(made):
    other = drawn_data()
    other.x_train = 1 - other.x_train
    before, after = (compare({"net": net}, data, seeds=[0], verbose=0) for data in (drawn_data(), other))
    (the_trainer,) = made
    assert the_trainer.y is None
    keras.utils.set_random_seed(0)
    alone = train(net(), other, seed=0)["loss"]
    assert after.values("net", "loss").tolist() == [alone] != before.values("net", "loss").tolist()


def test_another_shape_batch_size_or_measured_quantity_has_a_program_of_its_own(made):
    norms = {"gradient_norms": True}
    for n, size, measured in ((120, 32, {}), (100, 32, {}), (120, 16, {}), (120, 32, norms)):
        for _ in range(2):
            runs = compare({"net": net}, drawn_data(n), [0, 1], batch_size=size, **measured, verbose=0)
            for name in measured:
                assert runs.values("net", name).shape == (2, 1, 4, 4)  # seeds, epochs, steps, variables
    assert len(made) == 4


def test_a_short_comparison_leaves_no_model_and_no_graph(made, monkeypatch):
    def graphs():
        gc.collect()
        return sum(isinstance(each, tf.Graph) for each in gc.get_objects())

    monkeypatch.setattr(trainer, "XLA_PAYS_FROM", 1_000_000)
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
