"""Self-checks of lesson 1, weight initialization: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np

from helpers.lessons.choice import one_of

N_INPUTS = 400


def _he_std(answer):
    right = np.sqrt(2 / N_INPUTS)
    if np.isclose(answer, right, rtol=0.01):
        return None
    if np.isclose(answer, 2 / N_INPUTS, rtol=0.01):
        return "That is the variance; the standard deviation is its root."
    if np.isclose(answer, right / np.sqrt(2), rtol=0.01):
        return "That keeps E[z^2]. ReLU then takes half of it away."
    return f"It keeps the signal if {N_INPUTS} times its square is the gain that ReLU needs."


def _glorot_limit(function):
    n_in, n_out = 300, 100
    found = function(n_in, n_out)
    if np.isclose(found, np.sqrt(6 / (n_in + n_out))):
        return None
    return f"For {n_in} and {n_out} it returns {found}; U(-r, r) has the variance r^2 / 3."


def _relu_variance_share(answer):
    mean_square, mean = 1 / 2, 1 / np.sqrt(2 * np.pi)
    if np.isclose(answer, 1 - mean**2 / mean_square, atol=0.005):
        return None
    return "Var[a] is E[a^2] minus the square of E[a], and ReLU's E[a] is not zero."


def _leaky_relu_initializer(function):
    shape = 400, 200
    for slope in (0.3, 0.01, 1.0):
        try:
            drawn = np.var(keras.initializers.get(function(slope))(shape))
        except TypeError:
            return "Put a number in place of the `...`."
        wanted = 2 / (1 + slope**2) / shape[0]
        if not np.isclose(drawn, wanted, rtol=0.03):
            return (
                f"For slope {slope} and {shape[0]} inputs it draws weights of variance {drawn:.3g}. "
                "Which share of E[z^2] does each half of the z keep?"
            )
    return None


def _fresh_initializers(build):
    *hidden, _ = [layer for layer in build().layers if isinstance(layer, keras.layers.Dense)]
    if not hidden:
        return "It has no hidden Dense layer yet."
    if [layer.units for layer in hidden] != [100, 100, 100]:
        return f"Its hidden Dense layers have {[layer.units for layer in hidden]} units."
    if any(layer.activation is not keras.activations.relu for layer in hidden):
        return "Not every hidden layer has ReLU."
    if any(
        type(layer.kernel_initializer) is not keras.initializers.VarianceScaling
        or (layer.kernel_initializer.scale, layer.kernel_initializer.mode) != (2, "fan_avg")
        or layer.kernel_initializer.distribution != "uniform"
        for layer in hidden
    ):
        return "Not every hidden kernel is drawn by that VarianceScaling."
    second, third = (layer.kernel.numpy() for layer in hidden[1:])
    return "The second and the third kernel are identical." if np.array_equal(second, third) else None


def _zigzag_factor(answer):
    n, wide = 100, 400
    factors = [2 * n_in / (n_in + n_out) for n_in, n_out in ((wide, n), (n, wide))]
    if np.isclose(answer, np.sqrt(np.prod(factors) ** 10), rtol=0.01):
        return None
    return "Each layer multiplies E[a^2] by n_in Var[w] / 2, and Var[w] is 2 over the mean of the fans."


def _four_networks(answer):
    letters = answer.upper().replace(" ", "") if isinstance(answer, str) else ""
    if letters == "BDCA":
        return None
    if sorted(letters) != list("ABCD"):
        return 'Write each of the four letters once, as in "ABCD".'
    if set(letters[:2]) != {"B", "D"}:
        return "A sigmoid's output lies between 0 and 1, whatever its weights: its mean square neither grows nor fades."
    if letters[0] != "B":
        return "With gain 1 a ReLU network loses half of the mean square in each layer; with gain 2 it keeps it."
    return "Saturated is not vanishing: the few z near 0 pass the gradient through weights of size 5."


CHECKS = {
    "1.1": _he_std,
    "1.2": _fresh_initializers,
    "1.3": _four_networks,
    "1.4": _leaky_relu_initializer,
    "1.5": one_of(
        "B",
        {
            "A": "Some may, but dead units only leave less of a signal: the loss would stay near that of a guess.",
            "C": "The loss became worse. A rate that is too small does not do that.",
            "D": "These are ReLU units, and their signals were small, not large.",
        },
    ),
    "1.6": _glorot_limit,
    "1.7": _relu_variance_share,
    "1.8": _zigzag_factor,
}
