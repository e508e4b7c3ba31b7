"""Labs of lesson 4: one value moves a whole batch; two networks side by side, with and without batch norm."""

import keras
import numpy as np
from keras import initializers, layers

from course.labs.controls import Choice, Number
from course.labs.following import N_IMAGES, Curves, classifier, draw_curves, follow, how_it_goes, started, three_epochs
from course.labs.live import RedrawLab, TrainingLab
from course.labs.live_plot import LivePanels, LivePlot
from course.labs.words import number
from helpers.data import standardize
from helpers.plotting.base import CYCLE, new_figure
from helpers.training.loop import Trainer

OTHERS = np.array([-1.5, -0.8, -0.3, 0.4, 0.9, 1.6])
SIZES = ("2", "8", "32", "128", "512")
MOST_STEPS = 1_000
LOSS, ACCURACY = "training loss", "training accuracy"
NETWORKS = {"batch norm": True, "without": False}


def batch_lab():
    """Show what batch normalization makes of a batch of seven values while the reader drags one of them.

    Returns
    -------
    RedrawLab
    """
    figure, panels = new_figure(7.2, 3.4)
    axes = panels[0, 0]
    axes.set(xlim=(-10.5, 10.5), ylim=(-0.4, 1.4), yticks=[1, 0], yticklabels=["$z$", "output"], xlabel="value")
    axes.axvline(0, color="0.85", zorder=0)
    plot = LivePlot(
        figure,
        "Seven values of one unit in a batch, above as they come in, below after batch normalization; a line joins "
        "each value with its output.",
    )
    gray = {"color": "0.45", "marker": "o", "linewidth": 0.8}
    bright = {"color": CYCLE[1][0], "marker": "D", "linewidth": 2}
    joins = [plot.moving(axes.plot([], [], **gray)[0]) for _ in OTHERS]
    joins.append(plot.moving(axes.plot([], [], **bright)[0]))
    normalize = layers.BatchNormalization()

    def draw(plot, dragged):
        z = np.append(OTHERS, dragged)
        output = normalize(z[:, None].astype("float32"), training=True).numpy()[:, 0]
        for join, ends in zip(joins, zip(z, output, strict=True), strict=True):
            join.set_data(ends, (1, 0))
        return (
            f"The dragged z is {dragged:.2f}; the batch has mean {z.mean():.2f} and standard deviation {z.std():.2f}. "
            f"Its output is {output[-1]:.2f}, and the other six, whose z has not moved, lie between "
            f"{output[:-1].min():.2f} and {output[:-1].max():.2f}."
        )

    return RedrawLab(
        "One value of a batch",
        {"dragged": Number("the value you drag", 8.0, -10.0, 10.0, 0.1)},
        {"an outlier": {}, "in the middle": {"dragged": 0.0}, "a twin of another": {"dragged": 0.4}},
        plot,
        draw,
    )


def batch_norm_lab(data):
    """Train two networks side by side, with and without batch norm, at a learning rate and a batch size.

    Each run starts from the same weights and sees the same 10,000 images in the same order: for three epochs, or for
    1,000 steps if that is less. Both networks get standardized pixels, so that only the hidden layers differ.

    Parameters
    ----------
    data : FashionMNIST
        As it is loaded; the lab standardizes it.

    Returns
    -------
    TrainingLab
    """
    some = standardize(data.first(N_IMAGES))
    examples = some.x_train, some.y_train
    prepared = {
        name: (Trainer(_net(normalize), *examples, batch_size=None), _net(normalize))
        for name, normalize in NETWORKS.items()
    }

    def train(rate, size):
        order = three_epochs(int(size), MOST_STEPS)
        runs = [
            follow(name, started(trainer, fresh, rate), order, int(size)) for name, (trainer, fresh) in prepared.items()
        ]
        while runs:  # they take turns
            for run in list(runs):
                point = next(run, None)
                if point is None:
                    runs.remove(run)
                else:
                    yield point

    def draw(plot, runs, values, state):
        for name in NETWORKS:
            draw_curves(plot, runs, "images", [(LOSS, "loss", name), (ACCURACY, "accuracy", name)], name)
        with_it, without = (how_it_goes(Curves(runs[0], name).points, state) for name in NETWORKS)
        setting = f"Learning rate {number(values['rate'])}, batches of {values['size']}"
        return f"{setting}. With batch norm: {with_it}. Without: {without}."

    return TrainingLab(
        "With and without batch norm",
        {
            "rate": Number("learning rate", 1.0, 1e-4, 1e3, 0.1, log=True),
            "size": Choice("examples in a batch", SIZES, "128"),
        },
        {
            "fast: only one survives": {},
            "right for both": {"rate": 0.1},
            "too slow": {"rate": 0.001},
            "too fast for both": {"rate": 30.0},
            "tiny batches": {"size": "2", "rate": 0.01},
        },
        LivePanels(
            {LOSS: {"limits": (0.2, 20), "log": True}, ACCURACY: {"limits": (0, 1)}},
            x=(0, 3 * N_IMAGES),
            xlabel="images seen",
            caption="Two panels over the images seen in a run of three epochs: training loss on a logarithmic axis "
            "from 0.2 to 20, and training accuracy, each for a network with batch norm and one without. Thin lines "
            "are earlier runs.",
            names=list(NETWORKS),
            n_ghosts=3,
            n_columns=2,
            size=(9, 3.6),
        ),
        train,
        draw,
    )


def _net(normalize):
    """Return lesson 4's network of 300 and 100 ELU units, with batch norm before each ELU or none."""
    stack = [layers.Flatten()]
    for seed, n_units in enumerate((300, 100)):
        stack.append(layers.Dense(n_units, kernel_initializer=initializers.HeNormal(seed)))
        if normalize:
            stack.append(layers.BatchNormalization(momentum=0.9))
        stack.append(layers.ELU())
    return classifier(stack, 2, keras.optimizers.SGD())
