"""Figures of training runs."""

import numpy as np

from helpers.plotting.base import (
    capitalized,
    described,
    draw_bands,
    new_figure,
    one_panel,
    range_sentences,
    styles_of,
    words,
)


def plot_learning_curves(runs, key="val_accuracy", names=None):
    """Draw a quantity over the epochs: the mean over the seeds as a line, their range as a band.

    Parameters
    ----------
    runs : Runs
    key : str
        A scalar quantity of the histories.
    names : sequence of str, optional
        Which models; all by default.

    Returns
    -------
    Figure
    """
    curves = {}
    for name in names or runs.names:
        curves[name] = runs.values(name, key)
        curves[name][runs.diverged(name), -1] = np.nan
    figure, axes = one_panel()
    axes.set(xlabel="epoch", ylabel=words(key))
    draw_bands(axes, np.arange(1, runs.epochs + 1), curves, styles_of(runs.names))
    return described(figure, range_sentences(f"{words(key)} after the last epoch", curves))


def plot_over_steps(curves, steps_per_point, ylabel, log=False, guides=None):
    """Draw quantities measured during training against the optimizer steps taken.

    Parameters
    ----------
    curves : dict of str to float array of shape (n_seeds, n_points)
        The first point is taken after `steps_per_point` steps.
    steps_per_point : int
    ylabel : str
    log : bool
        Whether the vertical axis is logarithmic; the line is then the median over the seeds, otherwise the mean.
    guides : dict of str to float, optional
        Values that a curve is to be compared with: level lines with these names.

    Returns
    -------
    Figure
    """
    n_points = len(next(iter(curves.values()))[0])
    steps = steps_per_point * np.arange(1, n_points + 1)
    figure, axes = one_panel()
    axes.set(xlabel="optimizer steps", ylabel=ylabel)
    for name, value in (guides or {}).items():
        axes.axhline(value, color="0.5", linewidth=1)
        axes.annotate(f"{name}: {value:g}", (0.01, value), xycoords=("axes fraction", "data"), va="bottom", color="0.3")
    draw_bands(axes, steps, curves, styles_of(curves), log)
    levels = "".join(f" The level line marks {value:g}, {name}." for name, value in (guides or {}).items())
    return described(figure, range_sentences(f"{ylabel} after {steps[-1]:,} steps", curves, log) + levels)


def plot_percentiles(percentiles, steps_per_point, ylabel):
    """Draw how a distribution moves during training: its median as a line, its spread as a band, one panel a network.

    Parameters
    ----------
    percentiles : dict of str to float array of shape (n_points, 3)
        Three percentiles, ascending, the median in the middle; the first point is taken after `steps_per_point` steps.
    steps_per_point : int
    ylabel : str

    Returns
    -------
    Figure

    References
    ----------
    S. Ioffe and C. Szegedy (2015), Batch Normalization: Accelerating Deep Network Training by Reducing Internal
    Covariate Shift, figure 1 (b, c).
    """
    figure, panels = new_figure(7.2, 3.2, 1, len(percentiles), sharex=True, sharey=True)
    styles, parts = styles_of(percentiles), []
    for panel, (name, values) in zip(panels.flat, percentiles.items(), strict=True):
        steps = steps_per_point * np.arange(1, len(values) + 1)
        color, _ = styles[name]
        panel.plot(steps, values[:, 1], color=color)
        panel.plot(steps, values[:, [0, 2]], color=color, linewidth=0.8, linestyle=":")
        panel.fill_between(steps, values[:, 0], values[:, 2], color=color, alpha=0.15, linewidth=0)
        panel.set(title=name, xlabel="optimizer steps")
        panel.grid(color="0.92")
        first, last = ("{:.2f} ({:.2f} to {:.2f})".format(*values[point, [1, 0, 2]]) for point in (0, -1))
        parts.append(f"{name}: from {first} to {last}")
    panels.flat[0].set_ylabel(ylabel)
    return described(figure, f"{capitalized(ylabel)} over training, median and spread. {'; '.join(parts)}.")


def plot_against(x, curves, xlabel, ylabel):
    """Draw results against a quantity that was varied, on a logarithmic axis: their mean and range over the seeds.

    Parameters
    ----------
    x : sequence of positive numbers, ascending
    curves : dict of str to float array of shape (n_seeds, len(x))
        NaN, for a run that diverged, is left out.
    xlabel, ylabel : str

    Returns
    -------
    Figure
    """
    figure, axes = one_panel()
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale="log")
    draw_bands(axes, x, curves, styles_of(curves))
    axes.set_xticks(x, [f"{value:g}" for value in x])
    axes.minorticks_off()
    parts = []
    for name, values in curves.items():
        pairs = [
            f"{np.nanmean(column):.3g} at {at:g}" if np.isfinite(column).any() else f"diverged at {at:g}"
            for at, column in zip(x, np.transpose(values), strict=True)
        ]
        parts.append(f"{name}: {', '.join(pairs)}")
    n_seeds = max(len(values) for values in curves.values())
    return described(figure, f"{capitalized(ylabel)} by {xlabel}, mean over {n_seeds} seeds. {'; '.join(parts)}.")


def plot_dots(results, xlabel):
    """Draw one dot per seed and model, and a tick at each model's mean.

    Parameters
    ----------
    results : dict of str to float array of shape (n_seeds,)
        NaN, for a run that diverged, is not drawn but counted beside the name.
    xlabel : str

    Returns
    -------
    Figure
    """
    figure, axes = one_panel(0.38 * len(results) + 1.0)
    labels = []
    styles = styles_of(results)
    for row, (name, values) in enumerate(results.items()):
        values = np.asarray(values, dtype=float)
        finite = values[np.isfinite(values)]
        color, _ = styles[name]
        axes.plot(finite, np.full(len(finite), row), "o", color=color, alpha=0.7, markeredgecolor="white")
        if len(finite):
            axes.plot(finite.mean(), row, "|", color=color, markersize=20, markeredgewidth=2)
        n_lost = len(values) - len(finite)
        labels.append(f"{name} ({n_lost} diverged)" if n_lost else name)
    axes.set_yticks(range(len(results)), labels)
    axes.set_ylim(len(results) - 0.5, -0.5)
    axes.set_xlabel(xlabel)
    axes.grid(axis="x", color="0.9")
    axes.set_axisbelow(True)
    curves = {name: np.asarray(values, dtype=float)[:, None] for name, values in results.items()}
    return described(figure, range_sentences(xlabel, curves))
