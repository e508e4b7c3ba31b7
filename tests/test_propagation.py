"""The NumPy network gives TensorFlow's signals, and the theory's."""

from helpers.propagation import FUNCTIONS, propagate
from helpers.signals import layer_signals

import keras
import numpy as np
import pytest
from keras import layers

X = np.random.default_rng(1).normal(size=(40, 12))
KERAS = {"linear": "linear", "sigmoid": "sigmoid", "tanh": "tanh", "ReLU": "relu", "ELU": "elu", "SELU": "selu"}


class RandomGradient(keras.losses.Loss):
    """A loss whose gradient at the predictions is the one given."""

    def __init__(self, gradient):
        super().__init__(reduction="sum")
        self.gradient = gradient

    def call(self, y_true, y_pred):
        return keras.ops.sum(y_pred * self.gradient, axis=-1)


def keras_twin(activation, gain, n_layers, n_units, seed, skip):
    """Return a Keras network with the weights that `propagate` draws, and the gradient it sends down."""
    rng = np.random.default_rng(seed)
    kernels = []
    for layer in range(n_layers):
        n_in = n_units if layer else X.shape[1]
        kernels.append(rng.normal(0, np.sqrt(gain / n_in), (n_in, n_units)))
    gradient = rng.normal(size=(len(X), n_units))
    a = inputs = keras.Input((X.shape[1],))
    for layer in range(n_layers):
        branch = layers.Dense(n_units, activation=KERAS[activation])(a)
        a = layers.add([a, branch]) if skip and layer else branch
    model = keras.Model(inputs, a)
    for dense, kernel in zip((d for d in model.layers if isinstance(d, layers.Dense)), kernels, strict=True):
        dense.kernel.assign(kernel)
    model.compile("sgd", RandomGradient((gradient / np.linalg.norm(gradient)).astype("float32")))
    return model


@pytest.mark.parametrize("activation", FUNCTIONS)
def test_signals_are_those_of_the_same_keras_network(activation):
    ours = propagate(X, activation, 1.5, 6, 20, seed=3)
    theirs = layer_signals(keras_twin(activation, 1.5, 6, 20, 3, False), X.astype("float32"), np.zeros(len(X)))
    for key in ("mean", "std", "rms", "output_gradient_norm", "kernel_gradient_norm", "dead_fraction", "cosine"):
        np.testing.assert_allclose(getattr(ours, key), getattr(theirs, key), rtol=1e-3, atol=1e-5, err_msg=key)


def test_signals_with_skip_connections_are_those_of_the_same_keras_network():
    ours = propagate(X, "SELU", 1.0, 5, 20, seed=3, skip=True)
    model = keras_twin("SELU", 1.0, 5, 20, 3, True)
    theirs = layer_signals(model, X.astype("float32"), np.zeros(len(X)))
    sums = [i for i, name in enumerate(theirs.names) if name.startswith("add")]
    for key in ("std", "output_gradient_norm", "cosine"):
        np.testing.assert_allclose(getattr(ours, key)[1:], getattr(theirs, key)[sums], rtol=1e-3, err_msg=key)


def test_he_gain_keeps_the_mean_square_of_relu_and_lecun_gain_halves_it():
    wide = np.random.default_rng(0).normal(size=(100, 400))
    for gain, factor in ((2.0, 1.0), (1.0, 0.5)):
        ratios = [propagate(wide, "ReLU", gain, 6, 400, seed).rms[[0, 5]] ** 2 for seed in range(10)]
        first, last = np.median(ratios, axis=0)
        np.testing.assert_allclose(last / first, factor**5, rtol=0.2)


def test_a_vanishing_gradient_is_not_rounded_to_zero():
    signals = propagate(X, "sigmoid", 1.0, 100, seed=0)
    assert 1e-80 < signals.output_gradient_norm[0] < 1e-50
    assert signals.output_gradient_norm[-1] == pytest.approx(1)


def test_seeds_decide_the_weights():
    first, again, other = (propagate(X, "tanh", 1.0, 3, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.std, again.std)
    assert (first.std != other.std).all()


def test_an_unknown_function_is_refused_with_those_there_are():
    with pytest.raises(KeyError, match="no activation 'relu'; there are linear, sigmoid"):
        propagate(X, "relu", 1.0, 3)
