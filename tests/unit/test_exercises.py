"""Each self-check accepts right answers in any form, gives wrong ones a hint that fits, and never raises."""

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
from notebook_files import ALL_NOTEBOOKS, name, read

from course.ask import check
from course.ask.checking import CHECKS
from course.ask.forms import as_number


def dense_net(*hidden, use_bias=True):
    output = layers.Dense(10, "softmax", use_bias=use_bias)
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *hidden, output])


def gradient_norms(model, x, y):
    kernels = [layer.kernel for layer in model.layers[1:]]
    with tf.GradientTape() as tape:
        loss = model.compute_loss(y=y, y_pred=model(x))
    return [tf.norm(gradient) for gradient in tape.gradient(loss, kernels)]


def selu_net(initializer="lecun_normal", dropout=layers.AlphaDropout, n_hidden=20, rate=0.1, activation="selu"):
    hidden = [layers.Dense(100, activation=activation, kernel_initializer=initializer) for _ in range(n_hidden)]
    return dense_net(*hidden, dropout(rate))


def dead_share_of_keras(z):
    return 1 - np.mean(np.any(keras.activations.relu(z).numpy() > 0, axis=0))


def silent_share_in_place(z):
    z[z < 0] = 0
    return (z == 0).mean()


DIAGNOSES = {"A": "leaky ReLU, pixels 0 to 255", "B": "ten sigmoid layers", "C": "ReLU, pixels 0 to 255"}
NORM_DIAGNOSES = {"A": "moving averages", "B": "wrong flag", "C": "shifted inputs", "D": "batches of one"}
STATES = {"A": "threshold too small", "B": "as it should be", "C": "threshold too large"}


def scaled(scale):
    return keras.initializers.VarianceScaling(scale, "fan_in")


def standardize(train, new):
    std = train.std(axis=0)
    return np.where(std > 0, (new - train.mean(axis=0)) / np.where(std > 0, std, 1), 0)


def dense_norm_relu(units=100, use_bias=False, initializer="he_normal"):
    return [
        layers.Dense(units, use_bias=use_bias, kernel_initializer=initializer),
        layers.BatchNormalization(),
        layers.ReLU(),
    ]


def normalized_net(output_bias=True, **options):
    return dense_net(*dense_norm_relu(**options), *dense_norm_relu(**options), use_bias=output_bias)


def reordered_net(*order, activation=layers.ReLU):
    """Return the network with Dense, batch norm and activation (0, 1, 2) of each block in this order."""
    blocks = [[*dense_norm_relu()[:2], activation()] for _ in range(2)]
    return dense_net(*(block[position] for block in blocks for position in order))


def functional_normalized_net():
    inputs = keras.Input((28, 28))
    hidden = layers.Flatten()(inputs)
    for layer in dense_norm_relu() + dense_norm_relu():
        hidden = layer(hidden)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(hidden))


def activated_before_the_norm():
    hidden = [layers.Dense(100, "relu", use_bias=False, kernel_initializer="he_normal") for _ in range(2)]
    return dense_net(hidden[0], layers.BatchNormalization(), hidden[1], layers.BatchNormalization())


def clip_by_norm(gradient, threshold):
    gradient *= threshold / max(threshold, np.linalg.norm(gradient))  # in place, which changes no later check
    return gradient


def nothing_divided_by_nothing(gradient, threshold):
    norm = np.linalg.norm(gradient)
    with np.errstate(invalid="ignore"):
        return gradient / norm * min(norm, threshold)


def residual_block(a, first="he_normal", last="zeros", relus=(True, True), n_units=100, skip=True):
    branch = a
    for has_relu, kernel in zip(relus, (first, last), strict=True):
        branch = layers.ReLU()(branch) if has_relu else branch
        branch = layers.Dense(n_units, kernel_initializer=kernel)(branch)
        n_units = 100
    return layers.add([a, branch]) if skip else branch


RIGHT = {  # for each exercise answers that are right
    "0.1": [20, np.ceil(np.log2(1e6))],
    "1.1": [0.0707, 0.07],
    "1.2": [(1, 4), [1.0, "4"], "(1, 4)", np.array([1, 4])],
    "1.3": ["BDCA", "b d c a", "B, D, C, A", ["B", "D", "C", "A"], ("b", "d", "c", "a")],
    "1.4": [lambda slope: keras.initializers.VarianceScaling(2 / (1 + slope**2), "fan_in")],
    "1, done early": [gradient_norms, lambda *batch: np.array(gradient_norms(*batch)[:-1])],
    "1.5": [
        *("B", " b ", "(b)", "B.", "B, because they fade", "b) the gradients", "B: the gradients of the last biases"),
        *(["B"], ("b",), {"B"}),
    ],
    "1.6": [lambda n_in, n_out: np.sqrt(6 / (n_in + n_out))],
    "1.7": [1 - 1 / np.pi],
    "1.8": [0.8**10],
    "2.1": [
        lambda z: (z <= 0).all(axis=0).mean(),
        dead_share_of_keras,
        lambda z: (z[..., :] <= 0).all(axis=0).mean(),
    ],
    "2.2": [{"0 to 255": -300, "0 to 1": 0.386}, {"0 to 255": "-300", "0 to 1": 0.39}, [-300.0002, 0.3858]],
    "2.3": [
        DIAGNOSES,
        {letter.lower(): cause.upper() for letter, cause in DIAGNOSES.items()},
        list(DIAGNOSES.values()),
    ],
    "2.4": [
        {"activation": "leaky ReLU", "learning rate": 0.01},
        {"activation": "Leaky  relu", "learning_rate": "1 %"},
        ["LeakyReLU", "0,01"],
    ],
    "2, done early": [0.2154, 0.22],
    "2.5": [
        *(0.0625, 0.06, "0.0625", "0,0625", "1/16", "2 / 32", "6.25 %", Fraction(1, 16), [0.0625]),
        *(np.float32(0.0625), np.array([0.0625]), tf.constant(0.0625)),
    ],
    "3.1": [0.05, 1 / np.sqrt(400)],
    "3.2": [13],
    "3.3": ["CDBA", "c d b a"],
    "3.4": [residual_block, lambda a: residual_block(a, first="orthogonal")],
    "3, done early": [(0, 1), np.array([-1 / 999, 1.0]), "(0, 1)"],
    "3.5": ["BC", "c, b", "B and C", {"B", "C"}],
    "3.6": [lambda z: 1.0507009873554805 * np.where(z > 0, 1, 1.6732632423543772 * np.exp(z))],
    "3.7": [selu_net],
    "3.8": [standardize],
    "4.1": [lambda n: (4 * n, 2 * n), lambda n: [4 * n, 2 * n], lambda n: np.array([4, 2]) * n],
    "4.2": [
        normalized_net,
        lambda: reordered_net(0, 1, 2, activation=lambda: layers.Activation("relu")),
        functional_normalized_net,
    ],
    "4.3": [NORM_DIAGNOSES],
    "4.4": [
        {"batch norm": "No", "learning rate": 1e-1},
        {"batch_norm": "no", "learning_rate": "0.01"},
    ],
    "4, done early": [0.1216],
    "4.5": ["C"],
    "5.1": [clip_by_norm, tf.clip_by_norm],
    "5.2": [1.2, 5],
    "5.3": [STATES],
    "5.4": [{"clipped": False, "rate": 0.03}, {"clipped": "no", "rate": "0.01"}, [False, 0.01]],
    "5, done early": [8.13],
    "5.5": [0.2, 0.1 * np.linalg.norm(np.ones(4))],
}


WRONG = {  # for each exercise the answer, and words of its hint that no other hint has
    "0.1": [
        (19, "nearly two millionths"),
        (21, "Which power of 2"),
        (500_000, "adds up halves"),
        (np.log2(1e6), "whole layers"),
    ],
    "1.1": [
        (2 / 400, "the variance; the standard"),
        (0.05, "ReLU then takes half"),
        (2, "That is the scale"),
        (np.sqrt(2), "Got 1.414, expected a standard deviation. It keeps the signal if 400 times"),
    ],
    "1.2": [
        ((4, 1), "from 400 to 100"),
        ((1, 1), "the number of outputs counts"),
        ((1, 2), "The mean square is asked for"),
        ((0.5, 2), "He's variance"),
        ((2, 8), "takes half of each away"),
        ((1, 16), "Got (1, 16), expected two numbers, as in (0.5, 2). Var[w] is 2/100"),
        (4, "Got 4, a int; expected two numbers"),
    ],
    "1.3": [
        ("ABCD", "between 0 and 1"),
        ("DBCA", "scale of 1"),
        ("BDAC", "Got BDAC, expected another order. Saturated units need not"),
        ("AAAA", "expected each of the four letters once"),
    ],
    "1.4": [
        (lambda slope: "he_normal", "ReLU's scale, whatever the slope"),
        (lambda slope: scaled(2 / (1 + slope)), "its square multiplies"),
        (lambda slope: scaled(1 / (1 + slope**2)), "Each half of the z has"),
        (lambda slope: scaled((1 + slope**2) / 2), "the fraction that is left"),
        (lambda slope: scaled(3.0), "For slope 0.3 it draws weights of scale 3, expected 1.83. What fraction"),
        (lambda slope: None, "Got None, a NoneType; expected that the function returns an initializer."),
    ],
    "1.5": [
        ("A", "40 times 0.00001"),
        ("C", "Little comes back there"),
        ("D", "Got D, expected another letter. These are ReLU units"),
        ("E", "Got 'E', a str; expected one of the letters A, B, C and D."),
        ("AB", "expected one of the letters"),
        ("A rate that is too small", "a str; expected one of the letters A, B, C and D."),
    ],
    "1, done early": [
        (lambda *batch: [float(norm) ** 2 for norm in gradient_norms(*batch)], "the square of the norm"),
        (lambda *batch: [2 * float(norm) for norm in gradient_norms(*batch)], "For the first kernel it returns"),
        (lambda *batch: 2 * gradient_norms(*batch), "That has the biases"),
        (lambda *batch: gradient_norms(*batch)[:1], "it returns 1 numbers, expected one for each kernel"),
        (lambda *batch: None, "Got None, a NoneType; expected that the function returns a list"),
    ],
    "1.6": [
        (lambda n_in, n_out: np.sqrt(6 / n_in), "it returns 0.1414, expected 0.1225. U(-r, r) has"),
        (lambda n_in, n_out: [n_in, n_out], "Got [300, 100], a list; expected that the function returns a number."),
    ],
    "1.7": [(0.5, "E[a^2], as a fraction"), (0.3, "ReLU's E[a] is not zero")],
    "1.8": [(0.8**20, "its root was asked for"), (1, "Var[w] is 2 over")],
    "2.1": [
        (lambda z: (z <= 0).mean(), "the fraction of zero outputs"),
        (lambda z: (z <= 0).any(axis=0).mean(), "0 for some image"),
        (lambda z: (z <= 0).all(axis=1).mean(), "along the wrong axis"),
        (lambda z: (z < 0).all(axis=0).mean(), "gives 0 for z = 0"),
        (lambda z: (z <= 0).all(axis=0).sum(), "That is their number"),
        (lambda z: (z <= 0).all(axis=0), "of shape (4,), expected one number"),
        (lambda z: 0.9, "of which 2 are dead, it returns 0.9, expected 0.5."),
        (0.5, "Got 0.5, a float; expected a function."),
        (lambda z: None, "Got None, a NoneType; expected that the function returns numbers."),
        (silent_share_in_place, "the fraction of zero outputs"),
    ],
    "2.2": [
        ([500, 0.386], "Got 500 for pixels from 0 to 255, expected another number. Mind the sign"),
        ([-400, 0.386], "Add z before the step"),
        ([100, 0.386], "The change of z is"),
        ([-300, 0.3922], "Got 0.3922 for pixels divided by 255, expected another number. That is z before the step"),
        ([-300, 99.99], "Before the step z is smaller, too"),
        ([-300, -1.18], "255 * 255 times"),
        ([-300, 98.43], "divide by 255 twice"),
        ([-300, 0.3985], "The change of z is"),
        ([-300, -0.00635], "Add z before the step"),
        ({"0 to 255": -300}, "expected a dict with the keys 0 to 255 and 0 to 1"),
    ],
    "2.3": [
        (DIAGNOSES | {"A": DIAGNOSES["B"], "B": DIAGNOSES["A"]}, "In A the loss has overflowed"),
        (DIAGNOSES | {"B": DIAGNOSES["C"], "C": DIAGNOSES["B"]}, "In B nothing is dead"),
        (DIAGNOSES | {"C": DIAGNOSES["B"]}, "Got 'ten sigmoid layers' for C, expected another one. In C every"),
        (DIAGNOSES | {"C": "the weather"}, "Got 'the weather' for C, expected one of the three networks"),
        ({"A": "ten sigmoid layers"}, "expected a dict with the keys A, B and C"),
    ],
    "2.4": [
        ({"activation": "ReLU", "learning rate": 0.001}, "tests the other half"),
        ({"activation": "leaky ReLU", "learning rate": 0.001}, "has that run already"),
        ({"activation": "ELU", "learning rate": 0.01}, "Got elu, learning rate 0.01; expected ReLU or leaky ReLU"),
        ({"activation": "leaky ReLU", "learning rate": 0.1}, "one of her two learning rates"),
    ],
    "2.5": [
        (1 / 2**5, "one side"),
        (5 / 2**5, "at least as extreme"),
        (0, "Even a fair coin"),
        (2, "That is their number"),
        (0.05, "how many are this one-sided"),
    ],
    "2, done early": [
        (0.01, "what one layer lets through"),
        (0.1, "for two layers"),
        (0.01 / 3, "That divides"),
        (0.03, "adds up three layers"),
        (0.5, "to the power of three"),
    ],
    "3.1": [
        (1 / 400, "the variance; the standard"),
        (0.0707, "That is He init"),
        (1, "400 times the variance"),
        (0.1, "n_in Var[w] = 1"),
    ],
    "3.2": [(12, "One too few"), (14, "One too many"), (1, "starts from 0"), (20, "again and again")],
    "3.3": [("ABCD", "1/4"), ("CBDA", "near 0"), ("DCBA", "the images merge")],
    "3.4": [
        (lambda a: a, "[] units, expected [100, 100]"),
        (lambda a: residual_block(a, last="he_normal"), "the last kernel"),
        (lambda a: residual_block(a, first="zeros"), "Both kernels are 0"),
        (lambda a: layers.ReLU()(residual_block(a)), "output is not its input"),
        (lambda a: residual_block(a, skip=False), "output is not its input"),
        (lambda a: residual_block(a, relus=(False, True)), "before the first"),
        (lambda a: residual_block(a, relus=(True, False)), "between"),
        (lambda a: residual_block(a, n_units=50), "[50, 100] units"),
        (lambda a: None, "expected that the function returns what Keras layers return"),
        (lambda a: layers.Dense(50)(a), "It makes (None, 50) of (None, 100), expected the same shape"),
    ],
    "3.5": [
        ("B", "about C. That is the leaky"),
        ("ABC", "about A. Look at the gradients"),
        ("C", "about B. The mean cosine"),
        ("BCD", "about D. SELU keeps"),
        ("BCE", "Got BCE, expected other letters. Think again about E. Which experiment"),
    ],
    "3, done early": [
        ((1, 1), "Half of the pairs point opposite"),
        ((0, 0), "none of them is"),
        ((1, 0), "The other way round"),
        ((-1, 1), "Half of the pairs point the same"),
        ((0.5, 0.5), "Got (0.5, 0.5), expected two numbers, as in (0.5, 0.5). Two images"),
        ((1, 2, 3), "Got (1, 2, 3), a tuple; expected two numbers"),
        ((0, "one"), "Got 'one', a str; expected two numbers"),
    ],
    "3.6": [(lambda z: np.where(z > 0, 1, 1.67 * np.exp(z)), "factor lambda")],
    "3.7": [
        (lambda: selu_net("he_normal"), "LeCun's normal"),
        (lambda: selu_net(dropout=layers.Dropout), "AlphaDropout with rate 0.1"),
        (lambda: selu_net(n_hidden=19), "expected 20 times 100"),
        (lambda: selu_net(rate=0.5), "AlphaDropout with rate 0.1"),
        (lambda: selu_net(activation="relu"), "has SELU"),
        (lambda: keras.Sequential(), "[] units"),
    ],
    "3.8": [
        (lambda train, new: standardize(new, new), "and new"),
        (lambda train, new: new - train.mean(axis=0), "only centres"),
        (lambda train, new: (new - train.mean(axis=0)) / (train.std(axis=0) + 1e-3), "expected"),
    ],
    "4.1": [
        (lambda n: (2 * n, 2 * n), "For 7 units it returns (14, 14), expected (28, 14). That leaves out"),
        (lambda n: (4 * n, 4 * n), "does not change them"),
        (lambda n: (2 * n, 4 * n), "the number of all parameters first"),
        (lambda n: (4 * n, n), "both are trainable"),
        (lambda n: (4 * n, 0), "as weights are"),
        (lambda n: (n, n), "which are trainable?"),
        (lambda n: 4, "Got 4, a int; expected that the function returns a pair"),
        (lambda n: (28, 14, 0), "Got (28, 14, 0), a tuple; expected that the function returns a pair"),
    ],
    "4.2": [
        (lambda: normalized_net(use_bias=True), "has a bias, which has no effect"),
        (lambda: normalized_net(units=50), "[50, 50, 10] units, expected [100, 100, 10]"),
        (lambda: normalized_net(initializer="glorot_uniform"), "he_normal"),
        (lambda: reordered_net(0, 2, 1), "right after each hidden Dense layer"),
        (lambda: reordered_net(0, 1), "ReLU does not come"),
        (lambda: reordered_net(0, 1, 2, activation=layers.ELU), "ReLU does not come"),
        (activated_before_the_norm, "right after each hidden Dense layer"),
        (lambda: normalized_net(output_bias=False), "so it needs its bias"),
    ],
    "4.3": [
        (NORM_DIAGNOSES | {"A": "wrong flag"}, "goes away with more steps"),
        (NORM_DIAGNOSES | {"B": "shifted inputs", "C": "wrong flag"}, "depends on the other images"),
        (NORM_DIAGNOSES | {"C": "wrong flag"}, "images of the batch make no difference"),
        (NORM_DIAGNOSES | {"D": "moving averages"}, "in a batch of one"),
    ],
    "4.4": [
        ({"batch norm": "no", "learning rate": 1}, "He has that run already"),
        ({"batch norm": "yes", "learning rate": 0.1}, "what the network without batch norm can reach"),
        ({"batch norm": "no", "learning rate": 0.3}, "learns well within a few epochs"),
        ({"batch norm": "none", "learning rate": 0.1}, 'Got none, 0.1; expected "yes"'),
    ],
    "4.5": [
        ("A", "what about the gradient"),
        ("B", "ten times as large, too"),
        ("D", "a tenth"),
        ("A tenth of it", "expected one of the letters"),
    ],
    "4, done early": [
        (1 - 0.9**20, "have brought in"),
        (0, "subtracts a tenth"),
        (0.1, "weight of one new batch"),
        (0.9, "left after one batch"),
        (0.5, "Each batch leaves"),
    ],
    "5.1": [
        (lambda g, threshold: np.clip(g, -threshold, threshold), "`clipvalue`"),
        (lambda g, threshold: g * threshold / max(threshold, np.abs(g).max()), "not the largest part"),
        (lambda g, threshold: g * threshold / max(threshold, np.abs(g).sum()), "not the sum of sizes"),
        (lambda g, threshold: min(threshold, np.linalg.norm(g)), "That is a length"),
        (lambda g, threshold: g, "however long"),
        (lambda g, threshold: g / max(1, np.linalg.norm(g)), "whatever the threshold"),
        (lambda g, threshold: g * threshold / (np.linalg.norm(g) or 1), "[0.6 0.8], expected [0.3 0.4]. A gradient"),
        (nothing_divided_by_nothing, "a gradient of zeros"),
        (lambda g, threshold: 2 * g, "For [3. 4.] and threshold 2 it returns [6. 8.], expected [1.2 1.6]."),
    ],
    "5.2": [
        (0.1, "a smaller learning rate"),
        (50, "would pass untouched"),
        (26.4, "That is the mean"),
        (310, "the longest one"),
    ],
    "5.3": [
        (STATES | {"A": "as it should be"}, "In A every"),
        (STATES | {"B": "threshold too large"}, "the rare long ones do not"),
        (STATES | {"C": "as it should be"}, "which did the damage"),
    ],
    "5.4": [
        ({"clipped": True, "rate": 0.03}, "Another clipped run"),
        ({"clipped": False, "rate": 0.1}, "that run already"),
        ({"clipped": False, "rate": 3}, "still larger one"),
        ({"clipped": "perhaps", "rate": 0.03}, "Got perhaps, rate 0.03; expected True or False"),
        ({"clipped": False, "rate": np.nan}, "Got 'nan', a str; expected a number."),
    ],
    "5.5": [
        (0.1, "the bound for one variable"),
        (0.4, "their squares add up"),
        (2, "how long the clipped gradient"),
        (0.1 * np.sqrt(2), "a kernel and a bias"),
        (1, "four parts of length 1"),
    ],
    "5, done early": [
        (0, "Each variable keeps its direction"),
        (45, "the clipped gradient points"),
        (53.13, "where the gradient pointed before"),
        (36.87, "where the gradient pointed before"),
        (0.1419, "in radians"),
        (20, "Draw both arrows"),
    ],
}


each_lesson = pytest.mark.parametrize("lesson", sorted({exercise[0] for exercise in CHECKS}))


def test_there_are_answers_to_each_exercise():
    assert RIGHT.keys() == WRONG.keys() == CHECKS.keys()


@pytest.fixture
def verdict(capsys):
    """Return a function that checks an answer and returns the verdict that is printed."""

    def verdict_of(exercise, answer):
        check(exercise, answer)
        return capsys.readouterr().out.partition(f"exercise {exercise}: ")[2]

    return verdict_of


@each_lesson
def test_right_answers_are_right_in_whatever_form(lesson, verdict):
    answers = [(exercise, each) for exercise in RIGHT if exercise[0] == lesson for each in RIGHT[exercise]]
    assert [(exercise, each) for exercise, each in answers if verdict(exercise, each) != "right\n"] == []


@each_lesson
def test_each_hint_is_given_to_the_wrong_answer_that_it_fits(lesson, verdict):
    printed = []
    for exercise in [exercise for exercise in WRONG if exercise[0] == lesson]:
        for answer, words in WRONG[exercise]:
            line = verdict(exercise, answer)
            assert line.startswith("not yet. ")
            assert words in line
            assert "raises" not in line  # each of them does what it was asked, but wrongly
            assert len(line) < 500
            printed.append(line)
    module = importlib.import_module(f"course.ask.exercises_{lesson}")
    assert [hint for hint in hints(module) if not any(hint in line for line in printed)] == []


def hints(module):
    """Return the sentences in the code of a module, docstrings aside; of one that is put together, its parts."""
    nodes = [*ast.walk(ast.parse(inspect.getsource(module)))]
    docstrings = {
        ast.get_docstring(node, clean=False) for node in nodes if isinstance(node, ast.Module | ast.FunctionDef)
    }
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return [text for text in texts - docstrings if re.search(r"\w \w+ \w.*[.?]", text)]


# A number, a model, an order, a letter, a function, a dict, a run, letters, a pair.
ONE_OF_EACH_KIND = ["1.1", "4.2", "1.3", "1.5", "2.1", "2.3", "2.4", "3.5", "3, done early"]
JUNK = [
    *(None, True, 1 + 2j, np.nan, -np.inf, 10**400, print, np.full(1000, np.nan)),
    *("", "text", "9" * 10**6, "1e999999999", [], {}, {1, "a"}, [[1], []]),
]


@pytest.mark.parametrize("exercise", ONE_OF_EACH_KIND)
def test_an_answer_of_another_kind_is_told_what_is_expected(exercise, verdict):
    for answer in JUNK:
        line = verdict(exercise, answer)
        assert re.match(r"not yet\. Got .*[;,] expected ", line)
        assert len(line) < 200


def test_what_a_function_raises_is_a_hint(verdict):
    assert verdict("2.1", lambda z: z[..., 9].mean()).startswith("not yet. Your answer raises IndexError: ")
    assert verdict("4.2", lambda: 1 / 0) == "not yet. Your answer raises ZeroDivisionError: division by zero\n"


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        *(("1.1", ...), ("2.3", DIAGNOSES | {"B": ...}), ("2.4", {"activation": "ReLU", "learning rate": (1, ...)})),
        *(("1.4", lambda slope: scaled(...)), ("2.1", lambda z: ...), ("2.2", {"0 to 255": -300, "0 to 1": ...})),
        *(("3.4", lambda a: layers.add([a, ...])), ("3.6", lambda z: np.where(z > 0, 1, ...))),
        *(("4.1", lambda n: (..., 2 * n)), ("5.1", lambda gradient, threshold: gradient * ...)),
    ],
)
def test_an_answer_that_still_has_dots_in_it_is_none_yet(exercise, answer, verdict):
    assert verdict(exercise, answer) == "no answer yet\n"


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,000", 1000), ("12,345.5", 12345.5), ("0,125", 0.125), ("1,5", 1.5), ("1,000 %", 10), ("-1/2,000", -0.0005)],
)
def test_commas_mean_what_they_mean_in_a_lab(text, number):
    assert as_number(text) == number


def test_an_exercise_that_does_not_exist_is_refused():
    with pytest.raises(KeyError, match=r"no exercise '9\.9'"):
        check("9.9", 1)


@pytest.mark.parametrize("lesson", [1, 2, 3, 4, 5])
def test_each_lesson_has_one_exercise_of_each_kind_and_one_for_who_is_done_early(lesson):
    (path,) = [each for each in ALL_NOTEBOOKS if name(each).startswith(f"0{lesson}_")]
    text = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    found = re.findall(r"(?m)^\*\*(\d\.\d)(?: (\w+)\.\*\*|\*\* \((\w+)\))", text)
    kinds = ["recall", "apply", "diagnose", "design", "explain"]
    assert [(number, (before or after).lower()) for number, before, after in found] == [
        (f"{lesson}.{place}", kind) for place, kind in enumerate(kinds, start=1)
    ]
    assert len(re.findall(r"(?m)^\*\*Done early\?\*\* ", text)) == 1
