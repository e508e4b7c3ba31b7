"""Self-checks of lesson 5, gradient clipping: each returns None for a right answer, otherwise a hint."""

import keras
import numpy as np

from helpers.lessons.choice import one_of


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


_uselessness = one_of(
    "a deep sigmoid network that does not learn",
    {
        "a recurrent network whose loss becomes NaN": "That is what clipping is for.",
        "a language model with a rare bad batch": "That is what clipping is for.",
    },
)


CHECKS = {
    "5.1": _clip_by_norm,
    "5.2": _longest_step,
    "5.3": _steps_to_vanish,
    "5.4": _clipped_network,
    "5.5": _uselessness,
}
