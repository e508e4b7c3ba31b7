"""Lesson 3, SELU and deep nets: how well a network tells classes apart, and two drawings."""

import keras
import numpy as np
import tensorflow as tf

from helpers.plotting.base import CYCLE, described, new_figure, one_panel, readable


def one_of_each(images, labels):
    """Return the first image of each class.

    Parameters
    ----------
    images : array of shape (n, ...)
    labels : int array of shape (n,)

    Returns
    -------
    ndarray of shape (n_classes, ...)
        In the order of the labels.
    """
    return np.array([images[np.flatnonzero(labels == label)[0]] for label in np.unique(labels)])


def outputs_by_depth(model, x, depths):
    """Return what some of a model's Dense layers answer.

    Parameters
    ----------
    model : keras.Sequential
    x : array of shape (n_examples, ...)
    depths : sequence of int
        Counted from 1, next to the input.

    Returns
    -------
    dict of str to ndarray of shape (n_examples, n_units)
        By "layer 1" and so on.
    """
    outputs, a, depth = {}, x, 0
    for layer in model.layers:
        a = layer(a)
        if isinstance(layer, keras.layers.Dense):
            depth += 1
            if depth in depths:
                outputs[f"layer {depth}"] = np.asarray(a)
            if depth == max(depths):
                break
    return outputs


def gradient_left(model, x, y):
    """Return how much of the classes' gradients is left when they are added, for each hidden kernel.

    It is the length of the mean over the classes of each one's gradient, over the mean of their lengths: 0 where they
    cancel, 1 where they agree; of n perpendicular ones of equal length 1 / sqrt(n) is left. The gradients are those of
    the cross-entropy for a network that gives each class the same probability: what all garments have in common is
    learned then, and what is left can only tell them apart.

    Parameters
    ----------
    model : keras.Sequential
        Its last layer is a Dense layer with softmax.
    x : array of shape (n_examples, ...)
    y : int array of shape (n_examples,)

    Returns
    -------
    float64 ndarray of shape (n_kernels,)
        In the order of the layers; NaN where no class has a gradient.
    """
    *hidden, output = model.layers
    kernels = [layer.kernel for layer in hidden if isinstance(layer, keras.layers.Dense)]
    sums, lengths = [0.0] * len(kernels), np.zeros(len(kernels))
    labels = np.unique(y)
    too_high = 1 / len(labels) - np.eye(len(labels), dtype=np.float32)  # probability minus label
    with tf.GradientTape(persistent=True) as tape:
        a = x
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


N_TRAIN, N_STEPS, RATES = 1000, 100, (0.03, 0.1, 0.3, 1.0)


def _outputs(model, images, depth):
    if depth is None:
        return np.asarray(model(images))
    return outputs_by_depth(model, images, (depth,))[f"layer {depth}"]


def readout_accuracy(model, depth, data, centred=False):
    """Return how well a new output layer learns to tell the classes apart from what one layer answers.

    The network stays as it is. The output layer starts at zero and takes 100 steps of gradient descent on all of 1,000
    training images; of four rates the best counts.

    Parameters
    ----------
    model : keras.Model
        A `keras.Sequential`, unless `depth` is None.
    depth : int or None
        Of the Dense layer, counted from 1, next to the input; None: what the model as a whole answers. These outputs
        are scaled to root mean square 1.
    data : FashionMNIST
    centred : bool
        Whether each unit's mean over the training images is taken away first: what all garments share.

    Returns
    -------
    float
        Accuracy on the validation images.
    """
    features, unseen = (
        _outputs(model, images, depth).astype(float) for images in (data.x_train[:N_TRAIN], data.x_valid[:N_TRAIN])
    )
    shared = features.mean(axis=0) if centred else 0.0
    size = np.sqrt(np.square(features - shared).mean())
    features, unseen = (features - shared) / size, (unseen - shared) / size
    return max(_softmax_regression(features, data.y_train[:N_TRAIN], unseen, data.y_valid[:N_TRAIN], r) for r in RATES)


def _softmax_regression(features, labels, unseen, unseen_labels, rate):
    targets = np.eye(labels.max() + 1)[labels]
    kernel, bias = np.zeros((features.shape[1], targets.shape[1])), np.zeros(targets.shape[1])
    for _ in range(N_STEPS):
        logits = features @ kernel + bias
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        error = (odds / odds.sum(axis=1, keepdims=True) - targets) / len(features)
        kernel -= rate * features.T @ error
        bias -= rate * error.sum(axis=0)
    return float(np.mean(np.argmax(unseen @ kernel + bias, axis=1) == unseen_labels))


_PULL, _PUSH, _LEFT = CYCLE[0][0], CYCLE[1][0], "0.15"
_ARROW = {"arrowstyle": "-|>", "linewidth": 2.5, "mutation_scale": 18, "shrinkA": 0, "shrinkB": 0}


def plot_pull_and_push(cosines):
    """Draw what two garments, a boot and a bag, do to the weights of the unit that is to say "boot".

    The boot adds its feature vector to the weights, the bag takes its own away; both vectors have length 1.

    Parameters
    ----------
    cosines : sequence of float
        Between the two vectors, one panel each.

    Returns
    -------
    Figure
    """
    figure, panels = new_figure(7.2, 3.4, 1, len(cosines), sharex=True, sharey=True)
    parts = []
    for panel, cosine in zip(panels.flat, cosines, strict=True):
        half = np.arccos(cosine) / 2
        boot, bag = (np.array([np.sin(turn), np.cos(turn)]) for turn in (half, -half))
        left = boot - bag
        _arrow(panel, boot, _PULL, "the boot pulls", 1.12 * boot)
        _arrow(panel, -bag, _PUSH, "the bag pushes", -1.12 * bag)
        _arrow(panel, left, _LEFT, f"left: {np.linalg.norm(left):.2f}", np.add(left, (0.1, 0)))
        panel.set(title=f"cosine {cosine:g}", xlim=(-0.3, 2.6), ylim=(-1.25, 1.3), xlabel="one weight")
        panel.set_aspect("equal")
        panel.set(xticks=[], yticks=[])
        parts.append(f"cosine {cosine:g}: {np.linalg.norm(left):.2f} is left of two arrows of length 1")
    panels[0, 0].set_ylabel("another weight")
    return described(figure, f"Two arrows of length 1, a pull and a push, and their sum. {'; '.join(parts)}.")


def _arrow(axes, end, color, name, place):
    axes.annotate("", end, (0, 0), arrowprops={**_ARROW, "color": color})
    axes.text(*place, name, color=readable(color), ha="left", va="center")


def plot_residual_block():
    """Draw a plain layer beside a block whose branch is added to its input.

    Returns
    -------
    Figure
    """
    figure, axes = one_panel(3.2)
    axes.set(xlim=(0, 10), ylim=(0, 6), xlabel="two ways from one layer's output to the next")
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(False)
    _chain(axes, 2.0, ["$a_{l-1}$", "kernel $W$", "ReLU", "$a_l$"])
    _chain(axes, 6.4, ["$a_{l-1}$", "normalize", "ReLU", "kernel $W$", "+", "$a_l$"])
    below, above = _height(0, 6), _height(4, 6)
    axes.plot([6.0, 4.9, 4.9], [below, below, above], color=_PULL, linewidth=2.5, zorder=1)
    axes.annotate("", (6.15, above), (4.88, above), arrowprops={**_ARROW, "color": _PULL})
    axes.text(4.75, (below + above) / 2, "the input\nitself", color=readable(_PULL), ha="right", va="center")
    axes.text(7.4, (below + above) / 2, "the branch:\nwhat the layer adds", color="0.3", va="center")
    axes.text(2.0, 5.75, "plain layer", ha="center", fontweight="bold")
    axes.text(6.4, 5.75, "residual block", ha="center", fontweight="bold")
    return described(
        figure,
        "Plain layer: kernel, then ReLU, from the output of one layer to that of the next. Residual block: normalize, "
        "ReLU, kernel in a branch, and its result is added to the block's input, which goes around it unchanged.",
    )


def _height(place, n):
    return 0.35 + place * 4.75 / (n - 1)


def _chain(axes, x, words):
    for place, word in enumerate(words):
        box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "0.4"}
        axes.text(x, _height(place, len(words)), word, ha="center", va="center", bbox=box, zorder=3)
    for place in range(len(words) - 1):
        ends = (x, _height(place + 1, len(words)) - 0.1), (x, _height(place, len(words)) + 0.1)
        axes.annotate("", *ends, arrowprops={"arrowstyle": "-|>", "color": "0.4", "shrinkA": 8, "shrinkB": 8})
