"""The NumPy network gives TensorFlow's signals, and the theory's."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers.activations import ACTIVATIONS
from helpers.signals import layer_signals, propagate

STATISTICS = (
    *("mean", "std", "rms", "output_gradient_norm", "kernel_gradient_norm", "dead_fraction"),
    *("cosine", "abs_cosine", "participation_ratio"),
)
X = np.random.default_rng(1).normal(size=(40, 12))


class RandomGradient(keras.losses.Loss):
    """A loss whose gradient at the predictions is the one given."""

    def __init__(self, gradient):
        super().__init__(reduction="sum")
        self.gradient = gradient

    def call(self, y_true, y_pred):
        return keras.ops.sum(y_pred * self.gradient, axis=-1)


def keras_twin(activation, gain, n_layers, n_units, seed):
    """Return a Keras network with the weights that `propagate` draws, and the gradient it sends down."""
    rng = np.random.default_rng(seed)
    kernels = []
    for layer in range(n_layers):
        n_in = n_units if layer else X.shape[1]
        kernels.append(rng.normal(0, np.sqrt(gain / n_in), (n_in, n_units)))
    gradient = rng.normal(size=(len(X), n_units))
    a = inputs = keras.Input((X.shape[1],))
    for _ in range(n_layers):
        a = layers.Dense(n_units, activation=activation.lower().replace(" ", "_"))(a)
    model = keras.Model(inputs, a)
    for dense, kernel in zip((d for d in model.layers if isinstance(d, layers.Dense)), kernels, strict=True):
        dense.kernel.assign(kernel)
    model.compile("sgd", RandomGradient((gradient / np.linalg.norm(gradient)).astype("float32")))
    return model


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if ACTIVATIONS[name].f])
def test_signals_are_those_of_the_same_keras_network(activation):
    ours = propagate(X, activation, 1.5, 6, 20, seed=3)
    theirs = layer_signals(keras_twin(activation, 1.5, 6, 20, 3), X.astype("float32"), np.zeros(len(X)))
    for key in STATISTICS:
        np.testing.assert_allclose(getattr(ours, key), getattr(theirs, key), rtol=1e-3, atol=1e-5, err_msg=key)


def test_a_vanishing_gradient_is_not_rounded_to_zero():
    signals = propagate(X, "sigmoid", 1.0, 100, seed=0)
    assert 1e-80 < signals.output_gradient_norm[0] < 1e-50
    assert signals.output_gradient_norm[-1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": "rely"}, "no formula for the activation 'rely'; there are linear, sigmoid"),
        ({"activation": "leaky ReLU"}, "no formula for the activation 'leaky ReLU'; there are linear"),
    ],
)
def test_what_there_is_not_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        propagate(**{"x": X, "activation": "ReLU", "gain": 2.0, "n_layers": 3} | options)


def test_a_callable_gain_gives_the_standard_deviation_from_fan_in_and_fan_out():
    asked = []

    def he(fan_in, fan_out):
        asked.append((fan_in, fan_out))
        return np.sqrt(2 / fan_in)

    np.testing.assert_array_equal(propagate(X, "ReLU", he, 4, 20).std, propagate(X, "ReLU", 2.0, 4, 20).std)
    assert set(asked) == {(12, 20), (20, 20)}


def test_a_deeper_network_begins_with_the_shallower_one_and_nothing_depends_on_what_was_asked_before():
    def results(n_layers, seed=0):
        return vars(propagate(X, "tanh", 1.0, n_layers, 20, seed))

    shallow, deep = results(4), results(9)
    np.testing.assert_array_equal(deep["std"][:4], shallow["std"])
    assert (results(4, seed=1)["std"] != shallow["std"]).all()
    for key, values in results(4).items():
        np.testing.assert_array_equal(values, shallow[key], err_msg=key)
