"""Self-checks of lesson 3, SELU and deep nets: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np

from helpers.activations import ACTIVATIONS
from helpers.lessons.choice import one_of


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


_diagnosis = one_of(
    "direction collapse",
    {
        "vanishing gradients": "Its gradient at layer 2 is about as large as at layer 100.",
        "exploding gradients": "Its gradient at layer 2 is about as large as at layer 100.",
        "dead units": "A dead unit answers 0 to everything. These answer, but the same to everything.",
    },
)


CHECKS = {
    "3.1": _selu_derivative,
    "3.2": _layers_to_collapse,
    "3.3": _selu_network,
    "3.4": _standardize_new,
    "3.5": _diagnosis,
}
