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


DIAGNOSES = {"A": "negative biases", "B": "rate, inputs in [0, 1]", "C": "rate, standardized inputs"}
NORM_DIAGNOSES = {"A": "moving averages", "B": "wrong flag", "C": "shifted inputs", "D": "batches of one"}


def standardize(train, new, std_of=None):
    std = (train if std_of is None else std_of).std(axis=0)
    return np.where(std > 0, (new - train.mean(axis=0)) / np.where(std > 0, std, 1), 0)


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


def residual_block(a, normalize=True, relu=True, skip=True, use_bias=True):
    branch = layers.LayerNormalization()(a) if normalize else a
    branch = layers.ReLU()(branch) if relu else branch
    branch = layers.Dense(100, use_bias=use_bias)(branch)
    return layers.add([a, branch]) if skip else branch


RIGHT = {
    "0.1": 20,
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
    "2.4": {"inputs": "standardized", "rate": 0.4, "layers": "both"},
    "2.5": 2 / 2**5,
    "3.1": 0.05,
    "3.2": 13,
    "3.3": "CDAB",
    "3.4": residual_block,
    "3.5": "BD",
    "3.6": lambda z: 1.0507009873554805 * np.where(z > 0, 1, 1.6732632423543772 * np.exp(z)),
    "3.7": selu_net,
    "3.8": standardize,
    "4.1": lambda n_units: (4 * n_units, 2 * n_units),
    "4.2": normalized_net,
    "4.3": NORM_DIAGNOSES,
    "4.4": {"pixels": "standardized", "batch norm": "none", "rate": 0.001},
    "4.5": "C",
    "5.1": clip_by_norm,
    "5.2": 1.2,
    "5.3": {"A": "threshold too small", "B": "as it should be", "C": "threshold too large"},
    "5.4": {"clipped": False, "rate": 0.03},
    "5.5": 0.2,
}
ALSO_RIGHT = [
    ("0.1", np.ceil(np.log2(1e6))),
    ("2.1", lambda z: 1 - (z > 0).any(axis=0).mean()),
    ("2.1", lambda z: np.mean([np.maximum(0, unit).sum() == 0 for unit in z.T])),
    ("2.1", dead_share_of_keras),
    ("2.2", lambda: net_with_activation(leaky_relu)),
    ("2.2", lambda: net_with_activation(layers.LeakyReLU(negative_slope=0.01))),
    ("2.2", lambda: leaky_net(initializer=keras.initializers.HeNormal)),
    ("2.4", {"inputs": "raw", "rate": 0.1, "layers": "both"}),
    ("2.4", {"inputs": "Standardised", "rate": 0.4, "layers": "both"}),
    ("2.5", 0.0625),
    ("2.5", 1 / 16),
    ("3.1", 1 / np.sqrt(400)),
    ("3.3", "c d a b"),
    ("3.4", lambda a: residual_block(a, use_bias=False)),
    ("3.5", "d, b"),
    ("4.1", lambda n_units: [4 * n_units, 2 * n_units]),
    ("4.2", normalized_net_of_one_line_activations),
    ("4.2", functional_normalized_net),
    ("4.4", {"pixels": "raw", "batch norm": "pixels", "rate": 0.001}),
    ("4.4", {"pixels": "Standardised", "batch norm": "None", "rate": 1e-3}),
    ("5.1", tf.clip_by_norm),
    ("5.2", 5),
    ("5.4", {"clipped": False, "rate": 0.1}),
    ("5.5", 0.1 * np.linalg.norm(np.ones(4))),
]


def one_for_all():
    shared = fan_avg_uniform()
    return relu_net([shared] * 3)


WRONG = [
    ("0.1", 19),
    ("0.1", 21),
    ("0.1", 500_000),
    ("0.1", np.log2(1e6)),
    ("0.1", 6),
    ("0.1", "twenty"),
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
    ("2.1", lambda z: ...),
    ("2.4", {"inputs": "raw", "rate": 0.4, "layers": "both"}),
    ("2.4", {"inputs": "standardized", "rate": 0.1, "layers": "both"}),
    ("2.4", {"inputs": "standardized", "rate": 0.4, "layers": 1}),
    ("2.4", {"inputs": "standardized", "rate": 0.4, "layers": 2}),
    ("2.4", {"inputs": "standardized", "rate": 0.4, "layers": ...}),
    ("2.4", {"inputs": "centred", "rate": 0.4, "layers": "both"}),
    ("2.5", 1 / 2**5),
    ("2.5", 5 / 2**5),
    ("2.5", 0),
    ("2.5", 0.05),
    ("3.1", 1 / 400),
    ("3.1", 0.0707),
    ("3.1", 0.1),
    ("3.2", 12),
    ("3.3", "ABCD"),
    ("3.3", "CABD"),
    ("3.3", "CDBA"),
    ("3.3", "CD"),
    ("3.4", lambda a: a),
    ("3.4", lambda a: residual_block(a, normalize=False)),
    ("3.4", lambda a: layers.ReLU()(residual_block(a))),
    ("3.4", lambda a: residual_block(a, skip=False)),
    ("3.4", lambda a: residual_block(a, relu=False)),
    ("3.4", lambda a: residual_block(residual_block(a))),
    ("3.5", "B"),
    ("3.5", "ABD"),
    ("3.5", "BCD"),
    ("3.5", "BDE"),
    ("3.5", "the weather"),
    ("3.6", lambda z: np.where(z > 0, 1, 1.67 * np.exp(z))),
    ("3.7", lambda: selu_net("he_normal")),
    ("3.7", lambda: selu_net(dropout=layers.Dropout)),
    ("3.7", lambda: selu_net(n_hidden=19)),
    ("3.7", lambda: selu_net(rate=0.5)),
    ("3.8", lambda train, new: standardize(new, new)),
    ("3.8", lambda train, new: (new - train.mean(axis=0)) / (train.std(axis=0) + 1e-3)),
    ("4.1", lambda n_units: (2 * n_units, 2 * n_units)),
    ("4.1", lambda n_units: (4 * n_units, 4 * n_units)),
    ("4.1", lambda n_units: (2 * n_units, 4 * n_units)),
    ("4.1", lambda n_units: (4 * n_units, n_units)),
    ("4.2", lambda: normalized_net(use_bias=True)),
    ("4.2", lambda: normalized_net(units=50)),
    ("4.2", lambda: normalized_net(initializer="glorot_uniform")),
    ("4.2", lambda: dense_net(*dense_norm_relu())),
    ("4.2", lambda: reordered_net(0, 2, 1)),
    ("4.2", lambda: reordered_net(1, 0, 2)),
    ("4.2", lambda: reordered_net(0, 1)),
    ("4.2", lambda: reordered_net(0, 2)),
    ("4.2", lambda: reordered_net(0, 1, 2, activation=layers.ELU)),
    ("4.2", activated_before_the_norm),
    ("4.2", normalized_net_without_output_bias),
    ("4.3", NORM_DIAGNOSES | {"A": "wrong flag"}),
    ("4.3", NORM_DIAGNOSES | {"B": "shifted inputs"}),
    ("4.3", NORM_DIAGNOSES | {"C": "wrong flag"}),
    ("4.3", NORM_DIAGNOSES | {"D": "moving averages"}),
    ("4.3", NORM_DIAGNOSES | {"D": "the weather"}),
    ("4.3", {"A": "moving averages"}),
    ("4.4", {"pixels": "raw", "batch norm": "none", "rate": 0.001}),
    ("4.4", {"pixels": "raw", "batch norm": "hidden", "rate": 0.001}),
    ("4.4", {"pixels": "standardized", "batch norm": "both", "rate": 0.001}),
    ("4.4", {"pixels": "standardized", "batch norm": "pixels", "rate": 0.001}),
    ("4.4", {"pixels": "standardized", "batch norm": "none", "rate": 0.1}),
    ("4.4", {"pixels": "dim", "batch norm": "none", "rate": 0.001}),
    ("4.5", "A"),
    ("4.5", "B"),
    ("4.5", "D"),
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
    ("0.1", 19, "nearly two millionths"),
    ("0.1", 500_000, "adds up halves"),
    ("0.1", np.log2(1e6), "whole layers"),
    ("2.1", lambda z: (z <= 0).mean(), "silent outputs"),
    ("2.1", lambda z: (z < 0).all(axis=0).mean(), "gives 0 for z = 0"),
    ("2.2", lambda: leaky_net(slope=None), "the slope 0.3. That is Keras's default"),
    ("2.2", lambda: net_with_activation("leaky_relu"), "the slope 0.2. That is Keras's default"),
    ("2.2", lambda: net_with_activation("relu"), "the slope 0."),
    ("2.3", DIAGNOSES | {"B": DIAGNOSES["C"], "C": DIAGNOSES["B"]}, "the first layer dies"),
    ("2.3", DIAGNOSES | {"C": "the weather"}, "none of the three causes"),
    ("2.4", {"inputs": "raw", "rate": 0.4, "layers": (1, 2)}, "has that run already"),
    ("2.4", {"inputs": "standardized", "rate": 0.4, "layers": 1}, "both hidden layers"),
    ("2.5", 1 / 2**5, "one side"),
    ("3.1", 1 / 400, "variance"),
    ("3.1", 0.0707, "He's"),
    ("3.3", "ABCD", "near 1"),
    ("3.3", "CABD", "gradient grows"),
    ("3.3", "CDBA", "Orthogonal"),
    ("3.4", lambda a: residual_block(a, normalize=False), "normalize first"),
    ("3.4", lambda a: layers.ReLU()(residual_block(a)), "after the sum"),
    ("3.4", lambda a: residual_block(a, relu=False), "no ReLU"),
    ("3.5", "BCD", "about C"),
    ("3.5", "B", "about D"),
    ("4.1", lambda n_units: (14, 28), "(14, 28)"),
    ("4.2", lambda: normalized_net(units=50), "[50, 50, 10] units"),
    ("4.2", lambda: normalized_net(use_bias=True), "a bias that does nothing"),
    ("4.2", normalized_net_without_output_bias, "there the bias does something"),
    ("4.2", lambda: normalized_net(initializer="glorot_uniform"), "He's normal"),
    ("4.2", lambda: reordered_net(0, 2, 1), "right after each hidden Dense layer"),
    ("4.2", lambda: reordered_net(0, 1), "ReLU does not come"),
    ("4.3", NORM_DIAGNOSES | {"D": "moving averages"}, "batch has one image"),
    ("4.3", NORM_DIAGNOSES | {"C": "the weather"}, "none of the four causes"),
    ("4.4", {"pixels": "raw", "batch norm": "both", "rate": 0.001}, "there already"),
    ("4.4", {"pixels": "standardized", "batch norm": "hidden", "rate": 0.001}, "hidden layers have batch norm"),
    ("4.4", {"pixels": "standardized", "batch norm": "none", "rate": 0.1}, "two things differ"),
    ("4.5", "D", "a tenth"),
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
