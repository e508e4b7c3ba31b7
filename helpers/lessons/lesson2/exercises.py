"""Self-checks of lesson 2, nonsaturating activations: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np

from helpers.lessons.choice import one_for_each


def _dead_share(function):
    # one unit never active, one always, one on a single image, one that rests on zero
    z = np.array([[-1.0, 2.0, -3.0, 0.0], [-2.0, 1.0, 0.5, 0.0], [-0.1, 3.0, -1.0, -1.0]])
    found = function(z)
    if found is ... or found is None:
        return "It returns no number yet."
    found = np.asarray(found, dtype=float)
    if found.shape != ():
        return f"It returns an array of shape {found.shape}; the answer is one number for the whole layer."
    if np.isclose(found, 2 / 4):
        return None
    if np.isclose(found, (z <= 0).mean()):
        return "That is the share of silent outputs. A unit is dead only if it is silent on every image: all(axis=0)."
    if np.isclose(found, (z <= 0).any(axis=0).mean()):
        return "You count the units that are silent on some image. Dead means silent on every one."
    if np.isclose(found, (z <= 0).all(axis=1).mean()):
        return "You look along the wrong axis: images are rows, units are columns."
    if np.isclose(found, (z < 0).all(axis=0).mean()):
        return "ReLU gives 0 for z = 0, too, so a unit with z <= 0 everywhere is dead."
    return f"For z of 3 images and 4 units, of which 2 are dead, it returns {found:g}."


def _leaky_network(build):
    model = build()
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    if [layer.units for layer in dense] != [300, 100, 10]:
        return f"Its Dense layers have {[layer.units for layer in dense]} units."
    if not all(isinstance(layer.kernel_initializer, keras.initializers.HeNormal) for layer in dense[:-1]):
        return "Not every hidden kernel is drawn by He's normal initialization."
    ends = [model.layers.index(layer) for layer in dense[1:]]
    starts = [model.layers.index(layer) for layer in dense[:-1]]
    for start, end in zip(starts, ends, strict=True):
        z = np.array([[-1.0, 2.0]], dtype="float32")
        hidden = z if dense[0].activation is None else np.asarray(model.layers[start].activation(z))
        for layer in model.layers[start + 1 : end]:
            hidden = np.asarray(layer(hidden))
        below, above = 0.0 - hidden[0, 0], hidden[0, 1]
        if not np.isclose(above, 2):
            return f"At z = 2 a hidden layer gives {above:g} instead of 2."
        if not np.isclose(below, 0.01):
            hint = " That is Keras's default: write negative_slope=0.01." if np.isclose(below, [0.2, 0.3]).any() else ""
            return f"Below zero a hidden layer has the slope {below:g}.{hint}"
    return None


_CAUSES = {"A": "negative biases", "B": "rate, inputs in [0, 1]", "C": "rate, standardized inputs"}
_CAUSE_HINTS = {
    "A": "A was measured before the first step: no learning rate has acted yet.",
    "B": "In B the first layer dies. Which inputs let all of a unit's z move together there?",
    "C": "In C the first layer lives and the second dies. Which layer's inputs are never negative there?",
}


def _control(answer):
    inputs, rate = str(answer["inputs"]).lower().replace("standardis", "standardiz"), float(answer["rate"])
    if not inputs.startswith(("raw", "standardiz")) or rate not in (0.1, 0.4):
        return "Choose raw or standardized inputs, and a rate that one of the two runs had: 0.1 or 0.4."
    if (inputs[:3], rate) in (("raw", 0.4), ("sta", 0.1)):
        return f"She has that run already ({inputs}, rate {rate:g})."
    layers = answer["layers"]
    if layers not in (1, 2, "both"):
        return 'Choose 1, 2 or "both" for the layers.'
    if layers != "both":
        return "Look at both hidden layers: units may die in the one that you leave out."
    return None


def _five_of_five(answer):
    if np.isclose(answer, 2 / 2**5):
        return None
    if np.isclose(answer, 1 / 2**5):
        return "That is one side. All five behind would have surprised her as much."
    if np.isclose(answer, 5 / 2**5):
        return "Count the outcomes at least as extreme: all five ahead, or all five behind."
    if np.isclose(answer, 0):
        return "Even a fair coin falls five times on the same side now and then."
    return f"It is not {answer}. There are 2^5 ways in which five signs can fall; how many are this one-sided?"


CHECKS = {
    "2.1": _dead_share,
    "2.2": _leaky_network,
    "2.3": one_for_each(_CAUSES, _CAUSE_HINTS, "three causes"),
    "2.4": _control,
    "2.5": _five_of_five,
}
