"""Learning curves: what `model.fit` or a comparison of several seeds has measured, over epochs."""

import numpy as np

from helpers.plotting.base import as_array, as_arrays, capitalized, course_style, described, new_figure
from helpers.plotting.colors import styles_of
from helpers.plotting.lines import draw_bands


@course_style
def plot_over_epochs(panels, points_per_epoch=1, guides=None):
    """Draw learning curves over epochs, one panel below the other; a band is the range of the seeds.

    >>> history = {"loss": [0.9, 0.7], "val_accuracy": [0.6, 0.8]}  # as in model.fit(...).history
    >>> plot_over_epochs({"training loss": {"ReLU": history["loss"]}}).description
    'Training loss after 2 epochs: ReLU 0.7.'

    Parameters
    ----------
    panels : dict of str to dict of str to float array of shape (n_points,) or (n_seeds, n_points)
        The curves, by the name of the vertical axis and of the network. NaN, where a run has diverged, is left out.
    points_per_epoch : int
        How often an epoch was measured; the first point lies after the first such part.
    guides : dict of str to float, optional
        Level lines in the first panel, such as the loss of chance level.
    """
    panels = {
        quantity: {name: np.atleast_2d(values) for name, values in curves.items()}
        for quantity, curves in as_arrays(panels).items()
    }
    figure, axes = new_figure(7.2, 1.4 + 2.1 * len(panels), len(panels), 1, sharex=True)
    styles = styles_of(dict.fromkeys(name for curves in panels.values() for name in curves))
    guides, sentences = guides or {}, []
    for name, value in guides.items():
        axes[0, 0].axhline(as_array(value, name, finite=True), color="0.5", linewidth=1)
        looks = {"xytext": (0, -3), "textcoords": "offset points", "ha": "right", "va": "top", "color": "0.3"}
        # Below it and on the right, where most curves have left the guide.
        axes[0, 0].annotate(name, (0.99, value), xycoords=("axes fraction", "data"), **looks)
    for panel, (quantity, curves) in zip(axes.flat, panels.items(), strict=True):
        n_points = max(values.shape[1] for values in curves.values())
        draw_bands(panel, np.arange(1, 1 + n_points) / points_per_epoch, curves, styles)
        panel.set(ylabel=quantity, xlim=(0, n_points / points_per_epoch))
        ends = [f"{name} {_range_of(values)}" for name, values in curves.items()]
        sentences.append(f"{quantity} after {n_points / points_per_epoch:g} epochs: {'; '.join(ends)}.")
    axes[-1, 0].set_xlabel("epoch")
    sentences += [f"The level line marks {value:g}, {name}." for name, value in guides.items()]
    return described(figure, " ".join(capitalized(sentence) for sentence in sentences))


def _range_of(values):
    """Say between which numbers the last values of the seeds lie, and how many runs were not finite throughout."""
    last = values[:, -1][np.isfinite(values[:, -1])]
    ends = " to ".join(dict.fromkeys(f"{end:.3g}" for end in (last.min(), last.max()))) if len(last) else ""
    n_lost = np.isnan(values).any(axis=1).sum()
    return ", ".join(filter(None, [ends, f"{n_lost} of {len(values)} diverged" if n_lost else ""]))
