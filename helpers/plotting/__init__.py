"""Every figure of the lessons. Functions take data, draw into a Figure and return it; `show` displays it.

Read first: ``base.py``, what every figure shares. There is a file for each subject.
"""

from helpers.plotting.base import DPI, mark, show, to_png
from helpers.plotting.functions import (
    plot_activations,
    plot_cobweb,
    plot_histograms,
    plot_map,
    plot_saturation,
    plot_scatter,
)
from helpers.plotting.gradients import plot_clipped_gradients, plot_descent, plot_loss_surface
from helpers.plotting.layers import plot_by_layer, plot_layer_densities, plot_outputs_by_depth, plot_signals_by_layer
from helpers.plotting.pictures import plot_batch, plot_chain, plot_firing, plot_kernels, plot_lengthening, plot_unrolled
from helpers.plotting.training import plot_against, plot_dots, plot_over_steps

__all__ = [
    "DPI",
    "mark",
    "plot_activations",
    "plot_against",
    "plot_batch",
    "plot_by_layer",
    "plot_chain",
    "plot_clipped_gradients",
    "plot_cobweb",
    "plot_descent",
    "plot_dots",
    "plot_firing",
    "plot_histograms",
    "plot_kernels",
    "plot_layer_densities",
    "plot_lengthening",
    "plot_loss_surface",
    "plot_map",
    "plot_outputs_by_depth",
    "plot_over_steps",
    "plot_saturation",
    "plot_scatter",
    "plot_signals_by_layer",
    "plot_unrolled",
    "show",
    "to_png",
]
