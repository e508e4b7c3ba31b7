"""Self-checks of lesson 2, nonsaturating activations: each returns None for a right answer, otherwise a hint."""

import re

import numpy as np

from course.ask.choice import is_near, one_for_each
from course.ask.forms import as_array, as_number, as_texts, result_of

_FRACTIONS = [  # of what is common and wrong
    (
        lambda z: (z <= 0).mean(),
        "That is the fraction of zero outputs. A unit is dead only if its output is 0 for every image: all(axis=0).",
    ),
    (
        lambda z: (z <= 0).any(axis=0).mean(),
        "You count the units whose output is 0 for some image. Dead means 0 for every one.",
    ),
    (lambda z: (z <= 0).all(axis=1).mean(), "You look along the wrong axis: images are rows, units are columns."),
    (lambda z: (z < 0).all(axis=0).mean(), "ReLU gives 0 for z = 0, too, so a unit with z <= 0 everywhere is dead."),
    (lambda z: (z <= 0).all(axis=0).sum(), "That is their number. A fraction is of all units."),
]

_WITHOUT_THE_FIRST_Z = "That is the change of z. Add z before the step."
_ON_RAW_PIXELS = {
    500: "Mind the sign: delta is positive, so the step moves z down.",
    -400: _WITHOUT_THE_FIRST_Z,
}
_ON_SCALED_PIXELS = {
    100 / 255: "That is z before the step.",
    100 - 0.00635: "Before the step z is smaller, too: all 784 products of a weight and a pixel are divided by 255.",
    100 - 0.0002 * (2_000_000 / 255 + 1): "In x . x_1 both images are divided by 255, so divide by 255 twice.",
    -300 / 255: "z becomes 255 times smaller, but the product of two images 255 * 255 times.",
    -0.00635: _WITHOUT_THE_FIRST_Z,
}


def _fraction_dead(function):
    # one unit never active, one always, one on a single image, one that rests on zero
    z = np.array([[-1.0, 2.0, -3.0, 0.0], [-2.0, 1.0, 0.5, 0.0], [-0.1, 3.0, -1.0, -1.0]])
    found = as_array(result_of(function, z))
    if found.shape != ():
        return f"It returns an array of shape {found.shape}, expected one number for the whole layer."
    if np.isclose(found, 2 / 4):
        return None
    hints = [hint for wrong, hint in _FRACTIONS if np.isclose(found, wrong(z))]
    got = f"For z of 3 images and 4 units, of which 2 are dead, it returns {found:g}, expected 0.5."
    return " ".join([got, *hints[:1]])


def _after_the_step(answer):
    raw, scaled = (as_number(text) for text in as_texts(answer, ("0 to 255", "0 to 1")).values())
    for number, right, pixels, mistakes in (
        (raw, 100 - 0.0002 * 2_000_001, "from 0 to 255", _ON_RAW_PIXELS),
        (scaled, 100 / 255 - 0.0002 * (2_000_000 / 255**2 + 1), "divided by 255", _ON_SCALED_PIXELS),
    ):
        if not np.isclose(number, right, rtol=0.012):  # 0.39 will do, and z before the step, 0.392, will not
            hints = [hint for mistake, hint in mistakes.items() if np.isclose(number, mistake, rtol=0.005)]
            other = "The change of z is -eta * delta * (x . x_1 + 1)."
            return f"Got {number:.4g} for pixels {pixels}, expected another number. {(hints or [other])[0]}"
    return None


def _control(answer):
    run = as_texts(answer, ("activation", "learning rate"))
    activation = re.sub("leaky[ _]?relu", "leaky relu", run["activation"])  # as Keras writes it
    rate = as_number(run["learning rate"])
    got = f"Got {activation}, learning rate {rate:g}; expected"
    if activation not in ("relu", "leaky relu") or rate not in (0.01, 0.001):
        return f"{got} ReLU or leaky ReLU, and one of her two learning rates, 0.01 or 0.001."
    if (activation, rate) in (("relu", 0.01), ("leaky relu", 0.001)):
        return f"{got} a run that differs in one thing from the one that died. She has that run already."
    if activation == "relu":
        return (
            f"{got} a run of leaky ReLU. This one tests the other half, whether leaky ReLU was needed at 0.001, not "
            "whether leaky ReLU alone rescues a network that dies."
        )
    return None


CHECKS = {
    "2.1": _fraction_dead,
    "2.2": _after_the_step,
    "2.3": one_for_each(
        {"A": "leaky ReLU, pixels 0 to 255", "B": "ten sigmoid layers", "C": "ReLU, pixels 0 to 255"},
        {
            "A": "In A the loss has overflowed. In which network does nothing stop the outputs from growing?",
            "B": "In B nothing is dead and nothing overflows, and yet nothing is learned. Which gradients vanish?",
            "C": "In C every hidden unit is dead. Which function allows that?",
        },
        "three networks",
    ),
    "2.4": _control,
    "2.5": is_near(
        2 / 2**5,
        {
            1 / 2**5: "That is one side. All five behind would have been as surprising.",
            5 / 2**5: "Count the outcomes at least as extreme: all five ahead, or all five behind.",
            0.0: "Even a fair coin falls five times on the same side now and then.",
            2: "That is their number. What fraction of the 2^5 is it?",
        },
        "There are 2^5 ways in which five signs can fall; how many are this one-sided?",
        "a fraction",
        rtol=0.05,  # 6 % will do
        atol=1e-6,
    ),
    "2, done early": is_near(
        0.01 ** (1 / 3),
        {
            0.01: "That is what one layer lets through. Three of them leave a millionth.",
            0.1: "That would do for two layers. Here are three.",
            0.01 / 3: "That divides. Layers multiply: alpha times alpha times alpha.",
            0.03: "That adds up three layers. They multiply: alpha times alpha times alpha.",
        },
        "Alpha to the power of three is what is left of the gradient.",
        "a value of alpha",
        rtol=0.05,  # 0.22 will do
    ),
}
