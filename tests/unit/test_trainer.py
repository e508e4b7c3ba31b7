"""The compiled loop gives the numbers of `model.fit`, for every kind of model and optimizer that the lessons use."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from small_networks import N_CLASSES, N_FEATURES, N_TRAIN, classifier, drawn_data, seeded, sgd

from helpers.training import Settings, Trainer, trainer
from helpers.training.steps import CHUNK_STEPS

BATCH_SIZE, EPOCHS = 32, 3
# The two programs add up the same float32 numbers in another order: some 1e-7 a step, for 21 steps.
CLOSE = {"rtol": 1e-5, "atol": 1e-6}


def recurrent():
    model = keras.Sequential(
        [
            keras.Input((N_FEATURES,)),
            layers.Reshape((5, N_FEATURES // 5)),
            layers.SimpleRNN(8),
            layers.Dense(N_CLASSES, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.1, clipvalue=0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def with_skip_connection():
    inputs = keras.Input((N_FEATURES,))
    hidden = layers.Dense(N_FEATURES, activation="relu")(inputs)
    outputs = layers.Dense(N_CLASSES, activation="softmax")(layers.Add()([inputs, hidden]))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class ThroughNumPy(layers.Layer):
    """Adds zero, by a detour through Python that XLA cannot compile."""

    def call(self, inputs):
        detour = tf.numpy_function(lambda values: values, [inputs], tf.float32)
        detour.set_shape(inputs.shape)
        return inputs + tf.stop_gradient(detour - inputs)

    def compute_output_shape(self, input_shape):
        return input_shape


MODELS = {
    "plain": lambda: classifier(sgd()),
    "batch norm": lambda: classifier(sgd(), [layers.BatchNormalization(momentum=0.8)]),
    "momentum": lambda: classifier(sgd(momentum=0.9)),
    "falling rate": lambda: classifier(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5))),
    "clipvalue": lambda: classifier(sgd(clipvalue=0.005)),
    "clipnorm": lambda: classifier(sgd(clipnorm=0.05)),
    "global_clipnorm": lambda: classifier(sgd(global_clipnorm=0.05)),
    "weight decay": lambda: classifier(sgd(weight_decay=0.1), kernel_constraint="unit_norm"),
    "weight regularization": lambda: classifier(sgd(), kernel_regularizer="l2"),
    "activity regularization": lambda: classifier(sgd(), activity_regularizer="l2"),
    "PReLU": lambda: classifier(sgd(), [layers.Dense(16), layers.PReLU()]),
    "dropout": lambda: classifier(sgd(), [layers.Dropout(0.5, seed=1)]),
    "recurrent": recurrent,
    "functional": with_skip_connection,
    "through NumPy": lambda: classifier(sgd(), [ThroughNumPy()]),
}


def trained(model, data, epochs=EPOCHS, **settings):
    """Train over the examples in their order; return the history, with validation after each epoch."""
    loop = Trainer(model, data.x_train, data.y_train, Settings(BATCH_SIZE, **settings))
    history = {}
    for _ in range(epochs):
        logs = loop.epoch(np.arange(len(data.x_train)))
        logs |= {f"val_{name}": value for name, value in loop.evaluate(data.x_valid, data.y_valid).items()}
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
    return history


def trained_both_ways(build, data):
    """Train two equal models, one by a `Trainer` and one by `model.fit`; return both with their histories."""
    ours, theirs = seeded(build), seeded(build)
    our_history = trained(ours, data)
    their_history = theirs.fit(
        data.x_train,
        data.y_train,
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        validation_data=(data.x_valid, data.y_valid),
    ).history
    return ours, our_history, theirs, their_history


def assert_same_training(build, data, **tolerance):
    ours, our_history, theirs, their_history = trained_both_ways(build, data)
    assert set(our_history) == set(their_history)
    for key, values in their_history.items():
        np.testing.assert_allclose(our_history[key], values, **tolerance, err_msg=key)
    assert len(ours.variables) == len(theirs.variables) > 0
    for own, other in zip(ours.variables, theirs.variables, strict=True):
        np.testing.assert_allclose(own.numpy(), other.numpy(), **tolerance, err_msg=other.path)
    for own, other in zip(ours.optimizer.variables, theirs.optimizer.variables, strict=True):
        np.testing.assert_allclose(own.numpy(), other.numpy(), **tolerance, err_msg=other.path)


@pytest.mark.parametrize("name", MODELS)
def test_losses_metrics_weights_and_optimizer_state_are_those_of_fit(name):
    assert_same_training(MODELS[name], drawn_data(), **CLOSE)


def test_adam_gives_the_numbers_of_fit():
    # Adam divides by the gradient's own size, so rounding moves a weight whose gradient is nearly zero by up to 1e-5.
    assert_same_training(lambda: classifier(keras.optimizers.Adam(0.01)), drawn_data(), rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("n_train", [BATCH_SIZE - 1, BATCH_SIZE, 120 * BATCH_SIZE + 5])
def test_any_number_of_examples_gives_the_numbers_of_fit(n_train):
    assert_same_training(lambda: classifier(keras.optimizers.SGD(0.01)), drawn_data(n_train), **CLOSE)


def test_validation_loss_of_confident_mistakes_is_that_of_fit():
    """The cross-entropy of a softmax must not be clipped where fit does not clip it."""

    def overconfident():
        model = classifier(keras.optimizers.SGD(1e-9))
        model.layers[-1].kernel.assign(1000 * model.layers[-1].kernel)
        return model

    _, our_history, _, their_history = trained_both_ways(overconfident, drawn_data())
    assert their_history["val_loss"][0] > 100
    np.testing.assert_allclose(our_history["val_loss"], their_history["val_loss"], rtol=1e-5)


def test_every_example_counts_alike_in_a_validation_loss_also_those_of_a_small_last_batch():
    """Of 5,003 examples the last three, alone in a batch, have labels that the model holds for impossible."""
    data = drawn_data(n_train=5_003)
    model = classifier()
    model.layers[-1].bias.assign([0.0, 0.0, 0.0, -100.0])
    y = np.zeros(5_003, np.uint8)
    y[-3:] = 3
    theirs = model.evaluate(data.x_train, y, batch_size=5_003, verbose=0, return_dict=True)
    ours = Trainer(model, data.x_train, y).evaluate(data.x_train, y)
    assert ours["loss"] == pytest.approx(theirs["loss"], rel=1e-4)


@pytest.mark.parametrize("clipping", [{}, {"clipnorm": 1e-3}, {"clipvalue": 1e-4}])
def test_gradient_norms_are_those_of_each_variable_before_clipping(clipping):
    data, model = drawn_data(), classifier(keras.optimizers.SGD(0.1, **clipping))
    by_hand = classifier(keras.optimizers.SGD(0.1, **clipping))
    by_hand.set_weights(model.get_weights())
    (norms,) = trained(model, data, 1, gradient_norms=True)["gradient_norms"]
    expected = []
    for start in range(0, N_TRAIN, BATCH_SIZE):
        x, y = (part[start : start + BATCH_SIZE] for part in (data.x_train[:N_TRAIN], data.y_train))
        with tf.GradientTape() as tape:
            loss = by_hand.compute_loss(x=x, y=y, y_pred=by_hand(x, training=True))
        gradients = tape.gradient(loss, by_hand.trainable_variables)
        expected.append([np.linalg.norm(gradient) for gradient in gradients])
        by_hand.optimizer.apply(gradients, by_hand.trainable_variables)
    assert norms.shape == (7, 4)
    np.testing.assert_allclose(norms, expected, rtol=1e-4)


@pytest.fixture(params=[False, True], ids=["plain", "XLA"])
def with_xla(request, monkeypatch):
    monkeypatch.setattr(trainer, "XLA_PAYS_FROM", 0 if request.param else 1_000_000)
    return request.param


@pytest.mark.parametrize("name", ["momentum", "batch norm"])
def test_to_measure_gradient_norms_does_not_change_the_training(name, with_xla):
    models = [seeded(MODELS[name]) for _ in range(2)]
    plain, measured = (
        trained(model, drawn_data(), gradient_norms=asked) for model, asked in zip(models, (False, True), strict=True)
    )
    assert set(measured) - set(plain) == {"gradient_norms"}
    np.testing.assert_allclose(measured["loss"], plain["loss"], **CLOSE)
    for one, other in zip(models[0].variables, models[1].variables, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), **CLOSE, err_msg=one.path)


def test_the_gradient_norms_of_a_run_that_diverged_keep_their_shape():
    model = classifier(keras.optimizers.SGD(1e30))
    history = trained(model, drawn_data(6400), 1, gradient_norms=True)
    assert not np.isfinite(history["loss"][0])
    assert history["gradient_norms"][0].shape == (200, 4)
    assert np.isnan(history["gradient_norms"][0][-100:]).all()


@pytest.mark.parametrize("name", ["plain", "batch norm"])
def test_a_trainer_of_any_batch_size_gives_the_losses_of_one_of_each_size(name):
    data = drawn_data()
    free = Trainer(seeded(MODELS[name]), data.x_train, data.y_train, Settings(None, gradient_norms=True))
    for size in (8, 203):
        n_examples = min(size * (CHUNK_STEPS + 3), 203 * 5)  # at size 8 more than one compiled call
        order = np.resize(np.random.default_rng(size).permutation(203), n_examples)
        free.start_from(seeded(MODELS[name]))
        fixed = Trainer(seeded(MODELS[name]), data.x_train, data.y_train, Settings(size, gradient_norms=True))
        ours, theirs = list(free.steps(order, size)), list(fixed.steps(order))
        assert [len(losses) for losses, *_ in ours] == [len(losses) for losses, *_ in theirs]
        for own, other in zip(ours, theirs, strict=True):
            for part, expected in zip(own, other, strict=True):
                np.testing.assert_allclose(part, expected, rtol=1e-4, atol=1e-5, err_msg=f"batches of {size}")


@pytest.mark.parametrize("choice", [None, True, False])
def test_a_learners_own_functions_are_compiled_as_they_were(choice, capfd):
    """The remapper, which writes errors about recurrent ReLU layers, is off while our loop runs, and only then."""
    tf.config.optimizer.set_experimental_options({"remapping": choice})
    trained(classifier(hidden=[layers.Reshape((4, 4)), layers.SimpleRNN(8, activation="relu")]), drawn_data())
    assert "remapper" not in capfd.readouterr().err
    assert tf.config.optimizer.get_experimental_options().get("remapping") == choice
    tf.config.optimizer.set_experimental_options({"remapping": None})


def test_a_trainer_without_examples_or_batch_size_says_so():
    data = drawn_data()
    trainer_of_any_size = Trainer(classifier(), data.x_train, data.y_train, Settings(None))
    with pytest.raises(ValueError, match="3 examples in batches of None"):
        list(trainer_of_any_size.steps([0, 1, 2]))
    with pytest.raises(ValueError, match="0 examples in batches of 2"):
        list(trainer_of_any_size.steps([], 2))


def test_a_fixed_batch_size_is_not_overruled():
    data = drawn_data()
    trainer = Trainer(seeded(MODELS["plain"]), data.x_train, data.y_train, Settings(32))
    ((losses, predictions, _),) = trainer.steps(np.arange(192), 64)
    assert (len(losses), len(predictions)) == (6, 192)
