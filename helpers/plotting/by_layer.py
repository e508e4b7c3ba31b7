"""Figures of what happens from layer to layer, or from step to step of a recurrence."""

import textwrap

import numpy as np

from helpers.plotting.base import as_array, as_arrays, capitalized, course_style, described, new_figure
from helpers.plotting.colors import styles_of
from helpers.plotting.lines import draw_bands
from helpers.signals import stacked

XLABEL = "layer (1 is next to the input)"
WORDS = {
    "std": "standard deviation of the output",
    "rms": "root mean square of the output",
    "output_gradient_norm": "gradient norm of the outputs",
    "kernel_gradient_norm": "gradient norm of the kernel",
    "dead_fraction": "share of dead units",
    "cosine": "mean cosine between different inputs",
    "abs_cosine": "mean |cosine| between different inputs",
    "participation_ratio": "participation ratio of the outputs",
}
# Statistics between -1 and 1; the others are drawn on logarithmic axes.
LINEAR = {"cosine", "abs_cosine", "dead_fraction"}


def words(key):
    """Return what an axis calls the quantity `key`."""
    return WORDS.get(key, key)


def plot_signals_by_layer(signals, *keys):
    """Draw statistics of each layer as `plot_by_layer` does, one panel each.

    For each network there is a sequence of Signals, one per seed, all with the same number of layers. The keys are
    names of attributes of Signals. For example::

        plot_signals_by_layer({"SELU": signals_by_seed(selu_net, x, y, range(3))}, "std", "cosine")
    """
    panels = {words(key): {name: stacked(seeds, key) for name, seeds in signals.items()} for key in keys}
    return plot_by_layer(panels, linear={words(key) for key in LINEAR})


@course_style
def plot_by_layer(panels, predictions=None, linear=(), limits=None, xlabel=XLABEL):
    """Draw quantities of each layer, one panel below the other: the median over the seeds (on a linear axis the mean).

    The band is the range of the seeds. Values that are not finite are left out.

    Measured values, arrays of shape (n_seeds, n_layers), are named by the vertical axis and the network; so are the
    predictions of a theory, of shape (n_layers,), about ten black dots each. The axis of a quantity in `linear` is not
    logarithmic; its `limits` are a pair of numbers, and a line that leaves them ends there. The `xlabel` says what is
    counted, where it is not layers.

    >>> plot_by_layer({"gradient norm": {"ReLU": [[1, 2, 4], [3, 4, 8]]}}).description
    'Gradient norm by layer, median over the seeds. ReLU: 2 at layer 1, 6 at layer 3.'
    """
    panels, limits = as_arrays(panels, 2), limits or {}
    predictions = as_arrays(predictions, 1, finite=True) if predictions else {}
    x = np.arange(1, 1 + max(values.shape[1] for curves in panels.values() for values in curves.values()))
    figure, axes = new_figure(7.2, 0.8 + (3.2 if len(panels) == 1 else 2.4 * len(panels)), len(panels), 1, sharex=True)
    sentences = []
    for panel, (quantity, curves) in zip(axes.flat, panels.items(), strict=True):
        longest = 40 if len(panels) == 1 else 26  # letters that fit beside the panel
        panel.set_ylabel(quantity if len(quantity) <= longest else textwrap.fill(quantity, len(quantity) // 2 + 2))
        if quantity in limits:
            panel.set_ylim(as_array(limits[quantity], "a limit", 1, finite=True))
        log = quantity not in linear
        predicted = predictions.get(quantity, {})
        draw_bands(panel, x, curves, styles_of(curves), log)
        for values in predicted.values():  # few and small, so that the measured line is seen between them
            looks = {"markerfacecolor": "white", "markersize": 5, "zorder": 3}
            panel.plot(x, values, "o", color="0.1", markevery=_every_tenth(len(x)), **looks)
        sentences.append(_ends_sentence(quantity, curves, predicted, xlabel.split(" (")[0], log))
        low, high = limits.get(quantity, (-np.inf, np.inf))
        if any((values < low).any() or (values > high).any() for values in curves.values()):
            sentences.append(f"(The axis runs from {low:g} to {high:g}; a line that leaves it ends there.)")
    axes[-1, 0].set_xlabel(xlabel)
    return described(figure, " ".join(sentences))


def _every_tenth(n):
    """Return about ten of n places, the last one among them, in the form that Matplotlib's markevery has."""
    step = max(1, round(n / 10))
    return slice((n - 1) % step, None, step)


def _ends_sentence(quantity, curves, predicted, place, log):
    """Say for each network the median (on a linear axis the mean) at the first and the last layer that has one."""
    parts = []
    for name, values in curves.items():
        is_finite = np.isfinite(values)
        layers = np.flatnonzero(is_finite.any(axis=0))
        if not len(layers):
            parts.append(f"{name}: no value")
            continue
        n_lost = np.count_nonzero(~is_finite[:, layers].all(axis=1))
        layers = layers[[0, -1]]
        first, last = (np.nanmedian if log else np.nanmean)(values[:, layers], axis=0)
        theory = " (predicted {:.2g} and {:.2g})".format(*predicted[name][layers]) if predicted else ""
        lost = f", {n_lost} of {len(values)} seeds not finite everywhere" if n_lost else ""
        parts.append(
            f"{name}: {first:.2g} at {place} {layers[0] + 1}, {last:.2g} at {place} {layers[1] + 1}{theory}{lost}"
        )
    return f"{capitalized(quantity)} by {place}, {'median' if log else 'mean'} over the seeds. {'; '.join(parts)}."
