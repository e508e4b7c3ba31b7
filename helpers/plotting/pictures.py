"""Pictures rather than curves: chains of single units, kernels, units that answer to images, a batch as a table."""

import itertools

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Rectangle

from helpers.plotting.base import CYCLE, described, new_figure, one_panel, readable

_UP, _DOWN = CYCLE[0][0], CYCLE[1][0]
_IMAGES_DRAWN = 200
_SILENT, _ACTIVE, _DEAD = "white", "0.25", "#E69F00"


def plot_chain(weights, signal, gradient):
    """Draw a network of one linear unit a layer: its weights, the signal on the way up, the gradient on the way down.

    Parameters
    ----------
    weights : sequence of float, of length n
        Weight number i leads from unit i to unit i + 1.
    signal, gradient : sequences of float, of length n + 1
        At each unit, the input first.

    Returns
    -------
    Figure
    """
    figure, axes = one_panel(2.5)
    axes.set(xlim=(-0.75, len(weights) + 0.35), ylim=(-1.15, 1.15))
    axes.axis("off")
    axes.set_xlabel("unit")  # not drawn: the units have their names
    for place, (up, down) in enumerate(zip(signal, gradient, strict=True)):
        axes.plot(place, 0, "o", markersize=32, color="white", markeredgecolor="0.3", markeredgewidth=1.5)
        axes.text(place, 0, "x" if place == 0 else f"$a_{{{place}}}$", ha="center", va="center")
        axes.text(place, 0.72, f"{up:.3g}", ha="center", va="center", color=readable(_UP), fontweight="bold")
        axes.text(place, -0.72, f"{down:.3g}", ha="center", va="center", color=readable(_DOWN), fontweight="bold")
    for place, weight in enumerate(weights):
        for height, (start, end), color in ((0.72, (0.3, 0.7), _UP), (-0.72, (0.7, 0.3), _DOWN)):
            ends = {"xy": (place + end, height), "xytext": (place + start, height)}
            axes.annotate("", **ends, arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": 2})
        axes.text(place + 0.5, 0.02, f"× {weight:g}", ha="center", va="center", color="0.3")
    axes.text(-0.72, 1.05, "signal, up", va="center", color=readable(_UP))
    axes.text(-0.72, -1.05, "gradient, down", va="center", color=readable(_DOWN))
    factors = ", ".join(f"{weight:g}" for weight in weights)
    return described(
        figure,
        f"A chain of {len(weights)} units with the weights {factors}. The signal goes up from {signal[0]:.3g} to "
        f"{signal[-1]:.3g}; the gradient comes down from {gradient[-1]:.3g} to {gradient[0]:.3g}.",
    )


def plot_unrolled(weight, gradient):
    """Draw a recurrent network of one linear unit, unrolled, with the same weight at each step and the gradient.

    Parameters
    ----------
    weight : float
        Of the recurrence.
    gradient : sequence of float, of length n
        The gradient at each of the n states, the first state first.

    Returns
    -------
    Figure
    """
    figure, axes = one_panel(2.7)
    n_steps = len(gradient)
    axes.set(xlim=(-0.5, n_steps + 0.1), ylim=(-1.15, 1.2))
    axes.axis("off")
    axes.set_xlabel("step")  # not drawn: the states have their names
    arrow = {"arrowstyle": "-|>", "linewidth": 2}
    for place, size in enumerate(gradient):
        axes.plot(place, 0, "o", markersize=32, color="white", markeredgecolor="0.3", markeredgewidth=1.5)
        axes.text(place, 0, f"$h_{{{place + 1}}}$", ha="center", va="center")
        axes.text(place, -1.0, f"$x_{{{place + 1}}}$", ha="center", va="center")
        axes.annotate("", (place, -0.33), (place, -0.85), arrowprops=arrow | {"color": "0.5"})
        axes.text(place, 0.72, f"{size:.3g}", ha="center", va="center", color=readable(_DOWN), fontweight="bold")
        is_last = place == n_steps - 1
        axes.annotate("", (place + 0.72, 0), (place + 0.28, 0), arrowprops=arrow | {"color": _UP})
        if not is_last:
            axes.text(place + 0.5, 0.2, f"× {weight:g}", ha="center", va="center", color=readable(_UP))
            ends = {"xy": (place + 0.3, 0.72), "xytext": (place + 0.7, 0.72)}
            axes.annotate("", **ends, arrowprops=arrow | {"color": _DOWN})
    axes.text(n_steps - 0.18, 0, "loss", ha="left", va="center")
    axes.text(-0.45, 1.1, "gradient, back in time", va="center", color=readable(_DOWN))
    return described(
        figure,
        f"A recurrent unit at {n_steps} steps, each with its input; the state is multiplied by {weight:g} from step to "
        f"step. The gradient comes back from {gradient[-1]:.3g} at the last state to {gradient[0]:.3g} at the first.",
    )


def plot_kernels(kernels, n_shown=40):
    """Draw kernels as pictures: a row for each unit below, a column for each unit's weights.

    Parameters
    ----------
    kernels : dict of str to float array of shape (n_in, n_out)
        By what stands above each picture; each is scaled by its own largest weight.
    n_shown : int
        The first so many rows and columns are drawn.

    Returns
    -------
    Figure
    """
    figure, panels = new_figure(7.2, 3.2, 1, len(kernels))
    parts = []
    for panel, (name, kernel) in zip(panels.flat, kernels.items(), strict=True):
        largest = np.abs(kernel).max()
        scaled = kernel[:n_shown, :n_shown] / (largest or 1)
        picture = panel.imshow(scaled, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", interpolation="nearest")
        panel.set(title=name, xlabel="unit of the layer", xticks=[], yticks=[])
        n_different = len(np.unique(np.round(kernel, 12), axis=1).T)
        parts.append(f"{name}: {n_different} different columns of {kernel.shape[1]}, largest weight {largest:.2g}")
    panels[0, 0].set_ylabel("unit below")
    figure.colorbar(picture, ax=panels, label="weight, scaled", shrink=0.7)
    names = "; ".join(part.replace("\n", ", ") for part in parts)
    return described(figure, f"Each column is one unit's weights. {names}.")


def plot_firing(active, title="step {}"):
    """Draw which units answer to which images, at several moments of training.

    Parameters
    ----------
    active : dict of int to bool array of shape (n_images, n_units)
        At each moment whether a unit's output is positive. A unit that answers to none of the images is dead. The first
        200 images are drawn.
    title : str
        Of a panel; the moment takes the place of the braces.

    Returns
    -------
    Figure
    """
    figure, panels = new_figure(7.2, 3.6, 1, len(active), sharex=True, sharey=True)
    parts = []
    for panel, (moment, answers) in zip(panels.flat, active.items(), strict=True):
        dead = ~answers.any(axis=0)
        state = answers[:_IMAGES_DRAWN].astype(int) + 2 * dead  # 0 silent, 1 active, 2 dead
        colors = ListedColormap([_SILENT, _ACTIVE, _DEAD])
        panel.imshow(state.T, cmap=colors, vmin=0, vmax=2, aspect="auto", interpolation="nearest")
        panel.set(title=f"{title.format(moment)}\n{dead.sum()} dead", xlabel="image")
        parts.append(f"{title.format(moment)}: {dead.sum()} of {len(dead)} units dead, {answers.mean():.0%} active")
    panels[0, 0].set_ylabel("unit")
    key = {"active": _ACTIVE, "silent": _SILENT, "dead: silent on all": _DEAD}
    handles = [panels[0, 0].plot([], [], "s", color=color, markeredgecolor="0.5")[0] for color in key.values()]
    figure.legend(handles, key, loc="outside lower center", ncols=len(key), frameon=False)
    asked = len(next(iter(active.values())))
    return described(figure, f"A row is a unit, a column an image; {asked:,} were asked. {'; '.join(parts)}.")


def plot_batch(tables, outlined):
    """Draw a batch as tables, a row for each image and a column for each unit.

    Parameters
    ----------
    tables : dict of str to float array of shape (n_images, n_units)
        By what stands above each; colours go from -3 to 3.
    outlined : dict of str to {"unit", "image"}
        For some of the tables what is outlined, as an example: a unit's column or an image's row.

    Returns
    -------
    Figure
    """
    figure, panels = new_figure(7.2, 3.0, 1, len(tables), sharex=True, sharey=True)
    parts = []
    for panel, (name, table) in zip(panels.flat, tables.items(), strict=True):
        picture = panel.imshow(table, cmap="RdBu_r", vmin=-3, vmax=3, aspect="auto", interpolation="nearest")
        panel.set(title=name, xlabel="unit", xticks=[], yticks=[])
        n_images, n_units = table.shape
        in_words = name.replace("\n", ", ")
        if name in outlined:
            one = {"unit": ((1.5, -0.5), 1, n_images), "image": ((-0.5, 1.5), n_units, 1)}[outlined[name]]
            panel.add_patch(Rectangle(*one, fill=False, edgecolor="black", linewidth=3, clip_on=False))
            in_words += f", one {outlined[name]} outlined"
        spread = f"means of the units between {table.mean(axis=0).min():.1f} and {table.mean(axis=0).max():.1f}"
        parts.append(f"{in_words}: {spread}")
    panels[0, 0].set_ylabel("image")
    figure.colorbar(picture, ax=panels, label="value", shrink=0.8)
    return described(figure, f"A batch as a table, a row for each image, a column for each unit. {'; '.join(parts)}.")


def plot_lengthening(places):
    """Draw what steps at a right angle make of a vector in the plane.

    Parameters
    ----------
    places : float array of shape (n, 2)
        Where the vector ends, before the first step and after each.

    Returns
    -------
    Figure
    """
    figure, axes = one_panel(4.2)
    lengths = np.linalg.norm(places, axis=1)
    for number, (place, length) in enumerate(zip(places, lengths, strict=True)):
        axes.plot(*np.transpose([(0, 0), place]), color="0.6", linewidth=1)
        beside = {"xytext": 14 * place / length, "textcoords": "offset points", "annotation_clip": False}
        side = "left" if place[0] > 0.3 * length else "right" if place[0] < -0.3 * length else "center"
        axes.annotate(f"$w_{{{number}}}$: {length:.2f}", place, ha=side, va="center_baseline", **beside)
    for start, end in itertools.pairwise(places):
        step = {"arrowstyle": "-|>", "color": CYCLE[1][0], "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", end, start, arrowprops=step)
    axes.plot(0, 0, "o", color="0.3")
    axes.set(aspect="equal", xlabel="first weight", ylabel="second weight")
    axes.margins(x=0.6, y=0.2)  # room for the names beside the ends
    axes.grid(color="0.92")
    listed = ", ".join(f"{length:.2f}" for length in lengths)
    steps = ", ".join(f"{length:.2f}" for length in np.linalg.norm(np.diff(places, axis=0), axis=1))
    return described(figure, f"A vector from the origin, after each step: its lengths {listed}; the steps {steps}.")
