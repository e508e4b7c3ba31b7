"""What lesson 2, nonsaturating activations, measures and draws: a network's first steps, dead units, functions."""

import numpy as np
import tensorflow as tf
from matplotlib.colors import ListedColormap
from matplotlib.ticker import MaxNLocator

from helpers.plotting.base import as_array, as_arrays, course_style, described, new_figure
from helpers.plotting.colors import BLUE, ORANGE, VERMILLION
from helpers.training import batch_orders

BATCH_SIZE = 32
IMAGES_DRAWN = 200
SILENT, ACTIVE, DEAD = "white", "0.25", ORANGE


def weights_over_steps(model, data, moments):
    """Train a compiled model for a few steps, and return the weights of its first Dense layer at several moments.

    Moments are numbers of optimizer steps, 0 before the first. The batches, of 32 images, are those of
    `helpers.training.compare` with seed 0. The result is a dict of moments to pairs of float32 arrays: kernel of shape
    (n_in, n_units) and bias of shape (n_units,). For example::

        kernel, bias = weights_over_steps(network(), data, (0, 20))[20]
    """
    first, variables = next(layer for layer in model.layers if hasattr(layer, "kernel")), model.trainable_variables
    order = next(batch_orders(len(data.x_train), BATCH_SIZE, 0, max(moments) + 1))
    kept = {}
    for step, batch in enumerate(order.reshape(-1, BATCH_SIZE)):
        if step in moments:
            kept[step] = tuple(np.array(weight) for weight in first.get_weights())
        x, y = data.x_train[batch], data.y_train[batch]
        with tf.GradientTape() as tape:  # not compiled, which would take longer than these few steps
            loss = model.compute_loss(x=x, y=y, y_pred=model(x, training=True))
        model.optimizer.apply(tape.gradient(loss, variables), variables)
    return kept


@course_style
def plot_firing(active):
    """Draw which units are active for which images, bool of shape (n_images, n_units), by the number of steps taken.

    A unit that is active for none of the images is dead. The first 200 images are drawn.

    >>> figure = plot_firing({0: np.eye(5) == 1, 20: np.zeros((5, 5), bool)})
    """
    if not active:
        raise ValueError("There is nothing to draw: give which units are active, by the number of steps")
    figure, panels = new_figure(7.2, 3.6, 1, len(active), sharex=True, sharey=True)
    parts = []
    for panel, (step, is_active) in zip(panels.flat, active.items(), strict=True):
        # One after the other, because as floats they take eight times the memory.
        is_active = as_array(is_active, step, 2, finite=True).astype(bool)
        dead = ~is_active.any(axis=0)
        state = is_active[:IMAGES_DRAWN].astype(int) + 2 * dead  # 0 silent, 1 active, 2 dead
        colors = ListedColormap([SILENT, ACTIVE, DEAD])
        panel.imshow(state.T, cmap=colors, vmin=0, vmax=2, aspect="auto", interpolation="nearest")
        taken = "1 step" if step == 1 else f"{step} steps"
        panel.set(title=f"{taken}\n{dead.mean():.0%} dead", xlabel="image")
        parts.append(f"after {taken} {dead.sum()} of {len(dead)} units are dead")
    panels[0, 0].set_ylabel("unit")
    n_images = len(next(iter(active.values())))
    key = {"active": ACTIVE, "output is 0": SILENT, f"dead: output is 0 for all {n_images:,} images": DEAD}
    handles = [panels[0, 0].plot([], [], "s", color=color, markeredgecolor="0.5")[0] for color in key.values()]
    figure.legend(handles, key, loc="outside lower center", ncols=len(key), frameon=False)
    return described(figure, f"A row is a unit, a column is one of {n_images:,} images: {'; '.join(parts)}.")


@course_style
def plot_activations(z, curves):
    """Draw activation functions with their derivatives, one panel each on shared axes.

    Each of the `curves` has the function's values and its derivative's at `z`, three arrays of shape (n,).

    >>> z = np.linspace(-3, 3, 61)
    >>> figure = plot_activations(z, {"ReLU": (np.maximum(0, z), z > 0)})
    """
    (z,) = as_arrays({"z": z}, 1, finite=True).values()
    curves = as_arrays(curves, 2, finite=True)
    n_columns = min(3, len(curves))
    n_rows = -(-len(curves) // n_columns)
    figure, panels = new_figure(2.4 * n_columns, 2.0 * n_rows + 0.6, n_rows, n_columns, sharex=True, sharey=True)
    parts = []
    for panel, (name, (values, derivative)) in zip(panels.flat, curves.items(), strict=False):
        panel.axhline(0, color="0.8", linewidth=0.8)
        panel.axvline(0, color="0.8", linewidth=0.8)
        panel.plot(z, values, color=BLUE, label="output $f(z)$")
        jumps = abs(np.diff(derivative, prepend=derivative[0])) > 0.2  # a gap there, not a steep line
        panel.plot(z, np.where(jumps, np.nan, derivative), color=VERMILLION, linestyle="--", label="derivative $f'(z)$")
        panel.set_title(name)
        parts.append(
            f"{name}: f runs from {values[0]:.2f} at z = {z[0]:g} to {values[-1]:.2f} at z = {z[-1]:g}, "
            f"f′ between {derivative.min():.2f} and {derivative.max():.2f}"
        )
    panels[0, 0].xaxis.set_major_locator(MaxNLocator(4, integer=True))  # the other panels share it
    for panel in panels.flat[len(curves) :]:
        panel.set_visible(False)
    for lowest in panels.flat[len(curves) - n_columns : len(curves)]:  # of each column
        lowest.set_xlabel("$z$")
        lowest.tick_params(labelbottom=True)
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)
    return described(figure, f"Activation functions (solid) and their derivatives (dashed). {'; '.join(parts)}.")


@course_style
def plot_first_steps(ratios, accuracies):
    """Draw how many times as large as z the first step is, and beside it the accuracy that the network reaches.

    Each network has a ratio and accuracies of shape (n_seeds,), in percent; NaN is a run that diverged, a cross left of
    the axis. The networks come in the order of their ratios; one that learns, to more than 20 percent, is blue.

    >>> figure = plot_first_steps({"ReLU": 14, "scaled": 0.03}, {"ReLU": [10, np.nan], "scaled": [85, 86]})
    """
    ratios, accuracies = as_arrays(ratios, 0, finite=True), as_arrays(accuracies, 1)
    names = sorted(ratios, key=ratios.get, reverse=True)
    figure, (panels,) = new_figure(7.2, 0.4 * len(names) + 1.6, 1, 2, sharey=True)
    parts = []
    for row, name in enumerate(names):
        values = accuracies[name]
        places, is_finite = row + np.linspace(-0.2, 0.2, len(values)), np.isfinite(values)
        color = BLUE if (values[is_finite] > 20).any() else VERMILLION
        panels[0].plot(ratios[name], row, "D", color=color)
        panels[1].plot(values[is_finite], places[is_finite], "o", color=color, markersize=5)
        panels[1].plot(np.full((~is_finite).sum(), -9), places[~is_finite], "x", color=color, markersize=5)
        reached = f"{values[is_finite].min():.3g} to {values[is_finite].max():.3g}" if is_finite.any() else ""
        diverged = f"{(~is_finite).sum()} diverged" if not is_finite.all() else ""
        parts.append(f"{name}: {ratios[name]:.2g}, accuracy {', '.join(filter(None, [reached, diverged]))}")
    panels[0].set(xscale="log", xlabel="size of the first step\nover size of $z$")
    panels[0].xaxis.set_major_formatter("{x:g}")
    panels[0].set_yticks(range(len(names)), names)
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    panels[1].set(xlim=(-18, 100), xticks=range(0, 101, 25), xlabel="validation accuracy (%)")
    panels[1].axvspan(-18, 0, color="0.93", linewidth=0)
    for panel, guide in zip(panels, (1, 10), strict=True):
        panel.grid(axis="x", color="0.92")
        panel.axvline(guide, color="0.4", linestyle=":")
    key = {"learns": ("o", BLUE), "at chance level, 10%": ("o", VERMILLION), "diverged": ("x", VERMILLION)}
    handles = [panels[1].plot([], [], marker, color=color, markersize=6)[0] for marker, color in key.values()]
    figure.legend(handles, key, loc="outside lower center", ncols=3, frameon=False)
    return described(figure, f"Size of the first step over size of z, and accuracy in percent. {'; '.join(parts)}.")
