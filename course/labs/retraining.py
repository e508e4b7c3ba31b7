"""Lab of lesson 2: a network that loses its units, trained anew while the reader watches."""

from functools import cache

import numpy as np
from keras import layers

from course.labs import points
from course.labs.adjustable import AdjustableELU
from course.labs.controls import Menu, Slider
from course.labs.figure import LivePanels
from course.labs.live import TrainingLab
from course.labs.words import format_number
from helpers.signals import dead_fraction_meter
from helpers.training import Settings, Trainer

BATCH = 32
LOSS, ACCURACY, DEAD = "training loss", "training accuracy", "share of dead units"
WITH_ALPHA = {
    "leaky ReLU": lambda: layers.PReLU("zeros", shared_axes=[1], trainable=False),  # with an alpha that can be set
    "PReLU": layers.PReLU,
    "ELU": AdjustableELU,
}


def retraining_lab(data):
    """Train a 784-300-100-10 network anew for each alpha and learning rate.

    It opens on ReLU (alpha 0) at a rate at which many units die. Each run starts from the same weights and sees the
    same 10,000 images of `data` in the same order, for three epochs. For example::

        retraining_lab(load_fashion_mnist())
    """
    some = points.first_images(data)

    @cache
    def prepared(activation):  # compiled when it is first chosen
        trainer = Trainer(_net(activation), some.x_train, some.y_train, Settings(BATCH))
        return trainer, _net(activation), dead_fraction_meter(trainer.model, data.x_valid[:500])

    def train(activation, alpha, rate):
        trainer, untrained, dead_by_layer = prepared(activation)
        points.restart(trainer, untrained, rate)
        behind_flatten = enumerate(trainer.model.layers[1:])
        activations = {place: layer for place, layer in behind_flatten if hasattr(layer, "alpha")}
        for layer in activations.values():
            layer.alpha.assign(np.full(layer.alpha.shape, alpha))

        def measure(_norms):
            if not np.isfinite(trainer.model.layers[-1].bias).all():  # the run has diverged by now
                return {}
            return {DEAD: float(np.average(dead_by_layer()[list(activations)], weights=points.HIDDEN_UNITS))}

        yield from points.training_points(activation, trainer, points.three_epochs(BATCH), BATCH, measure)

    return TrainingLab(
        "Retrain while you watch",
        {
            "activation": Menu("activation", tuple(WITH_ALPHA), "leaky ReLU"),
            "alpha": Slider("alpha (PReLU: its start)", 0.0, 0.0, 1.0, 0.01),
            "rate": Slider("learning rate", 0.5, 1e-4, 1e3, 0.1, log=True),
        },
        {
            "dying ReLU": {},
            "slope 0.01": {"alpha": 0.01},
            "rate 0.1": {"rate": 0.1},
            "too slow": {"rate": 0.001},
            "too fast": {"alpha": 0.3, "rate": 1.0},
        },
        LivePanels(
            {
                LOSS: {"limits": (0.2, 20), "log": True},
                ACCURACY: {"limits": (0, 1)},
                DEAD: {"limits": (-0.02, 1.02)},
            },
            x=(0, len(points.three_epochs(BATCH)) // BATCH),
            xlabel="optimizer steps",
            caption="Three panels over the optimizer steps of a run of three epochs: training loss on a logarithmic "
            "axis from 0.2 to 20, training accuracy, and share of dead hidden units. Thin lines are earlier runs.",
            names=["this run"],
            n_ghosts=4,
            n_columns=3,
            size=(9.4, 3.2),
        ),
        train,
        _draw,
    )


def _net(activation):
    return points.dense_classifier(lambda: [WITH_ALPHA[activation]()])


def _draw(plot, runs, values, state):
    points.draw_curves(plot, runs, "step", [(LOSS, "loss", None), (ACCURACY, "accuracy", None), (DEAD, DEAD, None)])
    dead = [share for share in points.column(runs[0], DEAD) if np.isfinite(share)]
    dying = f"; {dead[-1]:.0%} of the {sum(points.HIDDEN_UNITS)} hidden units are dead" if dead else ""
    alpha, rate = format_number(values["alpha"]), format_number(values["rate"])
    return f"{values['activation']}, alpha {alpha}, learning rate {rate}: {points.describe_run(runs[0], state)}{dying}."
