"""Self-checks of lesson 4, batch normalization: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np

from course.ask.choice import is_near, one_for_each, one_of
from course.ask.forms import AnswerTypeError, as_array, as_model, as_number, as_texts, dense_layers, result_of

_COUNTS = {  # of all and of trained parameters, a unit, that are common and wrong
    (2, 2): "That leaves out what is kept but not trained: each unit's moving mean and moving variance.",
    (4, 4): "The moving mean and variance are measured in the forward pass. No gradient moves them.",
    (2, 4): "All of them first, then those that are trained: these cannot be more.",
    (4, 1): "Each unit has a gamma and a beta, and both are trained.",
    (4, 0): "gamma and beta are trained, as weights are.",
}


def _batch_norm_parameters(function):
    n_units = 7
    layer = keras.layers.BatchNormalization()
    layer.build((None, n_units))
    right = (layer.count_params(), sum(int(np.prod(variable.shape)) for variable in layer.trainable_variables))
    value = result_of(function, n_units)
    counts = as_array(value, "that the function returns a pair of numbers")
    if counts.shape != (2,):
        raise AnswerTypeError(value, "that the function returns a pair of numbers")
    if tuple(counts) == right:
        return None
    hint = _COUNTS.get(tuple(counts / n_units), "gamma, beta, moving mean, moving variance: which are trained?")
    return f"For {n_units} units it returns ({', '.join(f'{each:g}' for each in counts)}), expected {right}. {hint}"


def _normalized_network(build):
    model = as_model(build)
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.Flatten)]
    dense = dense_layers(model)
    if [layer.units for layer in dense] != [100, 100, 10]:
        return f"Its Dense layers have {[layer.units for layer in dense]} units, expected [100, 100, 10]."
    if any(layer.use_bias for layer in dense[:-1]):
        return "A Dense layer right before batch normalization has a bias that does nothing."
    if not dense[-1].use_bias:
        return "The output layer has no batch normalization behind it: there the bias does something."
    if not all(isinstance(layer.kernel_initializer, keras.initializers.HeNormal) for layer in dense[:-1]):
        return "Not every hidden kernel is drawn by He's normal initialization."
    for layer in dense[:-1]:
        norm, activation = [*layers[layers.index(layer) + 1 :], None, None][:2]
        if layer.activation is not keras.activations.linear or not isinstance(norm, keras.layers.BatchNormalization):
            return "Batch normalization does not come right after each hidden Dense layer, before the activation."
        is_layer = isinstance(activation, keras.layers.Activation) and activation.activation is keras.activations.relu
        if not is_layer and not isinstance(activation, keras.layers.ReLU):
            return "ReLU does not come right after each batch normalization."
    return None


def _control(answer):
    run = as_texts(answer, ("pixels", "batch norm", "rate"))
    pixels, norm, rate = run["pixels"].removesuffix(" pixels"), run["batch norm"], as_number(run["rate"])
    got = f"Got {run['pixels']}, {norm}, {rate:g}; expected"
    if pixels not in ("raw", "standardized") or norm not in ("none", "pixels", "hidden", "both"):
        return f'{got} "raw" or "standardized" pixels, and batch norm at "none", "pixels", "hidden" or "both".'
    if rate != 0.001:
        return f"{got} his rate: with another one two things differ from the runs that are there."
    if pixels == "raw" and norm in ("none", "both"):
        return f"{got} a new run. That run is there already."
    if norm in ("hidden", "both"):
        return f"{got} another run. Its hidden layers have batch norm, so it cannot show what happens without."
    if pixels == "standardized" and norm == "pixels":
        return f"{got} one thing. Pixels that are standardized need no batch norm to be so: one of the two is enough."
    return None


CHECKS = {
    "4.1": _batch_norm_parameters,
    "4.2": _normalized_network,
    "4.3": one_for_each(
        {"A": "moving averages", "B": "wrong flag", "C": "shifted inputs", "D": "batches of one"},
        {
            "A": "What was wrong in A goes away with more steps. What needs steps to arrive?",
            "B": "In B the same images get other answers in other company. "
            "When does an image's answer depend on its batch?",
            "C": "In C company makes no difference, and the laboratory's images go well. What is new are the images.",
            "D": "D does not even learn its training images. "
            "What does z minus its mean tell when the batch has one image?",
        },
        "four causes",
    ),
    "4.4": _control,
    "4.5": one_of(
        "C",
        {
            "A": "The output is the same. And the gradient? And a step, compared with the weight that it moves?",
            "B": "Batch norm divides by the standard deviation, which grew tenfold with the weights: "
            "nothing is larger.",
            "D": "The gradient is a tenth of what it was, not ten times as large.",
        },
    ),
    "4, done early": is_near(
        0.9**20,
        {
            1 - 0.9**20: "That is the share that has arrived. Asked is what is left of the start.",
            0: "That takes a tenth of the start away each time. It is a tenth of what is left.",
            0.1: "That is what one batch brings in.",
            0.9: "That is after one batch.",
        },
        "Each batch leaves 0.9 of what was there before.",
        "a share",
    ),
}
