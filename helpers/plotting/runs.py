"""Figures of training runs: quantities over the steps, and a dot for each seed."""

import numpy as np

from helpers.checks import check_counts
from helpers.plotting.base import as_array, as_arrays, course_style, described, one_panel
from helpers.plotting.colors import styles_of
from helpers.plotting.lines import draw_bands


@course_style
def plot_over_steps(curves, steps_per_point, ylabel, log=False, guides=None, images_per_step=None):
    """Draw quantities measured during training against the optimizer steps taken; a band is the range of the seeds.

    A curve has shape (n_seeds, n_points), the first point after `steps_per_point` steps; where a run has diverged (NaN)
    the others go on. The line is the mean, or with `log`, for a logarithmic axis, the median. The guides are level
    lines to compare the curves with. With `images_per_step` the axis counts images in units of so many, for curves
    whose batches differ in size.

    >>> plot_over_steps({"ReLU": [[2.3, 1.4], [2.2, 1.2]]}, 50, "training loss").description
    'Training loss after 100 steps, mean and range over 2 seeds: ReLU 1.3 (1.2 to 1.4).'
    """
    check_counts(steps_per_point=steps_per_point)
    curves = as_arrays(curves, 2)
    guides = {name: as_array(value, name, finite=True) for name, value in (guides or {}).items()}
    steps = steps_per_point * np.arange(1, 1 + max(values.shape[1] for values in curves.values()))
    figure, axes = one_panel()
    xlabel = f"images seen, in units of {images_per_step}" if images_per_step else "optimizer steps"
    axes.set(xlabel=xlabel, ylabel=ylabel)
    for name, value in guides.items():
        axes.axhline(value, color="0.5", linewidth=1)
        axes.annotate(f"{name}: {value:g}", (0.01, value), xycoords=("axes fraction", "data"), va="bottom", color="0.3")
    if guides:
        axes.margins(y=0.1)  # room for their names
    draw_bands(axes, steps, curves, styles_of(curves), log)
    levels = "".join(f" The level line marks {value:g}, {name}." for name, value in guides.items())
    taken = f"{steps[-1]:,} x {images_per_step} images" if images_per_step else f"{steps[-1]:,} steps"
    return described(figure, _range_sentences(f"{ylabel} after {taken}", curves, log) + levels)


@course_style
def plot_dots(results, xlabel):
    """Draw one dot per seed and model, and a tick at each model's mean.

    Each of the `results` has shape (n_seeds,); NaN, for a run that diverged, is counted beside the name.

    >>> plot_dots({"ReLU": [0.5, 0.6], "deep": [0.2, np.nan]}, "validation accuracy").description
    'Validation accuracy, mean and range over 2 seeds: ReLU 0.55 (0.5 to 0.6); deep 0.2 (0.2 to 0.2), 1 diverged.'
    """
    results = as_arrays(results, 1)
    figure, axes = one_panel(0.38 * len(results) + 1.0)
    labels = []
    styles = styles_of(results)
    for row, (name, values) in enumerate(results.items()):
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
    return described(figure, _range_sentences(xlabel, {name: values[:, None] for name, values in results.items()}))


def _range_sentences(quantity, curves, log=False):
    """Say for each model the mean (on a logarithmic axis the median) and the range of the last column of its values.

    A single seed has no range.
    """
    parts = []
    for name, values in curves.items():
        last = values[:, -1][np.isfinite(values[:, -1])]
        n_lost, n_gaps = len(values) - len(last), np.isnan(values[np.isfinite(values[:, -1])]).any(axis=1).sum()
        lost = (f", {n_lost} diverged" if n_lost else "") + (f", {n_gaps} not finite before" if n_gaps else "")
        if len(last):
            ends = "" if len(values) == 1 else f" ({last.min():.3g} to {last.max():.3g})"
            parts.append(f"{name} {np.median(last) if log else last.mean():.3g}{ends}{lost}")
        else:
            parts.append(f"{name} {'diverged' if len(values) == 1 else 'all diverged'}")
    counts = sorted({len(values) for values in curves.values()})
    if counts == [1]:
        return f"{quantity}, one seed: {'; '.join(parts)}."
    seeds = " to ".join(str(count) for count in counts[:: max(1, len(counts) - 1)])
    return f"{quantity}, {'median' if log else 'mean'} and range over {seeds} seeds: {'; '.join(parts)}."
