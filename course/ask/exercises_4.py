"""Self-checks of lesson 4, batch normalization: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np

from course.ask.choice import is_near, one_for_each, one_of
from course.ask.forms import AnswerTypeError, as_array, as_model, as_number, as_texts, dense_layers, result_of

_COUNTS = {  # of all and of trained parameters, a unit, that are common and wrong
    (2, 2): "That leaves out what is kept but not trained: the moving mean and the moving variance of each unit.",
    (4, 4): "The moving mean and variance are measured in the forward pass. Gradient descent does not change them.",
    (2, 4): "Write the number of all parameters first, then that of the trainable ones, which cannot be larger.",
    (4, 1): "Each unit has a gamma and a beta, and both are trainable.",
    (4, 0): "gamma and beta are trainable, as weights are.",
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
    hint = _COUNTS.get(tuple(counts / n_units), "Of gamma, beta, moving mean and moving variance, which are trainable?")
    return f"For {n_units} units it returns ({', '.join(f'{each:g}' for each in counts)}), expected {right}. {hint}"


def _normalized_network(build):
    model = as_model(build)
    layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.Flatten)]
    dense = dense_layers(model)
    if [layer.units for layer in dense] != [100, 100, 10]:
        return f"Its Dense layers have {[layer.units for layer in dense]} units, expected [100, 100, 10]."
    if any(layer.use_bias for layer in dense[:-1]):
        return "A Dense layer right before batch normalization has a bias, which has no effect there."
    if not dense[-1].use_bias:
        return "The output layer is not followed by batch normalization, so it needs its bias."
    if not all(isinstance(layer.kernel_initializer, keras.initializers.HeNormal) for layer in dense[:-1]):
        return "Not every hidden layer has he_normal as its kernel_initializer."
    for layer in dense[:-1]:
        norm, activation = [*layers[layers.index(layer) + 1 :], None, None][:2]
        if layer.activation is not keras.activations.linear or not isinstance(norm, keras.layers.BatchNormalization):
            return "Batch normalization does not come right after each hidden Dense layer, before the activation."
        is_layer = isinstance(activation, keras.layers.Activation) and activation.activation is keras.activations.relu
        if not is_layer and not isinstance(activation, keras.layers.ReLU):
            return "ReLU does not come right after each batch normalization."
    return None


def _control(answer):
    run = as_texts(answer, ("batch norm", "learning rate"))
    norm, rate = run["batch norm"], as_number(run["learning rate"])
    got = f"Got {norm}, {rate:g}; expected"
    if norm not in ("yes", "no"):
        return f'{got} "yes" or "no" for batch norm.'
    if rate == 1:
        return f"{got} a new run. He has that run already."
    if norm == "yes":
        return f"{got} a run that shows what the network without batch norm can reach."
    if not 0.01 <= rate <= 0.2:  # the lesson has tried 0.01 and 0.1
        return f"{got} a learning rate at which the network without batch norm learns well within a few epochs."
    return None


CHECKS = {
    "4.1": _batch_norm_parameters,
    "4.2": _normalized_network,
    "4.3": one_for_each(
        {"A": "moving averages", "B": "wrong flag", "C": "shifted inputs", "D": "batches of one"},
        {
            "A": "The problem of A goes away with more steps. What needs many steps until it is right?",
            "B": "In B the result for the same images depends on the other images of their batch. "
            "When does batch norm use the batch?",
            "C": "In C the other images of the batch make no difference, and images of the old camera are recognized. "
            "What is new are the images themselves.",
            "D": "D does not even learn its training images. What is an input minus its mean in a batch of one?",
        },
        "four causes",
    ),
    "4.4": _control,
    "4.5": one_of(
        "C",
        {
            "A": "The output is the same. But what about the gradient, and the step compared with the weight?",
            "B": "Batch norm divides by the standard deviation, which has become ten times as large, too. "
            "So the outputs are not larger.",
            "D": "The gradient is a tenth of what it was, not ten times as large.",
        },
    ),
    "4, done early": is_near(
        0.9**20,
        {
            1 - 0.9**20: "That is what the 20 batches have brought in. How much of the initial value is left?",
            0: "That subtracts a tenth of the initial value each time. In fact it is a tenth of what is left.",
            0.1: "That is the weight of one new batch.",
            0.9: "That is what is left after one batch.",
        },
        "Each batch leaves 0.9 of what was there before.",
        "a fraction",
    ),
}
