"""What lesson 5 follows of a recurrent network: the runs of `compare`, and what their last steps started from."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers.data import draw_garments
from helpers.lesson5 import follow_until_it_diverges
from helpers.training import compare


@pytest.fixture(scope="module")
def garments():
    return draw_garments(n_train=960, n_valid=20, n_test=20)


def recurrent(rate=0.1):
    model = keras.Sequential(
        [keras.Input((28, 28)), layers.SimpleRNN(7, activation="relu"), layers.Dense(10, "softmax")]
    )
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize(("rate", "n_steps"), [(0.1, 25), (1e30, 25), (0.01, 230)])
def test_runs_are_followed_as_compare_trains_them_until_they_diverge(garments, rate, n_steps):
    seeds = (3, 5)
    followed = follow_until_it_diverges(lambda: recurrent(rate), garments, seeds, n_steps)
    runs = compare(
        {"net": lambda: recurrent(rate)}, garments, seeds, 1, steps_per_epoch=n_steps, gradient_norms=True, verbose=0
    )
    assert [run.diverged for run in followed] == list(runs.diverged("net")) == [rate > 1] * 2
    for run, norms in zip(followed, runs.values("net", "gradient_norms")[:, 0], strict=True):
        expected = np.linalg.norm(norms[: len(run.norms)], axis=1)
        np.testing.assert_allclose(run.norms, expected, rtol=1e-4)
        assert len(run.losses) == len(run.norms) <= n_steps
        assert len(run.last) == min(20, len(run.norms) - run.diverged)


def test_the_last_steps_have_the_weights_the_batch_and_the_loss_from_which_they_started_and_the_norm(garments):
    (run,) = follow_until_it_diverges(recurrent, garments, [4], 25)
    assert [step.loss for step in run.last] == list(run.losses[-20:])
    assert [step.norm for step in run.last] == list(run.norms[-20:])
    model = recurrent()
    for step, following in zip(run.last, run.last[1:], strict=False):
        model.set_weights(step.weights)
        assert model.train_on_batch(step.x, step.y) == pytest.approx(step.loss, rel=1e-4)
        model.reset_metrics()
        for weight, expected in zip(model.get_weights(), following.weights, strict=True):
            np.testing.assert_allclose(weight, expected, rtol=1e-3, atol=1e-6)
