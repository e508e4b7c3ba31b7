"""The signals of Keras models: activations on the way up, gradients on the way down, layer by layer."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import check_lengths
from helpers.memory import release_memory
from helpers.signals.statistics import Signals, dead_units, output_statistics

_NO_SIGNAL_OF_THEIR_OWN = (keras.layers.InputLayer, keras.layers.Flatten, keras.layers.Reshape)


@contextlib.contextmanager
def statistics_kept(model):
    """Put the moving averages (and random generators) back afterwards: what is inside is no training."""
    kept = [(variable, variable.numpy()) for variable in model.non_trainable_variables]
    try:
        yield
    finally:
        for variable, value in kept:
            variable.assign(value)


def layer_signals(model, x, y, training=False):
    """Measure the signals of each layer of a Sequential or functional model on one batch; return Signals.

    The inputs and targets are arrays of shape (n_examples, ...). The compiled loss is used; without one, the
    cross-entropy with integer labels. With `training`, batch norm, dropout and the like run as in training; the model
    is the same afterwards. ValueError if there is no example, or not as many inputs as targets.

    >>> dense = keras.layers.Dense
    >>> model = keras.Sequential([keras.Input((5,)), dense(8, "relu", name="hidden"), dense(3, "softmax", name="out")])
    >>> signals = layer_signals(model, np.eye(5, dtype="float32"), [0, 1, 2, 0, 1])
    >>> signals.names
    ('hidden', 'out')
    >>> signals.std.shape
    (2,)
    """
    check_lengths(x, y)
    y = tf.convert_to_tensor(y)
    layers, outputs_of = _probe(model)
    x = tf.convert_to_tensor(x)
    with statistics_kept(model), tf.GradientTape() as tape:
        tape.watch(x)  # so that the outputs of layers before the first weight are recorded, too
        outputs = outputs_of(x, training=training)
        loss = _loss(model, y, outputs[-1])
    no_kernel = tf.zeros(0)  # on which the loss does not depend
    kernels = [getattr(getattr(layer, "cell", layer), "kernel", no_kernel) for layer in layers]  # or its cell has one
    of_outputs, of_kernels = tape.gradient(loss, (outputs[:-1], kernels))
    of_outputs.append(_loss_gradient(model, y, outputs[-1]))
    return Signals(
        names=tuple(layer.name for layer in layers),
        output_gradient_norm=np.array([_norm(gradient) for gradient in of_outputs]),
        kernel_gradient_norm=np.array([_norm(gradient) for gradient in of_kernels]),
        **output_statistics(_as_rows(outputs)),
    )


def signals_by_seed(build, x, y, seeds=range(10)):
    """Measure the signals of untrained models on x and y: a list of one Signals for each seed of the weights.

    ``build()`` returns a new keras.Model. The last layer, which is the output, is left out. ValueError if there is no
    seed. For example::

        signals = signals_by_seed(network, data.x_valid[:1000], data.y_valid[:1000], seeds=range(3))
    """
    if not len(seeds):
        raise ValueError("seeds is empty; give at least one")
    signals = []
    for seed in seeds:
        keras.utils.set_random_seed(int(seed))
        signals.append(layer_signals(build(), x, y)[:-1])
        release_memory()
    return signals


def dead_fraction(model, x):
    """Return the share of dead units in each layer, as `Signals.dead_fraction`, without gradients.

    A unit that is silent on few examples may well respond to others: let x, an array of shape (n_examples, ...), have a
    thousand or more. ValueError if it has none.

    >>> negative = keras.initializers.Constant(-1.0)
    >>> model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, "relu", kernel_initializer=negative)])
    >>> dead_fraction(model, np.ones((3, 5), "float32"))
    array([1.])
    """
    if not len(x):
        raise ValueError("x has no example, without which every unit would count as dead; give a thousand or more")
    _, outputs_of = _probe(model)
    outputs = outputs_of(tf.convert_to_tensor(x), training=False)
    return np.array([dead_units(output) for output in _as_rows(outputs)])


def _as_rows(outputs):
    return [output.numpy().reshape(len(output), -1) for output in outputs]


def _probe(model):
    """Return the layers that carry a signal (the last one in any case) and a function that gives all their outputs.

    The layers are called once more: ``layer.output`` is what a layer gave in its first call, and that may belong to
    another graph, as it does for every Sequential that is built with ``add``.
    """
    calls = []

    def remember(layer, *args, **kwargs):
        calls.append((layer, layer(*args, **kwargs)))
        return calls[-1][1]

    graph = keras.Model(model.inputs, model.outputs)
    again = keras.models.clone_model(graph, clone_function=lambda layer: layer, call_function=remember)
    calls = [call for call in calls[:-1] if not isinstance(call[0], _NO_SIGNAL_OF_THEIR_OWN)] + calls[-1:]
    layers, outputs = zip(*calls, strict=True)
    outputs_of = keras.Model(again.inputs, outputs)
    return layers, lambda x, training: tf.nest.flatten(outputs_of(x, training=training))  # Keras unwraps a single one


def _loss(model, y, predictions):
    if model.compiled:
        return model.compute_loss(y=y, y_pred=predictions)
    return keras.losses.SparseCategoricalCrossentropy()(y, predictions)


def _loss_gradient(model, y, predictions):
    """Return the gradient of the loss with respect to the predictions themselves.

    Asked of the tape above, it would be None after a softmax: Keras then works out the loss from the logits.
    """
    predictions = tf.constant(predictions.numpy())
    with tf.GradientTape() as tape:
        tape.watch(predictions)
        loss = _loss(model, y, predictions)
    return tape.gradient(loss, predictions)


def _norm(gradient):
    """Return the Euclidean norm; NaN where the loss does not depend on the thing at all."""
    return np.nan if gradient is None else float(np.linalg.norm(np.asarray(gradient, dtype=float)))
