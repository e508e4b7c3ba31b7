"""One step of training or of evaluation, and a chunk of them, as operations that TensorFlow compiles."""

import keras
import tensorflow as tf

from helpers.data import Images

MEASURED = "gradient_norms", "update_ratios"  # of each trainable variable at each step, in this order
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


def take_step(model, x, y, measured=()):
    """Take one optimizer step.

    Parameters
    ----------
    model : keras.Model
    x, y : tensors
        A batch.
    measured : sequence of str
        Which of `MEASURED`.

    Returns
    -------
    loss : scalar tensor
    predictions : tensor of shape (n_examples, ...)
    columns : float32 tensor of shape (n_columns,)
        Of each quantity one for each trainable variable.
    """
    variables = model.trainable_variables
    with tf.GradientTape() as tape:
        predictions = model(x, training=True)
        loss = model.compute_loss(x=x, y=y, y_pred=predictions, training=True)
        scaled_loss = model.optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled_loss, variables)
    columns = [tf.norm(gradient) for gradient in gradients] if "gradient_norms" in measured else []
    before = [tf.identity(variable) for variable in variables] if "update_ratios" in measured else []
    model.optimizer.apply(gradients, variables)
    columns += [_update_ratio(old, variable) for old, variable in zip(before, variables, strict=bool(before))]
    return loss, predictions, tf.stack(columns) if columns else tf.zeros([0])


def _update_ratio(before, variable):
    """Return the size of a variable's change in units of its own size; NaN if it was exactly zero."""
    size = tf.norm(before)
    return tf.where(size > 0, tf.norm(tf.convert_to_tensor(variable) - before) / size, float("nan"))


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


def chunk_of_steps(model, x, batch_size, measured):
    """Return the function of data, batches and their count that takes the steps; TensorFlow has yet to compile it."""
    n_columns = len(model.trainable_variables) * len(measured)
    example = batch_of(x, tf.zeros([0], tf.int32))
    output = model.compute_output_spec(keras.KerasTensor((batch_size, *example.shape[1:]), dtype=example.dtype.name))

    def run(x, y, batches, count):
        losses = tf.TensorArray(tf.float32, CHUNK_STEPS, element_shape=[])
        predictions = tf.TensorArray(output.dtype, CHUNK_STEPS, element_shape=output.shape)
        columns = tf.TensorArray(tf.float32, CHUNK_STEPS, element_shape=[n_columns])
        step = 0
        while step < count:  # in a range, XLA would compile anew for each count
            batch = batch_of(x, batches[step]), tf.gather(y, batches[step])
            loss, predicted, row = take_step(model, *batch, measured)
            losses = losses.write(step, tf.cast(loss, tf.float32))
            predictions = predictions.write(step, predicted)
            columns = columns.write(step, row)
            step += 1
        return losses.stack(), predictions.stack(), columns.stack()

    return run


def draws_random_numbers(model):
    """Tell whether the model has dropout or the like: on a CPU, XLA draws random numbers several times slower."""
    return any(variable.name == "seed_generator_state" for variable in model.non_trainable_variables)
