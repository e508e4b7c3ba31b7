"""What lesson 3, SELU and deep nets, measures and draws: whether a network tells classes apart, and maps of a layer."""

from itertools import pairwise

import keras
import numpy as np
import tensorflow as tf
from matplotlib import colormaps

from helpers.checks import check_lengths
from helpers.plotting.base import as_array, as_arrays, course_style, described, draw_arrow, new_figure, one_panel
from helpers.plotting.colors import BLUE, VERMILLION, readable
from helpers.signals import direction_statistics

N_TRAIN, N_STEPS, RATES = 1000, 100, (0.03, 0.1, 0.3, 1.0)  # of a readout
N_UNITS_SHOWN = 60
COLORS = colormaps["RdBu_r"].resampled(15)  # few, so that a small file can keep them all
WIDE_ARROW = {"linewidth": 2.5, "mutation_scale": 18}


def outputs_by_depth(model, x, depths):
    """Return the outputs, float32 of shape (n_examples, n_units), of some of a Sequential model's Dense layers.

    `depths` count Dense layers from 1, next to the input. ValueError if there is no such layer.

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    >>> {name: outputs.shape for name, outputs in outputs_by_depth(model, np.ones((5, 4)), (1, 2)).items()}
    {'layer 1': (5, 3), 'layer 2': (5, 2)}
    """
    found, a = [], tf.convert_to_tensor(x)
    for layer in model.layers:
        a = layer(a)
        if isinstance(layer, keras.layers.Dense):
            found.append(a)
    if not all(1 <= depth <= len(found) for depth in depths):
        raise ValueError(f"depths={depths}; the model has Dense layers 1 to {len(found)}")
    return {f"layer {depth}": np.asarray(found[depth - 1]) for depth in depths}


def gradient_left(model, x, y):
    """Return how much of the classes' gradients is left when they are added, float64, for each hidden kernel in order.

    It is the length of the gradients' sum over the sum of their lengths: 0 where they cancel, 1 where they agree; of n
    perpendicular ones of equal length 1 / sqrt(n) is left; NaN where there is none. The gradients are those of the
    cross-entropy for a network that gives each class the same probability. The model is Sequential and ends with a
    softmax Dense layer; `y` are int labels of shape (n_examples,).

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2, "softmax")])
    >>> gradient_left(model, np.ones((2, 4), np.float32), np.array([0, 1])).round(4)  # two that look alike
    array([0.])
    """
    check_lengths(x, y)
    *hidden, output = model.layers
    kernels = [layer.kernel for layer in hidden if isinstance(layer, keras.layers.Dense)]
    sums, lengths = [0.0] * len(kernels), np.zeros(len(kernels))
    y, labels = np.asarray(y), np.unique(y)
    too_high = 1 / len(labels) - np.eye(len(labels), dtype=np.float32)  # probability minus label
    with tf.GradientTape(persistent=True) as tape:
        a = tf.convert_to_tensor(x)
        for layer in hidden:
            a = layer(a)
        scores = a @ output.kernel @ too_high
        losses = [tf.reduce_mean(scores[:, number][y == label]) for number, label in enumerate(labels)]
    for loss in losses:
        gradients = [np.asarray(each, dtype=float) for each in tape.gradient(loss, kernels)]
        sums = [total + each for total, each in zip(sums, gradients, strict=True)]
        lengths += [np.linalg.norm(each) for each in gradients]
    with np.errstate(invalid="ignore"):
        return np.array([np.linalg.norm(total) for total in sums]) / lengths


def readout_accuracy(model, depth, data, centred=False):
    """Return the validation accuracy of a new output layer that learns the classes from the outputs of one layer.

    `depth` is as for `outputs_by_depth`; None takes the outputs of the whole model. They are scaled to root mean square
    1; if `centred`, each unit's mean over the training images is taken away first. The output layer starts at zero and
    takes 100 steps of gradient descent on all of 1,000 training images; of four rates the best counts. For example::

        readout_accuracy(relu_net(), 30, data)
    """

    def outputs_of(images):
        found = model(images) if depth is None else outputs_by_depth(model, images, (depth,))[f"layer {depth}"]
        return np.asarray(found, dtype=float)

    features, unseen = outputs_of(data.x_train[:N_TRAIN]), outputs_of(data.x_valid[:N_TRAIN])
    shared = features.mean(axis=0) if centred else 0.0
    size = np.sqrt(np.square(features - shared).mean())
    features, unseen = (features - shared) / size, (unseen - shared) / size
    return max(_softmax_regression(features, data.y_train[:N_TRAIN], unseen, data.y_valid[:N_TRAIN], r) for r in RATES)


def _softmax_regression(features, labels, unseen, unseen_labels, rate):
    """Train an output layer on the features, of shape (n, n_units); return its accuracy on the unseen ones."""
    targets = np.eye(labels.max() + 1)[labels]
    kernel, bias = np.zeros((features.shape[1], targets.shape[1])), np.zeros(targets.shape[1])
    for _ in range(N_STEPS):
        logits = features @ kernel + bias
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        error = (odds / odds.sum(axis=1, keepdims=True) - targets) / len(features)
        kernel -= rate * features.T @ error
        bias -= rate * error.sum(axis=0)
    return float(np.mean(np.argmax(unseen @ kernel + bias, axis=1) == unseen_labels))


@course_style
def plot_pull_and_push(cosines):
    """Draw what two garments, a boot and a bag, do to the weights of the unit that is to say "boot".

    The boot adds its feature vector to the weights, the bag takes its own away; both have length 1. Each of the cosines
    between the two has a panel; ValueError for one that is not between -1 and 1.

    >>> plot_pull_and_push([0]).description
    'Two arrows of length 1, a pull and a push, and their sum. cosine 0: 1.41 is left of two arrows of length 1.'
    """
    cosines = as_array(cosines, "cosines", 1, finite=True)
    if np.abs(cosines).max() > 1:
        raise ValueError(f"cosines={cosines}; give numbers between -1 and 1")
    figure, panels = new_figure(7.2, 3.4, 1, len(cosines), sharex=True, sharey=True)
    parts = []
    for panel, cosine in zip(panels.flat, cosines, strict=True):
        half = np.arccos(cosine) / 2
        boot, bag = (np.array([np.sin(turn), np.cos(turn)]) for turn in (half, -half))
        left = boot - bag
        arrows = [
            (boot, 1.12 * boot, BLUE, "the boot pulls"),
            (-bag, -1.12 * bag, VERMILLION, "the bag pushes"),
            (left, (left[0] + 0.1, left[1]), "0.15", f"remaining: {np.linalg.norm(left):.2f}"),
        ]
        for end, place, color, name in arrows:
            draw_arrow(panel, (0, 0), end, color, **WIDE_ARROW)
            panel.text(*place, name, color=readable(color), ha="left", va="center")
        panel.set(title=f"cosine {cosine:g}", xlabel="one weight", xticks=[], yticks=[])
        panel.set(xlim=(-0.3, 2.6), ylim=(-1.25, 1.3), aspect="equal")
        parts.append(f"cosine {cosine:g}: {np.linalg.norm(left):.2f} is left of two arrows of length 1")
    panels[0, 0].set_ylabel("another weight")
    return described(figure, f"Two arrows of length 1, a pull and a push, and their sum. {'; '.join(parts)}.")


@course_style
def plot_residual_block():
    """Draw a plain layer beside a block whose branch is added to its input.

    >>> figure = plot_residual_block()
    """
    figure, axes = one_panel(3.2)
    axes.set(xlim=(0, 10), ylim=(0, 6), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    _draw_chain(axes, 2.0, ["$a_{l-1}$", "kernel $W$", "ReLU", "$a_l$"])
    below, first, last, above, _ = _draw_chain(axes, 6.4, ["$a_{l-1}$", "ReLU", "kernel $W$", "+", "$a_l$"])
    axes.plot([6.0, 4.9, 4.9], [below, below, above], color=BLUE, linewidth=2.5, zorder=1)
    draw_arrow(axes, (4.88, above), (6.15, above), BLUE, **WIDE_ARROW)
    axes.text(4.75, (below + above) / 2, "$a_{l-1}$\nitself", color=readable(BLUE), ha="right", va="center")
    axes.plot([7.3, 7.45, 7.45, 7.3], [first - 0.3, first - 0.3, last + 0.3, last + 0.3], color="0.4", linewidth=1)
    axes.text(7.6, (first + last) / 2, "the branch\n$F(a_{l-1})$", color="0.3", va="center")
    axes.text(2.0, 5.75, "plain layer", ha="center", fontweight="bold")
    axes.text(6.4, 5.75, "residual block", ha="center", fontweight="bold")
    return described(
        figure,
        "Plain layer: kernel, then ReLU, from the output of one layer to that of the next. Residual block: ReLU, then "
        "kernel in a branch, and its result is added to the block's input, which goes around it unchanged.",
    )


def _draw_chain(axes, x, words):
    """Draw words one above the other, joined by arrows; return their heights."""
    heights = 0.35 + 4.75 * np.arange(len(words)) / (len(words) - 1)
    for height, word in zip(heights, words, strict=True):
        box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "0.4"}
        axes.text(x, height, word, ha="center", va="center", bbox=box, zorder=3)
    for low, high in pairwise(heights):
        draw_arrow(axes, (x, low + 0.1), (x, high - 0.1), "0.4", linewidth=None, shrinkA=8, shrinkB=8)
    return heights


@course_style
def plot_outputs_by_depth(outputs, example_names):
    """Draw the outputs of single units for single examples, one panel per network (a row) and layer (a column).

    Outputs have shape (n_examples, n_units); of each example the first 60 are drawn, scaled to root mean square 1.

    >>> figure = plot_outputs_by_depth({"ReLU": {"layer 1": np.eye(2), "layer 2": np.ones((2, 3))}}, ["boot", "bag"])
    """
    outputs = as_arrays(outputs, 2, finite=True)
    n_columns = len(next(iter(outputs.values())))
    height = 0.17 * len(example_names) + 0.5
    figure, panels = new_figure(2.3 * n_columns + 1.3, height * len(outputs) + 0.7, len(outputs), n_columns)
    sentences = []
    for row, (name, by_layer) in zip(panels, outputs.items(), strict=True):
        alike = []
        for panel, (layer, values) in zip(row, by_layer.items(), strict=True):
            size = np.sqrt(np.square(values).mean(axis=1, keepdims=True))
            scaled = values / np.where(size > 0, size, 1)
            picture = panel.imshow(scaled[:, :N_UNITS_SHOWN], cmap=COLORS, vmin=-3, vmax=3, aspect="auto")
            panel.set_title(f"{name}: {layer}", fontsize="medium")
            panel.set_yticks(range(len(example_names)), [""] * len(example_names))
            alike.append(f"{direction_statistics(values).cosine:.2g} in {layer}")
        row[0].set_yticks(range(len(example_names)), example_names)
        sentences.append(f"{name}: mean cosine between the rows {', '.join(alike)}.")
    for panel in panels[-1]:
        panel.set_xlabel("unit")
    figure.colorbar(picture, ax=panels, label="output, each row scaled", shrink=0.8)
    return described(figure, f"Each row of a panel is an image, each column a unit. {' '.join(sentences)}")
