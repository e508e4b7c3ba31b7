"""A training run seen while it goes on: a point of the curves after every few steps."""

import itertools
from dataclasses import dataclass

import keras
import numpy as np
from keras import initializers, layers

from course.labs.words import number
from helpers.training import batch_orders

N_IMAGES = 10_000
EPOCHS = 3
MOST_STEPS, IMAGES_PER_POINT = 25, 1_600  # of a point: short enough for the first one to be there at once
GUESSING = float(np.log(10))  # the loss of ten equal probabilities
BEYOND = 1e30  # drawn for what is infinite: a line that leaves its panel


@dataclass(frozen=True)
class Point:
    """What a run shows after some steps.

    Attributes
    ----------
    name : str
        Of the network.
    step : int
        Optimizer steps taken, from 1; at the end of a run that has diverged the step at which it did.
    loss, accuracy : float
        On the training batches since the point before. The loss of a run that has diverged is NaN.
    images : int
        Training images seen by then.
    extra : dict of str to float
        What else was measured.
    """

    name: str
    step: int
    loss: float
    accuracy: float
    images: int
    extra: dict

    @property
    def diverged(self):
        """Whether the run ends here because it has diverged."""
        return bool(np.isnan(self.loss))


def follow(name, trainer, order, batch_size, measure=lambda norms: {}):
    """Train over the examples in a given order, and look at the run every few steps.

    Parameters
    ----------
    name : str
        Of the network.
    trainer : Trainer
    order : int array of shape (n,)
        Indices into the training data; what does not fill a batch is left out.
    batch_size : int
    measure : callable
        ``measure(norms)`` returns a dict for `Point.extra`; ``norms`` are the gradient norms of these steps, a
        float32 ndarray of shape (n_steps, n_variables).

    Yields
    ------
    Point
        The last one where the loss is no longer finite.
    """
    labels = trainer.y.numpy()
    order = order[: len(order) // batch_size * batch_size]
    per_point = batch_size * max(1, min(MOST_STEPS, IMAGES_PER_POINT // batch_size))
    n_points = max(1, len(order) // per_point)  # the last one takes the rest, too
    for start, end in itertools.pairwise([*range(0, n_points * per_point, per_point), len(order)]):
        seen = order[start:end]
        ((losses, predictions, norms),) = trainer.steps(seen, batch_size)
        right = (predictions.argmax(axis=-1) == labels[seen]).reshape(len(losses), batch_size)
        step = start // batch_size
        n_finite = int(np.argmin(np.append(np.isfinite(losses), False)))
        if n_finite == len(losses):
            parts = [slice(0, n_finite)]
        else:  # what came just before is what matters: a point for each step
            parts = [slice(i, i + 1) for i in range(n_finite)]
        for part in parts:
            done = step + part.stop
            loss, accuracy = float(losses[part].mean(dtype=float)), float(right[part].mean())
            yield Point(name, done, loss, accuracy, done * batch_size, measure(norms[part]))
        if n_finite < len(losses):
            done = step + n_finite + 1
            yield Point(name, done, np.nan, np.nan, done * batch_size, {})
            return


def three_epochs(batch_size, most_steps=None):
    """Return the order of the examples in three epochs over `N_IMAGES`, in full batches; the same each time."""
    steps = min(EPOCHS * N_IMAGES // batch_size, most_steps or EPOCHS * N_IMAGES)
    return next(batch_orders(N_IMAGES, batch_size, seed=0, shuffle=True, steps_per_epoch=steps))


def started(trainer, fresh, learning_rate):
    """Bring a trainer back to the state of a fresh model, at this learning rate; return it."""
    trainer.start_from(fresh)
    trainer.model.optimizer.learning_rate = learning_rate
    return trainer


def how_it_goes(points, state):
    """Say in words where a run is, from its last point.

    Parameters
    ----------
    points : sequence of Point
        Of one network.
    state : {"running", "stopped", "finished"}
    """
    if not points:
        return "stopped before its first step" if state == "stopped" else "starting"
    last = points[-1]
    if last.diverged:
        return f"diverged at step {last.step}: the loss is no longer a finite number"
    result = f"loss {number(last.loss)}, accuracy {last.accuracy:.2f}"
    if state == "finished":
        worse = f", far worse than guessing (loss {GUESSING:.1f})" if last.loss > 2 * GUESSING else ""
        return f"{result} after {last.step} steps{worse}"
    return f"{result}, {state} at step {last.step}"


class Curves:
    """The columns of a list of points: the attributes of `Point`, and what is in ``extra``.

    Parameters
    ----------
    points : sequence of Point
    name : str, optional
        Of the network, where the points are those of several.
    """

    def __init__(self, points, name=None):
        self.points = [point for point in points if name in (None, point.name)]

    def __getitem__(self, quantity):
        """Return a list with one number per point; NaN where it was not measured."""
        return [getattr(point, quantity, point.extra.get(quantity, np.nan)) for point in self.points]

    def end(self, quantity):
        """Return a list with the quantity where the run diverged; an empty one if it has not."""
        return [getattr(point, quantity) for point in self.points if point.diverged]


def draw_curves(plot, runs, x, lines, network=None):
    """Draw runs into panels, and a cross where the latest has diverged.

    Parameters
    ----------
    plot : LivePanels
    runs : sequence of sequence of Point
        The latest first; the others are ghosts.
    x : {"step", "images"}
    lines : sequence of (str, str, str or None)
        Panel, quantity, and name of the line, which can be None where a panel has one. The cross goes into the first.
    network : str, optional
        Whose points, where a run is that of several networks.
    """
    for age, run in enumerate(runs):
        curves = Curves(run, network)
        for panel, quantity, line in lines:
            plot.set(panel, curves[x], np.minimum(curves[quantity], BEYOND), line, age)
    panel, _, line = lines[0]
    plot.cross(panel, Curves(runs[0], network).end(x), line)


def classifier(hidden, seed, optimizer):
    """Return a compiled network: images, these layers, ten probabilities; the seed is that of the output's kernel."""
    output = layers.Dense(10, activation="softmax", kernel_initializer=initializers.GlorotUniform(seed))
    model = keras.Sequential([keras.Input((28, 28)), *hidden, output])
    model.compile(loss="sparse_categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model
