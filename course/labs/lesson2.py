"""Labs of lesson 2: alpha under the reader's hand, and a network that loses its units."""

from functools import cache

import keras
import numpy as np
from keras import initializers, layers

from course.labs.adjustable import AdjustableELU
from course.labs.controls import Choice, Number
from course.labs.following import N_IMAGES, Curves, classifier, draw_curves, follow, how_it_goes, started, three_epochs
from course.labs.live import RedrawLab, TrainingLab
from course.labs.live_plot import LivePanels
from course.labs.words import number
from helpers.activations import curve
from helpers.signals import dead_fraction_meter, dead_share
from helpers.training.loop import Trainer

Z = np.linspace(-4, 4, 161)
BATCH = 32
UNITS = (300, 100)
LOSS, ACCURACY, DEAD = "training loss", "training accuracy", "share of dead units"


def activation_lab():
    """Show leaky ReLU and ELU with their derivatives while a slider moves their alpha.

    Returns
    -------
    RedrawLab
    """
    functions = ("ELU", "leaky ReLU")
    limits = {"limits": (-4.2, 4.2)}
    plot = LivePanels(
        {"$f(z)$": limits, "$f'(z)$": {"limits": (-0.1, 2.1)}},
        x=(-4, 4),
        xlabel="$z$",
        caption="Two panels over z from -4 to 4: leaky ReLU and ELU, and their derivatives.",
        names=functions,
        n_columns=2,
        size=(9, 3.6),
    )

    def draw(plot, alpha):
        leaky = curve(lambda z: keras.activations.leaky_relu(z, alpha), Z)
        elu = curve(lambda z: keras.activations.elu(z, alpha), Z)
        for name, (values, derivative) in zip(functions, (elu, leaky), strict=True):
            plot.set("$f(z)$", Z, values, name)
            plot.set("$f'(z)$", Z, derivative, name)
        kink = "no longer jumps" if alpha == 1 else f"jumps from {number(alpha)} to 1"
        return (
            f"With alpha {number(alpha)} leaky ReLU has the slope {number(alpha)} below zero and reaches "
            f"{number(leaky[0][0])} at z = -4; ELU levels off at {number(-alpha)}, and its derivative {kink} at zero."
        )

    return RedrawLab(
        "Alpha",
        {"alpha": Number("alpha", 0.3, 0.0, 2.0, 0.05)},
        {
            "ReLU": {"alpha": 0.0},
            "Maas's leaky ReLU": {"alpha": 0.01},
            "He et al.'s PReLU at its start": {"alpha": 0.25},
            "Keras's ELU": {"alpha": 1.0},
        },
        plot,
        draw,
    )


WITH_ALPHA = {
    "leaky ReLU": lambda: layers.PReLU("zeros", shared_axes=[1], trainable=False),  # with an alpha that can be set
    "PReLU": layers.PReLU,
    "ELU": AdjustableELU,
}


def retraining_lab(data):
    """Train a 784-300-100-10 network anew for each alpha and learning rate, while the reader watches.

    It opens on ReLU (alpha 0) at a rate at which many units die.
    Each run starts from the same weights and sees the same 10,000 images in the same order, for three epochs.

    Parameters
    ----------
    data : FashionMNIST

    Returns
    -------
    TrainingLab
    """
    some = data.first(N_IMAGES)

    @cache
    def prepared(activation):  # compiled when it is first chosen
        trainer = Trainer(_net(activation), some.x_train, some.y_train, BATCH)
        return trainer, _net(activation), dead_fraction_meter(trainer.model, data.x_valid[:500])

    def train(activation, alpha, rate):
        trainer, fresh, dead_by_layer = prepared(activation)
        started(trainer, fresh, rate)
        for layer in trainer.model.layers:
            if isinstance(layer, (layers.PReLU, AdjustableELU)):
                layer.alpha.assign(np.full(layer.alpha.shape, alpha))
        hidden = [i for i, layer in enumerate(trainer.model.layers[1:]) if hasattr(layer, "alpha")]

        def measure(_norms):
            if not np.isfinite(trainer.model.layers[-1].bias).all():  # the run has diverged by now
                return {}
            return {DEAD: dead_share(dead_by_layer()[hidden], UNITS)}

        yield from follow(activation, trainer, three_epochs(BATCH), BATCH, measure)

    def draw(plot, runs, values, state):
        draw_curves(plot, runs, "step", [(LOSS, "loss", None), (ACCURACY, "accuracy", None), (DEAD, DEAD, None)])
        dead = [share for share in Curves(runs[0])[DEAD] if np.isfinite(share)]
        dying = f"; {dead[-1]:.0%} of the {sum(UNITS)} hidden units are dead" if dead else ""
        network = f"{values['activation']}, alpha {number(values['alpha'])}, learning rate {number(values['rate'])}"
        return f"{network}: {how_it_goes(runs[0], state)}{dying}."

    return TrainingLab(
        "Retrain while you watch",
        {
            "activation": Choice("activation", tuple(WITH_ALPHA), "leaky ReLU"),
            "alpha": Number("alpha (PReLU: its start)", 0.0, 0.0, 1.0, 0.01),
            "rate": Number("learning rate", 0.5, 1e-4, 1e3, 0.1, log=True),
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
            x=(0, len(three_epochs(BATCH)) // BATCH),
            xlabel="optimizer steps",
            caption="Three panels over the optimizer steps of a run of three epochs: training loss on a logarithmic "
            "axis from 0.2 to 20, training accuracy, and share of dead hidden units. Thin lines are earlier runs.",
            names=["this run"],
            n_ghosts=4,
            n_columns=3,
            size=(9.4, 3.2),
        ),
        train,
        draw,
    )


def _net(activation):
    hidden = [layers.Flatten()]
    for seed, n_units in enumerate(UNITS):
        hidden += [layers.Dense(n_units, kernel_initializer=initializers.HeNormal(seed)), WITH_ALPHA[activation]()]
    return classifier(hidden, 2, keras.optimizers.SGD())
