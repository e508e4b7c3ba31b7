"""Figures of what happens from layer to layer."""

import textwrap

import numpy as np
from matplotlib import colormaps

from helpers.plotting.base import capitalized, described, draw_bands, finish_lines, new_figure, styles_of, words
from helpers.signals import mean_cosine, stacked

XLABEL = "layer (1 is next to the input)"
# Statistics between -1 and 1; the others are drawn on logarithmic axes.
LINEAR = {"cosine", "abs_cosine", "dead_fraction", "saturated_fraction"}
DENSITY_BINS = 60


def plot_signals_by_layer(signals, *keys, limits=None):
    """Draw statistics of each layer, one panel each: the median over the seeds and their range.

    Parameters
    ----------
    signals : dict of str to sequence of Signals
        For each network one measurement per seed, all with the same number of layers.
    *keys : str
        Names of attributes of Signals; ``output_gradient_norm`` by default.
    limits : dict of str to pair of float, optional
        Of the vertical axis, for some of the keys.

    Returns
    -------
    Figure
    """
    keys = keys or ("output_gradient_norm",)
    panels = {words(key): {name: stacked(seeds, key) for name, seeds in signals.items()} for key in keys}
    limits = {words(key): pair for key, pair in (limits or {}).items()}
    return plot_by_layer(panels, linear={words(key) for key in LINEAR}, limits=limits)


def plot_by_layer(panels, predictions=None, linear=(), limits=None, xlabel=XLABEL):
    """Draw quantities of each layer, one panel below the other: the median over the seeds (on a linear axis the mean).

    The band is the range of the seeds.

    Parameters
    ----------
    panels : dict of str to dict of str to float array of shape (n_seeds, n_layers)
        For each quantity, by the name of its axis, the measured values of each network.
    predictions : dict of str to dict of str to float array of shape (n_layers,), optional
        What a theory says, for all networks of a panel: drawn as the line, with each seed's values as dots on it.
    linear : collection of str
        The quantities whose axis is not logarithmic.
    limits : dict of str to pair of float, optional
        Of the vertical axis, for some of the quantities; a line that leaves them ends there.
    xlabel : str
        What is counted, where it is not layers: the steps of a recurrence, say.

    Returns
    -------
    Figure
    """
    predictions, limits = predictions or {}, limits or {}
    n_layers = max(values.shape[1] for curves in panels.values() for values in curves.values())
    x = np.arange(1, n_layers + 1)
    figure, axes = new_figure(7.2, 0.8 + (3.2 if len(panels) == 1 else 2.4 * len(panels)), len(panels), 1, sharex=True)
    sentences = []
    for panel, (quantity, curves) in zip(axes.flat, panels.items(), strict=True):
        panel.set_ylabel(_in_two_lines(quantity, 40 if len(panels) == 1 else 26))
        if quantity in limits:
            panel.set_ylim(limits[quantity])
        log = quantity not in linear
        styles = styles_of(curves)
        if quantity in predictions:
            _draw_predictions(panel, x, curves, predictions[quantity], styles, log)
        else:
            draw_bands(panel, x, curves, styles, log)
        sentences.append(_ends_sentence(quantity, curves, predictions.get(quantity, {}), xlabel.split(" (")[0], log))
        if quantity in limits and _leaves(curves, *limits[quantity]):
            sentences.append(
                "(The axis runs from {:g} to {:g}; a line that leaves it ends there.)".format(*limits[quantity])
            )
    axes[-1, 0].set_xlabel(xlabel)
    return described(figure, " ".join(sentences))


def _in_two_lines(label, longest):
    """Break a label that is too long for the height of a panel."""
    return label if len(label) <= longest else textwrap.fill(label, len(label) // 2 + 2)


def _draw_predictions(axes, x, curves, predictions, styles, log):
    ends = {}
    for name, values in curves.items():
        color, line = styles[name]
        axes.plot(x, values.T, ".", color=color, alpha=0.45, markersize=5, markeredgewidth=0)
        axes.plot(x, predictions[name], color=color, linestyle=line, label=name)
        ends[name] = (x[-1], predictions[name][-1], color)
    finish_lines(axes, x, ends, log)


def _leaves(curves, low, high):
    """Tell whether a value lies outside of the limits."""
    return any(((each < low) | (each > high)).any() for each in curves.values())


def _ends_sentence(quantity, curves, predicted, place="layer", log=True):
    """Say for each network the median (on a linear axis the mean) at the first and the last layer that has one."""
    parts = []
    for name, values in curves.items():
        layers = np.flatnonzero(np.isfinite(values).any(axis=0))[[0, -1]]
        first, last = (np.nanmedian if log else np.nanmean)(values[:, layers], axis=0)
        theory = (
            f" (predicted {predicted[name][layers[0]]:.2g} and {predicted[name][layers[1]]:.2g})" if predicted else ""
        )
        parts.append(f"{name}: {first:.2g} at {place} {layers[0] + 1}, {last:.2g} at {place} {layers[1] + 1}{theory}")
    return f"{capitalized(quantity)} by {place}, {'median' if log else 'mean'} over the seeds. {'; '.join(parts)}."


def plot_layer_densities(rows):
    """Draw the distribution of each layer's values, one panel a network, on shared axes in each row.

    Parameters
    ----------
    rows : dict of str to dict of str to dict of str to float array
        For each quantity and each network, the values of each layer, an array of any shape, by the layer's name.

    Returns
    -------
    Figure

    References
    ----------
    X. Glorot and Y. Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, figures
    6 and 7.
    """
    n_columns = max(len(networks) for networks in rows.values())
    figure, panels = new_figure(
        3.8 * n_columns, 2.6 * len(rows) + 0.3, len(rows), n_columns, sharex="row", sharey="row"
    )
    sentences = []
    for row, (quantity, networks) in zip(panels, rows.items(), strict=True):
        widest = max(np.quantile(np.abs(values), 0.999) for layers in networks.values() for values in layers.values())
        edges = np.linspace(-widest, widest, DENSITY_BINS + 1)
        for panel, (name, layers) in zip(row, networks.items(), strict=True):
            colors = colormaps["viridis"](np.linspace(0, 0.85, len(layers)))
            for number, ((layer, values), color) in enumerate(zip(layers.items(), colors, strict=True)):
                density, _ = np.histogram(np.ravel(values), edges, density=True)
                density[density == 0] = np.nan
                width = 2.4 - 1.4 * number / len(layers)  # the second cue: the first layer has the widest line
                panel.stairs(density, edges, color=color, linewidth=width, label=layer)
            panel.set_yscale("log")
            panel.set_title(name)
            panel.set_xlabel(quantity)
            spreads = ", ".join(f"{np.std(values):.2g} in {layer}" for layer, values in layers.items())
            sentences.append(f"{capitalized(quantity)}, {name}: standard deviation {spreads}.")
        row[0].set_ylabel("density")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside right upper", frameon=False)
    return described(figure, "Distributions by layer. " + " ".join(sentences))


def plot_outputs_by_depth(outputs, example_names, n_units=60):
    """Draw what single units answer to single examples, one panel per network and layer.

    Parameters
    ----------
    outputs : dict of str to dict of str to float array of shape (n_examples, at least n_units)
        For each network (a row of panels) and each layer (a column) the outputs; what is drawn of each example is
        scaled to root mean square 1.
    example_names : sequence of str, of length n_examples
    n_units : int
        The first so many units are drawn.

    Returns
    -------
    Figure
    """
    n_columns = len(next(iter(outputs.values())))
    height = 0.17 * len(example_names) + 0.5
    figure, panels = new_figure(2.3 * n_columns + 1.3, height * len(outputs) + 0.7, len(outputs), n_columns)
    sentences = []
    for row, (name, by_layer) in zip(panels, outputs.items(), strict=True):
        alike = []
        for panel, (layer, values) in zip(row, by_layer.items(), strict=True):
            scaled = values / np.sqrt(np.square(values).mean(axis=1, keepdims=True))
            picture = panel.imshow(scaled[:, :n_units], cmap="RdBu_r", vmin=-3, vmax=3, aspect="auto")
            panel.set_title(f"{name}: {layer}", fontsize="medium")
            panel.set_yticks(range(len(example_names)), [""] * len(example_names))
            alike.append(f"{mean_cosine(values):.2g} in {layer}")
        row[0].set_yticks(range(len(example_names)), example_names)
        sentences.append(f"{name}: mean cosine between the rows {', '.join(alike)}.")
    for panel in panels[-1]:
        panel.set_xlabel("unit")
    figure.colorbar(picture, ax=panels, label="output, each row scaled", shrink=0.8)
    return described(figure, f"Each row of a panel is a garment, each column a unit. {' '.join(sentences)}")
