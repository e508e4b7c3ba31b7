"""A training run as points of its curves, one after every few steps; the curves; and what is said of them."""

import itertools
from dataclasses import dataclass

import keras
import numpy as np
from keras import initializers, layers

from course.labs.words import format_number
from helpers.data import FashionMNIST
from helpers.training import batch_orders

N_IMAGES = 10_000
EPOCHS = 3
MOST_STEPS, IMAGES_PER_POINT = 25, 1_600  # of a point: short enough for the first one to be there at once
CHANCE_LOSS = float(np.log(10))  # of ten equal probabilities
HIDDEN_UNITS = (300, 100)
FAR_OUTSIDE = 1e30  # drawn for what is infinite: a line that leaves its panel


@dataclass(frozen=True)
class Point:
    """What a run shows after some steps.

    Loss and accuracy are those of the training batches since the point before. At the end of a run that has diverged
    they are NaN, and `step` is the one at which it did.
    """

    name: str  # of the network
    step: int  # optimizer steps taken, from 1
    loss: float
    accuracy: float
    images: int  # training images seen by then
    extra: dict  # what else was measured, numbers by name

    @property
    def diverged(self):
        """Whether the run ends here because it has diverged."""
        return bool(np.isnan(self.loss))


def training_points(name, trainer, order, batch_size, measure=lambda norms: {}):
    """Train over the images in a given order; yield a `Point` every few steps, the last one where the run diverges.

    `name` is that of the network, `order` an int array of shape (n,) of indices into the trainer's data, of which what
    does not fill a batch is left out. `measure` takes the gradient norms of the point's steps, float32 of shape
    (n_steps, n_variables), and returns `Point.extra`.
    """
    labels = trainer.y.numpy()
    order = order[: len(order) // batch_size * batch_size]
    per_point = batch_size * max(1, min(MOST_STEPS, IMAGES_PER_POINT // batch_size))
    n_points = max(1, len(order) // per_point)  # the last one takes the rest, too
    for start, end in itertools.pairwise([*range(0, n_points * per_point, per_point), len(order)]):
        batches = order[start:end]
        ((losses, predictions, norms),) = trainer.steps(batches, batch_size)
        is_right = (predictions.argmax(axis=-1) == labels[batches]).reshape(len(losses), batch_size)
        n_finite = int(np.argmin(np.append(np.isfinite(losses), False)))
        has_diverged = n_finite < len(losses)
        size = 1 if has_diverged else n_finite  # what comes just before is what matters: a point for each step
        for first in range(0, n_finite, size):
            part, step = slice(first, first + size), start // batch_size + first + size
            loss, accuracy = float(losses[part].mean(dtype=float)), float(is_right[part].mean())
            yield Point(name, step, loss, accuracy, step * batch_size, measure(norms[part]))
        if has_diverged:
            step = start // batch_size + n_finite + 1
            yield Point(name, step, np.nan, np.nan, step * batch_size, {})
            return


def first_images(data):
    """Return the data set with its first `N_IMAGES` training images; raise TypeError if it is no FashionMNIST."""
    if not isinstance(data, FashionMNIST):
        raise TypeError(f"give the whole data set, as load_fashion_mnist() returns it, not {type(data).__name__}")
    return data.first(N_IMAGES)


def three_epochs(batch_size, most_steps=None):
    """Return the order of the images in three epochs over `N_IMAGES`, in full batches; the same each time."""
    steps = min(EPOCHS * N_IMAGES // batch_size, most_steps or EPOCHS * N_IMAGES)
    return next(batch_orders(N_IMAGES, batch_size, seed=0, steps_per_epoch=steps))


def restart(trainer, untrained, learning_rate):
    """Bring a trainer back to the state of an untrained model, at this learning rate; return it."""
    trainer.start_from(untrained)
    trainer.model.optimizer.learning_rate = learning_rate
    return trainer


def describe_run(points, state):
    """Say in words where a run is, from the points of one network; `state` is "running", "stopped" or "finished"."""
    if not points:
        return "stopped before its first step" if state == "stopped" else "starting"
    last = points[-1]
    if last.diverged:
        return f"diverged at step {last.step}: the loss is no longer a finite number"
    result = f"loss {format_number(last.loss)}, accuracy {last.accuracy:.2f}"
    if state != "finished":
        return f"{result}, {state} at step {last.step}"
    verdict = f", far worse than guessing (loss {CHANCE_LOSS:.1f})" if last.loss > 2 * CHANCE_LOSS else ""
    return f"{result} after {last.step} steps{verdict}"


def column(points, quantity):
    """Return an attribute or extra of each point as a list of numbers; NaN where it was not measured."""
    return [getattr(point, quantity, point.extra.get(quantity, np.nan)) for point in points]


def draw_curves(plot, runs, x, lines):
    """Draw the runs of a network into `LivePanels`, the latest first, and a cross where that has diverged.

    `x` is "step" or "images". Each of `lines` names a panel, a quantity, and a line, or None where the panel has one.
    The cross goes into the first panel.
    """
    for age, run in enumerate(runs):
        for panel, quantity, line in lines:
            plot.set(panel, column(run, x), np.minimum(column(run, quantity), FAR_OUTSIDE), line, age)
    panel, _, line = lines[0]
    plot.cross(panel, [getattr(point, x) for point in runs[0] if point.diverged], line)


def classifier(hidden, seed, optimizer):
    """Return a compiled network: images, these layers, ten probabilities; the seed is that of the output's kernel."""
    output = layers.Dense(10, activation="softmax", kernel_initializer=initializers.GlorotUniform(seed))
    model = keras.Sequential([keras.Input((28, 28)), *hidden, output])
    model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


def dense_classifier(make_activation):
    """Return a network 784-300-100-10; `make_activation()` lists the layers that follow each hidden dense one."""
    hidden = [layers.Flatten()]
    for seed, n_units in enumerate(HIDDEN_UNITS):
        kernel = initializers.HeNormal(seed)
        hidden += [layers.Dense(n_units, kernel_initializer=kernel), *make_activation()]
    return classifier(hidden, 2, keras.optimizers.SGD())
