"""Self-checks of lesson 5, gradient clipping: each returns None for a right answer, otherwise a hint."""

import numpy as np

from helpers.clipping import what_sgd_receives
from helpers.lessons.choice import one_for_each


def _clip_by_norm(function):
    for gradient, threshold in ((np.array([3.0, 4.0]), 2.0), (np.array([0.3, 0.4]), 1.0), (np.zeros(2), 0.5)):
        (wanted,) = what_sgd_receives([gradient], clipnorm=threshold)
        found = np.asarray(function(gradient, threshold), dtype=float)
        if found.shape != gradient.shape or not np.allclose(found, wanted):
            return f"For {gradient} and threshold {threshold:g} it returns {found}."
    return None


NORMS = (1.1, 0.8, 1.6, 0.9, 2.3, 1.2, 0.7, 310.0, 1.4, 1.0, 3.1, 0.9, 1.3, 94.0, 1.1, 0.8)


def _threshold(answer):
    usual = float(np.median(NORMS))
    if answer > 10 * usual:
        return (
            f"A gradient of {0.9 * answer:.3g}, {0.9 * answer / usual:.0f} times the usual one, would pass untouched."
        )
    if not answer >= usual / 2:  # nor is NaN
        return "It would shorten every gradient here, the ordinary ones too: that is a smaller learning rate."
    return None


_STATES = {"A": "threshold too small", "B": "as it should be", "C": "threshold too large"}
_STATE_HINTS = {
    "A": "In A every gradient is longer than the threshold: each step has the same length, rate times threshold.",
    "B": "In B most gradients pass untouched, and the rare long ones do not. Is that not what clipping is for?",
    "C": "In C nothing reached the threshold until the last step, which did the damage.",
}


def _control(answer):
    clipped, rate = answer["clipped"], float(answer["rate"])
    if clipped not in (True, False) or rate <= 0:
        return 'Give {"clipped": True or False, "rate": a positive number}.'
    if clipped:
        return "Another clipped run does not tell what the network does without clipping."
    if rate == 0.3:
        return "He has that run already: it diverged."
    return None if rate < 0.3 else "At an even larger rate it will hardly do better without clipping."


def _longest_step(answer):
    rate, n_variables = 0.1, 4
    if np.isclose(answer, rate * np.sqrt(n_variables)):
        return None
    return "clipnorm bounds each variable on its own. How long is a vector of four parts of length 1?"


CHECKS = {
    "5.1": _clip_by_norm,
    "5.2": _threshold,
    "5.3": one_for_each(_STATES, _STATE_HINTS, "three"),
    "5.4": _control,
    "5.5": _longest_step,
}
