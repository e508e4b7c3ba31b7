"""A training step, a chunk of steps and an evaluation step, as functions that TensorFlow compiles."""

import contextlib
import threading

import keras
import tensorflow as tf

from helpers.data import Images

CHUNK_STEPS = 100  # long enough to hide the cost of a call, short enough to answer an interrupt at once
_remapper_lock = threading.Lock()
_n_without_remapper, _remapping_before = 0, None


@contextlib.contextmanager
def without_remapper():
    """Switch off TensorFlow's remapper, for all threads, while a compiled loop runs.

    It fuses operations outside XLA, stumbles over recurrent layers with ReLU, and writes errors that mean nothing to
    the reader. Without it nothing here is slower, and the numbers are the same.
    """
    global _n_without_remapper, _remapping_before
    with _remapper_lock:
        if not _n_without_remapper:  # None where it is TensorFlow's own choice
            _remapping_before = tf.config.optimizer.get_experimental_options().get("remapping")
        _n_without_remapper += 1
        tf.config.optimizer.set_experimental_options({"remapping": False})
    try:
        yield
    finally:
        with _remapper_lock:
            _n_without_remapper -= 1
            if not _n_without_remapper:
                tf.config.optimizer.set_experimental_options({"remapping": _remapping_before})


def on_device(x):
    """Return the tensors that `batch_of` reads examples from.

    Images stay bytes, and TensorFlow reads them where they lie: a tensor of them as float32 takes four times as much,
    and twice that while it is made.
    """
    if not isinstance(x, Images):
        return (tf.convert_to_tensor(x),)
    pixels = tf.identity(tf.experimental.dlpack.from_dlpack(x.pixels.__dlpack__()))
    return pixels, tf.constant(255.0), tf.constant(x.shift), tf.constant(x.scale)


def batch_of(x, places):
    """Return the examples at these places; of images, their float32 values (see Images)."""
    if len(x) == 1:
        return tf.gather(x[0], places)
    pixels, whole, shift, scale = x  # a constant 255 would be turned into a factor 1/255, which rounds differently
    return (tf.cast(tf.gather(pixels, places), tf.float32) / whole - shift) * scale


def take_step(model, x, y, with_norms=False):
    """Take one optimizer step on a batch.

    Return the loss, a scalar; the predictions before the step, of shape (n_examples, ...); and the Euclidean norm of
    each trainable variable's gradient, a float32 tensor of shape (n_variables,), or (0,) where none is asked for.
    """
    variables = model.trainable_variables
    with tf.GradientTape() as tape:
        predictions = model(x, training=True)
        loss = model.compute_loss(x=x, y=y, y_pred=predictions, training=True)
        scaled_loss = model.optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled_loss, variables)
    norms = tf.stack([tf.norm(gradient) for gradient in gradients]) if with_norms else tf.zeros([0])
    model.optimizer.apply(gradients, variables)
    return loss, predictions, norms


def chunk_of_steps(model, x, batch_size, with_norms):
    """Return the function of data, batches and their count that takes the steps; TensorFlow has yet to compile it."""
    example = batch_of(x, tf.zeros([0], tf.int32))
    output = model.compute_output_spec(keras.KerasTensor((batch_size, *example.shape[1:]), dtype=example.dtype.name))
    n_norms = len(model.trainable_variables) if with_norms else 0

    def run(x, y, batches, count):
        losses = tf.TensorArray(tf.float32, CHUNK_STEPS, element_shape=[])
        predictions = tf.TensorArray(output.dtype, CHUNK_STEPS, element_shape=output.shape)
        norms = tf.TensorArray(tf.float32, CHUNK_STEPS, element_shape=[n_norms])
        step = 0
        while step < count:  # in a range, XLA would compile anew for each count
            batch = batch_of(x, batches[step]), tf.gather(y, batches[step])
            loss, predicted, of_variables = take_step(model, *batch, with_norms)
            losses = losses.write(step, tf.cast(loss, tf.float32))
            predictions = predictions.write(step, predicted)
            norms = norms.write(step, of_variables)
            step += 1
        return losses.stack(), predictions.stack(), norms.stack()

    return run


def evaluation_step(model, x, y, places):
    """Return loss and predictions of the examples at these places in inference mode.

    The loss is worked out in the same graph as the predictions: only there Keras finds the logits before a softmax,
    without which it would clip the cross-entropy of an example at 16.1.
    """
    x, y = batch_of(x, places), tf.gather(y, places)
    predictions = model(x, training=False)
    return model.compute_loss(x=x, y=y, y_pred=predictions, training=False), predictions
