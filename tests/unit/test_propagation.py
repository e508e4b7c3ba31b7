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
        branch = layers.Dense(n_units, activation=activation.lower().replace(" ", "_"))(a)
        a = layers.add([a, branch]) if skip and layer else branch
    model = keras.Model(inputs, a)
    for dense, kernel in zip((d for d in model.layers if isinstance(d, layers.Dense)), kernels, strict=True):
        dense.kernel.assign(kernel)
    model.compile("sgd", RandomGradient((gradient / np.linalg.norm(gradient)).astype("float32")))
    return model


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if ACTIVATIONS[name].f])
def test_signals_are_those_of_the_same_keras_network(activation):
    ours = propagate(X, activation, 1.5, 6, 20, seed=3)
    theirs = layer_signals(keras_twin(activation, 1.5, 6, 20, 3, False), X.astype("float32"), np.zeros(len(X)))
    for key in STATISTICS:
        np.testing.assert_allclose(getattr(ours, key), getattr(theirs, key), rtol=1e-3, atol=1e-5, err_msg=key)


def test_signals_with_skip_connections_are_those_of_the_same_keras_network():
    ours = propagate(X, "SELU", 1.0, 5, 20, seed=3, skip=True)
    model = keras_twin("SELU", 1.0, 5, 20, 3, True)
    theirs = layer_signals(model, X.astype("float32"), np.zeros(len(X)))
    sums = [i for i, name in enumerate(theirs.names) if name.startswith("add")]
    for key in ("std", "output_gradient_norm", "cosine", "abs_cosine", "participation_ratio"):
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


def test_deep_tanh_layers_point_along_one_line_both_ways_which_the_mean_cosine_does_not_show():
    """ReLU's outputs all point one way."""
    tanh, relu = propagate(X, "tanh", 1.0, 60, seed=1)[-1:], propagate(X, "ReLU", 2.0, 60, seed=1)[-1:]
    assert tanh.cosine[0] < 0.2
    assert tanh.abs_cosine[0] > 0.5
    assert relu.cosine[0] == pytest.approx(relu.abs_cosine[0])
    assert relu.cosine[0] > 0.9
    assert relu.participation_ratio[0] < 1.2


@pytest.mark.filterwarnings("error")
def test_a_network_that_is_silent_has_no_directions():
    signals = propagate(-np.abs(X), "ReLU", lambda fan_in, fan_out: 0.0, 3)
    assert np.isnan([signals.cosine, signals.abs_cosine, signals.participation_ratio]).all()


def test_seeds_decide_the_weights():
    first, again, other = (propagate(X, "tanh", 1.0, 3, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.std, again.std)
    assert (first.std != other.std).all()


def test_an_unknown_function_is_refused_with_those_there_are():
    with pytest.raises(KeyError, match="no activation 'rely'; there are linear, sigmoid"):
        propagate(X, "rely", 1.0, 3)


@pytest.mark.parametrize("options", [{"n_layers": 0}, {"n_units": 0}, {"x": X[:0]}])
def test_no_layer_unit_or_example_is_refused(options):
    with pytest.raises(ValueError, match="give at least one of each"):
        propagate(**{"x": X, "activation": "ReLU", "gain": 2.0, "n_layers": 3} | options)


def test_a_rate_of_dropout_that_leaves_nothing_is_refused():
    with pytest.raises(ValueError, match="rate=1"):
        propagate(X, "SELU", 1.0, 3, dropout="dropout", rate=1)


def test_a_function_without_a_formula_is_refused():
    with pytest.raises(ValueError, match="leaky ReLU has no formula"):
        propagate(X, "leaky ReLU", 1.0, 3)


@pytest.mark.parametrize("skip", [False, True])
def test_a_callable_gain_gives_the_standard_deviation_from_fan_in_and_fan_out(skip):
    asked = []

    def he(fan_in, fan_out):
        asked.append((fan_in, fan_out))
        return np.sqrt(2 / fan_in)

    ours, expected = propagate(X, "ReLU", he, 4, 20, skip=skip), propagate(X, "ReLU", 2.0, 4, 20, skip=skip)
    for key in STATISTICS:
        np.testing.assert_allclose(getattr(ours, key), getattr(expected, key), rtol=1e-12, err_msg=key)
    assert set(asked) == {(12, 20), (20, 20)}


def test_a_deeper_network_begins_with_the_shallower_one():
    shallow, deep = propagate(X, "tanh", 1.0, 4, 20), propagate(X, "tanh", 1.0, 9, 20)
    for key in ("mean", "std", "rms", "cosine", "abs_cosine", "participation_ratio"):
        np.testing.assert_array_equal(getattr(deep, key)[:4], getattr(shallow, key), err_msg=key)


@pytest.mark.parametrize("dropout", [None, "dropout", "AlphaDropout"])
def test_results_do_not_depend_on_what_was_asked_before(dropout):
    def ask(n_layers, seed=0, activation="SELU"):
        return propagate(X, activation, 1.0, n_layers, 20, seed, dropout=dropout)

    def ask_for_others():
        for n_layers, seed in ((20, 0), (2, 0), (6, 5), (50, 0)):
            ask(n_layers, seed, "tanh")
        propagate(X[:, :5], "SELU", 2.0, 3, 7)

    for n_layers in (1, 6, 20):
        first = ask(n_layers)
        ask_for_others()
        again = ask(n_layers)
        for key in STATISTICS:
            np.testing.assert_array_equal(getattr(again, key), getattr(first, key), err_msg=key)


@pytest.mark.parametrize("dropout", ["dropout", "AlphaDropout"])
@pytest.mark.parametrize("rate", [0.1, 0.4])
def test_dropout_changes_mean_and_spread_as_keras_layers_do(dropout, rate):
    """Over 400 inputs and 400 units the statistics of two random draws differ by some percent at most."""
    x = np.random.default_rng(0).normal(size=(400, 50))
    ours = propagate(x, "SELU", 1.0, 4, 400, seed=3, dropout=dropout, rate=rate)
    without = propagate(x, "SELU", 1.0, 4, 400, seed=3)
    layer = {"dropout": layers.Dropout, "AlphaDropout": layers.AlphaDropout}[dropout](rate, seed=1)
    rng, a = np.random.default_rng(3), x
    for number in range(4):
        z = a @ rng.normal(0, np.sqrt(1 / a.shape[1]), (a.shape[1], 400))
        a = np.asarray(layer(keras.activations.selu(z), training=True), dtype=float)
        assert ours.mean[number] == pytest.approx(a.mean(), abs=0.02)
        assert ours.std[number] == pytest.approx(a.std(), rel=0.03)
    # Plain dropout spreads the outputs, AlphaDropout keeps them near mean 0 and variance 1.
    assert (ours.std[-1] > 1.05 * without.std[-1]) == (dropout == "dropout")


def test_what_dropout_drops_gets_no_gradient():
    signals = [propagate(X, "linear", 1.0, 1, 100, dropout=kind, rate=0.5) for kind in (None, "dropout")]
    plain, dropped = (signal.kernel_gradient_norm[0] for signal in signals)
    # Half of the gradient's components are lost, the others twice as large: its square doubles.
    assert dropped / plain == pytest.approx(np.sqrt(2), rel=0.1)


def test_an_unknown_kind_of_dropout_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="no dropout 'alpha'; there are 'dropout' and 'AlphaDropout'"):
        propagate(X, "SELU", 1.0, 3, dropout="alpha")
