"""Self-checks of lesson 5, gradient clipping: each returns None for a right answer, otherwise a hint."""

import numpy as np

from course.ask.choice import is_near, one_for_each
from course.ask.forms import as_array, as_number, as_texts, result_of
from helpers.clipping import what_sgd_receives

_CLIPPINGS = [  # that are common and not by the norm
    (lambda g, t: np.clip(g, -t, t), "That clips each number by itself, and turns the gradient: `clipvalue`."),
    (lambda g, t: g, "That leaves every gradient as it is, however long."),
    (
        lambda g, t: g * t / max(t, np.abs(g).max()),
        "The length is the root of the sum of squares, not the largest part.",
    ),
    (
        lambda g, t: g * t / max(t, np.abs(g).sum()),
        "The length is the root of the sum of squares, not the sum of sizes.",
    ),
    (lambda g, t: g / max(1, np.linalg.norm(g)), "That shortens to length 1, whatever the threshold."),
    (
        lambda g, t: g * t / (np.linalg.norm(g) or 1),
        "A gradient that is shorter than the threshold is to stay as it is.",
    ),
]
_GRADIENTS = ((np.array([3.0, 4.0]), 2.0), (np.array([0.3, 0.4]), 1.0), (np.zeros(2), 0.5))


def _clip_by_norm(function):
    right = [what_sgd_receives([gradient], clipnorm=threshold)[0] for gradient, threshold in _GRADIENTS]
    found = [as_array(result_of(function, gradient, threshold)) for gradient, threshold in _GRADIENTS]
    for each, (gradient, threshold), expected in zip(found, _GRADIENTS, right, strict=True):
        if each.shape != gradient.shape or not np.allclose(each, expected):
            got = f"For {gradient} and threshold {threshold:g} it returns {each}, expected {np.asarray(expected)}."
            return " ".join([got, *_clipping_hints(found)[:1]])
    return None


def _clipping_hints(found):
    """Return what is to be said of the three results; nothing if it is not one of the common mistakes."""
    if np.isnan(found[-1]).any():
        return ["It divides by the norm of a gradient of zeros."]
    if any(each.shape != gradient.shape for each, (gradient, _) in zip(found, _GRADIENTS, strict=True)):
        return ["That is a length. Asked is the gradient with that length."]
    return [
        hint
        for clip, hint in _CLIPPINGS
        if all(np.allclose(each, clip(*arguments)) for each, arguments in zip(found, _GRADIENTS, strict=True))
    ]


NORMS = (1.1, 0.8, 1.6, 0.9, 2.3, 1.2, 0.7, 310.0, 1.4, 1.0, 3.1, 0.9, 1.3, 94.0, 1.1, 0.8)


def _threshold(answer):
    usual, threshold = float(np.median(NORMS)), as_number(answer, "a threshold")
    expected = f"Got {threshold:.4g}, expected a threshold between half and ten times the usual norm."
    if np.isclose(threshold, np.mean(NORMS), rtol=0.01):
        return f"{expected} That is the mean, and two norms of 16 make it."
    if np.isclose(threshold, max(NORMS)):
        return f"{expected} That is the longest one: nothing would be clipped."
    if threshold > 10 * usual:
        times = 0.9 * threshold / usual
        return f"{expected} A gradient of {0.9 * threshold:.3g}, {times:.0f} times the usual one, would pass untouched."
    if threshold < usual / 2:
        return (
            f"{expected} It would shorten every gradient here, the ordinary ones too: that is a smaller learning rate."
        )
    return None


_YES_OR_NO = dict.fromkeys(("true", "yes", "1"), True) | dict.fromkeys(("false", "no", "0"), False)


def _control(answer):
    run = as_texts(answer, ("clipped", "rate"))
    clipped, rate = _YES_OR_NO.get(run["clipped"]), as_number(run["rate"])
    got = f"Got {run['clipped']}, rate {rate:g}; expected"
    if clipped is None or rate <= 0:
        return f"{got} True or False, and a positive rate."
    if clipped:
        return f"{got} another run. Another clipped run does not tell what the network does without clipping."
    if rate == 0.1:
        return f"{got} another run. He has that run already: it diverged."
    if rate > 0.1:
        return f"{got} another learning rate. At a still larger one it will hardly do better without clipping."
    return None


CHECKS = {
    "5.1": _clip_by_norm,
    "5.2": _threshold,
    "5.3": one_for_each(
        {"A": "threshold too small", "B": "as it should be", "C": "threshold too large"},
        {
            "A": "In A every gradient is longer than the threshold: "
            "each step has the same length, rate times threshold.",
            "B": "In B most gradients pass untouched, and the rare long ones do not. Is that not what clipping is for?",
            "C": "In C nothing reached the threshold until the last step, which did the damage.",
        },
        "three",
    ),
    "5.4": _control,
    "5.5": is_near(
        0.1 * np.sqrt(4),
        {
            0.1: "That is the bound for one variable, or of `global_clipnorm`. "
            "`clipnorm` bounds each variable on its own.",
            0.4: "Parts at right angles to each other: their squares add up, not their lengths.",
            2: "That is how long the clipped gradient can be. A step is the rate times that.",
            0.1 * np.sqrt(2): "Each of the two layers has two variables, a kernel and a bias.",
        },
        "clipnorm bounds each variable on its own. How long is a vector of four parts of length 1?",
        "a length",
    ),
    "5, done early": is_near(
        np.degrees(np.arctan2(4, 3)) - 45,
        {
            0: "Each variable keeps its direction. The whole does not: 3 to 4 becomes 1 to 1.",
            45: "That is where the clipped gradient points. By how much did it turn?",
            np.degrees(np.arctan2(4, 3)): "That is where the gradient pointed before. By how much did it turn?",
            np.degrees(np.arctan2(3, 4)): "That is where the gradient pointed before. By how much did it turn?",
            np.arctan2(4, 3) - np.pi / 4: "That is in radians.",
        },
        "Before, the two lengths are 3 and 4; after it, 1 and 1. Draw both arrows.",
        "an angle in degrees",
        atol=0.01,
    ),
}
