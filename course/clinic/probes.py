"""The course's probes on a patient and its twin: each measures, and draws what it has measured on shared axes."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from course.clinic.trainings import BATCH, DEEP
from helpers.plotting import plot_against, plot_by_layer, plot_histograms, plot_over_steps
from helpers.plotting.by_layer import words

ASKED_AT_A_TIME = (1, 2, 8, 32, 128)  # images


@dataclass(frozen=True)
class Probe:
    """A way to look into a network."""

    measure: Callable  # takes a ChartTrainer and a Side, returns a float array; its first axis is often the seeds
    draw: Callable  # takes what was measured, and the sides, both by "patient" and "twin"; returns a Figure


def images_per_step(sides):
    """Return 32 if points of trainings are to count images, since not all batches have 32 of them; None for steps."""
    return BATCH if any(side.chart["batch size"] != BATCH for side in sides.values()) else None


def longest(curves):
    """Return curves, arrays of shape (n_seeds, n_points) by name; if a run diverged, of the seed that did so last."""
    lived = np.min([np.isfinite(values).sum(axis=1) for values in curves.values()], axis=0)
    if lived.min() == min(values.shape[1] for values in curves.values()):
        return curves
    return {name: values[[np.argmax(lived)]] for name, values in curves.items()}


def _layers(key, quantity=None, trained=False, linear=False, limits=None):
    """Return the probe of a statistic of each hidden layer, before the first step or, `trained`, after the last one."""
    quantity = quantity or words(key)

    def measure(trainer, side):
        seeds = side.seeds[:2] if side.chart["layers"] >= DEEP else side.seeds  # it takes long to look into a deep one
        weights = trainer.train(side).weights if trained else itertools.repeat(None)
        return np.array([_by_layer(key, trainer, side.chart, *each) for each in zip(seeds, weights, strict=False)])

    def draw(measured, sides):
        kept = {quantity: limits} if limits else None
        return plot_by_layer({quantity: measured}, linear={quantity} if linear else (), limits=kept)

    return Probe(measure, draw)


def _by_layer(key, trainer, chart, seed, weights):
    """Return a statistic of each hidden layer; NaN where the training that has led to these weights diverged."""
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
    """Draw the norms before clipping, and the patient's threshold, if it has one for the whole gradient."""
    clipping = sides["patient"].chart["clipping"]
    guides = {"the patient's threshold": clipping[1]} if clipping[0] == "global_clipnorm" else None
    per_step = images_per_step(sides)
    return plot_over_steps(longest(measured), 1, "norm of the gradient", True, guides, per_step)


def _values(trainer, side):
    """Return what the first layer's activation function gets in training, before the first step: shape (n, n_units)."""
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
    """Return z with mean 0 and variance 1 along its second axis, as Keras's normalizing layers make it."""
    return (z - z.mean(1, keepdims=True)) / np.sqrt(z.var(1, keepdims=True) + 1e-3)


def _accuracies(trainer, side):
    """Return the accuracy by the number of images that are asked at a time, shape (n_seeds, 5); NaN as above."""
    rows = []
    for seed, weights in zip(side.seeds, trainer.train(side).weights, strict=True):
        accuracies = trainer.accuracies(trainer.model(side.chart, seed, weights), side.chart, ASKED_AT_A_TIME)
        rows.append(np.full(len(accuracies), np.nan) if _diverged(weights) else accuracies)
    return np.array(rows)


PROBES = {
    "outputs": _layers("rms"),
    "gradients": _layers("kernel_gradient_norm"),
    "directions": _layers("abs_cosine", "mean |cosine| of different images", linear=True, limits=(0, 1.05)),
    "dead units": _layers("dead_fraction", trained=True, linear=True, limits=(-0.05, 1.05)),
    "norms": Probe(lambda trainer, side: trainer.train(side, norms=True).norms, _draw_norms),
    "values": Probe(
        _values, lambda measured, sides: plot_histograms(measured, "value that the first activation function gets")
    ),
    "company": Probe(
        _accuracies,
        lambda measured, sides: plot_against(ASKED_AT_A_TIME, measured, "images asked at a time", "accuracy"),
    ),
}
