"""Lab of lesson 2: a network whose units die, trained again while the reader watches."""

from functools import cache

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from course.labs import points
from course.labs.adjustable import AdjustableELU
from course.labs.controls import Menu, Slider
from course.labs.figure import LivePanels
from course.labs.live import TrainingLab
from course.labs.words import format_number
from helpers.data import rescale, standardize
from helpers.signals.statistics import dead_units
from helpers.training import Settings, Trainer

BATCH = 32
LOSS, ACCURACY, DEAD = "training loss", "training accuracy (%)", "dead hidden units (%)"
PIXELS = {"0 to 255": lambda data: rescale(data, 255), "0 to 1": lambda data: data, "standardized": standardize}
WITH_ALPHA = {
    "leaky ReLU": lambda: layers.PReLU("zeros", shared_axes=[1], trainable=False),  # with an alpha that can be set
    "PReLU": layers.PReLU,
    "ELU": AdjustableELU,
}


def retraining_lab(data):
    """Train a 784-300-100-10 network again for each activation function, range of the pixels and learning rate.

    It opens on ReLU (alpha 0), pixels from 0 to 255 and SGD's default learning rate: its units die. Each run starts
    from the same weights and sees the same 10,000 images of `data` in the same order, for three epochs. For example::

        retraining_lab(load_fashion_mnist())
    """
    some = points.first_images(data)
    images = {name: scaled(some) for name, scaled in PIXELS.items()}

    @cache
    def prepared(activation):  # compiled when it is first chosen
        trainer = Trainer(_net(activation), some.x_train, some.y_train, Settings(BATCH))
        return trainer, _net(activation)

    @cache
    def dead_units_of(activation, pixels):
        trainer, _ = prepared(activation)
        return dead_percentage(trainer.model, images[pixels].x_valid[:500])

    def train(activation, pixels, alpha, rate):
        trainer, untrained = prepared(activation)
        trainer.feed(images[pixels].x_train, images[pixels].y_train)
        points.restart(trainer, untrained, rate)
        for layer in _activations(trainer.model):
            layer.alpha.assign(np.full(layer.alpha.shape, alpha))

        def measure(_norms):
            if not all(np.isfinite(weight).all() for weight in trainer.model.get_weights()):  # the run is diverging
                return {}
            return {DEAD: dead_units_of(activation, pixels)()}

        yield from points.training_points(activation, trainer, points.three_epochs(BATCH), BATCH, measure)

    return TrainingLab(
        "Retrain while you watch",
        {
            "activation": Menu("activation", tuple(WITH_ALPHA), "leaky ReLU"),
            "pixels": Menu("pixels", tuple(PIXELS), "0 to 255"),
            "alpha": Slider("alpha (PReLU: its start)", 0.0, 0.0, 1.0, 0.01),
            "rate": Slider("learning rate", 0.01, 1e-4, 1e3, 0.1, log=True),
        },
        {
            "dying ReLU": {},
            "alpha 0.01": {"alpha": 0.01},
            "learning rate 0.001": {"rate": 0.001},
            "divided by 255": {"pixels": "0 to 1"},
            "standardized": {"pixels": "standardized"},
        },
        _plot(),
        train,
        _draw,
    )


def dead_percentage(model, x):
    """Return a function, compiled, that returns how many per cent of the hidden units are dead by then.

    The images `x` are an array of shape (n, 28, 28), on all of which a dead unit is silent.
    """
    outputs_of = keras.Model(model.inputs, [layer.output for layer in _activations(model)])
    x = tf.convert_to_tensor(x)
    compiled = tf.function(lambda: outputs_of(x, training=False))
    return lambda: (
        100 * float(np.average([dead_units(each.numpy()) for each in compiled()], weights=points.HIDDEN_UNITS))
    )


def _net(activation):
    return points.dense_classifier(lambda: [WITH_ALPHA[activation]()])


def _activations(model):
    return [layer for layer in model.layers if hasattr(layer, "alpha")]


def _plot():
    return LivePanels(
        {
            LOSS: {"limits": (0.2, 2000), "log": True},
            ACCURACY: {"limits": (0, 100)},
            DEAD: {"limits": (-2, 102)},
        },
        x=(0, len(points.three_epochs(BATCH)) // BATCH),
        xlabel="optimizer steps",
        caption="Three panels over the optimizer steps of a run of three epochs: training loss on a logarithmic "
        "axis from 0.2 to 2,000, training accuracy in percent, and the percentage of hidden units that are dead. "
        "Thin lines: earlier runs.",
        names=["this run"],
        n_ghosts=4,
        n_columns=3,
        size=(9.4, 3.2),
    )


def _draw(plot, runs, values, state):
    points.draw_curves(plot, runs, "step", [(LOSS, "loss", None), (DEAD, DEAD, None)])
    for age, run in enumerate(runs):
        plot.set(ACCURACY, points.column(run, "step"), 100 * np.array(points.column(run, "accuracy")), None, age)
    dead = [percent for percent in points.column(runs[0], DEAD) if np.isfinite(percent)]
    dying = f"; {dead[-1]:.0f}% of the {sum(points.HIDDEN_UNITS)} hidden units are dead" if dead else ""
    alpha, rate = format_number(values["alpha"]), format_number(values["rate"])
    setting = f"{values['activation']}, alpha {alpha}, pixels {values['pixels']}, learning rate {rate}"
    return f"{setting}: {points.describe_run(runs[0], state)}{dying}."
