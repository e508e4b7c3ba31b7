"""The compiled training loop.

``model.fit`` returns to Python after every batch. Here up to `CHUNK_STEPS` steps are one compiled call over data that
already lies on the device; the numbers are those of ``model.fit`` for the same weights and batch order.
"""

import math
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from helpers.data import Images

# The remapper fuses operations outside XLA. It stumbles over recurrent and residual layers with ReLU and writes errors
# that mean nothing to the reader; without it nothing here is slower.
tf.config.optimizer.set_experimental_options({"remapping": False})

CHUNK_STEPS = 100  # long enough to hide the cost of a call, short enough to answer an interrupt at once
# Steps per trainable variable below which XLA takes longer to compile than it saves: measured for 784-300-100-10 with
# and without batch norm. A hundred dense layers run as fast without it.
XLA_PAYS_FROM = 300
_XLA_CANNOT = (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError, tf.errors.NotFoundError)
EVALUATION_BATCH = 5_000  # examples per forward pass: large products run fastest, and memory stays bounded


def check_lengths(x, y):
    """Raise ValueError unless there are as many inputs as targets, at least one of each."""
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(f"x has {len(x)} examples and y has {len(y)}; give as many of each, at least one")


class Trainer:
    """The compiled training loop of one model, which can be run again from new weights.

    For long runs XLA compiles the loop where it can, as one program for the machine at hand, and keeps that program
    (for a deep network some 100 MB) as long as the process lives. Short runs, and models that XLA cannot compile, are
    a plain ``tf.function``, which leaves nothing behind.

    Parameters
    ----------
    model : keras.Model
        Compiled, with one input and one output.
    x : Images or array of shape (n_examples, ...)
    y : array of shape (n_examples, ...)
    batch_size : int or None
        None: `steps` takes batches of any size. XLA, which compiles for one size only, is then left out.
    gradient_norms : bool
        Whether to measure the gradient's norm at each step, too.
    n_steps : int, optional
        How many steps it will take in all; so many that XLA pays, if it is not given.

    Raises
    ------
    ValueError
        If the model is not compiled, or `x` and `y` do not fit together.
    """

    def __init__(self, model, x, y, batch_size=32, gradient_norms=False, n_steps=math.inf):
        if not model.compiled:
            raise ValueError(f"model {model.name!r} is not compiled; call model.compile(loss=..., optimizer=...) first")
        check_lengths(x, y)
        self.model = model
        self.batch_size = batch_size and min(batch_size, len(x))
        self.gradient_norms = gradient_norms
        self._x, self.y = _on_device(x), tf.convert_to_tensor(y)
        if not model.built:
            model.build((None, *x.shape[1:]))
        model.optimizer.build(model.trainable_variables)
        _let_go_of_graphs(model.optimizer)
        pays = n_steps >= XLA_PAYS_FROM * len(model.trainable_variables)
        self.with_xla = pays and batch_size is not None and not _draws_random_numbers(model)
        try:
            self._run = self._compiled()
        except _XLA_CANNOT:
            if not self.with_xla:
                raise
            self.with_xla = False
            self._run = self._compiled()
        self._test = tf.function(partial(_test_step, model))

    def _compiled(self):
        """Trace the loop, and compile it by running it for no step at all.

        Asked for the concrete function, TensorFlow does not warn of "retracing" when a notebook trains a fifth model.
        """
        run = tf.function(_loop(self.model, self._x, self.batch_size, self.gradient_norms), jit_compile=self.with_xla)
        if self.batch_size is None:
            any_batches = tf.TensorSpec((CHUNK_STEPS, None), tf.int32), tf.TensorSpec((), tf.int32)
            return run.get_concrete_function(self._x, self.y, *any_batches)
        nothing = self._x, self.y, tf.zeros((CHUNK_STEPS, self.batch_size), tf.int32), tf.constant(0)
        compiled = run.get_concrete_function(*nothing)
        compiled(*nothing)
        return compiled

    def feed(self, x, y):
        """Train on other data from now on, of the same shape and type; None lets go of those there are."""
        self._x, self.y = (None, None) if x is None else (_on_device(x), tf.convert_to_tensor(y))

    def start_from(self, fresh):
        """Take over the initial state of another compiled model of the same architecture.

        Parameters
        ----------
        fresh : keras.Model
            Its weights, random generators and optimizer state are copied; so the compiled loop serves again.

        Raises
        ------
        ValueError
            If its variables have other shapes.
        """
        if not fresh.built:
            fresh.build(self.model.input_shape)
        fresh.optimizer.build(fresh.trainable_variables)
        pairs = [(self.model.variables, fresh.variables), (self.model.optimizer.variables, fresh.optimizer.variables)]
        for own, other in pairs:
            if [v.shape for v in own] != [v.shape for v in other]:
                raise ValueError(f"model {fresh.name!r} has other variables than {self.model.name!r}, compiled before")
            for variable, source in zip(own, other, strict=True):
                variable.assign(source)

    def steps(self, order, batch_size=None):
        """Train over the examples in a given order, a chunk of steps at a time.

        Parameters
        ----------
        order : int array of shape (n,)
            Indices into the training data; a last partial batch is trained on, too.
        batch_size : int, optional
            Needed, and allowed, where the trainer was made for any size.

        Yields
        ------
        losses : float32 ndarray of shape (n_steps,)
            The loss of each batch since the last yield.
        predictions : ndarray of shape (n_examples, ...)
            What the model said of those batches' examples just before each step.
        norms : float32 ndarray of shape (n_steps, n_variables)
            Euclidean norm of each trainable variable's gradient, before the optimizer clips it; no columns unless
            asked for.
        """
        size = self.batch_size or batch_size
        n_full = len(order) // size
        batches = np.asarray(order[: n_full * size], np.int32).reshape(n_full, size)
        for start in range(0, n_full, CHUNK_STEPS):
            chunk = batches[start : start + CHUNK_STEPS]
            padded = np.zeros((CHUNK_STEPS, size), np.int32)
            padded[: len(chunk)] = chunk
            results = self._run(self._x, self.y, tf.constant(padded), tf.constant(len(chunk)))
            losses, predictions, norms = (result.numpy()[: len(chunk)] for result in results)
            yield losses, predictions.reshape(-1, *predictions.shape[2:]), norms
        rest = order[n_full * size :]
        if len(rest):
            # One step an epoch is not worth compiling a second program for its shape.
            batch = _batch(self._x, rest), tf.gather(self.y, rest)
            loss, predictions, norms = _step(self.model, *batch, self.gradient_norms)
            yield np.array([loss], np.float32), predictions.numpy(), norms.numpy()[None]

    def epoch(self, order, advance=lambda n_steps: None):
        """Train over the examples in a given order.

        Parameters
        ----------
        order : int array of shape (n,)
            Indices into the training data.
        advance : callable
            Called with the number of steps done since the last call.

        Returns
        -------
        dict
            ``loss`` (mean over the examples) and the compiled metrics, as ``model.fit`` reports them, from the
            predictions made during training. Ends early at the first chunk whose loss is not finite; ``loss`` is
            then NaN or infinite. With gradient norms, ``gradient_norms`` has those of each step, a float64 ndarray
            of shape (n_steps, n_variables), NaN for the steps that were not taken.
        """
        chunks = []
        for chunk in self.steps(order):
            chunks.append(chunk)
            advance(len(chunk[0]))
            if not np.isfinite(chunk[0]).all():
                break
        losses, predictions, norms = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
        seen = order[: len(predictions)]
        sizes = np.full(len(losses), self.batch_size)
        sizes[-1] = len(predictions) - sizes[:-1].sum()
        logs = self._metrics(tf.gather(self.y, seen), predictions)
        logs["loss"] = float(np.average(losses, weights=sizes))
        if self.gradient_norms:
            logs["gradient_norms"] = np.full((-(-len(order) // self.batch_size), norms.shape[1]), np.nan)
            logs["gradient_norms"][: len(norms)] = norms
        return logs

    def evaluate(self, x, y):
        """Return loss and compiled metrics on `x`, `y` as a dict, with the model in inference mode."""
        x, y, places = _on_device(x), tf.convert_to_tensor(y), tf.range(len(y))
        any_number = [tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype) for tensor in (x[0], y, places)]
        test = self._test.get_concrete_function((any_number[0], *x[1:]), *any_number[1:])
        starts = range(0, len(y), EVALUATION_BATCH)
        parts = [test(x, y, places[start : start + EVALUATION_BATCH]) for start in starts]
        losses, predictions = zip(*parts, strict=True)
        loss = np.average(losses, weights=[len(batch) for batch in predictions])
        return {**self._metrics(y, tf.concat(predictions, axis=0)), "loss": float(loss)}

    def _metrics(self, y, predictions):
        self.model.reset_metrics()
        results = self.model.compute_metrics(x=None, y=y, y_pred=predictions, sample_weight=None)
        return {name: float(value) for name, value in results.items()}


def _on_device(x):
    """Return the tensors that `_batch` reads examples from.

    Images stay bytes, and TensorFlow reads them where they lie: a tensor of them as float32 takes four times as much,
    and twice that while it is made.
    """
    if not isinstance(x, Images):
        return (tf.convert_to_tensor(x),)
    pixels = tf.identity(tf.experimental.dlpack.from_dlpack(x.pixels.__dlpack__()))
    return pixels, tf.constant(255.0), tf.constant(x.shift), tf.constant(x.scale)


def _batch(x, places):
    """Return the examples at these places; of images, their float32 values (see Images)."""
    if len(x) == 1:
        return tf.gather(x[0], places)
    pixels, whole, shift, scale = x  # a constant 255 would be turned into a factor 1/255, which rounds differently
    return (tf.cast(tf.gather(pixels, places), tf.float32) / whole - shift) * scale


def _step(model, x, y, gradient_norms):
    """Take one optimizer step; return the batch's loss, predictions and gradient norms (before any clipping)."""
    with tf.GradientTape() as tape:
        predictions = model(x, training=True)
        loss = model.compute_loss(x=x, y=y, y_pred=predictions, training=True)
        scaled_loss = model.optimizer.scale_loss(loss)
    gradients = tape.gradient(scaled_loss, model.trainable_variables)
    norms = tf.stack([tf.norm(gradient) for gradient in gradients]) if gradient_norms else tf.zeros([0])
    model.optimizer.apply(gradients, model.trainable_variables)
    return loss, predictions, norms


def _test_step(model, x, y, places):
    """Return loss and predictions of the examples at these places in inference mode.

    The loss is worked out in the same graph as the predictions: only there Keras finds the logits before a softmax,
    without which it would clip the cross-entropy of an example at 16.1.
    """
    x, y = _batch(x, places), tf.gather(y, places)
    predictions = model(x, training=False)
    return model.compute_loss(x=x, y=y, y_pred=predictions, training=False), predictions


def _let_go_of_graphs(optimizer):
    """Leave out the sum over replicas, of which there is one: TensorFlow would keep each graph with it for good."""
    if hasattr(optimizer, "_all_reduce_sum_gradients"):
        optimizer._all_reduce_sum_gradients = list


def _loop(model, x, batch_size, gradient_norms):
    """Return the function of data, batches and their count that takes the steps; TensorFlow has yet to compile it."""
    n_norms = len(model.trainable_variables) if gradient_norms else 0
    example = _batch(x, tf.zeros([0], tf.int32))
    output = model.compute_output_spec(keras.KerasTensor((batch_size, *example.shape[1:]), dtype=example.dtype.name))

    def run(x, y, batches, count):
        losses = tf.TensorArray(tf.float32, CHUNK_STEPS, element_shape=[])
        predictions = tf.TensorArray(output.dtype, CHUNK_STEPS, element_shape=output.shape)
        norms = tf.TensorArray(tf.float32, CHUNK_STEPS, element_shape=[n_norms])
        step = 0
        while step < count:  # in a range, XLA would compile anew for each count
            batch = _batch(x, batches[step]), tf.gather(y, batches[step])
            loss, predicted, norm = _step(model, *batch, gradient_norms)
            losses = losses.write(step, tf.cast(loss, tf.float32))
            predictions = predictions.write(step, predicted)
            norms = norms.write(step, norm)
            step += 1
        return losses.stack(), predictions.stack(), norms.stack()

    return run


def _draws_random_numbers(model):
    """Tell whether the model has dropout or the like: on a CPU, XLA draws random numbers several times slower."""
    return any(variable.name == "seed_generator_state" for variable in model.non_trainable_variables)
