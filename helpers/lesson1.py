"""What lesson 1, initialization, draws; each function returns a Figure that describes itself."""

from fractions import Fraction

import numpy as np
from matplotlib import colormaps

from helpers.plotting.base import (
    as_arrays,
    capitalized,
    course_style,
    described,
    draw_arrow,
    finite_part,
    new_figure,
    one_panel,
)
from helpers.plotting.colors import BLUE, VERMILLION, readable

N_BINS = 60


@course_style
def plot_chain(weights, signal, gradient):
    """Draw a network of one linear unit per layer: its weights, the signal forward, and the gradient backward.

    Weight i of n leads from unit i to unit i + 1; signal and gradient have n + 1 values, that of the input first.

    >>> figure = plot_chain([0.5, 2], signal=[1, 0.5, 1], gradient=[1, 2, 1])
    """
    series = {"weights": weights, "signal": signal, "gradient": gradient}
    weights, signal, gradient = as_arrays(series, 1, finite=True).values()
    figure, axes = one_panel(2.5)
    axes.set(xlim=(-0.75, len(weights) + 0.35), ylim=(-1.15, 1.15))
    axes.axis("off")
    axes.set_xlabel("unit")  # not drawn: the units have their names
    for place, (forward, backward) in enumerate(zip(signal, gradient, strict=True)):
        axes.plot(place, 0, "o", markersize=32, color="white", markeredgecolor="0.3", markeredgewidth=1.5)
        axes.text(place, 0, "x" if place == 0 else f"$a_{{{place}}}$", ha="center", va="center")
        looks = {"ha": "center", "va": "center", "fontweight": "bold"}
        axes.text(place, 0.72, _as_fraction(forward), color=readable(BLUE), **looks)
        axes.text(place, -0.72, _as_fraction(backward), color=readable(VERMILLION), **looks)
    for place, weight in enumerate(weights):
        for height, (start, end), color in ((0.72, (0.3, 0.7), BLUE), (-0.72, (0.7, 0.3), VERMILLION)):
            draw_arrow(axes, (place + start, height), (place + end, height), color, shrinkA=2, shrinkB=2)
        axes.text(place + 0.5, 0.02, f"× {weight:g}", ha="center", va="center", color="0.3")
    axes.text(-0.72, 1.05, "output, forward", va="center", color=readable(BLUE))
    axes.text(-0.72, -1.05, "gradient, backward", va="center", color=readable(VERMILLION))
    factors = ", ".join(f"{weight:g}" for weight in weights)
    return described(
        figure,
        f"A chain of {len(weights)} units with the weights {factors}. Forward, the signal goes from "
        f"{_as_fraction(signal[0])} to {_as_fraction(signal[-1])}; backward, the gradient goes from "
        f"{_as_fraction(gradient[-1])} to {_as_fraction(gradient[0])}.",
    )


def _as_fraction(number):
    """Return a number as a text such as 1/32, which says more of factors than 0.0312 does."""
    return str(Fraction(number).limit_denominator(1000))


@course_style
def plot_layer_densities(rows):
    """Draw the distribution of each layer's values, one panel a network, on shared axes in each row.

    `rows` has for each quantity and each network the values of each layer, of any shape, by the layer's name. After
    figures 6 and 7 of X. Glorot and Y. Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks.

    >>> z = np.linspace(-1, 1, 50)
    >>> figure = plot_layer_densities({"output": {"tanh": {"layer 1": np.tanh(z), "layer 2": np.tanh(np.tanh(z))}}})
    """
    rows = as_arrays(rows)
    n_columns = max(len(networks) for networks in rows.values())
    size = 3.8 * n_columns, 2.6 * len(rows) + 0.3
    figure, panels = new_figure(*size, len(rows), n_columns, sharex="row", sharey="row")
    sentences = []
    for row, (quantity, networks) in zip(panels, rows.items(), strict=True):
        finite = [finite_part(values)[0] for layers in networks.values() for values in layers.values()]
        if not any(map(len, finite)):
            raise ValueError(f"There is nothing to draw: no value of {quantity} is finite")
        widest = max(np.quantile(np.abs(values), 0.999) for values in finite if len(values)) or 1.0
        edges = np.linspace(-widest, widest, N_BINS + 1)
        for panel, (name, layers) in zip(row, networks.items(), strict=True):
            colors = colormaps["viridis"](np.linspace(0, 0.85, len(layers)))
            spreads = []
            for number, ((layer, values), color) in enumerate(zip(layers.items(), colors, strict=True)):
                values, others = finite_part(values)
                density, _ = np.histogram(values, edges, density=len(values) > 0)
                density = np.where(density == 0, np.nan, density)
                width = 2.4 - 1.4 * number / len(layers)  # the second cue: the first layer has the widest line
                panel.stairs(density, edges, color=color, linewidth=width, label=layer)
                spread = f"{np.std(values):.2g}" if len(values) else "of no value"
                spreads.append(f"{spread} in {layer}{others}")
            panel.set(yscale="log", title=name, xlabel=quantity)
            sentences.append(f"{capitalized(quantity)}, {name}: standard deviation {', '.join(spreads)}.")
        row[0].set_ylabel("density")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside right upper", frameon=False)
    return described(figure, "Distributions by layer. " + " ".join(sentences))
