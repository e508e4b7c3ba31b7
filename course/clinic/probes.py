"""The course's probes on a patient and its twin: each measures, and draws what it has measured on shared axes."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course.clinic.runs import DEEP
from helpers.plotting import plot_against, plot_by_layer, plot_histograms, plot_over_steps
from helpers.plotting.base import words

COMPANY = (1, 2, 8, 32, 128)
NORM = "norm of the gradient"


@dataclass(frozen=True)
class Probe:
    """A way to look into a network.

    Attributes
    ----------
    looks_at : str
        What it shows, in the words of the notebook's table.
    measure : callable
        ``measure(runner, side)`` returns a float array, whose first axis is the seeds, but for "values".
    draw : callable
        ``draw(measured, sides)`` returns a Figure; both by "patient" and "twin".
    """

    looks_at: str
    measure: Callable
    draw: Callable


@dataclass(frozen=True)
class Side:
    """The patient, or its twin: a chart, how long it trains, and from which seeds."""

    chart: dict
    n_points: int
    seeds: tuple

    def followed(self, runner, norms=False):
        """Return its training; `norms` asks for these in a deep network, too."""
        return runner.follow(self.chart, self.n_points, self.seeds, norms)

    @property
    def few_seeds(self):
        """Its seeds, or the first two of a deep network, which takes long to look into."""
        return self.seeds[:2] if self.chart["layers"] >= DEEP else self.seeds


def _of_layers(key, trained=False):
    """Return how a statistic of each hidden layer is measured, before the first step or after the last one."""

    def measure(runner, side):
        weights = side.followed(runner).weights if trained else itertools.repeat(None)
        rows = []
        for seed, each in zip(side.few_seeds, weights, strict=False):
            signals = runner.signals(side.chart, seed, each)
            values = getattr(signals, key)
            if key == "kernel_gradient_norm":
                rows.append(values[~np.isnan(values)][:-1])
            else:
                rows.append(values[[name.startswith("hidden_") for name in signals.names]])
            if each is not None and not all(np.isfinite(array).all() for array in each):
                rows[-1] = np.full_like(rows[-1], np.nan)
        return np.array(rows)

    return measure


def _draw_layers(key, linear=False, limits=None, quantity=None):
    quantity = quantity or words(key)

    def draw(measured, sides):
        return plot_by_layer(
            {quantity: measured}, linear={quantity} if linear else (), limits={quantity: limits} if limits else None
        )

    return draw


def _norms(runner, side):
    return side.followed(runner, norms=True).norms


def longest(curves):
    """Return the curves as they are; but if a run diverged, of the one seed that was the last to do so.

    Parameters
    ----------
    curves : dict of str to float array of shape (n_seeds, n_points)
        NaN after a run has diverged.
    """
    lived = np.min([np.isfinite(values).sum(axis=1) for values in curves.values()], axis=0)
    if lived.min() == min(values.shape[1] for values in curves.values()):
        return curves
    return {name: values[[np.argmax(lived)]] for name, values in curves.items()}


def _draw_norms(measured, sides):
    """Draw the norms before clipping, and the patient's threshold, if it has one for the whole gradient."""
    measured = longest(measured)
    clipping = sides["patient"].chart["clipping"]
    guides = {"the patient's threshold": clipping[1]} if clipping[0] == "global_clipnorm" else None
    return plot_over_steps(measured, 1, NORM, log=True, guides=guides, images_per_step=images_per_step(sides))


def images_per_step(sides):
    """Return 32 if points of trainings are to count images, since not all batches have 32 of them; None for steps."""
    return 32 if any(side.chart["batch size"] != 32 for side in sides.values()) else None


def _company(runner, side):
    """Return the accuracy by the number of images that are asked at a time, shape (n_seeds, 5)."""
    trained = zip(side.seeds, side.followed(runner).weights, strict=True)
    models = (runner.fresh(side.chart, seed, weights) for seed, weights in trained)
    return np.array([runner.accuracy(model, side.chart, COMPANY) for model in models])


def _draw_company(measured, sides):
    return plot_against(COMPANY, measured, "images asked at a time", "accuracy")


def _values(runner, side):
    """Return what the first layer's activation function gets in training, before the first step: shape (n, n_units)."""
    chart = side.chart
    if chart["block"] == "recurrent":
        raise ValueError("a recurrent network has no such layer")
    kernel, bias = runner.fresh(chart, side.seeds[0]).get_weights()[:2]
    x, _ = runner.asked(chart)
    x = x[: len(x) // chart["batch size"] * chart["batch size"]]
    z = x.reshape(len(x), -1) @ kernel + bias
    if chart["normalization"] == "layer":
        return _normalized(z, 1)
    if chart["normalization"] == "batch":
        batches = z.reshape(-1, chart["batch size"], z.shape[1])
        return _normalized(batches, 1).reshape(z.shape)
    return z


def _normalized(z, axis, epsilon=1e-3):
    return (z - z.mean(axis, keepdims=True)) / np.sqrt(z.var(axis, keepdims=True) + epsilon)


def _draw_values(measured, sides):
    return plot_histograms(measured, "value that the first activation function gets")


PROBES = {
    "outputs": Probe(
        "how large each layer's outputs are, before the first step",
        _of_layers("rms"),
        _draw_layers("rms"),
    ),
    "gradients": Probe(
        "how large each kernel's gradient is, before the first step",
        _of_layers("kernel_gradient_norm"),
        _draw_layers("kernel_gradient_norm"),
    ),
    "directions": Probe(
        "how much alike different images look to each layer, before the first step",
        _of_layers("abs_cosine"),
        _draw_layers("abs_cosine", True, (0, 1.05), "mean |cosine| of different images"),
    ),
    "dead units": Probe(
        "which share of each layer's units answers to no image, after the last step",
        _of_layers("dead_fraction", trained=True),
        _draw_layers("dead_fraction", linear=True, limits=(-0.05, 1.05)),
    ),
    "norms": Probe(
        "how long the whole gradient is at each step, before it is clipped",
        _norms,
        _draw_norms,
    ),
    "values": Probe(
        "which values reach the first activation function, in batches of training",
        _values,
        _draw_values,
    ),
    "company": Probe(
        "how accurate it is when it is asked 1, 2, 8, 32 or 128 images at a time",
        _company,
        _draw_company,
    ),
}
