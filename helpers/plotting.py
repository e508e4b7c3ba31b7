"""Every figure of the lessons. Functions take data, draw into a Figure and return it; `show` displays it.

The same thing has the same colour and line in all lessons. The colours are those of M. Okabe and K. Ito (2008), Color
Universal Design, which colour-blind readers can tell apart; the line style is the second cue.
"""

import io

import numpy as np
from IPython.display import Image, Markdown, display
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

DPI = 100
_CYCLE = [
    ("#0072B2", "-"),
    ("#D55E00", "--"),
    ("#009E73", "-."),
    ("#CC79A7", ":"),
    ("#000000", (0, (5, 1))),
    ("#E69F00", (0, (3, 1, 1, 1))),
    ("#56B4E9", (0, (1, 1))),
]
_STYLES = {
    "ReLU": ("#000000", "-"),
    "leaky ReLU": ("#E69F00", "--"),
    "RReLU": ("#D55E00", ":"),
    "PReLU": ("#CC79A7", "-."),
    "ELU": ("#56B4E9", "-"),
    "SELU": ("#0072B2", "--"),
    "GELU": ("#009E73", "-"),
    "SiLU": ("#009E73", "--"),
    "Mish": ("#009E73", ":"),
}
_WORDS = {
    "val_accuracy": "validation accuracy",
    "val_loss": "validation loss",
    "accuracy": "training accuracy",
    "loss": "training loss",
    "std": "standard deviation of the output",
    "rms": "root mean square of the output",
    "output_gradient_norm": "gradient norm at the output",
    "kernel_gradient_norm": "gradient norm of the kernel",
    "dead_fraction": "share of dead units",
    "saturated_fraction": "share of saturated outputs",
    "cosine": "mean cosine between different inputs",
}


def show(figure):
    """Display a figure and its text description below it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        With the attribute ``description``, which every function of this module sets.
    """
    display(Image(to_png(figure)))
    display(Markdown(f"*Figure.* {figure.description}"))


def to_png(figure):
    """Return the figure as the bytes of a PNG file."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI)
    return file.getvalue()


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
    figure, panels = _figure(3.0 * n_columns, 2.3 * n_rows + 0.3, n_rows, n_columns, sharex=True, sharey=True)
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
    return _described(figure, f"Activation functions (solid) and their derivatives (dashed). {'; '.join(parts)}.")


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
    styles = {name: _style(name, position) for position, name in enumerate(runs.names)}
    figure = _plot_bands(np.arange(1, runs.epochs + 1), curves, "epoch", _words(key), styles=styles)
    return _described(figure, _range_sentences(f"{_words(key)} after the last epoch", curves, len(runs.seeds)))


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
    figure = _plot_bands(steps, curves, "optimizer steps", ylabel)
    n_seeds = len(next(iter(curves.values())))
    return _described(figure, _range_sentences(f"{ylabel} after {steps[-1]:,} steps", curves, n_seeds))


def plot_signals_by_layer(signals, key="output_gradient_norm"):
    """Draw a statistic of each layer on a logarithmic axis: the median over the seeds and their range.

    Parameters
    ----------
    signals : dict of str to sequence of Signals
        For each network one measurement per seed, all with the same number of layers.
    key : str
        Name of an attribute of Signals.

    Returns
    -------
    Figure
    """
    curves = {name: np.array([getattr(seed, key) for seed in seeds]) for name, seeds in signals.items()}
    n_layers = max(values.shape[1] for values in curves.values())
    figure = _plot_bands(np.arange(1, n_layers + 1), curves, "layer (1 is next to the input)", _words(key), log=True)
    parts = []
    for name, values in curves.items():
        layers = np.flatnonzero(np.isfinite(values).any(axis=0))[[0, -1]]
        middle = np.nanmedian(values[:, layers], axis=0)
        parts.append(f"{name}: {middle[0]:.2g} at layer {layers[0] + 1}, {middle[1]:.2g} at layer {layers[1] + 1}")
    return _described(figure, f"{_capital(_words(key))} by layer, median over the seeds. {'; '.join(parts)}.")


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
    figure, panels = _figure(7.2, 0.38 * len(results) + 1.0)
    axes = panels[0, 0]
    labels = []
    for row, (name, values) in enumerate(results.items()):
        values = np.asarray(values, dtype=float)
        finite = values[np.isfinite(values)]
        color, _ = _style(name, row)
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
    return _described(figure, _range_sentences(xlabel, curves, max(len(values) for values in results.values())))


def plot_histograms(samples, xlabel, bins=40):
    """Draw histograms one above the other, on shared axes.

    Parameters
    ----------
    samples : dict of str to float array
    xlabel : str
    bins : int

    Returns
    -------
    Figure
    """
    figure, panels = _figure(7.2, 1.5 * len(samples) + 0.6, len(samples), 1, sharex=True)
    everything = np.concatenate([np.ravel(values) for values in samples.values()])
    edges = np.linspace(everything.min(), everything.max(), bins + 1)
    for row, (panel, (name, values)) in enumerate(zip(panels.flat, samples.items(), strict=True)):
        panel.hist(np.ravel(values), edges, color=_CYCLE[row % len(_CYCLE)][0])
        panel.axvline(0, color="0.3", linewidth=0.8)
        panel.set_ylabel("count")
        panel.set_title(name, fontsize="medium", loc="left")
    panels[-1, 0].set_xlabel(xlabel)
    parts = [
        f"{name}: from {np.min(values):.3f} to {np.max(values):.3f}, median {np.median(values):.3f}"
        for name, values in samples.items()
    ]
    return _described(figure, f"Histograms of the {xlabel}. {'; '.join(parts)}.")


def _figure(width, height, n_rows=1, n_columns=1, **shared):
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(n_rows, n_columns, squeeze=False, **shared)


def _described(figure, description):
    figure.description = description
    return figure


def _words(key):
    return _WORDS.get(key, key)


def _capital(text):
    return text[:1].upper() + text[1:]


def _style(name, position):
    """Return colour and line style: a known thing's own, otherwise those of its position."""
    return _STYLES.get(name, _CYCLE[position % len(_CYCLE)])


def _range_sentences(quantity, curves, n_seeds):
    """Say for each model the mean and the range of the last column of its values."""
    parts = []
    for name, values in curves.items():
        last = values[:, -1][np.isfinite(values[:, -1])]
        lost = f", {len(values) - len(last)} diverged" if len(last) < len(values) else ""
        numbers = f"{last.mean():.3g} ({last.min():.3g} to {last.max():.3g}){lost}" if len(last) else "all diverged"
        parts.append(f"{name} {numbers}")
    return f"{_capital(quantity)}, mean and range over {n_seeds} seeds: {'; '.join(parts)}."


def _plot_bands(x, curves, xlabel, ylabel, log=False, styles=None):
    """Draw a line through the middle of each model's values, of shape (n_seeds, n_x), and a band over their range."""
    figure, panels = _figure(7.2, 4.0)
    axes = panels[0, 0]
    ends = {}
    for position, (name, values) in enumerate(curves.items()):
        color, line = styles[name] if styles else _style(name, position)
        seen = np.isfinite(values).any(axis=0)
        at, values = np.asarray(x)[: len(seen)][seen], values[:, seen]
        if not len(at):
            continue
        middle = np.nanmedian(values, axis=0) if log else np.nanmean(values, axis=0)
        marker = "o" if len(at) == 1 else None  # a line through one point cannot be seen
        axes.plot(at, middle, color=color, linestyle=line, marker=marker, label=name)
        axes.fill_between(
            at, np.nanmin(values, axis=0), np.nanmax(values, axis=0), color=color, alpha=0.15, linewidth=0
        )
        ends[name] = (at[-1], middle[-1], color)
    if log:
        axes.set_yscale("log")
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.grid(color="0.92")
    if len(x) > 1:
        axes.set_xlim(x[0], x[-1])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _label_ends(axes, ends)
    return figure


def _label_ends(axes, ends):
    """Write each line's name at its right end, moved up or down where names would overlap."""
    figure = axes.figure
    figure.draw_without_rendering()
    height = 11 * figure.dpi / 72  # of a line of text, in pixels
    lowest = -np.inf
    for name, (x, y, color) in sorted(
        ends.items(), key=lambda end: axes.transData.transform((end[1][0], end[1][1]))[1]
    ):
        pixel = axes.transData.transform((x, y))[1]
        lowest = max(pixel, lowest + height)
        offset = (lowest - pixel) * 72 / figure.dpi
        axes.annotate(
            name,
            (x, y),
            xytext=(6, offset),
            textcoords="offset points",
            color=_readable(color),
            va="center",
            annotation_clip=False,
        )


def _readable(color):
    """Return a darker shade, since the palette's light colours are too pale for text on white."""
    return tuple(0.65 * np.array(to_rgb(color)))
