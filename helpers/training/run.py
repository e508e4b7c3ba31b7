"""Training runs: one model, or several models from several seeds."""

import contextlib
import itertools
import time
from functools import partial

import keras
import numpy as np

from helpers.memory import release_memory
from helpers.progress import progress_bar
from helpers.training.loop import Trainer, check_lengths
from helpers.training.programs import program_key, trainer_of
from helpers.training.runs import Runs, at_rate
from helpers.training.seeding import seeded
from helpers.training.side_by_side import run_side_by_side


def train(
    model,
    data,
    epochs=1,
    batch_size=32,
    *,
    seed=0,
    shuffle=True,
    steps_per_epoch=None,
    measure=None,
    gradient_norms=False,
    update_ratios=False,
    callbacks=(),
    verbose=1,
):
    """Train a compiled Keras model: like ``model.fit``, but several times as fast.

    Parameters
    ----------
    model : keras.Model
        Compiled, with one input and one output; any loss, optimizer (with its clipping) and layers.
    data : FashionMNIST
        Or any object with ``x_train``, ``y_train``, ``x_valid``, ``y_valid``.
    epochs, batch_size : int
    seed : int
        Seed of the batch order. (Weights and dropout: ``keras.utils.set_random_seed`` before the model is made.)
    shuffle : bool
        Whether each epoch goes through the examples in a new order.
    steps_per_epoch : int, optional
        End each epoch after so many batches; the next one goes on where this one stopped.
    measure : callable, optional
        ``measure(model)`` returns a dict that joins the history after each epoch.
    gradient_norms : bool
        Whether the history has ``gradient_norms``: for each epoch an ndarray of shape (n_steps, n_variables), the
        Euclidean norm of each trainable variable's gradient at each step, before the optimizer clips it.
    update_ratios : bool
        Whether the history has ``update_ratios``, of the same shape: the Euclidean norm of the change that the step
        made to the variable, whatever the optimizer does with the gradient, over that of the variable before. NaN for
        a variable that is exactly zero, as a bias is at first. A. Karpathy (2022), Building makemore, part 3, draws it
        for each kernel (of standard deviations) with a guide line at 1e-3: a layer far below it learns too slowly.
    callbacks : sequence of keras.callbacks.Callback
        Called at the begin and the end of training and of each epoch, not of each batch.
    verbose : {0, 1}
        Whether to show a progress bar, and a line of text if the run ends early.

    Returns
    -------
    keras.callbacks.History
        Its ``history`` has ``loss``, the metrics, ``val_...`` of each, and ``seconds``: the wall time of the epoch's
        training, without compilation and validation. A run whose loss is no longer finite ends there; the number of
        that epoch (from 1) is in ``diverged_epoch``, else None. A kernel interrupt ends the run, too: weights and
        history stay as they are by then, and ``interrupted`` is True.

    Raises
    ------
    ValueError
        If the model is not compiled or the data do not fit together.
    """
    check_lengths(data.x_valid, data.y_valid)
    steps = steps_per_epoch or -(-len(data.x_train) // batch_size)
    trainer = Trainer(model, data.x_train, data.y_train, batch_size, gradient_norms, update_ratios, epochs * steps)
    orders = batch_orders(len(data.x_train), trainer.batch_size, seed, shuffle, steps_per_epoch)
    with progress_bar(epochs * steps, model.name, unit="step", disable=not verbose) as bar:
        history = _run(trainer, data, epochs, orders, measure, callbacks, bar.update)
    if verbose and history.interrupted:
        print(f"Interrupted in epoch {len(history.epoch) + 1}: the model keeps what it has learned so far.")
    if verbose and history.diverged_epoch:
        print(f"Stopped in epoch {history.diverged_epoch}: the loss is {history.history['loss'][-1]}.")
    return history


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
    update_ratios=False,
    at_once=2,
    verbose=1,
):
    """Train several models from several seeds.

    A seed decides the initial weights *and* the batch order; with the same seed, models of the same shapes and
    initializers start from the same weights and see the same batches. A seed is also that of what ``measure`` draws.
    Afterwards the random numbers are those that follow on the last seed, however the models have taken turns.

    Parameters
    ----------
    builders : dict of str to callable
        ``build()`` makes a new compiled model. It must make the same model each time, but for the random numbers.
    data : FashionMNIST
    seeds : sequence of int
    rates : sequence of float, optional
        Train each model at each of these learning rates, whatever its builder says; "net" is then "net, 0.1" and so
        on. The model is built once for all of them: building a deep one takes longer than a short run.
    epochs, batch_size, steps_per_epoch, measure, gradient_norms, update_ratios
        As for `train`.
    at_once : int
        So many models train side by side, because the small products of one do not fill the processor. With 1 each
        has the machine for itself. Where ``seconds`` are compared, take 1, or as many as there are models.
    verbose : {0, 1}
        Whether to show a progress bar.

    Returns
    -------
    Runs

    Raises
    ------
    ValueError
        If a model is not compiled or the data do not fit together.
    TypeError
        If there are `rates` for an optimizer with a schedule of its own.
    """
    check_lengths(data.x_train, data.y_train)
    check_lengths(data.x_valid, data.y_valid)
    keras.utils.set_random_seed(seeds[0])  # once in full, for what draws outside a build or a measurement
    first_models = {name: _from_seed(build, seeds[0]) for name, build in builders.items()}
    programs = {}  # builders that differ only in initializer or learning rate share one compiled program
    for name, model in first_models.items():
        programs.setdefault(program_key(model) or name, []).append(name)
    histories = {}
    rates = (None,) if rates is None else tuple(rates)
    steps = steps_per_epoch or -(-len(data.x_train) // batch_size)

    def measured(model, seed):
        with seeded(seed):
            return measure(model)

    def run(trainer, seed, check):
        orders = batch_orders(len(data.x_train), trainer.batch_size, seed, True, steps_per_epoch)
        measure_it = measure and partial(measured, seed=seed)
        history = _run(trainer, data, epochs, orders, measure_it, advance=lambda n_steps: check())
        if history.interrupted:
            raise KeyboardInterrupt
        return history.history

    def job(names, report, check):
        with contextlib.ExitStack() as stack:
            trainer = None
            for name, (number, seed) in itertools.product(names, enumerate(seeds)):
                check()
                if number == 0:
                    model = first_models.pop(name)
                else:
                    model = _from_seed(builders[name], seed)
                if trainer is None:
                    n_steps = len(names) * len(seeds) * len(rates) * epochs * steps
                    settings = batch_size, gradient_norms, update_ratios, n_steps
                    trainer = stack.enter_context(trainer_of(model, data.x_train, data.y_train, *settings))
                else:
                    trainer.start_from(model)
                del model
                start = trainer.state() if rates != (None,) else []
                for rate in rates:
                    if rate is not None:
                        trainer.start_again(start, rate)
                    histories.setdefault(at_rate(name, rate), []).append(run(trainer, seed, check))
                    report()
        if at_once == 1:
            release_memory()

    n_runs = len(builders) * len(rates) * len(seeds)
    with progress_bar(n_runs, "comparing", unit="run", disable=not verbose) as bar:
        run_side_by_side([partial(job, names) for names in programs.values()], at_once, bar.update)
    release_memory()  # not in a job: a graph should not be deleted while another thread is inside TensorFlow
    keras.utils.set_random_seed(seeds[-1])
    names = [at_rate(name, rate) for name in builders for rate in rates]
    return Runs(tuple(seeds), epochs, {name: tuple(histories[name]) for name in names})


def _from_seed(build, seed):
    with seeded(seed):
        return build()


def batch_orders(n_examples, batch_size, seed, shuffle, steps_per_epoch):
    """Yield the indices of each epoch's examples.

    Parameters
    ----------
    n_examples, batch_size, seed : int
    shuffle : bool
        Whether each pass over the examples has a new order.
    steps_per_epoch : int or None
        If given, each epoch has so many full batches, cut from one endless sequence.

    Yields
    ------
    int32 ndarray of shape (n,)
    """
    rng = np.random.default_rng(seed)
    wanted = n_examples if steps_per_epoch is None else steps_per_epoch * batch_size
    left = np.empty(0, np.int32)
    while True:
        while len(left) < wanted:
            order = rng.permutation(n_examples) if shuffle else np.arange(n_examples)
            left = np.concatenate([left, order.astype(np.int32)])
        yield left[:wanted]
        left = left[wanted:]


def _run(trainer, data, epochs, orders, measure, callbacks=(), advance=lambda n_steps: None):
    """Train for some epochs, with validation and measurements after each; return a Keras History."""
    model = trainer.model
    history = keras.callbacks.History()
    history.diverged_epoch, history.interrupted = None, False
    all_callbacks = keras.callbacks.CallbackList([*callbacks, history], model=model)
    model.stop_training = False
    all_callbacks.on_train_begin()
    try:
        for epoch in range(epochs):
            all_callbacks.on_epoch_begin(epoch)
            started = time.perf_counter()
            logs = trainer.epoch(next(orders), advance)
            seconds = time.perf_counter() - started
            validated = trainer.evaluate(data.x_valid, data.y_valid)
            logs |= {f"val_{name}": value for name, value in validated.items()} | {"seconds": seconds}
            logs |= measure(model) if measure else {}
            all_callbacks.on_epoch_end(epoch, logs)
            if not np.isfinite([logs["loss"], logs["val_loss"]]).all():  # the latter shows what the last step broke
                history.diverged_epoch = epoch + 1
                break
            if model.stop_training:
                break
    except KeyboardInterrupt:
        history.interrupted = True
    all_callbacks.on_train_end()
    return history
