"""Each self-check accepts a right answer in any form, and tells a wrong one what it believes; none raises."""

import ast
import importlib
import inspect
import re
from fractions import Fraction

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from notebook_files import LESSONS, name, read
from reading_time import calls

from course.ask import check


def dense_net(*hidden):
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *hidden, layers.Dense(10, activation="softmax")])


def fan_avg_uniform():
    return keras.initializers.VarianceScaling(scale=2.0, mode="fan_avg", distribution="uniform")


def relu_net(initializers, activation="relu"):
    return dense_net(*(layers.Dense(100, activation=activation, kernel_initializer=made) for made in initializers))


def selu_net(initializer="lecun_normal", dropout=layers.AlphaDropout, n_hidden=20, rate=0.1, activation="selu"):
    hidden = [layers.Dense(100, activation=activation, kernel_initializer=initializer) for _ in range(n_hidden)]
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
STATES = {"A": "threshold too small", "B": "as it should be", "C": "threshold too large"}


def scaled(scale):
    return keras.initializers.VarianceScaling(scale, "fan_in")


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
    "1, done early": 0.134,
    "1.5": "B",
    "1.6": lambda n_in, n_out: np.sqrt(6 / (n_in + n_out)),
    "1.7": 1 - 1 / np.pi,
    "1.8": 0.8**10,
    "2.1": lambda z: (z <= 0).all(axis=0).mean(),
    "2.2": leaky_net,
    "2.3": DIAGNOSES,
    "2.4": {"inputs": "standardized", "rate": 0.4, "layers": "both"},
    "2, done early": 0.2154,
    "2.5": 2 / 2**5,
    "3.1": 0.05,
    "3.2": 13,
    "3.3": "CDAB",
    "3.4": residual_block,
    "3, done early": (0, 1),
    "3.5": "BD",
    "3.6": lambda z: 1.0507009873554805 * np.where(z > 0, 1, 1.6732632423543772 * np.exp(z)),
    "3.7": selu_net,
    "3.8": standardize,
    "4.1": lambda n_units: (4 * n_units, 2 * n_units),
    "4.2": normalized_net,
    "4.3": NORM_DIAGNOSES,
    "4.4": {"pixels": "standardized", "batch norm": "none", "rate": 0.001},
    "4, done early": 0.1216,
    "4.5": "C",
    "5.1": clip_by_norm,
    "5.2": 1.2,
    "5.3": STATES,
    "5.4": {"clipped": False, "rate": 0.03},
    "5, done early": 8.13,
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
    ("2.4", {"inputs": "Standardised", "rate": 0.4, "layers": "both"}),
    ("2.5", 0.0625),
    ("2.5", 1 / 16),
    ("3.1", 1 / np.sqrt(400)),
    ("3.3", "c d a b"),
    ("3.4", lambda a: residual_block(a, use_bias=False)),
    ("3.5", "d, b"),
    ("3.5", "B and D"),
    ("3.5", {"B", "D"}),
    ("3, done early", np.array([-1 / 999, 1.0])),
    ("3, done early", "(0, 1)"),
    ("2.1", lambda z: (z[..., :] <= 0).all(axis=0).mean()),
    ("2.2", leaky_net()),
    ("2.3", {letter.lower(): cause.upper() for letter, cause in DIAGNOSES.items()}),
    ("2.3", list(DIAGNOSES.values())),
    ("2.4", {"inputs": "standardized inputs", "rate": "0.4", "layers": [1, 2]}),
    ("4.4", {"pixels": "raw pixels", "batch_norm": "pixels", "rate": "0.001"}),
    ("4.4", {"pixels": "standardized", "batch norm": None, "rate": 0.001}),
    ("4.1", lambda n_units: [4 * n_units, 2 * n_units]),
    ("4.2", normalized_net_of_one_line_activations),
    ("4.2", functional_normalized_net),
    ("4.4", {"pixels": "raw", "batch norm": "pixels", "rate": 0.001}),
    ("4.4", {"pixels": "Standardised", "batch norm": "None", "rate": 1e-3}),
    ("5.1", tf.clip_by_norm),
    ("5.2", 5),
    ("5.4", {"clipped": False, "rate": 0.1}),
    ("5.4", {"clipped": "no", "rate": "0.03"}),
    ("5.4", [False, 0.03]),
    ("5.5", 0.1 * np.linalg.norm(np.ones(4))),
]


def one_for_all():
    shared = fan_avg_uniform()
    return relu_net([shared] * 3)


WRONG = [  # the exercise, the answer, and what is said of it: words that no other hint of this exercise has
    ("0.1", 19, "nearly two millionths"),
    ("0.1", 21, "After 21 layers"),
    ("0.1", 500_000, "adds up halves"),
    ("0.1", np.log2(1e6), "whole layers"),
    ("0.1", "twenty", "Got 'twenty', a str; expected a number of layers."),
    ("1.1", 2 / 400, "the variance; the standard"),
    ("1.1", 0.05, "ReLU then takes half"),
    ("1.1", 2, "That is the gain"),
    ("1.1", np.sqrt(2), "Got 1.414, expected a standard deviation. It keeps the signal if 400 times"),
    ("1.2", lambda: dense_net(), "no hidden Dense layer"),
    ("1.2", one_for_all, "one initializer object draws the same numbers"),
    ("1.2", lambda: relu_net(["he_uniform"] * 3), "drawn by that VarianceScaling"),
    ("1.2", lambda: relu_net([fan_avg_uniform() for _ in range(2)]), "[100, 100] units, expected [100, 100, 100]"),
    ("1.2", lambda: relu_net([fan_avg_uniform() for _ in range(3)], "elu"), "has ReLU"),
    ("1.2", lambda: 3, "Got 3, a int; expected that the function returns a model"),
    ("1.3", "ABCD", "between 0 and 1"),
    ("1.3", "DBCA", "gain 1"),
    ("1.3", "BDAC", "Got BDAC, expected another order. Saturated is not vanishing"),
    ("1.3", "AAAA", "expected each of the four letters once"),
    ("1.3", 1234, "Got 1234, a int; expected each of the four letters once"),
    ("1.4", lambda slope: "he_normal", "ReLU's scale, whatever the slope"),
    ("1.4", lambda slope: scaled(2 / (1 + slope)), "with its square"),
    ("1.4", lambda slope: scaled(1 / (1 + slope**2)), "Each half of the z has"),
    ("1.4", lambda slope: scaled((1 + slope**2) / 2), "the share that is left"),
    ("1.4", lambda slope: scaled(3.0), "For slope 0.3 it draws weights of scale 3, expected 1.83. Which share"),
    ("1.5", "A", "dead units only leave less"),
    ("1.5", "C", "A rate that is too small"),
    ("1.5", "D", "Got D, expected another letter. These are ReLU units"),
    ("1.5", "E", "Got 'E', a str; expected one of the letters A, B, C and D."),
    ("1.5", "AB", "expected one of the letters"),
    ("1, done early", 0.99**100, "with the square of the weights"),
    ("1, done early", 0.9801, "That is one layer"),
    ("1, done early", 0, "adds up the losses"),
    ("1, done early", 0.5, "By which factor"),
    ("1.6", lambda n_in, n_out: np.sqrt(6 / n_in), "it returns 0.1414, expected 0.1225. U(-r, r) has"),
    ("1.7", 0.5, "E[a^2], as a share"),
    ("1.7", 0.3, "ReLU's E[a] is not zero"),
    ("1.8", 0.8**20, "its root was asked for"),
    ("1.8", 1, "Var[w] is 2 over"),
    ("2.1", lambda z: (z <= 0).mean(), "the share of silent outputs"),
    ("2.1", lambda z: (z <= 0).any(axis=0).mean(), "silent on some image"),
    ("2.1", lambda z: (z <= 0).all(axis=1).mean(), "along the wrong axis"),
    ("2.1", lambda z: (z < 0).all(axis=0).mean(), "gives 0 for z = 0"),
    ("2.1", lambda z: (z <= 0).all(axis=0).sum(), "That is their number"),
    ("2.1", lambda z: (z <= 0).all(axis=0), "of shape (4,), expected one number"),
    ("2.1", lambda z: 0.9, "of which 2 are dead, it returns 0.9, expected 0.5."),
    (
        "2.2",
        lambda: leaky_net(slope=None),
        "the slope 0.3, expected that of Maas et al., 0.01. That is Keras's default",
    ),
    ("2.2", lambda: leaky_net(slope=0.25), "the slope 0.25, expected that of Maas"),
    ("2.2", lambda: leaky_net(initializer="glorot_uniform"), "He's normal"),
    ("2.2", lambda: leaky_net(units=(100, 100)), "[100, 100, 10] units, expected [300, 100, 10]"),
    (
        "2.2",
        lambda: net_with_activation("leaky_relu"),
        "the slope 0.2, expected that of Maas et al., 0.01. That is Keras's",
    ),
    ("2.2", lambda: net_with_activation("relu"), "the slope 0, expected"),
    ("2.2", lambda: net_with_activation("sigmoid"), "At z = 2 a hidden layer gives 0.880797, expected 2"),
    ("2.3", DIAGNOSES | {"A": DIAGNOSES["B"], "B": DIAGNOSES["A"]}, "before the first step"),
    ("2.3", DIAGNOSES | {"B": DIAGNOSES["C"], "C": DIAGNOSES["B"]}, "In B the first layer dies"),
    (
        "2.3",
        DIAGNOSES | {"C": DIAGNOSES["B"]},
        "Got 'rate, inputs in [0, 1]' for C, expected another one. In C the first layer",
    ),
    ("2.3", DIAGNOSES | {"C": "the weather"}, "Got 'the weather' for C, expected one of the three causes"),
    ("2.3", {"A": "negative biases"}, "expected a dict with the keys A, B and C"),
    ("2.4", {"inputs": "raw", "rate": 0.4, "layers": (1, 2)}, "has that run already"),
    ("2.4", {"inputs": "raw", "rate": 0.1, "layers": "both"}, "not what standardized inputs do"),
    ("2.4", {"inputs": "standardized", "rate": 0.1, "layers": "both"}, "has that run already"),
    ("2.4", {"inputs": "standardized", "rate": 0.4, "layers": 1}, "Look at both hidden layers"),
    ("2.4", {"inputs": "standardized", "rate": 0.4, "layers": 3}, "for the layers"),
    (
        "2.4",
        {"inputs": "centred", "rate": 0.4, "layers": "both"},
        "Got centred, rate 0.4, layers both; expected raw or",
    ),
    ("2.4", "raw", "expected a dict with the keys inputs, rate and layers"),
    ("2.5", 1 / 2**5, "one side"),
    ("2.5", 5 / 2**5, "at least as extreme"),
    ("2.5", 0, "Even a fair coin"),
    ("2.5", 2, "That is their number"),
    ("2.5", 0.05, "how many are this one-sided"),
    ("2, done early", 0.01, "what one layer lets through"),
    ("2, done early", 0.1, "for two layers"),
    ("2, done early", 0.01 / 3, "That divides"),
    ("2, done early", 0.03, "adds up three layers"),
    ("2, done early", 0.5, "to the power of three"),
    ("3.1", 1 / 400, "the variance; the standard"),
    ("3.1", 0.0707, "That is He's"),
    ("3.1", 1, "That is the gain"),
    ("3.1", 0.1, "n_in Var[w] = 1"),
    ("3.2", 12, "One too few"),
    ("3.2", 14, "One too many"),
    ("3.2", 1, "starts from 0"),
    ("3.2", 20, "again and again"),
    ("3.3", "ABCD", "near 1"),
    ("3.3", "CABD", "gradient grows"),
    ("3.3", "CDBA", "Orthogonal"),
    ("3.3", "CD", "each of the four letters once"),
    ("3.4", lambda a: a, "What comes out is what goes in"),
    ("3.4", lambda a: residual_block(a, normalize=False), "normalize first"),
    ("3.4", lambda a: layers.ReLU()(residual_block(a)), "after the sum"),
    ("3.4", lambda a: residual_block(a, skip=False), "after the sum"),
    ("3.4", lambda a: residual_block(a, relu=False), "no ReLU"),
    ("3.4", lambda a: residual_block(residual_block(a)), "[100, 100] units, expected [100]"),
    ("3.5", "B", "about D. That is the comparison"),
    ("3.5", "ABD", "about A. Neither the gradient"),
    ("3.5", "D", "about B. Each had its best rate"),
    ("3.5", "BCD", "about C. tanh"),
    ("3.5", "BDE", "Got BDE, expected other letters. Think again about E. No experiment"),
    ("3.5", "the weather", "expected the letters of the sentences"),
    ("3, done early", (1, 1), "Half of the pairs point opposite"),
    ("3, done early", (0, 0), "none of them is"),
    ("3, done early", (1, 0), "The other way round"),
    ("3, done early", (-1, 1), "Half of the pairs point the same"),
    ("3, done early", (0.5, 0.5), "Got (0.5, 0.5), expected two numbers, as in (0.5, 0.5). Two garments"),
    ("3, done early", (1, 2, 3), "Got (1, 2, 3), a tuple; expected two numbers"),
    ("3.6", lambda z: np.where(z > 0, 1, 1.67 * np.exp(z)), "factor lambda"),
    ("3.7", lambda: selu_net("he_normal"), "LeCun's normal"),
    ("3.7", lambda: selu_net(dropout=layers.Dropout), "AlphaDropout with rate 0.1"),
    ("3.7", lambda: selu_net(n_hidden=19), "expected 20 times 100"),
    ("3.7", lambda: selu_net(rate=0.5), "AlphaDropout with rate 0.1"),
    ("3.7", lambda: selu_net(activation="relu"), "has SELU"),
    ("3.8", lambda train, new: standardize(new, new), "and new"),
    ("3.8", lambda train, new: new - train.mean(axis=0), "only centres"),
    ("3.8", lambda train, new: (new - train.mean(axis=0)) / (train.std(axis=0) + 1e-3), "expected"),
    (
        "4.1",
        lambda n_units: (2 * n_units, 2 * n_units),
        "For 7 units it returns (14, 14), expected (28, 14). That leaves out",
    ),
    ("4.1", lambda n_units: (4 * n_units, 4 * n_units), "No gradient moves them"),
    ("4.1", lambda n_units: (2 * n_units, 4 * n_units), "All of them first"),
    ("4.1", lambda n_units: (4 * n_units, n_units), "both are trained"),
    ("4.1", lambda n_units: (4 * n_units, 0), "as weights are"),
    ("4.1", lambda n_units: (n_units, n_units), "which are trained?"),
    ("4.1", lambda n_units: 4, "Got 4, a int; expected that the function returns a pair"),
    ("4.2", lambda: normalized_net(use_bias=True), "a bias that does nothing"),
    ("4.2", lambda: normalized_net(units=50), "[50, 50, 10] units, expected [100, 100, 10]"),
    ("4.2", lambda: normalized_net(initializer="glorot_uniform"), "He's normal"),
    ("4.2", lambda: dense_net(*dense_norm_relu()), "[100, 10] units, expected"),
    ("4.2", lambda: reordered_net(0, 2, 1), "right after each hidden Dense layer"),
    ("4.2", lambda: reordered_net(1, 0, 2), "right after each hidden Dense layer"),
    ("4.2", lambda: reordered_net(0, 1), "ReLU does not come"),
    ("4.2", lambda: reordered_net(0, 2), "right after each hidden Dense layer"),
    ("4.2", lambda: reordered_net(0, 1, 2, activation=layers.ELU), "ReLU does not come"),
    ("4.2", activated_before_the_norm, "right after each hidden Dense layer"),
    ("4.2", normalized_net_without_output_bias, "there the bias does something"),
    ("4.3", NORM_DIAGNOSES | {"A": "wrong flag"}, "goes away with more steps"),
    ("4.3", NORM_DIAGNOSES | {"B": "shifted inputs", "C": "wrong flag"}, "in other company"),
    ("4.3", NORM_DIAGNOSES | {"C": "wrong flag"}, "company makes no difference"),
    ("4.3", NORM_DIAGNOSES | {"D": "moving averages"}, "batch has one image"),
    ("4.3", NORM_DIAGNOSES | {"D": "the weather"}, "expected one of the four causes"),
    ("4.3", {"A": "moving averages"}, "expected a dict with the keys A, B, C and D"),
    ("4.4", {"pixels": "raw", "batch norm": "both", "rate": 0.001}, "there already"),
    ("4.4", {"pixels": "raw", "batch norm": "none", "rate": 0.001}, "there already"),
    ("4.4", {"pixels": "raw", "batch norm": "hidden", "rate": 0.001}, "hidden layers have batch norm"),
    ("4.4", {"pixels": "standardized", "batch norm": "both", "rate": 0.001}, "hidden layers have batch norm"),
    ("4.4", {"pixels": "standardized", "batch norm": "pixels", "rate": 0.001}, "one of the two is enough"),
    ("4.4", {"pixels": "standardized", "batch norm": "none", "rate": 0.1}, "two things differ"),
    ("4.4", {"pixels": "dim", "batch norm": "none", "rate": 0.001}, 'Got dim, none, 0.001; expected "raw"'),
    ("4.5", "A", "And the gradient?"),
    ("4.5", "B", "grew tenfold"),
    ("4.5", "D", "a tenth"),
    ("4.5", "the weather", "expected one of the letters A, B, C and D"),
    ("4, done early", 1 - 0.9**20, "has arrived"),
    ("4, done early", 0, "takes a tenth of the start"),
    ("4, done early", 0.1, "one batch brings in"),
    ("4, done early", 0.9, "after one batch."),
    ("4, done early", 0.5, "Each batch leaves"),
    ("5.1", lambda gradient, threshold: np.clip(gradient, -threshold, threshold), "`clipvalue`"),
    ("5.1", lambda g, threshold: g * threshold / max(threshold, np.abs(g).max()), "not the largest part"),
    ("5.1", lambda g, threshold: g * threshold / max(threshold, np.abs(g).sum()), "not the sum of sizes"),
    ("5.1", lambda gradient, threshold: min(threshold, np.linalg.norm(gradient)), "That is a length"),
    ("5.1", lambda gradient, threshold: gradient, "however long"),
    ("5.1", lambda gradient, threshold: gradient / max(1, np.linalg.norm(gradient)), "whatever the threshold"),
    ("5.1", always_as_long_as_the_threshold, "returns [0.6 0.8], expected [0.3 0.4]. A gradient that is shorter"),
    ("5.1", nothing_divided_by_nothing, "a gradient of zeros"),
    (
        "5.1",
        lambda gradient, threshold: 2 * gradient,
        "For [3. 4.] and threshold 2 it returns [6. 8.], expected [1.2 1.6].",
    ),
    ("5.2", 0.1, "a smaller learning rate"),
    ("5.2", 50, "would pass untouched"),
    ("5.2", 26.4, "That is the mean"),
    ("5.2", 310, "the longest one"),
    ("5.3", STATES | {"A": "as it should be"}, "In A every"),
    ("5.3", STATES | {"B": "threshold too large"}, "the rare long ones do not"),
    ("5.3", STATES | {"C": "as it should be"}, "which did the damage"),
    ("5.3", STATES | {"B": "the weather"}, "expected one of the three"),
    ("5.3", {"A": "threshold too small"}, "expected a dict with the keys A, B and C"),
    ("5.4", {"clipped": True, "rate": 0.03}, "Another clipped run"),
    ("5.4", {"clipped": False, "rate": 0.3}, "that run already"),
    ("5.4", {"clipped": False, "rate": 3}, "even larger rate"),
    ("5.4", {"clipped": "perhaps", "rate": 0.03}, "Got perhaps, rate 0.03; expected True or False"),
    ("5.5", 0.1, "the bound for one variable"),
    ("5.5", 0.4, "their squares add up"),
    ("5.5", 2, "how long the clipped gradient"),
    ("5.5", 0.1 * np.sqrt(2), "a kernel and a bias"),
    ("5.5", 1, "four parts of length 1"),
    ("5, done early", 0, "Each variable keeps its direction"),
    ("5, done early", 45, "the clipped gradient points"),
    ("5, done early", 53.13, "where the gradient pointed before"),
    ("5, done early", 36.87, "where the gradient pointed before"),
    ("5, done early", 0.1419, "in radians"),
    ("5, done early", 20, "Draw both arrows"),
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


@pytest.mark.parametrize(("exercise", "answer", "words"), WRONG, ids=numbered(WRONG))
def test_a_wrong_answer_is_told_what_it_believes(exercise, answer, words, capsys):
    check(exercise, answer)
    line = capsys.readouterr().out
    assert line.startswith(f"exercise {exercise}: not yet. ")
    assert words in line
    assert "raises" not in line  # each of them does what it was asked, but wrongly


@pytest.mark.parametrize("lesson", [0, 1, 2, 3, 4, 5])
def test_every_hint_in_the_code_is_given_to_one_of_these_wrong_answers(lesson, capsys):
    for exercise, answer, _ in WRONG:
        if exercise.startswith(str(lesson)):
            check(exercise, answer)
    said = capsys.readouterr().out
    module = importlib.import_module(f"course.ask.exercises_{lesson}")
    assert [hint for hint in hints(module) if hint not in said] == []


def hints(module):
    """Return the sentences in the code of a module, docstrings aside; of one that is put together, its parts."""
    tree = ast.parse(inspect.getsource(module))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef) and isinstance(node.body[0], ast.Expr)
    }
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in docstrings]
    return [
        each.value for each in constants if isinstance(each.value, str) and re.search(r"\w \w+ \w.*[.?]", each.value)
    ]


@pytest.mark.parametrize("lesson", [1, 2, 3, 4, 5])
def test_each_lesson_has_one_exercise_of_each_kind_and_one_for_who_is_done_early(lesson):
    (path,) = [each for each in LESSONS if name(each).startswith(f"0{lesson}_")]
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    found = re.findall(r"(?m)^\*\*(\d\.\d)(?: (\w+)\.\*\*|\*\* \((\w+)\))", text)
    kinds = ["recall", "apply", "diagnose", "design", "explain"]
    assert [(number, (before or after).lower()) for number, before, after in found] == [
        (f"{lesson}.{place}", kind) for place, kind in enumerate(kinds, start=1)
    ]
    assert len(re.findall(r"(?m)^\*\*Done early\?\*\* ", text)) == 1


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_solution_says_why(path):
    for cell in read(path).cells:
        if cell.cell_type == "code" and cell.source.startswith("# Solution"):
            comments = " ".join(re.findall(r"(?m)^# (.+)", cell.source))
            assert len(comments.split()) >= 6 or calls(cell.source, "answer", "claim"), cell.source


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
    "answer",
    [
        *(0.0625, "0.0625", "0,0625", "1/16", "2 / 32", "6.25 %", Fraction(1, 16)),
        *(np.float32(0.0625), np.array(0.0625), np.array([0.0625]), [0.0625], tf.constant(0.0625)),
    ],
    ids=repr,
)
def test_a_right_number_may_be_written_in_any_way(answer, capsys):
    check("2.5", answer)
    assert capsys.readouterr().out == "exercise 2.5: right\n"


@pytest.mark.parametrize(
    "answer", ["B", "b", " b ", "(b)", "B.", "B: the gradients of the last biases", ["B"], ("b",), {"B"}], ids=repr
)
def test_a_letter_may_be_written_in_any_way(answer, capsys):
    check("1.5", answer)
    assert capsys.readouterr().out == "exercise 1.5: right\n"


@pytest.mark.parametrize(
    "answer", ["BDCA", "bdca", "b d c a", "B, D, C, A", ["B", "D", "C", "A"], ("b", "d", "c", "a")], ids=repr
)
def test_an_order_of_letters_may_be_written_in_any_way(answer, capsys):
    check("1.3", answer)
    assert capsys.readouterr().out == "exercise 1.3: right\n"


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        ("2.3", DIAGNOSES | {"B": ...}),
        ("3, done early", (..., ...)),
        ("2.1", lambda z: ...),
        ("2.2", lambda: dense_net(*(make() for make in [lambda: ...]))),
        ("5.1", lambda gradient, threshold: gradient * ...),
    ],
    ids=numbered([("2.3",), ("3, done early",), ("2.1",), ("2.2",), ("5.1",)]),
)
def test_an_answer_that_still_has_dots_in_it_is_none_yet(exercise, answer, capsys):
    check(exercise, answer)
    assert capsys.readouterr().out == f"exercise {exercise}: no answer yet\n"
