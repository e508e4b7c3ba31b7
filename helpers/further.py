"""Figures that only the further parts draw, for notebooks/further."""

from itertools import cycle, pairwise

import numpy as np

from helpers.plotting.base import as_array, as_arrays, course_style, described, draw_arrow, finite_part, one_panel
from helpers.plotting.colors import BLUE, GREEN, VERMILLION, styles_of


@course_style
def plot_map(starts, images, attractor, xlabel, ylabel):
    """Draw a map of the plane onto itself: an arrow from each point to where the map takes it, both of shape (n, 2).

    The star is the attractor, the map's fixed point.

    >>> figure = plot_map([[0, 2], [1, 1]], [[0, 1.5], [0, 1]], attractor=(0, 1), xlabel="mean", ylabel="variance")
    """
    starts, images = as_arrays({"starts": starts, "images": images}, 2, finite=True).values()
    attractor = as_array(attractor, "attractor", 1, finite=True)
    figure, axes = one_panel(4.4)
    axes.plot(*starts.T, ".", color="0.6", markersize=4)
    to_scale = {"angles": "xy", "scale_units": "xy", "scale": 1}
    axes.quiver(*starts.T, *(images - starts).T, **to_scale, width=0.0025, color=BLUE, alpha=0.7)
    axes.plot(*attractor, "*", color=VERMILLION, markersize=16, markeredgecolor="white")
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.grid(color="0.92")
    before, after = (np.linalg.norm(points - attractor, axis=1).mean() for points in (starts, images))
    return described(
        figure,
        f"{len(starts)} points, {xlabel} against {ylabel}, with arrows to their images. The star is the fixed point "
        f"({attractor[0]:g}, {attractor[1]:g}). The mean distance to it is {before:.2f} at the tails of the arrows and "
        f"{after:.2f} at their heads.",
    )


@course_style
def plot_scatter(points, xlabel, ylabel):
    """Draw one point per run in the plane, in the colour and shape of its group; a run without both values is counted.

    Each group has a pair of arrays of shape (n,), for the two axes.

    >>> figure = plot_scatter({"slope 0.1": ([0.2, 0.3], [0.7, 0.6])}, "mean cosine", "accuracy")
    """
    points = as_arrays(points, 2)
    figure, axes = one_panel()
    styles, parts = styles_of(points), []
    for (name, pairs), marker in zip(points.items(), cycle("os^Dv"), strict=False):
        x, y = pairs[:, np.isfinite(pairs).all(axis=0)]
        axes.plot(x, y, marker, color=styles[name][0], label=name, alpha=0.8, markeredgecolor="white", markersize=9)
        n_lost = pairs.shape[1] - len(x)
        lost = f", {n_lost} not finite" if n_lost else ""
        ranges = [f"{axis} {np.min(z):.2f} to {np.max(z):.2f}" for axis, z in ((xlabel, x), (ylabel, y)) if len(z)]
        parts.append(f"{name}: {', '.join(ranges) or 'no value'}{lost}")
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.grid(color="0.92")
    figure.legend(loc="outside right upper", frameon=False)
    return described(figure, f"{ylabel} against {xlabel}, one point per run. {'; '.join(parts)}.")


@course_style
def plot_lengthening(places):
    """Draw what steps at a right angle make of a vector in the plane, from its ends before and after them, (n, 2).

    >>> plot_lengthening([[3, 0], [3, 4]]).description
    'A vector from the origin, after each step: its lengths 3.00, 5.00; the steps 4.00.'
    """
    places = as_array(places, "places", 2, finite=True)
    figure, axes = one_panel(4.2)
    lengths = np.linalg.norm(places, axis=1)
    for number, (place, length) in enumerate(zip(places, lengths, strict=True)):
        axes.plot(*np.transpose([(0, 0), place]), color="0.6", linewidth=1)
        beside = {"xytext": 14 * place / (length or 1), "textcoords": "offset points", "annotation_clip": False}
        side = "left" if place[0] > 0.3 * length else "right" if place[0] < -0.3 * length else "center"
        axes.annotate(f"$w_{{{number}}}$: {length:.2f}", place, ha=side, va="center_baseline", **beside)
    for start, end in pairwise(places):
        draw_arrow(axes, start, end, VERMILLION)
    axes.plot(0, 0, "o", color="0.3")
    axes.set(aspect="equal", xlabel="first weight", ylabel="second weight")
    axes.margins(x=0.6, y=0.2)  # room for the names beside the ends
    axes.grid(color="0.92")
    listed = ", ".join(f"{length:.2f}" for length in lengths)
    steps = ", ".join(f"{length:.2f}" for length in np.linalg.norm(np.diff(places, axis=0), axis=1))
    return described(figure, f"A vector from the origin, after each step: its lengths {listed}; the steps {steps}.")


@course_style
def plot_loss_surface(x, y, loss, steps, xlabel, ylabel, walks):
    """Draw a loss over the plane of two parameters, with steps on it, each an arrow, and walks, each a row of dots.

    ``loss[j, i]`` belongs to ``x[i]``, ``y[j]``; where it is not finite the plane stays white. A step has a start and
    an end; one that ends outside the plane is drawn as an arrow that leaves it. A walk has places of shape (n, 2).

    >>> x = np.linspace(-1, 1, 21)
    >>> figure = plot_loss_surface(x, x, np.hypot(x, x[:, None]), {"step": ((0, 0), (1, 3))}, "$w$", "$b$", {})
    """
    x, y = as_arrays({"x": x, "y": y}, 1, finite=True).values()
    loss, steps = as_array(loss, "loss", 2), as_arrays(steps, 2, finite=True)
    finite, others = finite_part(loss)
    if not len(finite):
        raise ValueError("There is nothing to draw: no loss is finite")
    figure, axes = one_panel(4.6)
    darkest = 1.6 * finite.max()  # so that colours can be seen on the highest loss
    picture = axes.pcolormesh(x, y, loss, cmap="Greys", vmin=0, vmax=darkest, shading="nearest", rasterized=True)
    figure.colorbar(picture, ax=axes, label="loss")
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    parts, styles = [], styles_of(steps)
    for name, walk in walks.items():
        walk = as_array(walk, name, 2, finite=True)
        axes.plot(*walk.T, ".", color=GREEN, markersize=4, label=name)
        parts.append("{} from ({:.3g}, {:.3g}) to ({:.3g}, {:.3g})".format(name, *walk[0], *walk[-1]))
    for name, (start, end) in steps.items():
        color, line = styles[name]
        room = np.where(end > start, (x[-1], y[-1]), (x[0], y[0])) - start  # up to the border that the arrow leads to
        share = np.min(np.divide(room, end - start, out=np.ones(2), where=end != start))
        shown = end if share >= 1 else start + (end - start) * share
        draw_arrow(axes, start, shown, color, name, linestyle=line)
        axes.plot(*start, "o", color=color, markeredgecolor="white")
        goes = "" if share >= 1 else ", outside the figure"
        parts.append(f"{name} from ({start[0]:.3g}, {start[1]:.3g}) to ({end[0]:.3g}, {end[1]:.3g}){goes}")
    axes.legend(loc="upper left")
    return described(
        figure,
        f"Loss between {finite.min():.2g} and {finite.max():.2g}{others}; dark is large. On it: {'; '.join(parts)}.",
    )
