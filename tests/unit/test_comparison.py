"""Training runs: order of the examples, early ends, and comparisons over seeds."""

import itertools
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers
from small_networks import N_FEATURES, classifier, drawn_data, seeded, sgd, train

from helpers.training import batch_orders, compare

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


def full_net():
    """Return a net with every kind of state: moving statistics, momentum, a schedule's step, a dropout generator."""
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.8)
    return classifier(keras.optimizers.SGD(rate, momentum=0.9), [layers.BatchNormalization(), layers.Dropout(0.2)])


def orders(n_epochs, batch_size=4, seed=0, steps_per_epoch=None):
    """Return the examples of some epochs, an int array of shape (n_epochs, n)."""
    return np.array(list(itertools.islice(batch_orders(10, batch_size, seed, steps_per_epoch), n_epochs)))


def test_an_epoch_uses_every_example_once_each_in_an_order_of_its_own():
    found = orders(3)
    np.testing.assert_array_equal(np.sort(found), [range(10)] * 3)
    assert len({tuple(order) for order in found}) == 3


def test_shorter_epochs_go_on_through_the_data_before_any_example_repeats():
    found = orders(5, steps_per_epoch=1)
    assert found.shape == (5, 4)
    np.testing.assert_array_equal(np.sort(found.reshape(2, 10)), [range(10)] * 2)


def test_longer_epochs_go_through_the_data_several_times():
    np.testing.assert_array_equal(np.sort(orders(1, steps_per_epoch=5)), [np.repeat(range(10), 2)])


def test_same_seeds_give_the_same_history_and_another_order_another_one():
    losses = [train(seeded(classifier), drawn_data(), 2, seed=seed)["loss"] for seed in (0, 0, 1)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-6)
    assert not np.allclose(losses[0], losses[2], rtol=1e-4)


def test_the_history_has_an_entry_for_each_epoch_and_training_goes_on_from_where_it_was():
    model = seeded(lambda: classifier(sgd()))
    first, second = (train(model, drawn_data(), 3) for _ in range(2))
    assert set(first) == {"loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    assert {len(values) for values in first.values()} == {3}
    assert min(first["seconds"]) > 0
    assert second["loss"][0] < first["loss"][-1]


@pytest.mark.parametrize("x_scale", [np.nan, 1e38])  # squares to more than float32 holds
def test_a_loss_that_is_not_finite_ends_the_run(x_scale):
    data = drawn_data()
    data.x_train[7] *= x_scale
    model = keras.Sequential([keras.Input((N_FEATURES,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    assert len(train(model, data, 5)["loss"]) == 1


def test_a_long_epoch_ends_soon_after_its_loss_is_nan_and_prints_nothing(capsys):
    model = classifier(keras.optimizers.SGD(np.nan))
    history = train(model, drawn_data(), batch_size=4, steps_per_epoch=2000)
    assert np.isnan(history["loss"]).tolist() == [True]
    assert int(model.optimizer.iterations.numpy()) < 500
    assert capsys.readouterr() == ("", "")


def not_compiled():
    return keras.Sequential([keras.Input((N_FEATURES,)), layers.Dense(3)], name="unready")


def test_a_model_that_is_not_compiled_is_refused_and_ends_a_comparison():
    with pytest.raises(ValueError, match=r"'unready'.*model\.compile"):
        train(not_compiled(), drawn_data())
    with pytest.raises(ValueError, match="not compiled"):
        compare({"good": classifier, "bad": not_compiled}, drawn_data(), epochs=100_000, verbose=0)


@pytest.mark.parametrize("part", ["train", "valid"])
@pytest.mark.parametrize(("n_x", "n_y"), [(10, 9), (0, 0)])
def test_data_of_different_or_no_length_are_refused_with_both_lengths(part, n_x, n_y):
    data = drawn_data()
    setattr(data, f"x_{part}", data.x_train[:n_x])
    setattr(data, f"y_{part}", data.y_train[:n_y])
    with pytest.raises(ValueError, match=rf"{n_x} examples.* {n_y};"):
        compare({"net": classifier}, data, verbose=0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs=0; give a whole number of at least 1"),
        ({"epochs": 1.5}, "epochs=1.5"),
        ({"steps_per_epoch": 0}, "steps_per_epoch=0"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"n_jobs": 0}, "n_jobs=0"),
        ({"seeds": []}, "seeds is empty"),
        ({"rates": ()}, "rates is empty"),
        ({"builders": {}}, "builders is empty"),
    ],
)
def test_no_epoch_step_seed_rate_or_model_is_refused_at_the_door(options, message):
    with pytest.raises(ValueError, match=message):
        compare(**{"builders": {"net": classifier}, "data": drawn_data(), "verbose": 0} | options)


def test_a_builder_that_makes_no_model_is_refused_with_its_name():
    with pytest.raises(TypeError, match="the builder of 'net' returned None"):
        compare({"net": lambda: None}, drawn_data(), verbose=0)


def test_lists_and_integer_seeds_of_numpy_serve_as_well():
    data = drawn_data(40, 20)
    lists = SimpleNamespace(**{name: part.tolist() for name, part in vars(data).items()})
    from_lists, from_arrays = (
        compare({"net": classifier}, each, np.arange(2), verbose=0).values("net", "loss") for each in (lists, data)
    )
    np.testing.assert_allclose(from_lists, from_arrays, rtol=1e-6)


def test_a_comparison_inside_a_builder_or_a_measurement_is_one_like_any_other():
    """As where a builder chooses its learning rate."""

    def chosen():
        rates = (0.01, 0.1)
        tried = compare({"net": classifier}, drawn_data(), [0], rates=rates, verbose=0)
        return classifier(keras.optimizers.SGD(rates[tried.at_rates("net", rates)[0].argmax()]))

    def measure(model):
        return {"inside": compare({"net": classifier}, drawn_data(), [0], verbose=0).final("net")[0]}

    runs = compare({"chosen": chosen}, drawn_data(), seeds=(0, 1), measure=measure, verbose=0)
    assert np.isfinite(runs.final("chosen", "inside")).all()


def test_compared_models_of_the_same_shape_start_from_the_same_weights():
    started = {"one": [], "other": []}

    def builder(name):
        def build():
            model = classifier()
            started[name].append(model.layers[0].kernel.numpy())
            return model

        return build

    compare({name: builder(name) for name in started}, drawn_data(), seeds=(0, 1), verbose=0)
    np.testing.assert_array_equal(started["one"], started["other"])
    assert (started["one"][0] != started["one"][1]).any()


def test_compared_models_see_the_same_batches_and_each_seed_others():
    options = {"batch_size": 3, "steps_per_epoch": 1, "measure": counts, "verbose": 0}
    runs = compare({"one": counter, "other": counter}, one_hot_data(), seeds=(0, 1), **options)
    one, other = runs.values("one", "uses"), runs.values("other", "uses")
    np.testing.assert_array_equal(one, other)
    assert (one.sum(axis=-1) == 3).all()
    assert (one[0] != one[1]).any()


def test_comparing_gives_what_training_each_model_alone_gives():
    runs = compare({"net": full_net}, drawn_data(), (3, 4, 5), epochs=3, verbose=0)
    for position, seed in enumerate((3, 4, 5)):
        keras.utils.set_random_seed(seed)
        history = train(full_net(), drawn_data(), 3, seed=seed)
        for key in ("loss", "accuracy", "val_loss", "val_accuracy"):
            np.testing.assert_allclose(runs.values("net", key)[position], history[key], rtol=1e-5, atol=1e-6)


def test_a_model_that_is_built_by_its_first_batch_can_be_compared():
    def build():
        model = keras.Sequential([layers.Dense(8, activation="relu"), layers.Dense(4, activation="softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    losses = compare({"net": build}, drawn_data(), seeds=(0, 1), verbose=0).final("net", "loss")
    assert np.isfinite(losses).all()
    assert losses[0] != losses[1]


def test_a_builder_that_makes_another_architecture_the_next_time_is_refused():
    sizes = iter([8, 9])
    with pytest.raises(ValueError, match="other variables"):
        compare({"net": lambda: classifier(hidden=[layers.Dense(next(sizes))])}, drawn_data(), (0, 1), verbose=0)


def test_a_run_that_diverges_leaves_the_others_alone():
    def measure(model):
        if model.optimizer.momentum:
            model.optimizer.learning_rate.assign(np.nan)
        return {}

    builders = {"bad": lambda: classifier(sgd(momentum=0.1)), "good": lambda: classifier(sgd())}
    runs = compare(builders, drawn_data(), seeds=(0, 1), epochs=4, measure=measure, verbose=0)
    assert runs.diverged("bad").tolist() == [True, True]
    assert runs.diverged("good").tolist() == [False, False]
    np.testing.assert_array_equal(np.isfinite(runs.values("bad", "loss")), [[True, False, False, False]] * 2)
    assert np.isnan(runs.final("bad")).all()
    assert np.isfinite(runs.final("good")).all()


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, keras.optimizers.Adam])
def test_several_rates_give_what_a_builder_for_each_rate_gives(optimizer):
    data, rates = drawn_data(), (0.03, 0.3)

    def build(rate=0.1):
        return classifier(optimizer(rate), [layers.BatchNormalization(), layers.Dropout(0.3)])

    at_rates = compare({"net": build}, data, (3, 4), epochs=2, rates=rates, verbose=0)
    one_by_one = compare({rate: lambda rate=rate: build(rate) for rate in rates}, data, (3, 4), epochs=2, verbose=0)
    assert at_rates.names == ("net, 0.03", "net, 0.3")
    for key in ("loss", "val_loss", "val_accuracy"):
        expected = np.stack([one_by_one.final(rate, key) for rate in rates], axis=1)
        np.testing.assert_array_equal(at_rates.at_rates("net", rates, key), expected)
    assert (at_rates.at_rates("net", rates)[:, 0] != at_rates.at_rates("net", rates)[:, 1]).any()


def test_rates_do_not_go_with_a_schedule():
    with pytest.raises(TypeError):
        compare({"net": full_net}, drawn_data(), [0], rates=[0.1], verbose=0)


def test_models_trained_side_by_side_give_exactly_what_each_gives_alone():
    hidden = {"plain": [], "batch norm": [layers.BatchNormalization], "dropout": [lambda: layers.Dropout(0.3)]}
    builders = {name: lambda made=made: classifier(sgd(), [layer() for layer in made]) for name, made in hidden.items()}
    options = {"seeds": (0, 1), "epochs": 3, "batch_size": 16, "verbose": 0}

    def draws_and_kernel(model):
        return {"drawn": float(keras.random.uniform(())), "kernel": model.layers[0].kernel.numpy()}

    alone, together = (
        compare(builders, drawn_data(), measure=draws_and_kernel, n_jobs=n_jobs, **options) for n_jobs in (1, 3)
    )
    assert together.names == alone.names
    for name in builders:
        for key in ("loss", "val_accuracy", "kernel", "drawn"):
            np.testing.assert_array_equal(together.values(name, key), alone.values(name, key), err_msg=f"{name} {key}")
