"""Figures of training runs."""

from helpers.plotting.base import capitalized, described, draw_bands, one_panel, range_sentences, styles_of, words

import numpy as np


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


def plot_over_steps(curves, steps_per_point, ylabel):
    """Draw quantities measured during training against the optimizer steps taken.

    Parameters
    ----------
    curves : dict of str to float array of shape (n_seeds, n_points)
        The first point is taken after `steps_per_point` steps.
    steps_per_point : int
    ylabel : str

    Returns
    -------
    Figure
    """
    n_points = len(next(iter(curves.values()))[0])
    steps = steps_per_point * np.arange(1, n_points + 1)
    figure, axes = one_panel()
    axes.set(xlabel="optimizer steps", ylabel=ylabel)
    draw_bands(axes, steps, curves, styles_of(curves))
    return described(figure, range_sentences(f"{ylabel} after {steps[-1]:,} steps", curves))


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
        pairs = [f"{np.nanmean(column):.3g} at {at:g}" for at, column in zip(x, np.transpose(values), strict=True)]
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
