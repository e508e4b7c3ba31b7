"""Figures of gradients, of the steps that they make, and of the loss surface under them."""

import itertools

import numpy as np

from helpers.plotting.base import CYCLE, described, new_figure, one_panel, styles_of
from helpers.signals import angle_between


def plot_loss_surface(x, y, loss, steps, xlabel, ylabel, walks=None):
    """Draw a loss over the plane of two parameters, and steps on it, each an arrow.

    Parameters
    ----------
    x : float array of shape (n_x,)
    y : float array of shape (n_y,)
    loss : float array of shape (n_y, n_x)
        ``loss[j, i]`` belongs to ``x[i]``, ``y[j]``.
    steps : dict of str to pair of pairs of float
        For each step its start and its end. An end outside the plane is drawn as an arrow that leaves it.
    xlabel, ylabel : str
    walks : dict of str to float array of shape (n, 2), optional
        The places of longer walks, drawn as small dots.

    Returns
    -------
    Figure
    """
    figure, axes = one_panel(4.6)
    darkest = 1.6 * np.max(loss)  # so that colours can be seen on the highest loss
    picture = axes.pcolormesh(x, y, loss, cmap="Greys", vmin=0, vmax=darkest, shading="nearest", rasterized=True)
    figure.colorbar(picture, ax=axes, label="loss")
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    parts, styles = [], styles_of(steps)
    for name, walk in (walks or {}).items():
        axes.plot(*np.transpose(walk), ".", color=CYCLE[2][0], markersize=4, label=name)
        parts.append("{} from ({:.3g}, {:.3g}) to ({:.3g}, {:.3g})".format(name, *walk[0], *walk[-1]))
    for name, (start, end) in steps.items():
        color, line = styles[name]
        start, end = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
        share = _share_inside(start, end, (x[0], y[0]), (x[-1], y[-1]))
        shown = end if share == 1 else start + (end - start) * share
        _draw_arrow(axes, start, shown, color, line, name)
        axes.plot(*start, "o", color=color, markeredgecolor="white")
        goes = "" if share == 1 else ", outside the figure"
        parts.append(f"{name} from ({start[0]:.3g}, {start[1]:.3g}) to ({end[0]:.3g}, {end[1]:.3g}){goes}")
    axes.legend(loc="upper left")
    return described(
        figure, f"Loss between {np.min(loss):.2g} and {np.max(loss):.2g}; dark is large. On it: {'; '.join(parts)}."
    )


def _draw_arrow(axes, start, end, color, line, label, width=2):
    """Draw an arrow, and an empty line beside it that gives the legend its entry."""
    arrow = {"arrowstyle": "-|>", "color": color, "linestyle": line, "linewidth": width, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=arrow)
    axes.plot([], [], color=color, linestyle=line, linewidth=width, label=label)


def _share_inside(start, end, lowest, highest):
    """Return which share of the way from start to end lies inside a box that holds the start."""
    step = end - start
    room = np.where(step > 0, np.subtract(highest, start), np.subtract(lowest, start))
    moving = step != 0
    return min(1.0, float(np.min(room[moving] / step[moving]))) if moving.any() else 1.0


def plot_descent(x, loss, walks, xlabel):
    """Draw a loss over one parameter, and walks down it: their places, and the longest step of each as an arrow.

    Parameters
    ----------
    x, loss : float arrays of shape (n,)
        The curve; x ascending.
    walks : dict of str to pair of float arrays of shape (n_places,)
        For each walk its places, in their order, and the loss there.
    xlabel : str

    Returns
    -------
    Figure
    """
    figure, axes = one_panel(4.2)
    axes.plot(x, loss, color="0.6", linewidth=3)
    axes.set(xlabel=xlabel, ylabel="loss", xlim=(x[0], x[-1]))
    axes.grid(color="0.92")
    parts, styles = [], styles_of(walks)
    looks = itertools.cycle((("o", 9), ("D", 5)))
    for height, ((name, (places, losses)), (marker, size)) in enumerate(zip(walks.items(), looks, strict=False)):
        color, line = styles[name]
        axes.plot(places, losses, marker, color=color, markersize=size, alpha=0.6, markeredgecolor="white")
        longest = int(np.argmax(np.abs(np.diff(places))))
        start, end = (np.array([places[at], losses[at]]) for at in (longest, longest + 1))
        bend = {"connectionstyle": f"arc3,rad={-0.25 - 0.35 * height}"}
        arrow = {"arrowstyle": "-|>", "color": color, "linestyle": line, "linewidth": 2, "shrinkA": 4, "shrinkB": 4}
        axes.annotate("", end, start, arrowprops=arrow | bend)
        axes.plot([], [], marker, color=color, linestyle=line, label=name)
        parts.append(
            f"{name}: {len(places) - 1} steps from {places[0]:.2f} to {places[-1]:.2f}, the longest, number "
            f"{longest + 1}, from {start[0]:.2f} (loss {start[1]:.2g}) to {end[0]:.2f} (loss {end[1]:.2g})"
        )
    axes.legend(loc="upper right")
    return described(
        figure, f"Loss between {np.min(loss):.2g} and {np.max(loss):.2g} over {xlabel}. {'; '.join(parts)}."
    )


def plot_clipped_gradients(gradients, clipped):
    """Draw the gradients of several variables, two components each, and what clipping makes of them; a panel each kind.

    Parameters
    ----------
    gradients : dict of str to float array of shape (2,)
        For each variable.
    clipped : dict of str to sequence of float array of shape (2,)
        For each kind of clipping what the optimizer receives, in the order of the variables.

    Returns
    -------
    Figure
        The angle in a panel's title is that between all raw and all clipped numbers, each taken as one vector.
    """
    figure, panels = new_figure(max(7.2, 2.5 * len(clipped)), 4.0, 1, len(clipped), sharex=True, sharey=True)
    raw = [np.asarray(gradient, dtype=float) for gradient in gradients.values()]
    ends = np.array([(0.0, 0.0), *raw, *(vector for vectors in clipped.values() for vector in vectors)])
    margin = 0.12 * max(np.ptp(ends, axis=0).max(), 1e-12)
    (left, bottom), (right, top) = ends.min(axis=0) - margin, ends.max(axis=0) + margin
    parts = []
    for panel, (kind, vectors) in zip(panels.flat, clipped.items(), strict=True):
        angle = angle_between(np.concatenate(raw), np.concatenate([*vectors]))
        for (color, _), name, gradient, vector in zip(CYCLE, gradients, raw, vectors, strict=False):
            _draw_arrow(panel, (0, 0), gradient, color, ":", f"{name}, raw", width=1.2)
            _draw_arrow(panel, (0, 0), vector, color, "-", f"{name}, clipped", width=3)
        panel.set(title=f"{kind}\nangle {angle:.1f}°", xlim=(left, right), ylim=(bottom, top), aspect="equal")
        panel.set_xlabel("first number")
        panel.grid(color="0.92")
        numbers = ", ".join(
            f"{name} ({vector[0]:.2g}, {vector[1]:.2g})" for name, vector in zip(gradients, vectors, strict=True)
        )
        parts.append(f"{kind}: {numbers}, turned by {angle:.1f} degrees in all")
    figure.get_layout_engine().set(rect=(0, 0.06, 1, 0.94))  # or the legend lies on the labels
    panels.flat[0].set_ylabel("second number")
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    numbers = ", ".join(
        f"{name} ({gradient[0]:.3g}, {gradient[1]:.3g})" for name, gradient in zip(gradients, raw, strict=True)
    )
    return described(figure, f"The raw gradients: {numbers}. {'; '.join(parts)}.")
