"""Each self-check accepts a right answer and refuses wrong ones with a hint; none raises."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers.lessons import check


def dense_net(*hidden):
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *hidden, layers.Dense(10, activation="softmax")])


def fan_avg_uniform():
    return keras.initializers.VarianceScaling(scale=2.0, mode="fan_avg", distribution="uniform")


def relu_net(initializers, activation="relu"):
    return dense_net(*(layers.Dense(100, activation=activation, kernel_initializer=made) for made in initializers))


def selu_net(initializer="lecun_normal", dropout=layers.AlphaDropout, n_hidden=20, rate=0.1):
    hidden = [layers.Dense(100, activation="selu", kernel_initializer=initializer) for _ in range(n_hidden)]
    return dense_net(*hidden, dropout(rate))


def leaky_net(slope=0.01, initializer="he_normal", units=(300, 100)):
    hidden = []
    for n_units in units:
        leaky = layers.LeakyReLU() if slope is None else layers.LeakyReLU(negative_slope=slope)
        hidden += [layers.Dense(n_units, kernel_initializer=initializer), leaky]
    return dense_net(*hidden)


def net_with_activation(activation):
    """Return the network with the activation given to the Dense layers themselves."""
    return dense_net(*(layers.Dense(n, activation=activation, kernel_initializer="he_normal") for n in (300, 100)))


def leaky_relu(z):
    return keras.activations.leaky_relu(z, negative_slope=0.01)


def dead_share_of_keras(z):
    return 1 - np.mean(np.any(keras.activations.relu(z).numpy() > 0, axis=0))


DIAGNOSES = {"A": "negative biases", "B": "rate, inputs in [0, 1]", "C": "rate, standardised inputs"}


def standardize(train, new, std_of=None):
    std = (train if std_of is None else std_of).std(axis=0)
    return np.where(std > 0, (new - train.mean(axis=0)) / np.where(std > 0, std, 1), 0)


def normalized_statistics(z):
    std = np.sqrt(z.var(axis=0) + 1e-3)
    return (z - z.mean(axis=0)) / std, std


def batch_norm_backward(z, gradient):
    normalized, std = normalized_statistics(z)
    return (gradient - gradient.mean(axis=0) - normalized * (gradient * normalized).mean(axis=0)) / std


def batch_norm_backward_of_keras(z, gradient):
    """Ask the tape: the gradient of sum(gradient x output) with respect to the input of Keras's layer."""
    z = tf.constant(z, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(z)
        total = tf.reduce_sum(layers.BatchNormalization()(z, training=True) * gradient)
    return tape.gradient(total, z)


def mean_and_variance_constant(z, gradient):
    return gradient / normalized_statistics(z)[1]


def variance_constant(z, gradient):
    return (gradient - gradient.mean(axis=0)) / normalized_statistics(z)[1]


def summed_instead_of_averaged(z, gradient):
    normalized, std = normalized_statistics(z)
    return (gradient - gradient.mean(axis=0) - normalized * (gradient * normalized).sum(axis=0)) / std


def dense_norm_relu(units=100, use_bias=False, initializer="he_normal"):
    return [
        layers.Dense(units, use_bias=use_bias, kernel_initializer=initializer),
        layers.BatchNormalization(),
        layers.ReLU(),
    ]


def normalized_net(**options):
    return dense_net(*dense_norm_relu(**options), *dense_norm_relu(**options))


def reordered_net(*order, activation=layers.ReLU):
    """Return the network with Dense, batch norm and activation (0, 1, 2) of each block in this order."""
    blocks = [[*dense_norm_relu()[:2], activation()] for _ in range(2)]
    return dense_net(*(block[position] for block in blocks for position in order))


def normalized_net_of_one_line_activations():
    return reordered_net(0, 1, 2, activation=lambda: layers.Activation("relu"))


def functional_normalized_net():
    inputs = keras.Input((28, 28))
    hidden = layers.Flatten()(inputs)
    for layer in dense_norm_relu() + dense_norm_relu():
        hidden = layer(hidden)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(hidden))


def normalized_net_without_output_bias():
    *before, _ = normalized_net().layers
    return keras.Sequential([keras.Input((28, 28)), *before, layers.Dense(10, activation="softmax", use_bias=False)])


def activated_before_the_norm():
    hidden = [layers.Dense(100, "relu", use_bias=False, kernel_initializer="he_normal") for _ in range(2)]
    return dense_net(hidden[0], layers.BatchNormalization(), hidden[1], layers.BatchNormalization())


def clip_by_norm(gradient, threshold):
    return gradient * threshold / max(threshold, np.linalg.norm(gradient))


def always_as_long_as_the_threshold(gradient, threshold):
    norm = np.linalg.norm(gradient)
    return gradient * threshold / norm if norm else gradient


def nothing_divided_by_nothing(gradient, threshold):
    norm = np.linalg.norm(gradient)
    with np.errstate(invalid="ignore"):
        return gradient / norm * min(norm, threshold)


RIGHT = {
    "1.1": 0.0707,
    "1.2": lambda: relu_net([fan_avg_uniform() for _ in range(3)]),
    "1.3": "BDCA",
    "1.4": lambda slope: keras.initializers.VarianceScaling(2 / (1 + slope**2), "fan_in"),
    "1.5": "B",
    "1.6": lambda n_in, n_out: np.sqrt(6 / (n_in + n_out)),
    "1.7": 1 - 1 / np.pi,
    "1.8": 0.8**10,
    "2.1": lambda z: (z <= 0).all(axis=0).mean(),
    "2.2": leaky_net,
    "2.3": DIAGNOSES,
    "2.4": {"inputs": "standardised", "rate": 0.4, "layers": (1, 2)},
    "2.5": 2 / 2**5,
    "3.1": lambda z: 1.0507009873554805 * np.where(z > 0, 1, 1.6732632423543772 * np.exp(z)),
    "3.2": 13,
    "3.3": selu_net,
    "3.4": standardize,
    "3.5": "direction collapse",
    "4.1": lambda n_units: (4 * n_units, 2 * n_units),
    "4.2": 459,
    "4.3": batch_norm_backward,
    "4.4": normalized_net,
    "4.5": "moving averages",
    "5.1": clip_by_norm,
    "5.2": 1.2,
    "5.3": {"A": "threshold too small", "B": "as it should be", "C": "threshold too large"},
    "5.4": {"clipped": False, "rate": 0.03},
    "5.5": 0.2,
}
ALSO_RIGHT = [
    ("2.1", lambda z: 1 - (z > 0).any(axis=0).mean()),
    ("2.1", lambda z: np.mean([np.maximum(0, unit).sum() == 0 for unit in z.T])),
    ("2.1", dead_share_of_keras),
    ("2.2", lambda: net_with_activation(leaky_relu)),
    ("2.2", lambda: net_with_activation(layers.LeakyReLU(negative_slope=0.01))),
    ("2.2", lambda: leaky_net(initializer=keras.initializers.HeNormal)),
    ("2.4", {"inputs": "raw", "rate": 0.1, "layers": [1, 2]}),
    ("2.4", {"inputs": "Standardized", "rate": 0.4, "layers": {1, 2}}),
    ("2.5", 0.0625),
    ("2.5", 1 / 16),
    ("4.1", lambda n_units: [4 * n_units, 2 * n_units]),
    ("4.2", 459.0),
    ("4.3", batch_norm_backward_of_keras),
    ("4.4", normalized_net_of_one_line_activations),
    ("4.4", functional_normalized_net),
    ("5.1", tf.clip_by_norm),
    ("5.2", 5),
    ("5.4", {"clipped": False, "rate": 0.1}),
    ("5.5", 0.1 * np.linalg.norm(np.ones(4))),
]


def one_for_all():
    shared = fan_avg_uniform()
    return relu_net([shared] * 3)


WRONG = [
    ("1.1", 2 / 400),
    ("1.1", 0.05),
    ("1.1", np.sqrt(2)),
    ("1.2", lambda: dense_net()),
    ("1.2", one_for_all),
    ("1.2", lambda: relu_net(["he_uniform"] * 3)),
    ("1.2", lambda: relu_net([fan_avg_uniform() for _ in range(2)])),
    ("1.2", lambda: relu_net([fan_avg_uniform() for _ in range(3)], "elu")),
    ("1.3", "ABCD"),
    ("1.3", "DBCA"),
    ("1.3", "BDAC"),
    ("1.3", "AAAA"),
    ("1.3", 1234),
    ("1.4", lambda slope: "he_normal"),
    ("1.4", lambda slope: keras.initializers.VarianceScaling(2 / (1 + slope), "fan_in")),
    ("1.4", lambda slope: keras.initializers.VarianceScaling(scale=..., mode="fan_in")),
    ("1.5", "A"),
    ("1.5", "C"),
    ("1.5", "D"),
    ("1.5", "b?"),
    ("1.6", lambda n_in, n_out: np.sqrt(2 / (n_in + n_out))),
    ("1.6", lambda n_in, n_out: np.sqrt(6 / n_in)),
    ("1.7", 0.5),
    ("1.8", 0.8**20),
    ("2.1", lambda z: (z <= 0).mean()),
    ("2.1", lambda z: (z <= 0).any(axis=0).mean()),
    ("2.1", lambda z: (z <= 0).all(axis=1).mean()),
    ("2.1", lambda z: (z < 0).all(axis=0).mean()),
    ("2.1", lambda z: (z <= 0).all(axis=0)),
    ("2.1", lambda z: (z <= 0).all(axis=0).sum()),
    ("2.2", lambda: leaky_net(slope=None)),
    ("2.2", lambda: leaky_net(slope=0.25)),
    ("2.2", lambda: leaky_net(initializer="glorot_uniform")),
    ("2.2", lambda: leaky_net(units=(100, 100))),
    ("2.2", lambda: net_with_activation("leaky_relu")),
    ("2.2", lambda: net_with_activation("relu")),
    ("2.2", lambda: net_with_activation("elu")),
    ("2.3", DIAGNOSES | {"A": DIAGNOSES["B"], "B": DIAGNOSES["A"]}),
    ("2.3", DIAGNOSES | {"B": DIAGNOSES["C"], "C": DIAGNOSES["B"]}),
    ("2.3", DIAGNOSES | {"C": "the weather"}),
    ("2.3", {"A": "negative biases"}),
    ("2.4", {"inputs": "raw", "rate": 0.4, "layers": (1, 2)}),
    ("2.4", {"inputs": "standardised", "rate": 0.1, "layers": (1, 2)}),
    ("2.4", {"inputs": "standardised", "rate": 0.4, "layers": 1}),
    ("2.4", {"inputs": "standardised", "rate": 0.4, "layers": (2,)}),
    ("2.4", {"inputs": "centred", "rate": 0.4, "layers": (1, 2)}),
    ("2.5", 1 / 2**5),
    ("2.5", 5 / 2**5),
    ("2.5", 0),
    ("2.5", 0.05),
    ("3.1", lambda z: np.where(z > 0, 1, 1.67 * np.exp(z))),
    ("3.2", 12),
    ("3.3", lambda: selu_net("he_normal")),
    ("3.3", lambda: selu_net(dropout=layers.Dropout)),
    ("3.3", lambda: selu_net(n_hidden=19)),
    ("3.3", lambda: selu_net(rate=0.5)),
    ("3.4", lambda train, new: standardize(new, new)),
    ("3.4", lambda train, new: (new - train.mean(axis=0)) / (train.std(axis=0) + 1e-3)),
    ("3.5", "vanishing gradients"),
    ("3.5", "the weather"),
    ("4.1", lambda n_units: (2 * n_units, 2 * n_units)),
    ("4.1", lambda n_units: (4 * n_units, 4 * n_units)),
    ("4.1", lambda n_units: (2 * n_units, 4 * n_units)),
    ("4.1", lambda n_units: (4 * n_units, n_units)),
    ("4.2", 458),
    ("4.2", np.log(0.01) / np.log(0.99)),
    ("4.2", 100),
    ("4.3", mean_and_variance_constant),
    ("4.3", variance_constant),
    ("4.3", summed_instead_of_averaged),
    ("4.3", lambda z, gradient: batch_norm_backward(z.T, gradient.T).T),
    ("4.3", lambda z, gradient: -batch_norm_backward(z, gradient)),
    ("4.3", lambda z, gradient: batch_norm_backward(z, gradient).sum()),
    ("4.4", lambda: normalized_net(use_bias=True)),
    ("4.4", lambda: normalized_net(units=50)),
    ("4.4", lambda: normalized_net(initializer="glorot_uniform")),
    ("4.4", lambda: dense_net(*dense_norm_relu())),
    ("4.4", lambda: reordered_net(0, 2, 1)),
    ("4.4", lambda: reordered_net(1, 0, 2)),
    ("4.4", lambda: reordered_net(0, 1)),
    ("4.4", lambda: reordered_net(0, 2)),
    ("4.4", lambda: reordered_net(0, 1, 2, activation=layers.ELU)),
    ("4.4", activated_before_the_norm),
    ("4.4", normalized_net_without_output_bias),
    ("4.5", "overfitting"),
    ("4.5", "small batches"),
    ("4.5", "exploding gradients"),
    ("4.5", "the weather"),
    ("5.1", lambda gradient, threshold: np.clip(gradient, -threshold, threshold)),
    ("5.1", lambda gradient, threshold: gradient * threshold / max(threshold, np.abs(gradient).max())),
    ("5.1", lambda gradient, threshold: gradient * threshold / max(threshold, np.abs(gradient).sum())),
    ("5.1", lambda gradient, threshold: min(threshold, np.linalg.norm(gradient))),
    ("5.1", lambda gradient, threshold: gradient),
    ("5.1", lambda gradient, threshold: gradient / max(1, np.linalg.norm(gradient))),
    ("5.1", always_as_long_as_the_threshold),
    ("5.1", nothing_divided_by_nothing),
    ("5.2", 0.1),
    ("5.2", 50),
    ("5.2", np.mean([1.1, 0.8, 1.6, 0.9, 310.0])),
    ("5.3", {"A": "threshold too large", "B": "as it should be", "C": "threshold too small"}),
    ("5.3", {"A": "threshold too small", "B": "the weather", "C": "threshold too large"}),
    ("5.3", {"A": "threshold too small"}),
    ("5.4", {"clipped": True, "rate": 0.03}),
    ("5.4", {"clipped": False, "rate": 0.3}),
    ("5.4", {"clipped": False, "rate": 3}),
    ("5.4", {"clipped": "no", "rate": 0.03}),
    ("5.5", 0.1),
    ("5.5", 0.4),
    ("5.5", 2),
]
HINTS = [
    ("2.1", lambda z: (z <= 0).mean(), "silent outputs"),
    ("2.1", lambda z: (z < 0).all(axis=0).mean(), "gives 0 for z = 0"),
    ("2.2", lambda: leaky_net(slope=None), "the slope 0.3. That is Keras's default"),
    ("2.2", lambda: net_with_activation("leaky_relu"), "the slope 0.2. That is Keras's default"),
    ("2.2", lambda: net_with_activation("relu"), "the slope 0."),
    ("2.3", DIAGNOSES | {"B": DIAGNOSES["C"], "C": DIAGNOSES["B"]}, "the first layer dies"),
    ("2.3", DIAGNOSES | {"C": "the weather"}, "none of the three causes"),
    ("2.4", {"inputs": "raw", "rate": 0.4, "layers": (1, 2)}, "has that run already"),
    ("2.4", {"inputs": "standardised", "rate": 0.4, "layers": 1}, "both hidden layers"),
    ("2.5", 1 / 2**5, "one side"),
    ("4.1", lambda n_units: (14, 28), "(14, 28)"),
    ("4.3", mean_and_variance_constant, "does not add up to 0"),
    ("4.3", variance_constant, "It adds up to 0"),
    ("4.3", lambda z, gradient: gradient.sum(axis=0), "shape (2,)"),
    ("4.4", lambda: normalized_net(units=50), "[50, 50, 10] units"),
    ("4.4", lambda: normalized_net(use_bias=True), "a bias that does nothing"),
    ("4.4", normalized_net_without_output_bias, "there the bias does something"),
    ("4.4", lambda: normalized_net(initializer="glorot_uniform"), "He's normal"),
    ("4.4", lambda: reordered_net(0, 2, 1), "right after each hidden Dense layer"),
    ("4.4", lambda: reordered_net(0, 1), "ReLU does not come"),
    ("4.5", "overfitting", "This went away"),
    ("4.5", "the weather", "one of the four"),
    ("5.1", always_as_long_as_the_threshold, "For [0.3 0.4] and threshold 1 it returns [0.6 0.8]"),
    ("5.2", 0.1, "a smaller learning rate"),
    ("5.2", 50, "would pass untouched"),
    ("5.3", {"A": "as it should be", "B": "as it should be", "C": "threshold too large"}, "In A every"),
    ("5.4", {"clipped": True, "rate": 0.03}, "Another clipped run"),
    ("5.4", {"clipped": False, "rate": 0.3}, "that run already"),
]


def numbered(cases):
    return [f"{exercise}-{number}" for number, (exercise, *_) in enumerate(cases)]


@pytest.mark.parametrize("exercise", RIGHT)
def test_a_right_answer_is_right(exercise, capsys):
    check(exercise, RIGHT[exercise])
    assert capsys.readouterr().out == f"exercise {exercise}: right\n"


@pytest.mark.parametrize(("exercise", "answer"), ALSO_RIGHT, ids=numbered(ALSO_RIGHT))
def test_a_right_answer_of_another_form_is_right(exercise, answer, capsys):
    check(exercise, answer)
    assert capsys.readouterr().out == f"exercise {exercise}: right\n"


@pytest.mark.parametrize(("exercise", "answer"), WRONG, ids=numbered(WRONG))
def test_a_wrong_answer_gets_a_hint(exercise, answer, capsys):
    check(exercise, answer)
    start = f"exercise {exercise}: not yet. "
    line = capsys.readouterr().out
    assert line.startswith(start)
    assert len(line) > len(start) + 10
    assert "raises" not in line  # each of them does what it was asked, but wrongly


@pytest.mark.parametrize(("exercise", "answer", "words"), HINTS, ids=numbered(HINTS))
def test_the_hint_names_the_mistake(exercise, answer, words, capsys):
    check(exercise, answer)
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("exercise", RIGHT)
@pytest.mark.parametrize("answer", [None, "text", 1 + 2j, print, [], np.nan], ids=str)
def test_no_answer_of_another_kind_raises_or_is_right(exercise, answer, capsys):
    check(exercise, answer)
    assert f"exercise {exercise}: not yet. " in capsys.readouterr().out


@pytest.mark.parametrize("exercise", RIGHT)
def test_no_answer_yet_is_no_mistake(exercise, capsys):
    check(exercise, ...)
    assert capsys.readouterr().out == f"exercise {exercise}: no answer yet\n"


def test_an_exercise_that_does_not_exist_is_refused():
    with pytest.raises(KeyError, match=r"no exercise '9\.9'"):
        check("9.9", 1)


@pytest.mark.parametrize(
    ("exercise", "answer", "misconception"),
    [
        ("1.1", 2 / 400, "variance"),
        ("1.1", 0.05, "ReLU then takes half"),
        ("1.3", "ABCD", "between 0 and 1"),
        ("1.3", "DBCA", "gain 1"),
        ("1.3", "BDAC", "Saturated is not vanishing"),
        ("1.4", lambda slope: keras.initializers.VarianceScaling(scale=..., mode="fan_in"), "in place of"),
    ],
)
def test_a_common_wrong_answer_is_told_its_misconception(exercise, answer, misconception, capsys):
    check(exercise, answer)
    assert misconception in capsys.readouterr().out


@pytest.mark.parametrize("answer", [0.0707, np.sqrt(2 / 400), np.float32(0.0708)], ids=["digits", "formula", "float32"])
def test_a_right_number_may_be_written_in_any_way(answer, capsys):
    check("1.1", answer)
    assert capsys.readouterr().out == "exercise 1.1: right\n"
