"""Self-checks of lesson 3, SELU and deep nets: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np

from helpers.activations import ACTIVATIONS


def _selu_derivative(function):
    z = np.array([-3.0, -0.5, 0.5, 2.0])
    wanted = ACTIVATIONS["SELU"].derivative(z)
    found = np.asarray(function(z), dtype=float)
    if found.shape == z.shape and np.allclose(found, wanted, rtol=1e-4):
        return None
    return f"At z = {z} it returns {found}. Both pieces carry the factor lambda."


def _layers_to_collapse(answer):
    cosine, count = 0.0, 0
    while cosine <= 0.9:
        cosine = (np.sqrt(1 - cosine**2) + cosine * (np.pi - np.arccos(cosine))) / np.pi
        count += 1
    return None if answer == count else "Start from c = 0, apply the formula again and again, and count."


def _selu_network(build):
    *hidden, last_but_one, _ = build().layers
    dense = [layer for layer in hidden if isinstance(layer, keras.layers.Dense)]
    if [layer.units for layer in dense] != [100] * 20:
        return f"Its hidden Dense layers have {[layer.units for layer in dense]} units."
    if any(layer.activation is not keras.activations.selu for layer in dense):
        return "Not every hidden layer has SELU."
    if not all(isinstance(layer.kernel_initializer, keras.initializers.LecunNormal) for layer in dense):
        return "Not every hidden kernel is drawn by LeCun's normal initialization."
    if not isinstance(last_but_one, keras.layers.AlphaDropout) or not np.isclose(last_but_one.rate, 0.1):
        return "The layer before the output is not AlphaDropout with rate 0.1."
    return None


def _standardize_new(function):
    train = np.array([[0.0, 5.0, 1.0], [2.0, 5.0, 3.0], [4.0, 5.0, 8.0]])
    new = np.array([[2.0, 6.0, 4.0], [10.0, 5.0, -4.0]])
    std = train.std(axis=0)
    wanted = np.where(std > 0, (new - train.mean(axis=0)) / np.where(std > 0, std, 1), 0)
    found = np.asarray(function(train, new), dtype=float)
    if found.shape == new.shape and np.allclose(found, wanted):
        return None
    return f"For train =\n{train}\nand new =\n{new}\nit returns\n{found}"


def _selu_std(answer):
    right = 1 / 20  # 400 inputs
    if np.isclose(answer, right, rtol=0.01):
        return None
    if np.isclose(answer, right**2, rtol=0.01):
        return "That is the variance; the standard deviation is its root."
    if np.isclose(answer, right * np.sqrt(2), rtol=0.01):
        return "That is He's, for ReLU. SELU's constants are made for z with the variance of the outputs below."
    return "SELU needs LeCun's initialization: n_in Var[w] = 1."


def _four_networks(answer):
    letters = answer.upper().replace(" ", "") if isinstance(answer, str) else ""
    if letters == "CDAB":
        return None
    if sorted(letters) != list("ABCD"):
        return 'Write each of the four letters once, as in "ABCD".'
    if letters[0] != "C":
        return "In the last layer of a deep ReLU network all garments point the same way: their mean cosine is near 1."
    if letters[1] != "D":
        return "SELU with LeCun's initialization is the one whose gradient grows on its way down."
    return "Both tanh networks lose gradient alike. Orthogonal kernels keep the directions that normal ones lose."


def _block(block):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((100,))
    model = keras.Model(inputs, block(inputs))
    a = np.random.default_rng(0).normal(size=(5, 100)).astype("float32")
    branch = np.asarray(model(a)) - a
    if branch.shape != a.shape or not np.abs(branch).max() > 1e-3:
        return "Its branch adds nothing: what comes out is what goes in."
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    if [layer.units for layer in dense] != [100]:
        return f"Its Dense layers have {[layer.units for layer in dense]} units, not [100]."
    of_ten_times = np.asarray(model(10 * a)) - 10 * a
    dense[0].set_weights([np.zeros_like(weight) for weight in dense[0].get_weights()])
    if not np.allclose(model(a), a, atol=1e-6):
        return "With a kernel of zeros it should give back its input as it is. Is anything applied after the sum?"
    if not np.allclose(of_ten_times, branch, atol=0.02 * np.abs(branch).max()):
        return "Inputs ten times as large change what the branch adds: normalize first."
    dense[0].set_weights([np.eye(100), *dense[0].get_weights()[1:]])
    added = np.asarray(model(a)) - a
    return None if added.min() > -1e-6 else "Between normalizing and the kernel there is no ReLU."


_SUPPORTED = {
    "A": "Neither the gradient of the outputs nor that of the kernels vanishes on the way down.",
    "B": "Each had its best rate of five, and six seeds were compared in pairs.",
    "C": "tanh with LeCun's initialization keeps it near 0, and is far behind the orthogonal one.",
    "D": "That is the comparison of tanh with itself, normal against orthogonal.",
    "E": "No experiment changed the directions and nothing else.",
}


def _supported(answer):
    chosen = set(answer.upper().replace(" ", "").replace(",", "")) if isinstance(answer, str) else set()
    if not chosen or chosen - set(_SUPPORTED):
        return 'Write the letters of the sentences that you accept, as in "ACE".'
    wrong = sorted(chosen ^ {"B", "D"})
    return f"Think again about {wrong[0]}. {_SUPPORTED[wrong[0]]}" if wrong else None


CHECKS = {
    "3.1": _selu_std,
    "3.2": _layers_to_collapse,
    "3.3": _four_networks,
    "3.4": _block,
    "3.5": _supported,
    "3.6": _selu_derivative,
    "3.7": _selu_network,
    "3.8": _standardize_new,
}
