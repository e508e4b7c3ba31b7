"""Self-checks of lesson 4, batch normalization: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np

from helpers.lessons.choice import one_of


def _batch_norm_parameters(function):
    n_units = 7
    layer = keras.layers.BatchNormalization()
    layer.build((None, n_units))
    wanted = (layer.count_params(), sum(np.prod(variable.shape) for variable in layer.trainable_variables))
    found = tuple(function(n_units))
    if found == wanted:
        return None
    return f"For {n_units} units it returns {found}. gamma, beta, moving mean, moving variance: which are trained?"


def _batches_to_forget(answer):
    count = next(n for n in range(10_000) if 0.99**n < 0.01)
    return None if answer == count else "After n batches the start value weighs 0.99 to the power of n."


def _batch_norm_backward(function):
    rng = np.random.default_rng(0)
    z, gradient = rng.normal(3, 2, (6, 2)), rng.normal(size=(6, 2))
    variance = z.var(axis=0) + 1e-3
    normalized = (z - z.mean(axis=0)) / np.sqrt(variance)
    along = (gradient * normalized).mean(axis=0)
    wanted = (gradient - gradient.mean(axis=0) - normalized * along) / np.sqrt(variance)
    found = np.asarray(function(z, gradient), dtype=float)
    if found.shape != z.shape:
        return f"For z of shape {z.shape} it returns shape {found.shape}."
    if np.allclose(found, wanted, rtol=0.01):  # with or without epsilon
        return None
    if not np.allclose(found.sum(axis=0), 0, atol=1e-6):
        return "What it returns does not add up to 0 over the batch."
    return "It adds up to 0 over the batch. What of its product with the normalized z?"


def _normalized_network(build):
    layers = [layer for layer in build().layers if not isinstance(layer, keras.layers.Flatten)]
    dense = [layer for layer in layers if isinstance(layer, keras.layers.Dense)]
    if [layer.units for layer in dense] != [100, 100, 10]:
        return f"Its Dense layers have {[layer.units for layer in dense]} units."
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


_poor_validation = one_of(
    "moving averages",
    {
        "overfitting": "Overfitting grows with training. This went away.",
        "small batches": "More training would not cure that.",
        "exploding gradients": "Then the training accuracy would be poor, too.",
    },
)


CHECKS = {
    "4.1": _batch_norm_parameters,
    "4.2": _batches_to_forget,
    "4.3": _batch_norm_backward,
    "4.4": _normalized_network,
    "4.5": _poor_validation,
}
