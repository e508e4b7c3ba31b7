"""One step of training or of evaluation, and a chunk of them, as operations that TensorFlow compiles."""

import keras
import tensorflow as tf

from helpers.data import Images

CHUNK_STEPS = 100  # long enough to hide the cost of a call, short enough to answer an interrupt at once


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


def take_step(model, x, y, gradient_norms):
    """Take one optimizer step; return the batch's loss, predictions and gradient norms (before any clipping)."""
    with tf.GradientTape() as tape:
        predictions = model(x, training=True)
        loss = model.compute_loss(x=x, y=y, y_pred=predictions, training=True)
        scaled_loss = model.optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled_loss, model.trainable_variables)
    norms = tf.stack([tf.norm(gradient) for gradient in gradients]) if gradient_norms else tf.zeros([0])
    model.optimizer.apply(gradients, model.trainable_variables)
    return loss, predictions, norms


def evaluation_step(model, x, y, places):
    """Return loss and predictions of the examples at these places in inference mode.

    The loss is worked out in the same graph as the predictions: only there Keras finds the logits before a softmax,
    without which it would clip the cross-entropy of an example at 16.1.
    """
    x, y = batch_of(x, places), tf.gather(y, places)
    predictions = model(x, training=False)
    return model.compute_loss(x=x, y=y, y_pred=predictions, training=False), predictions


def let_go_of_graphs(optimizer):
    """Leave out the sum over replicas, of which there is one: TensorFlow would keep each graph with it for good."""
    if hasattr(optimizer, "_all_reduce_sum_gradients"):
        optimizer._all_reduce_sum_gradients = list


def chunk_of_steps(model, x, batch_size, gradient_norms):
    """Return the function of data, batches and their count that takes the steps; TensorFlow has yet to compile it."""
    n_norms = len(model.trainable_variables) if gradient_norms else 0
    example = batch_of(x, tf.zeros([0], tf.int32))
    output = model.compute_output_spec(keras.KerasTensor((batch_size, *example.shape[1:]), dtype=example.dtype.name))

    def run(x, y, batches, count):
        losses = tf.TensorArray(tf.float32, CHUNK_STEPS, element_shape=[])
        predictions = tf.TensorArray(output.dtype, CHUNK_STEPS, element_shape=output.shape)
        norms = tf.TensorArray(tf.float32, CHUNK_STEPS, element_shape=[n_norms])
        step = 0
        while step < count:  # in a range, XLA would compile anew for each count
            batch = batch_of(x, batches[step]), tf.gather(y, batches[step])
            loss, predicted, norm = take_step(model, *batch, gradient_norms)
            losses = losses.write(step, tf.cast(loss, tf.float32))
            predictions = predictions.write(step, predicted)
            norms = norms.write(step, norm)
            step += 1
        return losses.stack(), predictions.stack(), norms.stack()

    return run


def draws_random_numbers(model):
    """Tell whether the model has dropout or the like: on a CPU, XLA draws random numbers several times slower."""
    return any(variable.name == "seed_generator_state" for variable in model.non_trainable_variables)
