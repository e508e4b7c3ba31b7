"""Signals of each layer, against statistics and gradients worked out in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers.signals import (
    Signals,
    angle_between,
    dead_fraction,
    layer_signals,
    signals_by_seed,
)
from helpers.signals.statistics import direction_statistics

N_EXAMPLES, N_FEATURES, N_CLASSES = 40, 6, 4
CLOSE = {"rtol": 1e-5, "atol": 1e-7}  # float32 against float64


@pytest.fixture
def batch():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N_EXAMPLES, N_FEATURES)).astype(np.float32)
    return x, rng.integers(0, N_CLASSES, N_EXAMPLES)


def network(*hidden, last="softmax"):
    """Return a network of Dense layers with these activations and weights of standard deviation 1."""
    keras.utils.set_random_seed(3)
    dense = [
        layers.Dense(
            units,
            activation,
            kernel_initializer=keras.initializers.RandomNormal(stddev=1.0),
            bias_initializer=keras.initializers.RandomNormal(stddev=1.0),
        )
        for units, activation in [*hidden, (N_CLASSES, last)]
    ]
    return keras.Sequential([keras.Input((N_FEATURES,)), *dense])


def weights(model):
    return [weight.numpy().astype(float) for weight in model.weights]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def norms(*arrays):
    return [np.sqrt((array**2).sum()) for array in arrays]


def test_gradients_and_statistics_are_those_worked_out_by_hand(batch):
    """A sigmoid layer, a ReLU layer, softmax and cross-entropy, backwards by the chain rule."""
    x, y = batch
    model = network((5, "sigmoid"), (7, "relu"))
    w1, b1, w2, b2, w3, b3 = weights(model)
    a1 = sigmoid(x @ w1 + b1)
    z2 = a1 @ w2 + b2
    a2 = np.maximum(z2, 0)
    exponentials = np.exp(a2 @ w3 + b3)
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    truth = np.eye(N_CLASSES)[y]
    d_p = -truth / p / N_EXAMPLES
    d_z3 = (p - truth) / N_EXAMPLES
    d_a2 = d_z3 @ w3.T
    d_z2 = d_a2 * (z2 > 0)
    d_a1 = d_z2 @ w2.T
    d_z1 = d_a1 * a1 * (1 - a1)

    signals = layer_signals(model, x, y)
    outputs = a1, a2, p
    assert signals.names == tuple(layer.name for layer in model.layers)
    np.testing.assert_allclose(signals.mean, [a.mean() for a in outputs], **CLOSE)
    np.testing.assert_allclose(signals.std, [a.std() for a in outputs], **CLOSE)
    np.testing.assert_allclose(signals.rms, [np.sqrt((a**2).mean()) for a in outputs], **CLOSE)
    directions = np.transpose([direction_statistics(a) for a in outputs])
    np.testing.assert_allclose([signals.cosine, signals.abs_cosine, signals.participation_ratio], directions, **CLOSE)
    np.testing.assert_allclose(signals.kernel_gradient_norm, norms(x.T @ d_z1, a1.T @ d_z2, a2.T @ d_z3), **CLOSE)
    np.testing.assert_allclose(signals.output_gradient_norm[:2], norms(d_a1, d_a2), **CLOSE)
    # Given probabilities, Keras normalises them first, loss = -log(p_y / sum p), which adds 1 / n to each derivative.
    np.testing.assert_allclose(signals.output_gradient_norm[2:], norms(d_p + 1 / N_EXAMPLES), rtol=1e-4)


def test_the_compiled_loss_is_used(batch):
    x, _ = batch
    target = np.random.default_rng(1).normal(size=(N_EXAMPLES, N_CLASSES)).astype(np.float32)
    model = network((5, "tanh"), last="linear")
    model.compile("sgd", "mse")
    w1, b1, w2, b2 = weights(model)
    a1 = np.tanh(x @ w1 + b1)
    d_z2 = 2 * (a1 @ w2 + b2 - target) / target.size
    d_a1 = d_z2 @ w2.T
    signals = layer_signals(model, x, target)
    np.testing.assert_allclose(signals.output_gradient_norm, norms(d_a1, d_z2), **CLOSE)
    np.testing.assert_allclose(signals.kernel_gradient_norm, norms(x.T @ (d_a1 * (1 - a1**2)), a1.T @ d_z2), **CLOSE)


def test_the_kernel_of_a_recurrent_layer_is_that_of_its_cell():
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(N_EXAMPLES, 7, 3)).astype(np.float32), rng.integers(0, N_CLASSES, N_EXAMPLES)
    recurrent = [layers.SimpleRNN(5, return_sequences=True), layers.SimpleRNN(8, activation="relu")]
    model = keras.Sequential([keras.Input((7, 3)), *recurrent, layers.Dense(N_CLASSES, "softmax")])
    with tf.GradientTape() as tape:
        loss = keras.losses.SparseCategoricalCrossentropy()(y, model(x))
    kernels = [*(layer.cell.kernel for layer in recurrent), model.layers[-1].kernel]
    expected = [np.linalg.norm(gradient) for gradient in tape.gradient(loss, kernels)]
    assert min(expected) > 0
    np.testing.assert_allclose(layer_signals(model, x, y).kernel_gradient_norm, expected, **CLOSE)


def test_layers_that_only_reshape_have_no_signal_of_their_own(batch):
    x, y = batch
    model = keras.Sequential(
        [
            keras.Input((2, 3)),
            layers.Flatten(name="flat"),
            layers.Dense(5, "relu", name="hidden"),
            layers.Activation("tanh", name="squashed"),
            layers.Dense(N_CLASSES, "softmax", name="output"),
        ]
    )
    signals = layer_signals(model, x.reshape(-1, 2, 3), y)
    assert signals.names == ("hidden", "squashed", "output")
    assert np.isnan(signals.kernel_gradient_norm).tolist() == [False, True, False]
    assert np.isfinite(signals.output_gradient_norm).all()


def test_a_network_built_layer_by_layer_has_the_signals_of_one_built_at_once(batch):
    at_once = network((5, "sigmoid"), (7, "relu"))
    layer_by_layer = keras.Sequential()
    layer_by_layer.add(keras.Input((N_FEATURES,)))
    for layer in at_once.layers:
        layer_by_layer.add(layer)
    expected, found = layer_signals(at_once, *batch), layer_signals(layer_by_layer, *batch)
    assert np.isfinite(found.output_gradient_norm).all()
    for name, values in vars(expected).items():
        np.testing.assert_array_equal(getattr(found, name), values, err_msg=name)


def test_a_network_may_end_by_reshaping(batch):
    x, _ = batch
    model = keras.Sequential([keras.Input((N_FEATURES,)), layers.Dense(4), layers.Reshape((2, 2), name="square")])
    model.compile("sgd", "mse")
    signals = layer_signals(model, x, np.zeros((N_EXAMPLES, 2, 2), np.float32))
    assert signals.names[-1] == "square"
    assert signals.output_gradient_norm[0] == pytest.approx(signals.output_gradient_norm[1])


def test_dead_units_are_those_that_are_zero_on_every_example(batch):
    x, y = batch
    x = np.clip(x, -4, 4)
    bias = np.array([-9, -9, 9, 0, 0, 0], np.float32)  # two units that never answer, one that always does
    shift = layers.Dense(N_FEATURES, kernel_initializer="identity", bias_initializer=lambda shape, dtype: bias)
    output = layers.Dense(N_CLASSES, "softmax")
    model = keras.Sequential([keras.Input((N_FEATURES,)), shift, layers.ReLU(), output])
    assert ((x > 0).any(axis=0) & (x < 0).any(axis=0)).all()
    np.testing.assert_array_equal(layer_signals(model, x, y).dead_fraction, [0, 2 / 6, 0])
    np.testing.assert_array_equal(dead_fraction(model, x), [0, 2 / 6, 0])


def test_each_seed_makes_a_model_of_which_the_hidden_layers_are_measured(batch):
    def build():
        hidden, output = layers.Dense(5, "relu"), layers.Dense(N_CLASSES, "softmax")
        return keras.Sequential([keras.Input((N_FEATURES,)), hidden, output])

    for seed, signals in zip((4, 2), signals_by_seed(build, *batch, seeds=(4, 2)), strict=True):
        keras.utils.set_random_seed(seed)
        expected = layer_signals(build(), *batch)
        assert len(signals) == 1
        assert signals.kernel_gradient_norm[0] == expected.kernel_gradient_norm[0]


@pytest.mark.parametrize("shape", [(12, 7), (7, 12)])
def test_direction_statistics_are_those_of_all_pairs_and_of_the_eigenvalues(shape):
    vectors = np.random.default_rng(0).normal(size=shape) + 0.5
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    pairs = [a @ b for i, a in enumerate(directions) for b in directions[:i]]
    eigenvalues = np.linalg.eigvalsh(directions @ directions.T)
    ratio = eigenvalues.sum() ** 2 / np.square(eigenvalues).sum()
    assert direction_statistics(vectors) == pytest.approx((np.mean(pairs), np.mean(np.abs(pairs)), ratio))
    assert ratio == pytest.approx(len(vectors) / (1 + (len(vectors) - 1) * np.mean(np.square(pairs))))


@pytest.mark.filterwarnings("error")
def test_only_directions_count():
    """Not the lengths of the vectors, their order, or the axes; nor zero vectors, which have no direction."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(9, 6)) + 0.5
    rotation = np.linalg.qr(rng.normal(size=(6, 6)))[0]
    other = np.exp(3 * rng.normal(size=(9, 1))) * rng.permutation(vectors) @ rotation
    expected = pytest.approx(direction_statistics(vectors))
    assert direction_statistics(other) == expected
    assert direction_statistics(np.concatenate([np.zeros((2, 6)), vectors, np.zeros((3, 6))])) == expected
    for scale in (1e-300, 1e-160, 1e160, 1e300):  # also where squares would not fit
        assert direction_statistics(scale * vectors) == expected
        assert direction_statistics(-scale * vectors) == expected


@pytest.mark.filterwarnings("error")
def test_directions_that_are_not_there_are_unknown():
    for lost in (np.nan, np.inf, -np.inf):
        assert np.isnan(direction_statistics([[1, 2], [3, lost], [4, 5]])).all()
    assert np.isnan(direction_statistics(np.zeros((5, 4)))).all()
    *cosines, ratio = direction_statistics([[0, 0], [1, 1], [0, 0]])
    assert np.isnan(cosines).all()
    assert ratio == pytest.approx(1)


@pytest.mark.parametrize(
    ("first", "second", "degrees"),
    [([1, 0], [1, 1], 45), ([2, 0, 0], [0, 0, -3], 90), ([1, 0], [-1, np.sqrt(3)], 120)],
)
def test_the_angle_depends_on_the_directions_only(first, second, degrees):
    for scale in (1e-30, 1, 1e30):
        assert angle_between(scale * np.array(first, np.float32), second) == pytest.approx(degrees, abs=1e-5)


@pytest.mark.filterwarnings("error")
def test_parallel_vectors_have_an_angle_however_their_cosine_is_rounded_and_zero_has_none():
    for vector in np.random.default_rng(0).normal(size=(200, 5)):
        assert angle_between(vector, 3 * vector) == pytest.approx(0, abs=1e-5)
        assert angle_between(vector, -vector / 3) == pytest.approx(180, abs=1e-5)
    assert np.isnan(angle_between([0, 0], [1, 1]))


@pytest.fixture
def batch_norm_model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((N_FEATURES,)),
            layers.Dense(8, kernel_initializer=keras.initializers.RandomNormal(stddev=3.0)),
            layers.BatchNormalization(),
            layers.Dropout(0.5),
            layers.Dense(N_CLASSES, "softmax"),
        ]
    )


def test_batch_norm_normalises_in_training_mode_only(batch_norm_model, batch):
    in_training, at_inference = (layer_signals(batch_norm_model, *batch, training=mode) for mode in (True, False))
    assert in_training.mean[1] == pytest.approx(0, abs=1e-6)
    assert in_training.std[1] == pytest.approx(1, abs=1e-3)
    # Its moving statistics are still 0 and 1, so that at inference it passes the signal on.
    assert at_inference.std[1] == pytest.approx(at_inference.std[0], rel=1e-3)
    assert at_inference.std[1] > 3
    assert in_training.kernel_gradient_norm[0] != pytest.approx(at_inference.kernel_gradient_norm[0], rel=0.1)


@pytest.mark.parametrize("training", [True, False])
def test_measuring_leaves_the_model_as_it_was(batch_norm_model, batch, training):
    batch_norm_model.compile(keras.optimizers.SGD(0.1, momentum=0.9), "sparse_categorical_crossentropy")
    before = [variable.numpy() for variable in batch_norm_model.variables]
    assert len(before) == 4 + 4 + 1  # weights, batch norm, and the generator of dropout
    layer_signals(batch_norm_model, *batch, training=training)
    for variable, value in zip(batch_norm_model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)


def test_a_slice_selects_layers_of_every_statistic_and_nothing_else_does(batch):
    signals = layer_signals(network((5, "sigmoid"), (7, "relu"), (3, "tanh")), *batch)
    hidden = signals[1:-1]
    assert isinstance(hidden, Signals)
    assert (len(signals), len(hidden)) == (4, 2)
    for name, values in vars(signals).items():
        np.testing.assert_array_equal(getattr(hidden, name), values[1:3], err_msg=name)
    with pytest.raises(TypeError, match=r"signals\[0\].*signals\[1:-1\]"):
        signals[0]
