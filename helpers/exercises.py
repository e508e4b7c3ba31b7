"""Self-checks of the lessons' exercises: an answer is compared with what is worked out here."""

from helpers.propagation import FUNCTIONS

import keras
import numpy as np


def check(exercise, answer):
    """Print whether the answer to an exercise is right, and a hint if it is not.

    Never raises on a wrong answer, whatever its type: an answer that cannot be checked is "not yet" right.

    Parameters
    ----------
    exercise : str
        Its number, such as "2.1".
    answer : object
        A number, a function or a model, as the exercise asks; ``...`` (Ellipsis) means that there is none yet.

    Raises
    ------
    KeyError
        If there is no such exercise.
    """
    if exercise not in _CHECKS:
        raise KeyError(f"no exercise {exercise!r}; there are {', '.join(_CHECKS)}")
    if answer is ...:
        print(f"exercise {exercise}: no answer yet")
        return
    try:
        hint = _CHECKS[exercise](answer)
    except Exception as error:  # whatever a learner's own function raises is a hint, not a crash
        hint = f"your answer raises {type(error).__name__}: {error}"
    print(f"exercise {exercise}: right" if hint is None else f"exercise {exercise}: not yet. {hint}")


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


def _leaky_relu_gain(function):
    slope = 0.3
    found = function(slope)
    if np.isclose(found, 2 / (1 + slope**2)):
        return None
    return f"For slope {slope} it returns {found}. Which share of E[z^2] does each half of the z contribute?"


def _fresh_initializers(build):
    *hidden, _ = [layer for layer in build().layers if isinstance(layer, keras.layers.Dense)]
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


def _leaky_relu_derivative(function):
    z, slope = np.array([-3.0, -0.5, 0.5, 2.0]), 0.17
    wanted = np.where(z > 0, 1, slope)
    found = np.asarray(function(z, slope), dtype=float)
    if found.shape != z.shape:
        return f"For an array of shape {z.shape} it returns shape {found.shape}."
    if not np.allclose(found, wanted):
        return f"At z = {z} with slope {slope} it returns {found}."
    return None


def _prelu_parameters(answer):
    sizes = (300, 100)
    model = keras.Sequential([keras.Input((784,))])
    for size in sizes:
        model.add(keras.layers.Dense(size))
        model.add(keras.layers.PReLU())
    extra = model.count_params() - sum(layer.count_params() for layer in model.layers[::2])
    return None if answer == extra else "Each PReLU layer learns one slope for each of its inputs."


def _elu_network(build):
    hidden = [layer for layer in build().layers if isinstance(layer, keras.layers.Dense)][:-1]
    if [layer.units for layer in hidden] != [300, 100]:
        return f"Its hidden Dense layers have {[layer.units for layer in hidden]} units."
    if any(layer.activation is not keras.activations.elu for layer in hidden):
        return "Not every hidden layer has ELU."
    if not all(isinstance(layer.kernel_initializer, keras.initializers.HeNormal) for layer in hidden):
        return "Not every hidden kernel is drawn by He's normal initialization."
    return None


def _rrelu_slope(answer):
    bounds = 0.1, 0.5
    hint = "At inference RReLU has the mean of the slopes it drew in training."
    return None if np.isclose(answer, np.mean(bounds)) else hint


def _smallest_gradient(function):
    depth, slope = 20, 0.01
    found = function(slope, depth)
    if np.isclose(found, slope**depth):
        return None
    return f"For slope {slope} and {depth} layers it returns {found}; each layer multiplies the gradient by f'(z)."


def _selu_derivative(function):
    z = np.array([-3.0, -0.5, 0.5, 2.0])
    _, derivative = FUNCTIONS["SELU"]
    wanted = derivative(z)
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


def _diagnosis(answer):
    hints = {
        "vanishing gradients": "Its gradient at layer 2 is about as large as at layer 100.",
        "exploding gradients": "Its gradient at layer 2 is about as large as at layer 100.",
        "dead units": "A dead unit answers 0 to everything. These answer, but the same to everything.",
    }
    return None if answer == "direction collapse" else hints.get(answer, "Choose one of the four.")


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


def _poor_validation(answer):
    hints = {
        "overfitting": "Overfitting grows with training. This went away.",
        "small batches": "More training would not cure that.",
        "exploding gradients": "Then the training accuracy would be poor, too.",
    }
    return None if answer == "moving averages" else hints.get(answer, "Choose one of the four.")


def _clip_by_norm(function):
    for gradient, threshold in ((np.array([3.0, 4.0]), 2.0), (np.array([0.3, 0.4]), 1.0), (np.zeros(2), 0.5)):
        norm = np.linalg.norm(gradient)
        wanted = gradient * min(1, threshold / norm) if norm else gradient
        found = np.asarray(function(gradient, threshold), dtype=float)
        if found.shape != gradient.shape or not np.allclose(found, wanted):
            return f"For {gradient} and threshold {threshold:g} it returns {found}."
    return None


def _longest_step(answer):
    rate, n_variables = 0.1, 4
    if np.isclose(answer, rate * np.sqrt(n_variables)):
        return None
    return "clipnorm bounds each variable on its own. How long is a vector of four parts of length 1?"


def _steps_to_vanish(answer):
    count = next(n for n in range(10_000) if 0.9**n < 1e-3)
    return None if answer == count else "Each step multiplies the gradient by 0.9: which power of it is below 1/1000?"


def _clipped_network(build):
    model = build()
    if not any(isinstance(layer, keras.layers.SimpleRNN) for layer in model.layers):
        return "It has no SimpleRNN layer."
    if model.input_shape != (None, 28, 28) or model.output_shape != (None, 10):
        return f"It takes {model.input_shape} and gives {model.output_shape}."
    if not model.compiled:
        return "It is not compiled."
    if not isinstance(model.optimizer, keras.optimizers.SGD) or not np.isclose(model.optimizer.learning_rate, 0.1):
        return "It is not compiled with SGD at rate 0.1."
    found = model.optimizer.clipvalue, model.optimizer.clipnorm, model.optimizer.global_clipnorm
    if found[:2] != (None, None):
        return "It clips per value or per variable: that bends the gradient's direction."
    return None if found[2] == 1 else f"Its global_clipnorm is {found[2]}."


def _uselessness(answer):
    hints = {
        "a recurrent network whose loss becomes NaN": "That is what clipping is for.",
        "a language model with a rare bad batch": "That is what clipping is for.",
    }
    wanted = "a deep sigmoid network that does not learn"
    return None if answer == wanted else hints.get(answer, "Choose one of the three.")


_CHECKS = {
    "1.1": _glorot_limit,
    "1.2": _relu_variance_share,
    "1.3": _leaky_relu_gain,
    "1.4": _fresh_initializers,
    "1.5": _zigzag_factor,
    "2.1": _leaky_relu_derivative,
    "2.2": _prelu_parameters,
    "2.3": _elu_network,
    "2.4": _rrelu_slope,
    "2.5": _smallest_gradient,
    "3.1": _selu_derivative,
    "3.2": _layers_to_collapse,
    "3.3": _selu_network,
    "3.4": _standardize_new,
    "3.5": _diagnosis,
    "4.1": _batch_norm_parameters,
    "4.2": _batches_to_forget,
    "4.3": _batch_norm_backward,
    "4.4": _normalized_network,
    "4.5": _poor_validation,
    "5.1": _clip_by_norm,
    "5.2": _longest_step,
    "5.3": _steps_to_vanish,
    "5.4": _clipped_network,
    "5.5": _uselessness,
}
