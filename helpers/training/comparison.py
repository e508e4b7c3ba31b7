"""Training runs: several models from several seeds side by side."""

import contextlib
import itertools
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from unittest import mock

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import check_counts, check_lengths
from helpers.memory import release_memory
from helpers.progress import progress_bar
from helpers.training.programs import program_key, trainer_of
from helpers.training.runs import Runs, at_rate
from helpers.training.trainer import Settings, state_of

_seeding = threading.RLock()  # a seed is the whole process's


def compare(
    builders,
    data,
    seeds=(0, 1, 2),
    epochs=1,
    batch_size=32,
    *,
    rates=None,
    steps_per_epoch=None,
    measure=None,
    gradient_norms=False,
    n_jobs=2,
    verbose=1,
):
    """Train several models from several seeds in silence: like ``model.fit``, but several times as fast.

    A seed decides the initial weights *and* the batch order; with the same seed, models of the same shapes and
    initializers start from the same weights and see the same batches. A seed is also that of what ``measure`` draws.
    Afterwards the random numbers are those that follow on the last seed, however the models have taken turns.

    Parameters
    ----------
    builders : dict of str to callable
        ``build()`` makes a new compiled keras.Model with one input and one output. It must make the same model each
        time, but for the random numbers.
    data : FashionMNIST
        Or any object with arrays ``x_train``, ``y_train``, ``x_valid``, ``y_valid``.
    seeds : sequence of int
    epochs, batch_size : int
    rates : sequence of float, optional
        Train each model at each of these learning rates, whatever its builder says; "net" is then "net, 0.1" and so
        on. The model is built once for all of them: building a deep one takes longer than a short run.
    steps_per_epoch : int, optional
        End each epoch after so many batches; the next one goes on where this one stopped.
    measure : callable, optional
        ``measure(model)`` returns a dict that joins the history after each epoch.
    gradient_norms : bool
        Whether the histories have ``gradient_norms``: for each epoch an array of shape (n_steps, n_variables), the
        Euclidean norm of each trainable variable's gradient at each step, before the optimizer clips it.
    n_jobs : int
        So many models train side by side, because the small products of one do not fill the processor. Where
        ``seconds`` are compared, take 1, or as many as there are models.
    verbose : {0, 1}
        Whether to show a progress bar.

    Returns
    -------
    Runs
        A history is that of ``model.fit``, and has ``seconds``, the wall time of each epoch's training without
        compilation and validation. A run whose loss is no longer finite ends there. ValueError if a model is not
        compiled, the data do not fit together, or there is no model, seed, rate, epoch, step or example; TypeError if a
        builder makes no model, or there are `rates` for an optimizer with a schedule of its own.

    >>> from types import SimpleNamespace
    >>> x, y = np.eye(8, dtype="float32"), np.arange(8)
    >>> data = SimpleNamespace(x_train=x, y_train=y, x_valid=x, y_valid=y)
    >>> def network():
    ...     model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, activation="softmax")])
    ...     model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    ...     return model
    >>> runs = compare({"one layer": network}, data, seeds=range(3), epochs=5, rates=[0.1, 1.0])
    >>> runs.names
    ('one layer, 0.1', 'one layer, 1.0')
    >>> runs.final("one layer, 1.0").shape
    (3,)
    """
    seeds, rates = tuple(map(int, seeds)), (None,) if rates is None else tuple(rates)
    check_lengths(data.x_train, data.y_train)
    check_lengths(data.x_valid, data.y_valid)
    check_counts(epochs=epochs, batch_size=batch_size, steps_per_epoch=steps_per_epoch, n_jobs=n_jobs)
    for name, values in {"builders": builders, "seeds": seeds, "rates": rates}.items():
        if not values:
            raise ValueError(f"{name} is empty; give at least one")
    keras.utils.set_random_seed(seeds[0])  # once in full, for what draws outside a build or a measurement
    first_models = {name: _build(builders, name, seeds[0]) for name in builders}
    programs = {}  # builders that differ only in initializer or learning rate share one compiled program
    for name, model in first_models.items():
        programs.setdefault(program_key(model) or name, []).append(name)
    histories = {}

    def measured(model, seed):
        with seeded(seed):
            return measure(model)

    def job(names, report, check):
        steps = epochs * (steps_per_epoch or -(-len(data.x_train) // batch_size))
        settings = Settings(batch_size, gradient_norms, len(names) * len(seeds) * len(rates) * steps)
        with contextlib.ExitStack() as stack:
            trainer = None
            for name, (number, seed) in itertools.product(names, enumerate(seeds)):
                check()
                model = first_models.pop(name) if number == 0 else _build(builders, name, seed)
                if trainer is None:
                    trainer = stack.enter_context(trainer_of(model, data.x_train, data.y_train, settings))
                else:
                    trainer.start_from(model)
                del model
                start = state_of(trainer.model) if rates != (None,) else None
                for rate in rates:
                    if rate is not None:
                        trainer.restore(start)
                        trainer.model.optimizer.learning_rate = rate
                    orders = batch_orders(len(data.x_train), trainer.batch_size, seed, steps_per_epoch)
                    history = train_epochs(
                        trainer, data, epochs, orders, measure and partial(measured, seed=seed), check
                    )
                    histories.setdefault(at_rate(name, rate), []).append(history)
                    report()
        if n_jobs == 1:
            release_memory()

    n_runs = len(builders) * len(rates) * len(seeds)
    with progress_bar(n_runs, "comparing", unit="run", disable=not verbose) as bar:
        run_side_by_side([partial(job, names) for names in programs.values()], n_jobs, bar.update)
    release_memory()  # not in a job: a graph should not be deleted while another thread is inside TensorFlow
    keras.utils.set_random_seed(seeds[-1])
    names = [at_rate(name, rate) for name in builders for rate in rates]
    return Runs(seeds, epochs, {name: tuple(histories[name]) for name in names})


def _build(builders, name, seed):
    with seeded(seed):
        model = builders[name]()
    if not isinstance(model, keras.Model):
        raise TypeError(f"the builder of {name!r} returned {model!r}; it must return a new compiled keras.Model")
    return model


@contextlib.contextmanager
def seeded(seed):
    """Let a block draw the random numbers of NumPy, Python and Keras that follow on a seed; other blocks wait.

    TensorFlow's own seed, which Keras does not draw by, stays: for a new one TensorFlow drops all functions that it has
    prepared to run, and to prepare 100 layers again takes as long as 100 steps.
    """
    with _seeding:
        with mock.patch.object(tf.random, "set_seed"):
            keras.utils.set_random_seed(seed)
        yield


def batch_orders(n_examples, batch_size, seed, steps_per_epoch=None):
    """Yield the indices of each epoch's examples, an int32 ndarray, for ever.

    Each pass over the examples has a new order. With `steps_per_epoch` each epoch has so many full batches, cut from
    one endless sequence of passes. ValueError if one of the numbers is below 1.
    """
    check_counts(n_examples=n_examples, batch_size=batch_size, steps_per_epoch=steps_per_epoch)
    rng = np.random.default_rng(seed)
    n_wanted = n_examples if steps_per_epoch is None else steps_per_epoch * batch_size
    left = np.empty(0, np.int32)
    while True:
        while len(left) < n_wanted:
            left = np.concatenate([left, rng.permutation(n_examples).astype(np.int32)])
        yield left[:n_wanted]
        left = left[n_wanted:]


def train_epochs(trainer, data, epochs, orders, measure=None, check=lambda: None):
    """Train for some epochs, with validation and measurements after each; return the history, a dict of lists."""
    history = {}
    for order in itertools.islice(orders, epochs):
        started = time.perf_counter()
        logs = trainer.epoch(order, check)
        seconds = time.perf_counter() - started
        validated = trainer.evaluate(data.x_valid, data.y_valid)
        logs |= {f"val_{name}": value for name, value in validated.items()} | {"seconds": seconds}
        logs |= measure(trainer.model) if measure else {}
        for name, value in logs.items():
            history.setdefault(name, []).append(value)
        if not np.isfinite([logs["loss"], logs["val_loss"]]).all():  # the latter shows what the last step broke
            break
    return history


class CancelledError(Exception):
    """Raised in a job whose result is no longer needed."""


def run_side_by_side(jobs, n_jobs, finished_step):
    """Run jobs in `n_jobs` threads; a single thread is the calling one.

    ``job(report, check)`` calls ``report()`` after each step of its progress: then ``finished_step()`` is called in the
    calling thread. It often calls ``check()``, which raises CancelledError once another job failed or the caller was
    interrupted. What a job raised first, or the KeyboardInterrupt, is raised when no job is running any more.
    """
    if n_jobs == 1 or len(jobs) == 1:
        for job in jobs:
            job(finished_step, lambda: None)
        return
    cancelled, reports, failures = threading.Event(), queue.SimpleQueue(), []

    def check():
        if cancelled.is_set():
            raise CancelledError

    def run(job):
        try:
            check()
            job(lambda: reports.put(True), check)
        except BaseException as error:  # KeyboardInterrupt, too: it is raised again in the calling thread
            failures.append(error)
            cancelled.set()
        finally:
            reports.put(False)

    with ThreadPoolExecutor(n_jobs) as pool:
        try:
            n_running = len([pool.submit(run, job) for job in jobs])
            while n_running:
                if reports.get():
                    finished_step()
                else:
                    n_running -= 1
        finally:
            cancelled.set()
    if failures:
        raise failures[0]
