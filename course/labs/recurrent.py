"""Lab of lesson 5: a recurrent network that clipping keeps alive, trained anew while the reader watches."""

import numpy as np
from keras import initializers, layers

from course.labs import points
from course.labs.adjustable import AdjustableClippingSGD
from course.labs.controls import Slider
from course.labs.figure import LivePanels
from course.labs.live import TrainingLab
from course.labs.words import format_number
from helpers.training import Settings, Trainer

BATCH = 100
LOSS, NORM = "training loss", "global gradient norm"
RAW, CLIPPED = "raw", "clipped"


def recurrent_lab(data):
    """Train lesson 5's recurrent network anew for each learning rate and threshold.

    It opens on a run that diverges: a threshold of 1,000 clips next to nothing. Each run starts from the same weights
    and sees the same 10,000 images of `data` in the same order, in batches of 100, for three epochs. For example::

        recurrent_lab(load_fashion_mnist())
    """
    some = points.first_images(data)
    trainer, untrained = Trainer(_net(), some.x_train, some.y_train, Settings(BATCH, gradient_norms=True)), _net()

    def train(rate, threshold):
        points.restart(trainer, untrained, rate).model.optimizer.threshold.assign(threshold)

        def measure(norms):
            largest = float(np.linalg.norm(norms.astype(float), axis=1).max())  # of all variables together
            return {RAW: largest, CLIPPED: min(largest, threshold) if np.isfinite(largest) else np.nan}

        yield from points.training_points("recurrent network", trainer, points.three_epochs(BATCH), BATCH, measure)

    return TrainingLab(
        "A recurrent network on the edge",
        {
            "rate": Slider("learning rate", 0.3, 1e-4, 1e3, 0.1, log=True),
            "threshold": Slider("threshold of global_clipnorm", 1e3, 1e-3, 1e3, 0.1, log=True),
        },
        {
            "threshold 1,000": {},
            "threshold 1": {"threshold": 1.0},
            "threshold too small": {"threshold": 0.01},
            "a smaller rate instead": {"rate": 0.01},
            "too fast for any clipping": {"rate": 100.0, "threshold": 1.0},
        },
        _plot(),
        train,
        _draw,
    )


def _plot():
    return LivePanels(
        {
            LOSS: {"limits": (0.5, 50), "log": True, "names": ["this run"]},
            NORM: {"limits": (1e-3, 1e6), "log": True},
        },
        x=(0, len(points.three_epochs(BATCH)) // BATCH),
        xlabel="optimizer steps",
        caption="Two panels over the optimizer steps of a run of three epochs, on logarithmic axes: training loss "
        "from 0.5 to 50, and the largest global gradient norm since the point before, raw and clipped, from 0.001 "
        "to 1e6. Thin lines are earlier runs.",
        names=[RAW, CLIPPED],
        n_ghosts=3,
        n_columns=2,
        size=(9, 3.6),
    )


def _draw(plot, runs, values, state):
    points.draw_curves(plot, runs, "step", [(LOSS, "loss", None), (NORM, RAW, RAW), (NORM, CLIPPED, CLIPPED)])
    norms = [norm for norm in points.column(runs[0], RAW) if np.isfinite(norm)]
    longest = f"; the longest raw gradient so far has norm {format_number(max(norms))}" if norms else ""
    setting = f"Learning rate {format_number(values['rate'])}, threshold {format_number(values['threshold'])}"
    return f"{setting}: {points.describe_run(runs[0], state)}{longest}."


def _net():
    recurrent = layers.SimpleRNN(
        100,
        activation="relu",
        kernel_initializer=initializers.GlorotUniform(11),
        recurrent_initializer=initializers.Orthogonal(seed=12),
        seed=14,  # of a dropout that is not used; without it the layer would draw from the notebook's random numbers
    )
    return points.classifier([recurrent], 13, AdjustableClippingSGD())
