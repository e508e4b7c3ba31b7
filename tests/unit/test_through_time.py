"""What lesson 5 measures of a recurrent network: the gradients are TensorFlow's, the runs those of `compare`."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers.data import draw_garments
from helpers.lesson5 import (
    Step,
    follow_until_it_diverges,
    growth_per_step_back,
    loss_after,
    loss_and_gradient,
    state_size,
)
from helpers.training import compare


@pytest.fixture(scope="module")
def garments():
    return draw_garments(n_train=320, n_valid=20, n_test=20)


def recurrent(rate=0.1):
    model = keras.Sequential(
        [keras.Input((28, 28)), layers.SimpleRNN(7, activation="relu"), layers.Dense(10, "softmax")]
    )
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def step(garments):
    keras.utils.set_random_seed(2)
    weights = [weight + 0.1 for weight in recurrent().get_weights()]  # no bias is zero
    return Step(tuple(weights), garments.x_train[:8], garments.y_train[:8])


@pytest.mark.parametrize("rate", [0.1, 1e30])
def test_runs_are_followed_as_compare_trains_them_until_they_diverge(garments, rate):
    seeds, n_steps = (3, 5), 10
    followed = follow_until_it_diverges(lambda: recurrent(rate), garments, seeds, n_steps)
    runs = compare(
        {"net": lambda: recurrent(rate)}, garments, seeds, 1, steps_per_epoch=n_steps, gradient_norms=True, verbose=0
    )
    assert [run.diverged for run in followed] == list(runs.diverged("net")) == [rate > 1] * 2
    for run, norms in zip(followed, runs.values("net", "gradient_norms")[:, 0], strict=True):
        expected = np.linalg.norm(norms[: len(run.norms)], axis=1)
        np.testing.assert_allclose(run.norms, expected, rtol=1e-4)
        assert len(run.losses) == len(run.norms) <= n_steps
        assert len(run.last) == min(8, len(run.norms) - run.diverged)
        if not run.diverged:
            np.testing.assert_allclose([loss_and_gradient(step)[0] for step in run.last], run.losses[-8:], rtol=1e-4)


def test_loss_and_gradient_are_those_of_tensorflow(step):
    model = recurrent()
    model.set_weights(step.weights)
    with tf.GradientTape() as tape:
        expected_loss = model.compute_loss(x=step.x, y=step.y, y_pred=model(step.x))
    loss, gradient, norms = loss_and_gradient(step)
    assert loss == pytest.approx(float(expected_loss), rel=1e-4)
    for ours, theirs in zip(gradient, tape.gradient(expected_loss, model.trainable_variables), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    assert norms.shape == (28,)


def test_where_all_units_are_active_the_gradient_grows_by_the_recurrent_weight(step):
    kernel, _, bias, *output = step.weights
    linear = Step((abs(kernel), 1.2 * np.eye(7), bias + 1, *output), step.x, step.y)
    _, _, norms = loss_and_gradient(linear)
    np.testing.assert_allclose(norms / norms[0], 1.2 ** np.arange(28))
    assert growth_per_step_back(linear) == pytest.approx(1.2)


def test_silent_units_pass_no_gradient(step):
    kernel, recurrent_kernel, _, *output = step.weights
    silent = Step((kernel, recurrent_kernel, np.full(7, -1e3), *output), step.x, step.y)
    _, gradient, norms = loss_and_gradient(silent)
    assert norms[0] > 0 and not norms[1:].any()
    assert not any(part.any() for part in gradient[:3])
    doubled = Step((kernel, 2 * np.eye(7), np.full(7, -1e3), *output), step.x, step.y)
    assert growth_per_step_back(doubled, all_active=True) == pytest.approx(2)


def test_the_size_of_a_state_is_that_of_the_last_row_over_all_examples(step):
    model = recurrent()
    model.set_weights(step.weights)
    states = keras.Model(model.inputs[0], model.layers[0].output)(step.x)
    assert state_size(step) == pytest.approx(np.sqrt(np.square(states).sum(axis=1).mean()), rel=1e-5)
    kernel, _, bias, *output = step.weights
    doubling = Step((0 * kernel, 2 * np.eye(7), bias * 0 + 1, *output), step.x, step.y)
    assert state_size(doubling) == pytest.approx((2**28 - 1) * np.sqrt(7))


@pytest.mark.parametrize("threshold", [np.inf, 0.05])
def test_the_loss_after_a_step_is_that_of_keras(step, threshold):
    model = recurrent()
    model.set_weights(step.weights)
    clipping = {} if np.isinf(threshold) else {"global_clipnorm": threshold}
    model.compile(keras.optimizers.SGD(0.3, **clipping), "sparse_categorical_crossentropy")
    model.train_on_batch(step.x, step.y)
    assert loss_after(step, 0.3, threshold) == pytest.approx(model.evaluate(step.x, step.y, verbose=0), rel=1e-4)
