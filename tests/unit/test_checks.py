"""Nothing to measure, train or draw is an error at the door; a list serves as an array does."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from keras import layers

from helpers import lesson3, lesson4, lesson5, plotting, signals
from helpers.data import draw_garments
from helpers.training import Runs, Trainer, batch_orders

X, Y, NONE = np.random.default_rng(0).normal(size=(6, 4)).astype("float32"), np.arange(6) % 3, np.zeros((0, 4))


def network():
    hidden = layers.Dense(5), layers.BatchNormalization(), layers.ReLU()
    model = keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


MODEL = network()
DATA = SimpleNamespace(x_train=X, y_train=Y)
REFUSED = {
    "n_valid=0": lambda: draw_garments(10, 0, 5),
    "n_layers=0": lambda: signals.propagate(X, "tanh", 1.0, 0),
    "n_units=0": lambda: signals.propagate(X, "tanh", 1.0, 2, n_units=0),
    r"x has shape \(0, 4\)": lambda: signals.propagate(NONE, "tanh", 1.0, 2),
    r"x has shape \(6, 2, 2\)": lambda: signals.propagate(X.reshape(6, 2, 2), "tanh", 1.0, 2),
    "x has 6 examples and y has 5": lambda: signals.layer_signals(MODEL, X, Y[:5]),
    "x has no example, without": lambda: signals.dead_fraction(MODEL, NONE),
    "seeds is empty": lambda: signals.signals_by_seed(network, X, Y, seeds=[]),
    r"vectors have shape \(0, 4\)": lambda: signals.direction_statistics(NONE),
    r"vectors have shape \(2,\)": lambda: signals.direction_statistics([1.0, 2.0]),
    "n_examples=0": lambda: next(batch_orders(0, 4, 0)),
    "batch_size=0": lambda: next(batch_orders(10, 0, 0)),
    "steps_per_epoch=0": lambda: next(batch_orders(10, 4, 0, 0)),
    "x has 0 examples and y has 0": lambda: Trainer(MODEL, X, Y).evaluate(NONE, Y[:0]),
    "Dense layers 1 to 2": lambda: lesson3.outputs_by_depth(MODEL, X, (0,)),
    "x has 0 examples and y has 6": lambda: lesson3.gradient_left(MODEL, NONE, Y),
    "between -1 and 1": lambda: lesson3.plot_pull_and_push([0, 2]),
    "n_examples=0; ": lambda: lesson4.unit_moments(NONE),
    "batch_size=0; ": lambda: lesson4.accuracy_in_use(MODEL, X, Y, batch_size=0),
    "x has 0 examples and y has 0;": lambda: lesson4.accuracy_in_use(MODEL, NONE, Y[:0]),
    "n_moves=0": lambda: lesson4.drift(np.ones((2, 1, 3)), np.ones((2, 1, 3))),
    "n_rates=0": lambda: Runs((0,), 1, {}).at_rates("net", []),
    "n_seeds=0": lambda: lesson5.follow_until_it_diverges(network, DATA, [], 5),
    "n_steps=0; ": lambda: lesson5.follow_until_it_diverges(network, DATA, [0], 0),
    "bins=0": lambda: plotting.plot_histograms({"z": X}, "z", bins=0),
    "steps_per_point=0": lambda: plotting.plot_over_steps({"net": X}, 0, "loss"),
}
OF_LISTS = {
    "outputs": lambda x, y: lesson3.outputs_by_depth(MODEL, x, (1,))["layer 1"],
    "gradients": lambda x, y: lesson3.gradient_left(MODEL, x, y),
    "moments": lambda x, y: lesson4.unit_moments(x)(MODEL)["std"],
    "accuracy": lambda x, y: lesson4.accuracy_in_use(MODEL, x, y),
    "signals": lambda x, y: signals.layer_signals(MODEL, x, y).kernel_gradient_norm,
    "propagated": lambda x, y: signals.propagate(x, "tanh", 1.0, 2).std,
    "epoch": lambda x, y: Trainer(MODEL, x, y).evaluate(x, y)["loss"],
}


@pytest.mark.parametrize("message", REFUSED)
def test_nothing_is_refused_at_the_door(message):
    with pytest.raises(ValueError, match=message):
        REFUSED[message]()


@pytest.mark.parametrize("kind", OF_LISTS)
def test_lists_serve_as_arrays_do(kind):
    np.testing.assert_array_equal(OF_LISTS[kind](X.tolist(), Y.tolist()), OF_LISTS[kind](X, Y))
