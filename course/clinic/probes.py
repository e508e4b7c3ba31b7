"""The probes: each measures a patient and its twin, and draws both on the same axes."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course.clinic.trainings import BATCH, DEEP
from helpers.plotting import plot_against, plot_by_layer, plot_histograms, plot_over_steps
from helpers.plotting.by_layer import words

IMAGES_AT_A_TIME = (1, 2, 8, 32, 128)


@dataclass(frozen=True)
class Probe:
    """A way to measure a network."""

    measure: Callable  # takes a ChartTrainer and a Side, returns a float array, as a rule with the seeds as first axis
    draw: Callable  # takes what was measured and the sides, each a dict with "patient" and "twin"; returns a Figure
    caption: str  # one sentence that says what the figure shows


def images_per_step(sides):
    """Return 32 if the horizontal axis has to count images, because batch sizes differ; None if it counts steps."""
    return BATCH if any(side.chart["batch size"] != BATCH for side in sides.values()) else None


def longest(curves):
    """Return curves of shape (n_seeds, n_points) by name; if runs diverged, only the seed that lasted longest."""
    lived = np.min([np.isfinite(values).sum(axis=1) for values in curves.values()], axis=0)
    if lived.min() == min(values.shape[1] for values in curves.values()):
        return curves
    return {name: values[[np.argmax(lived)]] for name, values in curves.items()}


def _layers(key, caption, quantity=None, trained=False, linear=False, limits=None):
    """Return the probe of a statistic of each hidden layer: before the first step or, if `trained`, after the last."""
    quantity = quantity or words(key)

    def measure(trainer, side):
        seeds = side.seeds[:2] if side.chart["layers"] >= DEEP else side.seeds  # measuring a deep network takes long
        weights = trainer.train(side).weights if trained else itertools.repeat(None)
        return np.array([_by_layer(key, trainer, side.chart, *each) for each in zip(seeds, weights, strict=False)])

    def draw(measured, sides):
        kept = {quantity: limits} if limits else None
        return plot_by_layer({quantity: measured}, linear={quantity} if linear else (), limits=kept)

    return Probe(measure, draw, caption)


def _by_layer(key, trainer, chart, seed, weights):
    """Return a statistic of each hidden layer; NaN if the run that led to these weights has diverged."""
    signals = trainer.signals(chart, seed, weights)
    values = getattr(signals, key)
    if key == "kernel_gradient_norm":
        values = values[~np.isnan(values)][:-1]
    else:
        values = values[[name.startswith("hidden_") for name in signals.names]]
    return np.full_like(values, np.nan) if weights is not None and _diverged(weights) else values


def _diverged(weights):
    return not all(np.isfinite(array).all() for array in weights)


def _draw_norms(measured, sides):
    """Draw the norms before clipping, and the patient's threshold if it clips the global norm."""
    clipping = sides["patient"].chart["clipping"]
    guides = {"the patient's threshold": clipping[1]} if clipping[0] == "global_clipnorm" else None
    per_step = images_per_step(sides)
    return plot_over_steps(longest(measured), 1, "norm of the gradient", True, guides, per_step)


def _values(trainer, side):
    """Return the values that enter the first activation function in training, before the first step: (n, n_units)."""
    chart, size = side.chart, side.chart["batch size"]
    if chart["block"] == "recurrent":
        raise ValueError("a recurrent network has no such layer. Choose another probe")
    kernel, bias = trainer.model(chart, side.seeds[0]).get_weights()[:2]
    x, _ = trainer.validation_images(chart)
    x = x[: len(x) // size * size]
    z = x.reshape(len(x), -1) @ kernel + bias
    if chart["normalization"] == "layer":
        return _normalized(z)
    if chart["normalization"] == "batch":
        return _normalized(z.reshape(-1, size, z.shape[1])).reshape(z.shape)
    return z


def _normalized(z):
    """Return z normalized along its second axis to mean 0 and variance 1, as Keras's layers do it."""
    return (z - z.mean(1, keepdims=True)) / np.sqrt(z.var(1, keepdims=True) + 1e-3)


def _accuracies(trainer, side):
    """Return the accuracy for each number of images at a time, shape (n_seeds, 5); NaN for a run that diverged."""
    rows = []
    for seed, weights in zip(side.seeds, trainer.train(side).weights, strict=True):
        accuracies = trainer.accuracies(trainer.model(side.chart, seed, weights), side.chart, IMAGES_AT_A_TIME)
        rows.append(np.full(len(accuracies), np.nan) if _diverged(weights) else accuracies)
    return np.array(rows)


PROBES = {
    "outputs": _layers("rms", "The size of the outputs of each layer, before the first step."),
    "gradients": _layers("kernel_gradient_norm", "The norm of the gradient of each kernel, before the first step."),
    "directions": _layers(
        "abs_cosine",
        "How similar the outputs for different images are: at 1 they all lie along one line.",
        "mean |cosine| of different images",
        linear=True,
        limits=(0, 1.05),
    ),
    "dead units": _layers(
        "dead_fraction",
        "The share of units in each layer that output 0 for every image, after the last step.",
        trained=True,
        linear=True,
        limits=(-0.05, 1.05),
    ),
    "norms": Probe(
        lambda trainer, side: trainer.train(side, norms=True).norms,
        _draw_norms,
        "The norm of the whole gradient at each step, before clipping.",
    ),
    "values": Probe(
        _values,
        lambda measured, sides: plot_histograms(measured, "value that enters the first activation function"),
        "Each curve shows how often a value occurs, over all units and images.",
    ),
    "images at a time": Probe(
        _accuracies,
        lambda measured, sides: plot_against(IMAGES_AT_A_TIME, measured, "images at a time", "accuracy"),
        "The accuracy of the trained network when it is given so many images at a time.",
    ),
}
