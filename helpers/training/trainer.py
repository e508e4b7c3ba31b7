"""The compiled training loop: a step, a chunk of steps, and a `Trainer` that runs them over data on the device.

``model.fit`` returns to Python after every batch. Here up to `CHUNK_STEPS` steps are one compiled call; the numbers are
those of ``model.fit`` for the same weights and batch order. What it buys, in milliseconds a step of 32 images, measured
once on two cores (``make bench`` measures it on yours):

======================  ======  ==========================  =================  =========
network                 fit     fit, steps_per_execution    the same, dataset  `Trainer`
                                = 50                        on the device
======================  ======  ==========================  =================  =========
784-300-100-10             5.3                         3.2                2.2        1.2
the same, batch norm       7.9                         5.2                3.4        1.3
100 layers of 100         19.6                        17.8               16.4       18.2
======================  ======  ==========================  =================  =========

A deep network would train as fast by ``fit`` over such a dataset. The loop serves it, too, because one compiled loop
is used for all seeds and learning rates, and can measure each step.
"""

import contextlib
import math
import threading
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import check_counts, check_lengths
from helpers.data import Images

CHUNK_STEPS = 100  # long enough to hide the cost of a call, short enough to answer an interrupt at once
# Steps per trainable variable below which XLA takes longer to compile than it saves: measured for 784-300-100-10 with
# and without batch norm. A hundred dense layers run as fast without it.
XLA_PAYS_FROM = 300
_XLA_CANNOT = (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError, tf.errors.NotFoundError)
EVALUATION_BATCH = 5_000  # examples per forward pass: large products run fastest, and memory stays bounded


@dataclass(frozen=True)
class Settings:
    """How a `Trainer` trains.

    With the batch size None, `Trainer.steps` takes batches of any size, and XLA, which compiles for one size only, is
    left out. ``gradient_norms`` and ``update_ratios`` are measured at each step: see `helpers.training.compare`.
    ``n_steps`` is how many steps it will take in all, which decides whether XLA pays.
    """

    batch_size: int | None = 32
    gradient_norms: bool = False
    update_ratios: bool = False
    n_steps: float = math.inf

    @property
    def measured(self):
        """Names of what is measured of each trainable variable at each step, in their order."""
        return tuple(name for name in ("gradient_norms", "update_ratios") if getattr(self, name))


_DEFAULTS = Settings()


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


def take_step(model, x, y, measured=()):
    """Take one optimizer step on a batch.

    Return the loss, a scalar; the predictions before the step, of shape (n_examples, ...); and of each quantity in
    `measured` one number for each trainable variable, a float32 tensor.
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


def _chunk_of_steps(model, x, batch_size, measured):
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


def _evaluation_step(model, x, y, places):
    """Return loss and predictions of the examples at these places in inference mode.

    The loss is worked out in the same graph as the predictions: only there Keras finds the logits before a softmax,
    without which it would clip the cross-entropy of an example at 16.1.
    """
    x, y = batch_of(x, places), tf.gather(y, places)
    predictions = model(x, training=False)
    return model.compute_loss(x=x, y=y, y_pred=predictions, training=False), predictions


def state_of(model):
    """Return what training changes in a compiled and built model: weights, random generators, optimizer state."""
    model.optimizer.build(model.trainable_variables)
    return [variable.numpy() for variable in (*model.variables, *model.optimizer.variables)]


class Trainer:
    """The compiled training loop of one model, which can be run again from new weights.

    For long runs XLA compiles the loop where it can, as one program for the machine at hand, and keeps that program
    (for a deep network some 100 MB) as long as the process lives. Short runs, and models that XLA cannot compile, are
    a plain ``tf.function``, which leaves nothing behind.

    The keras.Model has one input and one output; `x` (Images or an array) and `y` have shape (n_examples, ...).
    ValueError if the model is not compiled, `x` and `y` do not fit together, or the batch size is smaller than 1.
    """

    def __init__(self, model, x, y, settings=_DEFAULTS):
        if not model.compiled:
            raise ValueError(f"model {model.name!r} is not compiled; call model.compile(loss=..., optimizer=...) first")
        check_lengths(x, y)
        check_counts(batch_size=settings.batch_size)
        self.model = model
        self.batch_size = settings.batch_size and min(settings.batch_size, len(x))
        self.measured = settings.measured
        self.feed(x, y)
        if not model.built:
            model.build((None, *np.shape(x)[1:]))
        model.optimizer.build(model.trainable_variables)
        if hasattr(model.optimizer, "_all_reduce_sum_gradients"):  # of one replica: TensorFlow would keep each graph
            model.optimizer._all_reduce_sum_gradients = list
        # On a CPU, XLA draws random numbers, as those of dropout, several times slower.
        draws = any(variable.name == "seed_generator_state" for variable in model.non_trainable_variables)
        pays = settings.n_steps >= XLA_PAYS_FROM * len(model.trainable_variables)
        self.with_xla = pays and self.batch_size is not None and not draws
        try:
            self._run = self._compiled()
        except _XLA_CANNOT:
            if not self.with_xla:
                raise
            self.with_xla = False
            self._run = self._compiled()
        self._test = tf.function(partial(_evaluation_step, model))

    @without_remapper()
    def _compiled(self):
        """Trace the loop, and compile it by running it for no step at all.

        Asked for the concrete function, TensorFlow does not warn of "retracing" when a notebook trains a fifth model.
        """
        steps = _chunk_of_steps(self.model, self._x, self.batch_size, self.measured)
        run = tf.function(steps, jit_compile=self.with_xla)
        batches = tf.TensorSpec((CHUNK_STEPS, self.batch_size), tf.int32)
        compiled = run.get_concrete_function(self._x, self.y, batches, tf.TensorSpec((), tf.int32))
        if self.batch_size is not None:
            compiled(self._x, self.y, tf.zeros((CHUNK_STEPS, self.batch_size), tf.int32), tf.constant(0))
        return compiled

    def feed(self, x, y):
        """Train on other data from now on, of the same shape and type."""
        self._x, self.y = on_device(x), tf.convert_to_tensor(y)

    def release_data(self):
        """Let the data go; `feed` gives it others."""
        self._x = self.y = None

    def start_from(self, fresh):
        """Take over the state of another compiled model of the same architecture; for another one see `restore`."""
        if not fresh.built:
            fresh.build(self.model.input_shape)
        self.restore(state_of(fresh))

    def restore(self, state):
        """Take over what `state_of` returned, of this model or another one; ValueError if the shapes are others."""
        variables = [*self.model.variables, *self.model.optimizer.variables]
        if [tuple(variable.shape) for variable in variables] != [value.shape for value in state]:
            raise ValueError(f"a model has other variables than {self.model.name!r}, which was compiled before")
        for variable, value in zip(variables, state, strict=True):
            variable.assign(value)

    def steps(self, order, batch_size=None):
        """Train over the examples in a given order, int array of shape (n,), a chunk of steps at a time.

        A last partial batch is trained on, too. The batch size counts where the trainer was made for any.

        Yields
        ------
        losses : float32 ndarray of shape (n_steps,)
            The loss of each batch since the last yield.
        predictions : ndarray of shape (n_examples, ...)
            Those for the batches' examples just before each step.
        measured : float32 ndarray of shape (n_steps, n_columns)
            For each quantity in the settings, a column for each trainable variable.
        """
        size = self.batch_size or batch_size
        if not size or len(order) == 0:
            raise ValueError(f"{len(order)} examples in batches of {size}; give at least one of each")
        n_full = len(order) // size
        batches = np.asarray(order[: n_full * size], np.int32).reshape(n_full, size)
        for start in range(0, n_full, CHUNK_STEPS):
            chunk = batches[start : start + CHUNK_STEPS]
            padded = np.zeros((CHUNK_STEPS, size), np.int32)
            padded[: len(chunk)] = chunk
            with without_remapper():
                results = self._run(self._x, self.y, tf.constant(padded), tf.constant(len(chunk)))
            losses, predictions, measured = (result.numpy()[: len(chunk)] for result in results)
            yield losses, predictions.reshape(-1, *predictions.shape[2:]), measured
        rest = order[n_full * size :]
        if len(rest):
            # One step an epoch is not worth compiling a second program for its shape.
            batch = batch_of(self._x, rest), tf.gather(self.y, rest)
            loss, predictions, measured = take_step(self.model, *batch, self.measured)
            yield np.array([loss], np.float32), predictions.numpy(), measured.numpy()[None]

    def epoch(self, order, check=lambda: None):
        """Train over the examples in a given order, int array of shape (n,), until a chunk's loss is not finite.

        After each chunk ``check()`` is called. Returned is a dict: ``loss`` (mean over the examples) and the compiled
        metrics, as ``model.fit`` reports them, from the predictions made during training; and each measured quantity, a
        float64 ndarray of shape (n_steps, n_variables), NaN for the steps that were not taken.
        """
        chunks = []
        for chunk in self.steps(order):
            chunks.append(chunk)
            check()
            if not np.isfinite(chunk[0]).all():
                break
        losses, predictions, measured = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
        seen = order[: len(predictions)]
        sizes = np.full(len(losses), self.batch_size)
        sizes[-1] = len(predictions) - sizes[:-1].sum()
        logs = self._metrics(tf.gather(self.y, seen), predictions)
        logs["loss"] = float(np.average(losses, weights=sizes))
        n_missing = -(-len(order) // self.batch_size) - len(losses)
        all_steps = np.pad(measured.astype(float), ((0, n_missing), (0, 0)), constant_values=np.nan)
        columns = np.split(all_steps, len(self.measured), axis=1) if self.measured else []
        return logs | dict(zip(self.measured, columns, strict=True))

    @without_remapper()
    def evaluate(self, x, y):
        """Return loss and compiled metrics on `x`, `y` as a dict, with the model in inference mode."""
        check_lengths(x, y)
        x, y, places = on_device(x), tf.convert_to_tensor(y), tf.range(len(y))
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
