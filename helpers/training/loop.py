"""The compiled training loop.

``model.fit`` returns to Python after every batch. Here up to `CHUNK_STEPS` steps are one compiled call over data that
already lies on the device; the numbers are those of ``model.fit`` for the same weights and batch order.
"""

import itertools
import math
from functools import partial

import numpy as np
import tensorflow as tf

from helpers.training.steps import (
    CHUNK_STEPS,
    MEASURED,
    batch_of,
    chunk_of_steps,
    draws_random_numbers,
    evaluation_step,
    let_go_of_graphs,
    on_device,
    take_step,
)

# The remapper fuses operations outside XLA. It stumbles over recurrent and residual layers with ReLU and writes errors
# that mean nothing to the reader; without it nothing here is slower.
tf.config.optimizer.set_experimental_options({"remapping": False})

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
    gradient_norms, update_ratios : bool
        Whether to measure these at each step, too: see `helpers.training.train`.
    n_steps : int, optional
        How many steps it will take in all; so many that XLA pays, if it is not given.

    Raises
    ------
    ValueError
        If the model is not compiled, or `x` and `y` do not fit together.
    """

    def __init__(self, model, x, y, batch_size=32, gradient_norms=False, update_ratios=False, n_steps=math.inf):
        if not model.compiled:
            raise ValueError(f"model {model.name!r} is not compiled; call model.compile(loss=..., optimizer=...) first")
        check_lengths(x, y)
        self.model = model
        self.batch_size = batch_size and min(batch_size, len(x))
        self.measured = tuple(itertools.compress(MEASURED, (gradient_norms, update_ratios)))
        self._x, self.y = on_device(x), tf.convert_to_tensor(y)
        if not model.built:
            model.build((None, *x.shape[1:]))
        model.optimizer.build(model.trainable_variables)
        let_go_of_graphs(model.optimizer)
        pays = n_steps >= XLA_PAYS_FROM * len(model.trainable_variables)
        self.with_xla = pays and batch_size is not None and not draws_random_numbers(model)
        try:
            self._run = self._compiled()
        except _XLA_CANNOT:
            if not self.with_xla:
                raise
            self.with_xla = False
            self._run = self._compiled()
        self._test = tf.function(partial(evaluation_step, model))

    def _compiled(self):
        """Trace the loop, and compile it by running it for no step at all.

        Asked for the concrete function, TensorFlow does not warn of "retracing" when a notebook trains a fifth model.
        """
        steps = chunk_of_steps(self.model, self._x, self.batch_size, self.measured)
        run = tf.function(steps, jit_compile=self.with_xla)
        if self.batch_size is None:
            any_batches = tf.TensorSpec((CHUNK_STEPS, None), tf.int32), tf.TensorSpec((), tf.int32)
            return run.get_concrete_function(self._x, self.y, *any_batches)
        nothing = self._x, self.y, tf.zeros((CHUNK_STEPS, self.batch_size), tf.int32), tf.constant(0)
        compiled = run.get_concrete_function(*nothing)
        compiled(*nothing)
        return compiled

    def feed(self, x, y):
        """Train on other data from now on, of the same shape and type; None lets go of those there are."""
        self._x, self.y = (None, None) if x is None else (on_device(x), tf.convert_to_tensor(y))

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

    def state(self):
        """Return all that training changes, for `start_again`: a list of ndarrays."""
        return [variable.numpy() for variable in self._changed_by_training()]

    def start_again(self, state, rate):
        """Put back what `state` returned, and train with this learning rate from now on.

        Raises
        ------
        TypeError
            If the optimizer has a schedule of its own.
        """
        for variable, value in zip(self._changed_by_training(), state, strict=True):
            variable.assign(value)
        self.model.optimizer.learning_rate = rate

    def _changed_by_training(self):
        return *self.model.variables, *self.model.optimizer.variables

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
        measured : float32 ndarray of shape (n_steps, n_columns)
            A column for each trainable variable: the Euclidean norm of its gradient, before the optimizer clips it;
            then as many with the update ratios. None of them unless asked for.
        """
        size = self.batch_size or batch_size
        n_full = len(order) // size
        batches = np.asarray(order[: n_full * size], np.int32).reshape(n_full, size)
        for start in range(0, n_full, CHUNK_STEPS):
            chunk = batches[start : start + CHUNK_STEPS]
            padded = np.zeros((CHUNK_STEPS, size), np.int32)
            padded[: len(chunk)] = chunk
            results = self._run(self._x, self.y, tf.constant(padded), tf.constant(len(chunk)))
            losses, predictions, measured = (result.numpy()[: len(chunk)] for result in results)
            yield losses, predictions.reshape(-1, *predictions.shape[2:]), measured
        rest = order[n_full * size :]
        if len(rest):
            # One step an epoch is not worth compiling a second program for its shape.
            batch = batch_of(self._x, rest), tf.gather(self.y, rest)
            loss, predictions, measured = take_step(self.model, *batch, self.measured)
            yield np.array([loss], np.float32), predictions.numpy(), measured.numpy()[None]

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
            then NaN or infinite. What else was asked for, ``gradient_norms`` or ``update_ratios``, is a float64
            ndarray of shape (n_steps, n_variables), NaN for the steps that were not taken.
        """
        chunks = []
        for chunk in self.steps(order):
            chunks.append(chunk)
            advance(len(chunk[0]))
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

    def evaluate(self, x, y):
        """Return loss and compiled metrics on `x`, `y` as a dict, with the model in inference mode."""
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
