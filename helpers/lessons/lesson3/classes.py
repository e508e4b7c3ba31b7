"""How well a network tells classes apart: its layers' answers, its predictions, and what is left of its gradients."""

import keras
import numpy as np
import tensorflow as tf


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
