"""Make training longer: in the setting "long", `stress.py` lets a notebook import this before its first cell.

Each run goes on five times as long, and for three epochs of its data at least: those of `model.fit` and `compare`, the
followed runs of lesson 5 and the trainings of the clinic. It goes on by further epochs, so that its history begins as
before; only where there is a single epoch of a few steps, that becomes a longer one. While `is_on` is False, runs are
as long as they are written.
"""

import functools
import inspect
import math
from dataclasses import replace

import keras

import course.start.machine  # noqa: F401 (before the rest: its probe of the machine is to take as long as ever)
import helpers.training

TIMES, EPOCHS_AT_LEAST = 5, 3
is_on = True


def longer(function, longer_arguments):
    """Return a function that calls `function` with other arguments: `longer_arguments` takes and returns a dict."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*arguments, **options):
        bound = signature.bind(*arguments, **options)
        bound.apply_defaults()
        if is_on:
            bound.arguments |= longer_arguments(bound.arguments)
        return function(*bound.args, **bound.kwargs)

    return call


def longer_steps(n_steps, n_examples, batch_size=32):
    """Return so many steps five times, or those of three epochs."""
    return max(TIMES * n_steps, EPOCHS_AT_LEAST * math.ceil(n_examples / batch_size))


def longer_fit(given):
    """Return the epochs that `model.fit` is to take."""
    return {"epochs": longer_epochs(given, len(given["x"]))}


def longer_epochs(given, n_examples):
    """Return how many epochs, of as many steps as those that are given, take five times as long."""
    batch_size = given["batch_size"] or 32
    steps = given["steps_per_epoch"] or math.ceil(n_examples / batch_size)
    return math.ceil(longer_steps(given["epochs"] * steps, n_examples, batch_size) / steps)


def longer_training(given):
    """Return the epochs, or the steps of the only one, that `compare` is to take."""
    n_examples, steps = len(given["data"].x_train), given["steps_per_epoch"]
    if steps and given["epochs"] == 1:
        return {"steps_per_epoch": longer_steps(steps, n_examples, given["batch_size"])}
    return {"epochs": longer_epochs(given, n_examples)}


keras.Model.fit = longer(keras.Model.fit, longer_fit)
helpers.training.compare = longer(helpers.training.compare, longer_training)

import course.clinic.trainings as clinic  # noqa: E402 (what they import is longer already)
import helpers.lesson5 as lesson5  # noqa: E402

lesson5.follow_until_it_diverges = longer(
    lesson5.follow_until_it_diverges,
    lambda given: {"n_steps": longer_steps(given["n_steps"], len(given["data"].x_train))},
)
clinic.ChartTrainer.train = longer(
    clinic.ChartTrainer.train,
    lambda given: {"side": replace(given["side"], n_points=longer_steps(given["side"].n_points, clinic.N_IMAGES))},
)
