"""Self-checks of lesson 3, SELU and deep nets: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np

from course.ask.choice import four_letters, is_near
from course.ask.forms import AnswerTypeError, as_array, as_letters, as_model, as_number, dense_layers, result_of
from helpers.activations import ACTIVATIONS


def _hint_for_order(letters):
    if letters[3] != "A":
        return "The sigmoid's slope is at most 1/4, so each layer makes the gradient about four times smaller."
    if letters[2] != "B":
        return "SELU keeps images apart: its mean cosine stays near 0."
    return "In both ReLU networks the images merge. He initialization keeps the gradient, Glorot's does not."


def _residual_block(block):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((100,))
    outputs = result_of(block, inputs)
    if not isinstance(outputs, keras.KerasTensor):
        raise AnswerTypeError(outputs, "that the function returns what Keras layers return")
    if outputs.shape != inputs.shape:
        return f"It makes {outputs.shape} of {inputs.shape}, expected the same shape."
    model = keras.Model(inputs, outputs)
    dense = dense_layers(model)
    if [layer.units for layer in dense] != [100, 100]:
        return f"Its Dense layers have {[layer.units for layer in dense]} units, expected [100, 100]."
    a = np.random.default_rng(0).normal(size=(5, 100)).astype("float32")
    if not np.allclose(model(a), a, atol=1e-6):
        return "Before training its output is not its input. What must the last kernel be, so that the branch gives 0?"
    if not np.any(dense[0].kernel):
        return "Both kernels are 0. Then neither gets a gradient, and the block never learns. Which one may start at 0?"
    dense[0].kernel.assign(-np.eye(100))  # between two ReLUs it lets nothing through
    dense[1].kernel.assign(np.eye(100))
    if not np.allclose(model(-np.abs(a)), -np.abs(a), atol=1e-6):
        return "A negative input changes what the branch adds, expected a ReLU before the first Dense layer."
    if not np.allclose(model(a), a, atol=1e-6):
        return "There is no ReLU between the two Dense layers."
    return None


_SUPPORTED = {
    "A": "Look at the gradients in layer 3 and layer 100: do they vanish?",
    "B": "The mean cosine was predicted and measured, layer by layer.",
    "C": "That is the leaky ReLU network: the scale of its weights only keeps the size of the signal.",
    "D": "SELU keeps images further apart than leaky ReLU. Which of the two learned faster?",
    "E": "Which experiment has excluded every other reason?",
}


def _supported(answer):
    letters = as_letters(answer, _SUPPORTED, 'the letters of the sentences that you accept, as in "ACE"')
    wrong = sorted(set(letters) ^ {"B", "C"})
    if not wrong:
        return None
    letters = "".join(dict.fromkeys(letters))
    return f"Got {letters}, expected other letters. Think again about {wrong[0]}. {_SUPPORTED[wrong[0]]}"


_PAIRS = {
    (1, 1): "Half of the pairs point opposite ways: their cosine is -1.",
    (0, 0): "The mean of the cosines is 0, but none of them is: the absolute value of -1 is 1.",
    (
        1,
        0,
    ): "The other way round: first the mean of the cosines, in which 1 and -1 cancel, then that without signs.",
    (-1, 1): "Half of the pairs point the same way: their cosine is 1.",
}


def _cosine_and_size(answer):
    expected = "two numbers, as in (0.5, 0.5)"
    try:
        cosine, size = answer.strip("()[] ").split(",") if isinstance(answer, str) else answer
    except (TypeError, ValueError):
        raise AnswerTypeError(answer, expected) from None
    pair = as_number(cosine, expected), as_number(size, expected)
    if np.allclose(pair, (0, 1), atol=0.02):
        return None
    hints = [hint for wrong, hint in _PAIRS.items() if np.allclose(pair, wrong, atol=0.02)]
    hint = [*hints, "Two images point the same way or opposite ways, as often one as the other."][0]
    return f"Got ({pair[0]:g}, {pair[1]:g}), expected {expected}. {hint}"


def _selu_derivative(function):
    z = np.array([-3.0, -0.5, 0.5, 2.0])
    right = ACTIVATIONS["SELU"].derivative(z)
    found = as_array(result_of(function, z))
    if found.shape == z.shape and np.allclose(found, right, rtol=1e-4):
        return None
    return f"At z = {z} it returns {found}, expected {right.round(3)}. Both pieces carry the factor lambda."


def _selu_network(build):
    hidden = as_model(build).layers[:-1]
    dense = [layer for layer in hidden[:-1] if isinstance(layer, keras.layers.Dense)]
    if [layer.units for layer in dense] != [100] * 20:
        return f"Its hidden Dense layers have {[layer.units for layer in dense]} units, expected 20 times 100."
    if any(layer.activation is not keras.activations.selu for layer in dense):
        return "Not every hidden layer has SELU."
    if not all(isinstance(layer.kernel_initializer, keras.initializers.LecunNormal) for layer in dense):
        return "Not every hidden kernel is drawn by LeCun's normal initialization."
    if not isinstance(hidden[-1], keras.layers.AlphaDropout) or not np.isclose(hidden[-1].rate, 0.1):
        return "The layer before the output is not AlphaDropout with rate 0.1."
    return None


def _standardize_new(function):
    train = np.array([[0.0, 5.0, 1.0], [2.0, 5.0, 3.0], [4.0, 5.0, 8.0]])
    new = np.array([[2.0, 6.0, 4.0], [10.0, 5.0, -4.0]])
    mean, std = train.mean(axis=0), train.std(axis=0)
    right = np.where(std > 0, (new - mean) / np.where(std > 0, std, 1), 0)
    found = as_array(result_of(function, train, new))
    if found.shape == new.shape and np.allclose(found, right):
        return None
    if found.shape == new.shape and np.allclose(found, new - mean):
        return "That only centres. Divide by train's standard deviation, too."
    return f"For train =\n{train}\nand new =\n{new}\nit returns\n{found},\nexpected\n{right}"


CHECKS = {
    "3.1": is_near(
        1 / 20,  # 400 inputs
        {
            1 / 400: "That is the variance; the standard deviation is its square root.",
            np.sqrt(2 / 400): "That is He initialization, for ReLU. SELU is made for z with variance 1: LeCun's.",
            1: "That is 400 times the variance of the weights. Solve it for their standard deviation.",
        },
        "SELU needs LeCun initialization: n_in Var[w] = 1.",
        "a standard deviation",
    ),
    "3.2": is_near(
        13,
        {
            12: "One too few: after 12 layers the cosine is 0.894, still below 0.9.",
            14: "One too many: after 13 layers it is 0.906, above 0.9 already. (c = 0 is before the first layer.)",
            1: "That is what one layer makes of a cosine near 0.9. Here it starts from 0.",
        },
        "Start from c = 0, apply the formula again and again, and count.",
        "a number of layers",
        rtol=0,
        atol=1e-6,
    ),
    "3.3": four_letters("CDBA", _hint_for_order),
    "3.4": _residual_block,
    "3.5": _supported,
    "3, done early": _cosine_and_size,
    "3.6": _selu_derivative,
    "3.7": _selu_network,
    "3.8": _standardize_new,
}
