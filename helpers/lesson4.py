"""What lesson 4, batch normalization, measures and draws: drift, accuracy at inference, a batch as a table."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from matplotlib.patches import Rectangle

from helpers.checks import check_counts, check_lengths
from helpers.plotting.base import as_array, as_arrays, course_style, described, new_figure, one_panel
from helpers.plotting.colors import BLUE, VERMILLION
from helpers.signals.models import statistics_kept

BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # what is written, on the line of chance level


class DisturbedBatchNorm(layers.BatchNormalization):
    """Batch norm whose output is shifted and scaled at random in training, each unit anew in each step.

    The shift is between -1 and 1, the scale between 2/3 and 1.5. At inference it is plain batch norm. After S.
    Santurkar, D. Tsipras, A. Ilyas, A. Madry (2018), How Does Batch Normalization Help Optimization?, whose noise moves
    each example, too; this one moves whole units. The arguments are those of BatchNormalization.

    >>> DisturbedBatchNorm()(np.ones((5, 3)), training=True).shape
    TensorShape([5, 3])
    """

    def __init__(self, momentum=0.9, **kwargs):
        super().__init__(momentum=momentum, **kwargs)
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs, training=False):
        """Normalize inputs of shape (n_examples, n_units)."""
        output = super().call(inputs, training=training)
        if not training:
            return output
        shape, seed = (1, inputs.shape[-1]), self.seed_generator
        shift = keras.random.uniform(shape, -1, 1, seed=seed)
        scale = keras.random.uniform(shape, 2 / 3, 1.5, seed=seed)
        return scale * output + shift


def unit_moments(x):
    """Return a function that measures the moments of the last hidden units: an argument ``measure`` of `compare`.

    Its dict has ``mean`` and ``std``, each of shape (n_units,), of the input of the last hidden activation, a layer of
    its own, for the examples `x`, with the model as in training; and ``lengths``, of shape (n_hidden,), the Euclidean
    norms of the hidden kernels. For example::

        compare(builders, data, measure=unit_moments(data.x_valid[:1000]))
    """
    check_counts(n_examples=len(x))

    def measure(model):
        output = tf.convert_to_tensor(x)
        with statistics_kept(model):
            for layer in model.layers[:-2]:  # up to the last hidden activation
                output = layer(output, training=True)
        output = np.asarray(output)
        lengths = [np.linalg.norm(layer.kernel) for layer in model.layers[:-1] if hasattr(layer, "kernel")]
        return {"mean": output.mean(axis=0), "std": output.std(axis=0), "lengths": lengths}

    return measure


def drift(means, stds):
    """Return how far a unit's mean moves from one measurement to the next, in its standard deviations.

    >>> drift(means=[[[0.0], [1.0], [3.0]]], stds=[[[2.0], [2.0], [2.0]]])
    array([0.75])

    Both arrays have shape (n_seeds, n_measurements, n_units), the result (n_seeds,): the mean over time, and of that
    the median over the units; NaN for a run that diverged.
    """
    means, stds = np.asarray(means), np.asarray(stds)
    check_counts(n_moves=means.shape[1] - 1)
    moves = np.abs(np.diff(means, axis=1)) / np.where(stds > 0, stds, np.nan)[:, 1:]
    return np.median(moves.mean(axis=1), axis=1)


def accuracy_in_use(model, x, y, batch_size=500, training=False, statistics_of=None):
    """Return the share of examples that a model gets right, batch by batch; it is not changed, whatever the flag.

    `training` is the flag with which the model is called; True is wrong. `statistics_of` are examples whose mean and
    variance, in one batch, take the place of the moving averages; labels are not needed. For example::

        accuracy_in_use(model, data.x_valid, data.y_valid, batch_size=1, training=True)
    """
    check_counts(batch_size=batch_size)
    check_lengths(x, y)
    with statistics_kept(model):
        if statistics_of is not None:
            _estimate_statistics(model, statistics_of)
        batches = [x[start : start + batch_size] for start in range(0, len(x), batch_size)]
        found = [np.argmax(model(tf.convert_to_tensor(batch), training=training), axis=1) for batch in batches]
    return float(np.mean(np.concatenate(found) == y))


def _estimate_statistics(model, x):
    """Make mean and variance of these examples the moving averages of a model's batch norms."""
    norms = [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0  # the new values, and nothing of the old ones
    model(x, training=True)
    for layer, momentum in zip(norms, momenta, strict=True):
        layer.momentum = momentum


@course_style
def plot_normalized_columns(batch):
    """Draw a batch as a table, and beside it the same table after batch norm, with mean and std of each column.

    `batch` has shape (n_images, n_units), a few of each; the first column is marked.

    >>> plot_normalized_columns([[1, 40], [3, 20]]).description
    'Tables of 2 images and 2 units. Unit A: 1, 3 come in, with mean 2 and std 1; -1, 1 go out.'
    """
    batch = as_array(batch, "batch", 2, finite=True)
    normalized = (batch - batch.mean(axis=0)) / batch.std(axis=0)
    n_images, n_units = batch.shape
    figure, ((left, right),) = new_figure(7.2, 0.34 * n_images + 1.5, 1, 2)
    for axes, table, title in ((left, batch, "what comes in"), (right, normalized, "what goes out")):
        rows = np.vstack([table, table.mean(axis=0), table.std(axis=0)]).round(2) + 0.0  # no -0
        for (row, unit), value in np.ndenumerate(rows):
            weight = "normal" if row < n_images else "bold"
            axes.text(unit, row, f"{value:g}", ha="center", va="center", fontweight=weight)
        axes.add_patch(Rectangle((-0.5, -0.5), 1, n_images, facecolor=BLUE, alpha=0.25))
        axes.set(title=title, xlim=(-0.55, n_units - 0.45), ylim=(n_images + 1.5, -0.55), yticks=[])
        axes.set_xticks(range(n_units), [f"unit {chr(ord('A') + unit)}" for unit in range(n_units)])
        axes.xaxis.tick_top()
    left.set_yticks(range(n_images + 2), [*(f"image {n}" for n in range(1, n_images + 1)), "mean", "std"])
    come, go = (", ".join(f"{value:g}" for value in table[:, 0].round(2)) for table in (batch, normalized))
    moments = f"with mean {batch[:, 0].mean():g} and std {batch[:, 0].std():g}"
    return described(
        figure, f"Tables of {n_images} images and {n_units} units. Unit A: {come} come in, {moments}; {go} go out."
    )


@course_style
def plot_accuracies(accuracies):
    """Draw accuracies in percent as bars, each with its number; those below 50 % in a second colour, hatched.

    `accuracies` is a dict of numbers; NaN is a run that diverged. A dotted line is chance level, 10 %.

    >>> plot_accuracies({"plain": 83.8, "deep": float("nan")}).description
    'Accuracies in percent: plain 84; deep diverged.'
    """
    accuracies = as_arrays(accuracies, 0)
    figure, axes = one_panel(0.42 * len(accuracies) + 1.1)
    words = {name: "diverged" if np.isnan(value) else f"{value:.0f}" for name, value in accuracies.items()}
    for row, (name, value) in enumerate(accuracies.items()):
        color, hatch = (BLUE, "") if value > 50 else (VERMILLION, "//")
        axes.barh(row, np.nan_to_num(value), color=color, hatch=hatch, edgecolor="white")
        label = words[name] if np.isnan(value) else f"{words[name]} %"
        axes.text(np.nan_to_num(value) + 1.5, row, label, va="center", bbox=BEHIND)
    axes.axvline(10, color="0.2", linestyle=":", linewidth=1.5)
    axes.text(10, -0.55, "chance level", va="bottom", ha="center", fontsize="small")
    axes.set(xlim=(0, 100), ylim=(len(accuracies) - 0.5, -0.55), xlabel="validation accuracy (%)")
    axes.set_yticks(range(len(accuracies)), list(accuracies))
    return described(figure, f"accuracies in percent: {'; '.join(f'{name} {word}' for name, word in words.items())}.")
