"""Training runs: order of the examples, early ends, and comparisons over seeds."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers

from helpers.training import compare, train

N_EXAMPLES = 10


class SumOfPredictions(keras.losses.Loss):
    """A loss whose gradient is 1 for each example."""

    def __init__(self):
        super().__init__(reduction="sum")

    def call(self, y_true, y_pred):
        return y_pred


def counter():
    """Return a model that counts how often it was trained on each example of `one_hot_data`."""
    dense = layers.Dense(1, use_bias=False, kernel_initializer="zeros")
    model = keras.Sequential([keras.Input((N_EXAMPLES,)), dense])
    model.compile(keras.optimizers.SGD(1.0), SumOfPredictions())
    return model


def counts(model):
    """Measure how often each example was used so far."""
    return {"uses": -model.layers[0].kernel.numpy()[:, 0]}


def one_hot_data():
    x, y = np.eye(N_EXAMPLES, dtype=np.float32), np.zeros(N_EXAMPLES, np.float32)
    return SimpleNamespace(x_train=x, y_train=y, x_valid=x, y_valid=y)


def uses(**options):
    """Train the counter; return the uses of each example after each epoch, shape (epochs, N_EXAMPLES)."""
    return np.array(train(counter(), one_hot_data(), measure=counts, verbose=0, **options).history["uses"])


def drawn_data(n=120):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 6)).astype(np.float32)
    y = (x @ rng.normal(size=(6, 3))).argmax(axis=1)
    return SimpleNamespace(x_train=x, y_train=y, x_valid=x[:40], y_valid=y[:40])


def small_net(name="net"):
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")], name=name
    )
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def seeded_net(seed=1):
    keras.utils.set_random_seed(seed)
    return small_net()


def full_net():
    """Return a net with every kind of state: moving statistics, momentum, a schedule's step, a dropout generator."""
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.Dense(3, activation="softmax"),
        ]
    )
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.8)
    model.compile(keras.optimizers.SGD(rate, momentum=0.9), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class BreakAfterFirstEpoch(keras.callbacks.Callback):
    """Make the learning rate NaN before the second epoch, whose second loss is therefore NaN."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.optimizer.learning_rate = np.nan


class InterruptSecondEpoch(keras.callbacks.Callback):
    """Interrupt at the begin of the second epoch, and remember whether the end of training was announced."""

    ended = False

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt

    def on_train_end(self, logs=None):
        self.ended = True


def interrupt_second_epoch():
    """Return a measurement that is interrupted the second time."""
    calls = []

    def measure(model):
        calls.append(model)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return {}

    return measure


@pytest.mark.parametrize("batch_size", [4, 5, 100])
@pytest.mark.parametrize("shuffle", [True, False])
def test_an_epoch_uses_every_example_once(batch_size, shuffle):
    found = uses(epochs=3, batch_size=batch_size, shuffle=shuffle)
    np.testing.assert_array_equal(found, np.outer([1, 2, 3], np.ones(N_EXAMPLES)))


def test_shorter_epochs_go_on_through_the_data_before_any_example_repeats():
    found = uses(epochs=5, batch_size=4, steps_per_epoch=1)
    np.testing.assert_array_equal(found.sum(axis=1), [4, 8, 12, 16, 20])
    for used, least, most in zip(found, [0, 0, 1, 1, 2], [1, 1, 2, 2, 2], strict=True):
        assert used.min() == least
        assert used.max() == most


def test_longer_epochs_go_through_the_data_several_times():
    np.testing.assert_array_equal(uses(epochs=1, batch_size=4, steps_per_epoch=5), np.full((1, N_EXAMPLES), 2))


def test_without_shuffling_the_first_examples_come_first():
    np.testing.assert_array_equal(
        uses(epochs=2, batch_size=4, steps_per_epoch=1, shuffle=False), [[1] * 4 + [0] * 6, [1] * 8 + [0] * 2]
    )


def test_the_order_depends_on_the_seed_alone():
    options = {"epochs": 2, "batch_size": 2, "steps_per_epoch": 2}
    orders = [uses(seed=seed, **options) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(orders[0], orders[1])
    assert (orders[0] != orders[2]).any()


def test_each_epoch_has_an_order_of_its_own():
    halves = uses(epochs=8, batch_size=5, steps_per_epoch=1)
    first_halves = halves[::2] - np.arange(4)[:, None]
    assert len({tuple(half) for half in first_halves}) > 1


def test_same_seeds_give_the_same_history_and_another_order_another_one():
    losses = [train(seeded_net(), drawn_data(), 2, seed=seed, verbose=0).history["loss"] for seed in (0, 0, 1)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6)
    assert not np.allclose(losses[0], losses[2], rtol=1e-4)


def test_the_history_has_an_entry_for_each_epoch():
    history = train(seeded_net(), drawn_data(), 3, measure=lambda model: {"answer": 42}, verbose=0)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy", "seconds", "answer"}
    assert all(len(values) == 3 for values in history.history.values())
    assert history.epoch == [0, 1, 2]
    assert history.history["answer"] == [42, 42, 42]
    assert min(history.history["seconds"]) > 0
    assert history.diverged_epoch is None
    assert history.interrupted is False


def test_early_stopping_stops_and_restores_the_best_weights():
    rates = [0.1, 0.1, -1.0, -1.0, -1.0, -1.0]  # a negative rate climbs the loss
    schedule = keras.callbacks.LearningRateScheduler(lambda epoch: rates[epoch])
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    data, model = drawn_data(), seeded_net()
    history = train(model, data, 6, callbacks=[schedule, stopping], verbose=0)
    assert history.epoch == [0, 1, 2, 3]
    best_loss, _ = model.evaluate(data.x_valid, data.y_valid, verbose=0)
    assert best_loss == pytest.approx(history.history["val_loss"][1], rel=1e-5)


def test_training_goes_on_from_where_it_was():
    data, model = drawn_data(), seeded_net()
    first, second = (train(model, data, 2, verbose=0).history["loss"] for _ in range(2))
    assert second[0] < first[-1]


def test_a_loss_that_becomes_nan_ends_the_run_and_says_when(capsys):
    history = train(seeded_net(), drawn_data(), 5, callbacks=[BreakAfterFirstEpoch()])
    assert history.diverged_epoch == 2
    assert len(history.history["loss"]) == 2
    assert np.isfinite(history.history["loss"][0])
    assert np.isnan(history.history["loss"][1])
    printed = capsys.readouterr().out
    assert "epoch 2" in printed
    assert "nan" in printed


def test_an_infinite_loss_ends_the_run_too():
    data = drawn_data()
    data.x_train = data.x_train.copy()
    data.x_train[-1] = 1e38  # squares to more than float32 holds
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    history = train(model, data, 5, shuffle=False, verbose=0)
    assert history.diverged_epoch == 1
    assert len(history.history["loss"]) == 1


def test_a_long_epoch_ends_soon_after_its_loss_is_nan():
    model = seeded_net()
    model.optimizer.learning_rate = np.nan
    history = train(model, drawn_data(), batch_size=4, steps_per_epoch=2000, verbose=0)
    assert history.diverged_epoch == 1
    assert int(model.optimizer.iterations.numpy()) < 500


@pytest.mark.parametrize("callback", [BreakAfterFirstEpoch, InterruptSecondEpoch])
def test_with_verbose_0_an_early_end_prints_nothing(callback, capfd):
    train(seeded_net(), drawn_data(), 3, callbacks=[callback()], verbose=0)
    assert capfd.readouterr() == ("", "")


def test_an_interrupt_between_epochs_keeps_history_and_weights(capsys):
    model, callback = counter(), InterruptSecondEpoch()
    history = train(model, one_hot_data(), 5, callbacks=[callback])
    assert history.interrupted is True
    assert len(history.history["loss"]) == 1
    np.testing.assert_array_equal(counts(model)["uses"], 1)
    assert callback.ended
    assert "Interrupted in epoch 2" in capsys.readouterr().out


def test_an_interrupt_after_the_steps_of_an_epoch_keeps_their_weights():
    model = counter()
    history = train(model, one_hot_data(), 5, measure=interrupt_second_epoch(), verbose=0)
    assert history.interrupted is True
    assert len(history.history["loss"]) == 1
    np.testing.assert_array_equal(counts(model)["uses"], 2)


def test_an_interrupted_model_can_be_trained_further():
    model = counter()
    train(model, one_hot_data(), 5, callbacks=[InterruptSecondEpoch()], verbose=0)
    history = train(model, one_hot_data(), 2, verbose=0)
    assert history.interrupted is False
    np.testing.assert_array_equal(counts(model)["uses"], 3)


def test_a_model_that_is_not_compiled_is_refused():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3)], name="fresh")
    with pytest.raises(ValueError, match=r"'fresh'.*model\.compile"):
        train(model, drawn_data(), verbose=0)


@pytest.mark.parametrize("part", ["train", "valid"])
@pytest.mark.parametrize(("n_x", "n_y"), [(10, 9), (0, 0)])
def test_data_of_different_or_no_length_are_refused_with_both_lengths(part, n_x, n_y):
    data = drawn_data()
    setattr(data, f"x_{part}", data.x_train[:n_x])
    setattr(data, f"y_{part}", data.y_train[:n_y])
    with pytest.raises(ValueError, match=rf"{n_x} examples.* {n_y};"):
        train(seeded_net(), data, verbose=0)


def test_compared_models_of_the_same_shape_start_from_the_same_weights():
    started = {"one": [], "other": []}

    def builder(name):
        def build():
            model = small_net()
            started[name].append(model.layers[0].kernel.numpy())
            return model

        return build

    compare({name: builder(name) for name in started}, drawn_data(), seeds=(0, 1), verbose=0)
    np.testing.assert_array_equal(started["one"], started["other"])
    assert (started["one"][0] != started["one"][1]).any()


def test_compared_models_see_the_same_batches_and_each_seed_others():
    runs = compare(
        {"one": counter, "other": counter},
        one_hot_data(),
        seeds=(0, 1),
        batch_size=3,
        steps_per_epoch=1,
        measure=counts,
        verbose=0,
    )
    one, other = runs.values("one", "uses"), runs.values("other", "uses")
    np.testing.assert_array_equal(one, other)
    assert (one[0] != one[1]).any()


def test_comparing_gives_what_training_each_model_afresh_gives():
    def last_kernel(model):
        return {"kernel": model.layers[-1].kernel.numpy()}

    data, seeds = drawn_data(), (3, 4, 5)
    runs = compare({"net": full_net}, data, seeds, epochs=3, measure=last_kernel, verbose=0)
    for position, seed in enumerate(seeds):
        keras.utils.set_random_seed(seed)
        history = train(full_net(), data, 3, seed=seed, measure=last_kernel, verbose=0).history
        for key in ("loss", "accuracy", "val_loss", "val_accuracy", "kernel"):
            np.testing.assert_allclose(runs.values("net", key)[position], history[key], rtol=1e-5, atol=1e-6)


def test_a_model_that_is_built_by_its_first_batch_can_be_compared():
    def build():
        model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    runs = compare({"net": build}, drawn_data(), seeds=(0, 1), verbose=0)
    losses = runs.final("net", "loss")
    assert np.isfinite(losses).all()
    assert losses[0] != losses[1]


def test_a_builder_that_makes_another_architecture_the_next_time_is_refused():
    sizes = iter([8, 9])

    def build():
        model = keras.Sequential([keras.Input((6,)), layers.Dense(next(sizes)), layers.Dense(3, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    with pytest.raises(ValueError, match="other variables"):
        compare({"net": build}, drawn_data(), seeds=(0, 1), verbose=0)


def test_a_run_that_diverges_leaves_the_others_alone():
    def measure(model):
        if model.name == "bad":
            model.optimizer.learning_rate.assign(np.nan)
        return {}

    builders = {name: lambda name=name: small_net(name) for name in ("bad", "good")}
    runs = compare(builders, drawn_data(), seeds=(0, 1), epochs=4, measure=measure, verbose=0)
    assert runs.diverged("bad").tolist() == [True, True]
    assert runs.diverged("good").tolist() == [False, False]
    np.testing.assert_array_equal(np.isfinite(runs.values("bad", "loss")), [[True, False, False, False]] * 2)
    assert np.isnan(runs.final("bad")).all()
    assert np.isfinite(runs.final("good")).all()


def test_an_interrupt_ends_a_comparison():
    with pytest.raises(KeyboardInterrupt):
        compare({"net": small_net}, drawn_data(), epochs=3, measure=interrupt_second_epoch(), verbose=0)


def test_with_verbose_0_a_comparison_prints_nothing(capfd):
    compare({"net": small_net}, drawn_data(), seeds=(0,), verbose=0)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, keras.optimizers.Adam])
def test_several_rates_give_what_a_builder_for_each_rate_gives(optimizer):
    data, rates = drawn_data(), (0.03, 0.3)

    def build(rate=0.1):
        hidden = [layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.3)]
        model = keras.Sequential([keras.Input((6,)), *hidden, layers.Dense(3, activation="softmax")])
        model.compile(optimizer(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    at_rates = compare({"net": build}, data, (3, 4), epochs=2, rates=rates, verbose=0)
    one_by_one = compare({rate: lambda rate=rate: build(rate) for rate in rates}, data, (3, 4), epochs=2, verbose=0)
    assert at_rates.names == ("net, 0.03", "net, 0.3")
    for key in ("loss", "val_loss", "val_accuracy"):
        expected = np.stack([one_by_one.final(rate, key) for rate in rates], axis=1)
        np.testing.assert_array_equal(at_rates.at_rates("net", rates, key), expected)
    assert (at_rates.at_rates("net", rates)[:, 0] != at_rates.at_rates("net", rates)[:, 1]).any()


def test_rates_do_not_go_with_a_schedule():
    def build():
        model = keras.Sequential([keras.Input((6,)), layers.Dense(3, activation="softmax")])
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
        model.compile(keras.optimizers.SGD(schedule), "sparse_categorical_crossentropy")
        return model

    with pytest.raises(TypeError):
        compare({"net": build}, drawn_data(), [0], rates=[0.1], verbose=0)
