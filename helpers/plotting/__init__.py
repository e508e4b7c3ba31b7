"""Every figure of the lessons. Functions take data, draw into a Figure and return it; `show` displays it."""

from helpers.plotting.base import DPI, show, to_png
from helpers.plotting.functions import plot_activations, plot_histograms, plot_saturation
from helpers.plotting.layers import plot_by_layer, plot_layer_densities, plot_signals_by_layer
from helpers.plotting.training import plot_dots, plot_learning_curves, plot_over_steps

__all__ = [
    "DPI",
    "plot_activations",
    "plot_by_layer",
    "plot_dots",
    "plot_histograms",
    "plot_layer_densities",
    "plot_learning_curves",
    "plot_over_steps",
    "plot_saturation",
    "plot_signals_by_layer",
    "show",
    "to_png",
]
