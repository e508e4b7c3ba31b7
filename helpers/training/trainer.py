"""The compiled training loop: a `Trainer` runs the steps of ``steps.py`` over data on the device.

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

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import tensorflow as tf

from helpers.checks import check_counts, check_lengths
from helpers.training.steps import (
    CHUNK_STEPS,
    batch_of,
    chunk_of_steps,
    evaluation_step,
    on_device,
    take_step,
    without_remapper,
)

# Steps per trainable variable below which XLA takes longer to compile than it saves: measured for 784-300-100-10 with
# and without batch norm. A hundred dense layers run as fast without it.
XLA_PAYS_FROM = 300
_XLA_CANNOT = (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError, tf.errors.NotFoundError)
EVALUATION_BATCH = 5_000  # examples per forward pass: large products run fastest, and memory stays bounded


@dataclass(frozen=True)
class Settings:
    """How a `Trainer` trains.

    With the batch size None, `Trainer.steps` takes batches of any size, and XLA, which compiles for one size only, is
    left out. With ``gradient_norms``, those are measured at each step: see `helpers.training.compare`. ``n_steps`` is
    how many steps it will take in all, which decides whether XLA pays.
    """

    batch_size: int | None = 32
    gradient_norms: bool = False
    n_steps: float = math.inf


_DEFAULTS = Settings()


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
        self.with_norms = settings.gradient_norms
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
        self._test = tf.function(partial(evaluation_step, model))

    @without_remapper()
    def _compiled(self):
        """Trace the loop, and compile it by running it for no step at all.

        Asked for the concrete function, TensorFlow does not warn of "retracing" when a notebook trains a fifth model.
        """
        steps = chunk_of_steps(self.model, self._x, self.batch_size, self.with_norms)
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
        norms : float32 ndarray of shape (n_steps, n_variables)
            Of the trainable variables' gradients; of shape (n_steps, 0) where they are not measured.
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
            losses, predictions, norms = (result.numpy()[: len(chunk)] for result in results)
            yield losses, predictions.reshape(-1, *predictions.shape[2:]), norms
        rest = order[n_full * size :]
        if len(rest):
            # One step an epoch is not worth compiling a second program for its shape.
            batch = batch_of(self._x, rest), tf.gather(self.y, rest)
            loss, predictions, norms = take_step(self.model, *batch, self.with_norms)
            yield np.array([loss], np.float32), predictions.numpy(), norms.numpy()[None]

    def epoch(self, order, check=lambda: None):
        """Train over the examples in a given order, int array of shape (n,), until a chunk's loss is not finite.

        After each chunk ``check()`` is called. Returned is a dict: ``loss`` (mean over the examples) and the compiled
        metrics, as ``model.fit`` reports them, from the predictions made during training; and, if measured,
        ``gradient_norms``, a float64 ndarray of shape (n_steps, n_variables), NaN for the steps that were not taken.
        """
        chunks = []
        for chunk in self.steps(order):
            chunks.append(chunk)
            check()
            if not np.isfinite(chunk[0]).all():
                break
        losses, predictions, norms = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
        seen = order[: len(predictions)]
        sizes = np.full(len(losses), self.batch_size)
        sizes[-1] = len(predictions) - sizes[:-1].sum()
        logs = self._metrics(tf.gather(self.y, seen), predictions)
        logs["loss"] = float(np.average(losses, weights=sizes))
        if self.with_norms:
            n_missing = -(-len(order) // self.batch_size) - len(losses)
            logs["gradient_norms"] = np.pad(norms.astype(float), ((0, n_missing), (0, 0)), constant_values=np.nan)
        return logs

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
