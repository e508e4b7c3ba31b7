"""The table of lessons, from which all the rest of the course takes what it needs to know of them.

A new lesson is its notebook, ``helpers/lessonN.py``, a file for each lab in ``course/labs/``,
``course/ask/exercises_N.py``, and an entry in `LESSONS`. N is the number with which the notebook's name begins.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import numpy as np

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


@dataclass(frozen=True)
class Lesson:
    """A lesson, or the start page."""

    name: str  # of its notebook, without the ending
    title: str
    question: str = ""
    claim: str = ""  # words of the claim whose measured figures stand on the course map: no other claim has them
    words: str = "{}"  # what the course map says of these figures, with {} in their place
    sketch: Callable = list  # returns the curves of its sketch on the map, pairs of x and y, the last one in front
    labs: dict = field(default_factory=dict)  # by the name of its function: for each control what the book records

    @property
    def number(self):
        """Return the number with which the name begins."""
        return int(self.name[:2])

    @property
    def path(self):
        """Return the path of the notebook."""
        return NOTEBOOKS / f"{self.name}.ipynb"

    # Labs and exercises are imported when they are asked for: they stand above this table, and the table needs neither.
    @property
    def checks(self):
        """Return the checks of the exercises, a dict of the exercise's number to its function."""
        return import_module(f"course.ask.exercises_{self.number}").CHECKS

    def lab(self, name):
        """Return the function of this name, which makes a lab, from its file: `factor_lab` from `factor.py`."""
        return getattr(import_module(f"course.labs.{name.removesuffix('_lab')}"), name)


def evenly(lowest, highest, step):
    """Return the values from `lowest` to `highest` in equal steps, both ends among them."""
    return [round(lowest + place * step, 6) for place in range(round((highest - lowest) / step) + 1)]


def by_powers(lowest, highest, a_decade):
    """Return values from 10**lowest to 10**highest, so many a decade, with the three digits that a lab's slider has."""
    return [float(f"{10**power:.3g}") for power in evenly(lowest, highest, 1 / a_decade)]


def _signals_through_depth():
    depth = np.arange(30)
    return [(depth, 0 * depth), (depth, 0.35 * depth), (depth, -0.35 * depth)]


def _elu_and_relu():
    z = np.linspace(-3, 3, 61)
    return [(z, np.where(z < 0, np.expm1(z), z)), (z, np.maximum(0, z))]


def _cosine_after_relu():
    cosine = np.linspace(0, 1, 40)
    after = (np.sqrt(1 - cosine**2) + cosine * (np.pi - np.arccos(cosine))) / np.pi
    return [(cosine, cosine), (cosine, after)]


def _shifted_and_standard_bell():
    z = np.linspace(-3, 3, 61)
    return [(z, 0.7 * np.exp(-((z - 1.4) ** 2) / 0.5)), (z, np.exp(-(z**2) / 2))]


def _clipped_and_diverging_loss():
    steps = np.arange(60)
    loss = 0.2 + 0.05 * np.sin(steps) + np.exp(0.4 * (steps - 59.0))
    return [(steps, np.minimum(loss, 0.27)), (steps, loss)]


START = Lesson(
    "00_start_here",
    "Start here",
    labs={"factor_lab": {"factor": evenly(0.5, 2.0, 0.01), "depth": evenly(5, 100, 5)}},
)
LESSONS = (
    Lesson(
        "01_initialization",
        "Initialization",
        "How large should the first random weights be?",
        claim="the best validation accuracy with he_normal",
        words="{} percentage points more accuracy after five epochs, from one argument: the initializer",
        sketch=_signals_through_depth,
        labs={"initialization_lab": {"std": by_powers(-2, 1, 20), "depth": [5, 10, 20, 30, 40, 100]}},
    ),
    Lesson(
        "02_nonsaturating_activations",
        "Nonsaturating activations",
        "Why do ReLU units die, and which activation function should you use?",
        claim="after five steps more than 50 % of the units of layer 1 are dead",
        words="{} % of the first layer is dead after five steps, on pixels from 0 to 255",
        sketch=_elu_and_relu,
        labs={
            "activation_lab": {"alpha": evenly(0.0, 2.0, 0.05)},
            "retraining_lab": {
                "alpha": [0.0, 0.01, 0.3, 1.0],
                "rate": [0.0001, 0.001, 0.01, 0.1, 0.5, 1000.0],
            },
        },
    ),
    Lesson(
        "03_selu_deep_nets",
        "SELU and deep nets",
        "Why does a plain network of 100 ReLU layers learn so slowly, and what helps?",
        claim="the residual network is more than 3 percentage points above ReLU",
        words="{} percentage points more accuracy after five epochs, from residual connections",
        sketch=_cosine_after_relu,
        labs={"depth_lab": {"depth": evenly(5, 100, 1)}},
    ),
    Lesson(
        "04_batch_normalization",
        "Batch normalization",
        "What does batch normalization do to a network, what does it improve, and when does it go wrong?",
        claim="one step makes the loss",
        words="{} times the loss after one step at a learning rate of 1; with batch norm it falls",
        sketch=_shifted_and_standard_bell,
        labs={
            "batch_lab": {"dragged": evenly(-10.0, 10.0, 0.1)},
            "batch_norm_lab": {"rate": [0.0001, 0.001, 0.01, 0.1, 1.0, 30.0, 1000.0]},
        },
    ),
    Lesson(
        "05_gradient_clipping",
        "Gradient clipping",
        "Why does a loss suddenly become nan, and which kind of clipping prevents it?",
        claim="clipvalue and clipnorm turn them",
        words="{} degrees is the angle by which clipvalue and clipnorm turn the gradient",
        sketch=_clipped_and_diverging_loss,
        labs={
            "clipping_lab": {"threshold": by_powers(-2, 1, 10), "direction": evenly(0.0, 360.0, 5.0)},
            "recurrent_lab": {
                "rate": [0.0001, 0.001, 0.01, 0.1, 0.3, 1.0, 100.0, 1000.0],
                "threshold": [0.001, 0.01, 0.1, 1.0, 10.0, 1000.0],
            },
        },
    ),
)
