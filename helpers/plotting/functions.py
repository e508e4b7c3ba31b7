"""Figures of functions and of distributions."""

import itertools

import numpy as np

from helpers.plotting.base import CYCLE, capitalized, described, new_figure, one_panel, styles_of


def plot_activations(z, curves, limits=None):
    """Draw activation functions with their derivatives, one panel each on shared axes.

    Parameters
    ----------
    z : float array of shape (n,)
        Where they are evaluated.
    curves : dict of str to pair of float arrays of shape (n,)
        For each function its values and its derivative's.
    limits : pair of float, optional
        Of the vertical axis; all that is drawn fits in by default.

    Returns
    -------
    Figure
    """
    n_columns = min(3, len(curves))
    n_rows = -(-len(curves) // n_columns)
    figure, panels = new_figure(3.0 * n_columns, 2.3 * n_rows + 0.3, n_rows, n_columns, sharex=True, sharey=True)
    for panel, (name, (values, derivative)) in zip(panels.flat, curves.items(), strict=False):
        panel.axhline(0, color="0.8", linewidth=0.8)
        panel.axvline(0, color="0.8", linewidth=0.8)
        panel.plot(z, values, color="#0072B2", label="$f(z)$")
        panel.plot(z, derivative, color="#D55E00", linestyle="--", label="$f'(z)$")
        panel.set_title(name)
    n_empty = n_rows * n_columns - len(curves)
    for column in range(n_columns):
        is_short = column >= n_columns - n_empty
        panels[-1, column].set_visible(not is_short)
        lowest = panels[-2 if is_short else -1, column]
        lowest.set_xlabel("$z$")
        lowest.tick_params(labelbottom=True)
    panels.flat[0].set_ylim(limits)
    panels.flat[0].legend(loc="lower right", frameon=False)  # where z > 0 and f, f' > 0 for all of them
    parts = [
        f"{name}: f runs from {values[0]:.2f} at z = {z[0]:g} to {values[-1]:.2f} at z = {z[-1]:g}, "
        f"f′ between {derivative.min():.2f} and {derivative.max():.2f}"
        for name, (values, derivative) in curves.items()
    ]
    return described(figure, f"Activation functions (solid) and their derivatives (dashed). {'; '.join(parts)}.")


def plot_histograms(samples, xlabel, bins=40, *, spread=False):
    """Draw histograms one above the other, on shared axes.

    Parameters
    ----------
    samples : dict of str to float array
    xlabel : str
    bins : int
        About how many; zero is always an edge.
    spread : bool
        Draw dotted lines one standard deviation away from the mean.

    Returns
    -------
    Figure
    """
    figure, panels = new_figure(7.2, 1.5 * len(samples) + 0.6, len(samples), 1, sharex=True)
    everything = np.concatenate([np.ravel(values) for values in samples.values()])
    width = np.ptp(everything) / bins or 1.0
    edges = width * np.arange(np.floor(everything.min() / width), np.ceil(everything.max() / width) + 1)
    for row, (panel, (name, values)) in enumerate(zip(panels.flat, samples.items(), strict=True)):
        panel.hist(np.ravel(values), edges, color=CYCLE[row % len(CYCLE)][0])
        panel.axvline(0, color="0.3", linewidth=0.8)
        panel.set_ylabel("count")
        if spread:
            for end in (-1, 1):
                panel.axvline(np.mean(values) + end * np.std(values), color="0.1", linestyle=":", linewidth=1.6)
            name = f"{name}: standard deviation {np.std(values):.3g} (dotted)"
        panel.set_title(name, fontsize="medium", loc="left")
    panels[-1, 0].set_xlabel(xlabel)
    parts = [
        f"{name}: from {np.min(values):.3f} to {np.max(values):.3f}, median {np.median(values):.3f}"
        + (f", standard deviation {np.std(values):.3g}" if spread else "")
        for name, values in samples.items()
    ]
    return described(figure, f"Histograms of the {xlabel}. {'; '.join(parts)}.")


def plot_saturation(z, values, derivative, samples, threshold=0.01):
    """Draw an activation function with its saturated ends shaded, and below it where networks' pre-activations lie.

    Parameters
    ----------
    z : float array of shape (n,)
        Ascending.
    values, derivative : float arrays of shape (n,)
        Of the function and its derivative at `z`.
    samples : dict of str to float array
        Pre-activations of each network; those beyond the ends of `z` are counted in the outermost bins.
    threshold : float
        The function counts as saturated where its derivative is below this share of the derivative's maximum.

    Returns
    -------
    Figure
    """
    figure, panels = new_figure(7.2, 2.8 + 1.4 * len(samples), 1 + len(samples), 1, sharex=True)
    figure.get_layout_engine().set(hspace=0.05)
    saturated = derivative < threshold * derivative.max()
    for panel in panels.flat:
        panel.fill_between(z, 0, 1, where=saturated, transform=panel.get_xaxis_transform(), color="0.9", linewidth=0)
    top = panels[0, 0]
    top.plot(z, values, color="#0072B2", label="$f(z)$")
    top.plot(z, derivative, color="#D55E00", linestyle="--", label="$f'(z)$")
    top.set_title("saturated where grey")
    top.legend(loc="center right", frameon=False)
    parts = []
    edges = np.linspace(z[0], z[-1], 61)
    for position, (panel, (name, sample)) in enumerate(zip(panels.flat[1:], samples.items(), strict=True)):
        sample = np.clip(np.ravel(sample), z[0], z[-1])
        panel.hist(
            sample, edges, weights=np.full(len(sample), 100 / len(sample)), color=CYCLE[position % len(CYCLE)][0]
        )
        panel.set_title(name, fontsize="medium", loc="left")
        panel.set_ylabel("% of all $z$")
        parts.append(f"{name}: {np.interp(sample, z, saturated).mean():.0%} of the pre-activations")
    panels[-1, 0].set_xlabel("$z$")
    low, high = z[~saturated][[0, -1]]
    return described(
        figure,
        f"The function (solid) runs from {values[0]:.2g} to {values[-1]:.2g}. Beyond {low:.1f} and {high:.1f} its "
        f"derivative (dashed) is under {threshold:.0%} of its maximum. There lie: {'; '.join(parts)}. "
        "The outermost bars count all that lies further out.",
    )


def plot_map(starts, images, attractor, xlabel, ylabel):
    """Draw a map of the plane onto itself: an arrow from each point to where the map takes it.

    Parameters
    ----------
    starts, images : float arrays of shape (n, 2)
    attractor : pair of float
        The fixed point, drawn as a star.
    xlabel, ylabel : str

    Returns
    -------
    Figure
    """
    figure, axes = one_panel(4.4)
    starts, images = np.asarray(starts), np.asarray(images)
    axes.plot(*starts.T, ".", color="0.6", markersize=4)
    steps = images - starts
    axes.quiver(*starts.T, *steps.T, angles="xy", scale_units="xy", scale=1, width=0.0025, color=CYCLE[0][0], alpha=0.7)
    axes.plot(*attractor, "*", color=CYCLE[1][0], markersize=16, markeredgecolor="white")
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(color="0.92")
    before, after = (np.linalg.norm(points - np.asarray(attractor), axis=1).mean() for points in (starts, images))
    return described(
        figure,
        f"{len(starts)} points, {xlabel} against {ylabel}, with arrows to their images. The star is the fixed point "
        f"({attractor[0]:g}, {attractor[1]:g}). The mean distance to it is {before:.2f} at the tails of the arrows and "
        f"{after:.2f} at their heads.",
    )


def plot_cobweb(x, curves, start, n_steps, xlabel, ylabel):
    """Draw maps of an interval onto itself, one panel each, and where a point goes that follows them: a staircase.

    From the curve over to the diagonal, on which a value becomes the next step's start, and up or down to the curve.

    Parameters
    ----------
    x : float array of shape (n,)
        Ascending.
    curves : dict of str to float array of shape (n,)
        For each map its values at `x`.
    start : float
    n_steps : int
    xlabel, ylabel : str

    Returns
    -------
    Figure
    """
    figure, panels = new_figure(3.6 * len(curves), 4.0, 1, len(curves), sharex=True, sharey=True)
    styles, parts = styles_of(curves), []
    for panel, (name, values) in zip(panels.flat, curves.items(), strict=True):
        color, line = styles[name]
        places = [start]
        for _ in range(n_steps):
            places.append(float(np.interp(places[-1], x, values)))
        panel.plot(x, x, color="0.6", linewidth=1)
        panel.plot(x, values, color=color, linestyle=line)
        corners = np.repeat(places, 2)
        panel.plot(corners[:-1], np.r_[x[0], corners[2:]], color="0.2", linewidth=1)
        panel.plot(places[0], x[0], "o", color="0.2", clip_on=False)
        panel.set(title=name, xlabel=xlabel, xlim=(x[0], x[-1]), ylim=(x[0], x[-1]))
        panel.set_aspect("equal")
        panel.grid(color="0.92")
        parts.append(f"{name}: from {start:g} to {places[1]:.2f} in one step, to {places[-1]:.2f} in {n_steps}")
    panels[0, 0].set_ylabel(ylabel)
    return described(
        figure, f"{capitalized(ylabel)} against {xlabel}, the diagonal, and a staircase. {'; '.join(parts)}."
    )


def plot_scatter(points, xlabel, ylabel):
    """Draw one point per run in the plane, in the colour and shape of its group.

    Parameters
    ----------
    points : dict of str to pair of float arrays of shape (n,)
        For each group, what its points have on the two axes.
    xlabel, ylabel : str

    Returns
    -------
    Figure
    """
    figure, axes = one_panel()
    parts = []
    styles = styles_of(points)
    for (name, (x, y)), marker in zip(points.items(), itertools.cycle("os^Dv"), strict=False):
        axes.plot(x, y, marker, color=styles[name][0], label=name, alpha=0.8, markeredgecolor="white", markersize=9)
        parts.append(
            f"{name}: {xlabel} {np.min(x):.2f} to {np.max(x):.2f}, {ylabel} {np.min(y):.2f} to {np.max(y):.2f}"
        )
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(color="0.92")
    figure.legend(loc="outside right upper", frameon=False)
    return described(figure, f"{capitalized(ylabel)} against {xlabel}, one point per run. {'; '.join(parts)}.")
