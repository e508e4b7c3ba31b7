"""The figures that several lessons share; functions take data, draw into a Figure and return it; `show` displays it.

A figure of one lesson stands in the lesson's own file. Read first: ``base.py``, what every figure shares.
"""

from helpers.plotting.against import plot_against
from helpers.plotting.base import described, mark, one_panel, show
from helpers.plotting.by_layer import plot_by_layer, plot_signals_by_layer
from helpers.plotting.epochs import plot_over_epochs
from helpers.plotting.histograms import plot_histograms
from helpers.plotting.runs import plot_dots, plot_over_steps
