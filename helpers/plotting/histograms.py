"""Histograms, one above the other."""

import numpy as np

from helpers.checks import check_counts
from helpers.plotting.base import as_arrays, course_style, described, finite_part, new_figure
from helpers.plotting.colors import CYCLE


@course_style
def plot_histograms(samples, xlabel, bins=40):
    """Draw histograms one above the other, on shared axes, of the finite values in float arrays of any shape.

    There are about so many `bins`, with an edge at zero.

    >>> plot_histograms({"layer 1": [-1, 0, 2, float("nan")]}, "output").description
    'Histograms of the output. layer 1: from -1.000 to 2.000, median 0.000, 1 not finite.'
    """
    check_counts(bins=bins)
    samples = {name: finite_part(values) for name, values in as_arrays(samples).items()}
    everything = np.concatenate([values for values, _ in samples.values()])
    if not len(everything):
        raise ValueError(f"There is nothing to draw: no value of {', '.join(samples)} is finite")
    width = np.ptp(everything) / bins or 1.0
    edges = width * np.arange(np.floor(everything.min() / width), np.ceil(everything.max() / width) + 1)
    figure, panels = new_figure(7.2, 1.5 * len(samples) + 0.6, len(samples), 1, sharex=True)
    parts = []
    for row, (panel, (name, (values, others))) in enumerate(zip(panels.flat, samples.items(), strict=True)):
        panel.hist(values, edges, color=CYCLE[row % len(CYCLE)][0])
        panel.axvline(0, color="0.3", linewidth=0.8)
        panel.set_ylabel("count")
        part = f"{name}: no value"
        if len(values):
            part = f"{name}: from {values.min():.3f} to {values.max():.3f}, median {np.median(values):.3f}"
        panel.set_title(name + others, fontsize="medium", loc="left")
        parts.append(part + others)
    panels[-1, 0].set_xlabel(xlabel)
    return described(figure, f"Histograms of the {xlabel}. {'; '.join(parts)}.")
