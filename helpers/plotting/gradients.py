"""Figures of gradients, of the steps that they make, and of the loss surface under them."""

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


def _draw_arrow(axes, start, end, color, line, label):
    """Draw an arrow, and an empty line beside it that gives the legend its entry."""
    arrow = {"arrowstyle": "-|>", "color": color, "linestyle": line, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=arrow)
    axes.plot([], [], color=color, linestyle=line, linewidth=2, label=label)


def _share_inside(start, end, lowest, highest):
    """Return which share of the way from start to end lies inside a box that holds the start."""
    step = end - start
    room = np.where(step > 0, np.subtract(highest, start), np.subtract(lowest, start))
    moving = step != 0
    return min(1.0, float(np.min(room[moving] / step[moving]))) if moving.any() else 1.0


def plot_clipped_gradient(gradient, clipped):
    """Draw a gradient of two components and what clipping makes of it, one panel each, with the angle between them.

    Parameters
    ----------
    gradient : float array of shape (2,)
    clipped : dict of str to float array of shape (2,)
        For each kind of clipping what the optimizer receives.

    Returns
    -------
    Figure
    """
    figure, panels = new_figure(3.0 * len(clipped), 3.3, 1, len(clipped), sharex=True, sharey=True)
    ends = np.array([(0.0, 0.0), gradient, *clipped.values()])
    margin = 0.1 * max(np.ptp(ends, axis=0).max(), 1e-12)
    lowest, highest = ends.min() - margin, ends.max() + margin
    parts = []
    for panel, (name, vector) in zip(panels.flat, clipped.items(), strict=True):
        angle = angle_between(gradient, vector)
        for end, (color, line), label in zip((gradient, vector), CYCLE, ("raw", "clipped"), strict=False):
            _draw_arrow(panel, (0, 0), end, color, line, label)
        panel.set(title=f"{name}\nangle {angle:.1f}°", xlim=(lowest, highest), ylim=(lowest, highest))
        panel.set_aspect("equal")
        panel.set_xlabel("first component")
        panel.grid(color="0.92")
        parts.append(f"{name}: ({vector[0]:.3g}, {vector[1]:.3g}), turned by {angle:.1f} degrees")
    panels.flat[0].set_ylabel("second component")
    figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside right upper", frameon=False)
    return described(figure, f"The raw gradient is ({gradient[0]:.3g}, {gradient[1]:.3g}). {'; '.join(parts)}.")
