"""Self-checks of lesson 1, weight initialization: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np

from course.ask.choice import four_letters, is_near, one_of
from course.ask.forms import AnswerTypeError, as_array, as_number, result_of
from helpers.signals import layer_signals, propagate

N_INPUTS = 400


def four_networks(images):
    """Return the Signals of images (n, 784) in the untrained networks of exercise 1.3, by the letters "A" to "D".

    Examples
    --------
    >>> networks = four_networks(np.random.default_rng(0).normal(size=(10, 784)))
    >>> [*networks]
    ['A', 'B', 'C', 'D']
    """
    return {
        "A": propagate(images, "sigmoid", lambda n_in, n_out: 5.0, 30),
        "B": propagate(images, "ReLU", 1.0, 30),
        "C": propagate(images, "sigmoid", lambda n_in, n_out: 0.1, 30),
        "D": propagate(images, "ReLU", 2.0, 30),
    }


_FACTORS = {  # of outputs and gradients, that are common and wrong
    (4, 1): "That is the layer from 400 to 100 units.",
    (1, 1): "On the way backward the number of outputs counts, and that is 400.",
    (1, 2): "That is how much the root mean square of the gradients grows. The mean square is asked for.",
    (0.5, 2): "He's variance is 2 over the fan-in, not 1.",
    (2, 8): "ReLU takes half of each away.",
}


def _factors_where_the_width_changes(answer):
    expected = "two numbers, as in (0.5, 2)"
    try:
        forward, backward = answer.strip("()[] ").split(",") if isinstance(answer, str) else answer
    except (TypeError, ValueError):
        raise AnswerTypeError(answer, expected) from None
    pair = as_number(forward, expected), as_number(backward, expected)
    if np.allclose(pair, (1, 4), rtol=0.01):
        return None
    hints = [hint for wrong, hint in _FACTORS.items() if np.allclose(pair, wrong, rtol=0.01)]
    hint = [*hints, "Var[w] is 2/100. Which number of units does each of the two rules contain?"][0]
    return f"Got ({pair[0]:g}, {pair[1]:g}), expected {expected}. {hint}"


def _kernel_gradient_norms(function):
    dense = keras.layers.Dense
    hidden = [dense(6, "tanh"), dense(5, "tanh")]
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), *hidden, dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.random.default_rng(0).normal(size=(4, 28, 28)).astype("float32"), np.array([0, 1, 2, 0])
    right = layer_signals(model, x, y).kernel_gradient_norm
    norms = as_array(result_of(function, model, x, y), "that the function returns a list of norms")
    n = len(hidden)
    if norms.shape in ((n,), (n + 1,)) and np.allclose(norms, right[: norms.size], rtol=1e-3):
        return None
    if norms.shape == (2 * (n + 1),):
        return "That has the biases, too. Asked are the kernels alone."
    if norms.shape not in ((n,), (n + 1,)):
        return f"For a network with {n + 1} kernels it returns {norms.size} numbers, expected one for each kernel."
    squares = np.allclose(norms, right[: norms.size] ** 2, rtol=1e-3)
    hint = "That is the square of the norm." if squares else "Is it the norm of the gradient, and of the kernel?"
    return f"For the first kernel it returns {norms[0]:.3g}, expected {right[0]:.3g}. {hint}"


def _hint_for_order(letters):
    if set(letters[:2]) != {"B", "D"}:
        return "A sigmoid's output lies between 0 and 1, whatever its weights: it neither grows nor shrinks."
    if letters[0] != "B":
        return "With a scale of 1 a ReLU network loses half of the mean square in each layer; with 2 it keeps it."
    return "Saturated units need not make the gradient vanish: the few that are not pass it on through large weights."


_SCALES = [  # functions of the slope that are common and wrong
    (lambda slope: 2.0, "That is ReLU's scale, whatever the slope. What do the negative halves of z let through?"),
    (lambda slope: 2 / (1 + slope), "A slope multiplies z, so its square multiplies the mean square."),
    (lambda slope: 1 / (1 + slope**2), "Each half of the z has half of the mean square: (1 + slope^2) / 2 is left."),
    (lambda slope: (1 + slope**2) / 2, "That is the fraction that is left. The scale has to make up for it."),
]


def _leaky_relu_initializer(function):
    n_in, slopes = 400, (0.3, 0.01, 1.0)
    initializers = [keras.initializers.get(result_of(function, slope)) for slope in slopes]
    for initializer in initializers:
        if not callable(initializer):
            raise AnswerTypeError(initializer, "that the function returns an initializer")
    scales = [np.var(initializer((n_in, 2_000))) * n_in for initializer in initializers]
    right = [2 / (1 + slope**2) for slope in slopes]
    if np.allclose(scales, right, rtol=0.03):
        return None
    hints = [hint for scale, hint in _SCALES if np.allclose(scales, [scale(slope) for slope in slopes], rtol=0.03)]
    hint = [*hints, "What fraction of E[z^2] does each half of the z keep?"][0]
    wrong = next(i for i in range(len(slopes)) if not np.isclose(scales[i], right[i], rtol=0.03))
    return (
        f"For slope {slopes[wrong]} it draws weights of scale {scales[wrong]:.2g}, expected {right[wrong]:.3g}. {hint}"
    )


def _glorot_limit(function):
    n_in, n_out = 300, 100
    limit = as_number(result_of(function, n_in, n_out), "that the function returns a number")
    right = np.sqrt(6 / (n_in + n_out))
    if np.isclose(limit, right):
        return None
    return f"For {n_in} and {n_out} it returns {limit:.4g}, expected {right:.4g}. U(-r, r) has the variance r^2 / 3."


CHECKS = {
    "1.1": is_near(
        np.sqrt(2 / N_INPUTS),
        {
            2 / N_INPUTS: "That is the variance; the standard deviation is its square root.",
            np.sqrt(1 / N_INPUTS): "That keeps E[z^2], as LeCun's does. ReLU then takes half of it away.",
            2: "That is the scale: 400 times the variance of the weights. Solve it for their standard deviation.",
        },
        f"It keeps the signal if {N_INPUTS} times its square is the scale that ReLU needs.",
        "a standard deviation",
        rtol=0.02,
    ),
    "1.2": _factors_where_the_width_changes,
    "1.3": four_letters("BDCA", _hint_for_order),
    "1.4": _leaky_relu_initializer,
    "1.5": one_of(
        "B",
        {
            "A": "40 times 0.00001 is tiny, too.",
            "C": "Layer 1 has a tiny gradient, too: 0.000012 for the image of the lesson. Little comes back there.",
            "D": "These are ReLU units, and their signals were small, not large.",
        },
    ),
    "1, done early": _kernel_gradient_norms,
    "1.6": _glorot_limit,
    "1.7": is_near(
        1 - 1 / np.pi,
        {0.5: "That is E[a^2], as a fraction of E[z^2]. The question is about Var[a], as a fraction of E[a^2]."},
        "Var[a] is E[a^2] minus the square of E[a], and ReLU's E[a] is not zero.",
        "a fraction",
    ),
    "1.8": is_near(
        0.8**10,
        {0.8**20: "That is the factor of the mean square; its root was asked for."},
        "Each layer multiplies E[a^2] by n_in Var[w] / 2, and Var[w] is 2 over the mean of the fans.",
        "the factor of the root mean square",
    ),
}
