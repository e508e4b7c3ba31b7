"""Labs of lesson 5: the clipped arrow, and a recurrent network that clipping keeps alive."""

import numpy as np
from keras import initializers, layers

from course.labs.adjustable import AdjustableClippingSGD
from course.labs.controls import Choice, Number
from course.labs.following import N_IMAGES, Curves, classifier, draw_curves, follow, how_it_goes, started, three_epochs
from course.labs.live import RedrawLab, TrainingLab
from course.labs.live_plot import LivePanels, LivePlot
from course.labs.words import number
from helpers.clipping import what_sgd_receives
from helpers.plotting.base import CYCLE, new_figure
from helpers.signals import angle_between
from helpers.training.loop import Trainer

LENGTH = 4.0
BATCH = 100
LOSS, NORM = "training loss", "global gradient norm"
RAW, CLIPPED = "raw", "clipped"


def clipping_lab():
    """Show what each kind of clipping makes of a gradient of two components, and the angle between the two.

    Returns
    -------
    RedrawLab
    """
    figure, panels = new_figure(5.4, 5.0)
    axes = panels[0, 0]
    axes.set(xlim=(-4.4, 4.4), ylim=(-4.4, 4.4), xlabel="first component", ylabel="second component", aspect="equal")
    axes.grid(color="0.92")
    plot = LivePlot(figure, "A gradient of two components as an arrow, and what the optimizer receives as another.")
    looks = {RAW: CYCLE[0], CLIPPED: CYCLE[1]}
    arrows, heads = {}, {}
    for name, (color, line) in looks.items():
        width = 2 if name == RAW else 3.5
        (arrows[name],) = axes.plot([], [], color=color, linestyle=line, linewidth=width, label=name)
        (heads[name],) = axes.plot([], [], "o" if name == RAW else "D", color=color, markersize=8)
        plot.moving(arrows[name])
        plot.moving(heads[name])
    axes.legend(loc="upper left", frameon=False)
    label = plot.moving(axes.text(0.96, 0.96, "", ha="right", va="top", transform=axes.transAxes, fontsize="large"))

    def draw(plot, kind, threshold, direction):
        gradient = LENGTH * np.array([np.cos(np.radians(direction)), np.sin(np.radians(direction))])
        (clipped,) = what_sgd_receives([gradient], **{kind: threshold})
        for name, vector in ((RAW, gradient), (CLIPPED, clipped)):
            arrows[name].set_data((0, vector[0]), (0, vector[1]))
            heads[name].set_data((vector[0],), (vector[1],))
        angle = angle_between(gradient, clipped)
        label.set_text(f"angle {angle:.1f}°")
        if np.allclose(gradient, clipped):
            return f"{kind} {number(threshold)}: the gradient {_vector(gradient)} stays as it is; nothing is clipped."
        turned = f"turned by {angle:.1f} degrees" if angle > 0.05 else "not turned"
        return (
            f"{kind} {number(threshold)}: the gradient {_vector(gradient)} of length {LENGTH:g} becomes "
            f"{_vector(clipped)} of length {np.linalg.norm(clipped):.2f}, {turned}."
        )

    return RedrawLab(
        "The clipped gradient",
        {
            "kind": Choice("kind of clipping", ("clipvalue", "clipnorm", "global_clipnorm"), "clipvalue"),
            "threshold": Number("threshold", 1.0, 0.01, 10.0, 0.02, log=True),
            "direction": Number("direction, degrees", 77.0, 0.0, 360.0, 1.0),
        },
        {
            "clipvalue turns it": {},
            "clipnorm does not": {"kind": "clipnorm"},
            "on the diagonal": {"direction": 45.0},
            "nothing to clip": {"threshold": 10.0},
        },
        plot,
        draw,
    )


def _vector(vector):
    first, second = np.round(vector, 2) + 0.0  # no -0.00
    return f"({first:.2f}, {second:.2f})"


def recurrent_lab(data):
    """Train lesson 5's recurrent network anew for each learning rate and threshold, while the reader watches.

    It opens on a run that diverges: a threshold of 1,000 clips next to nothing. Each run starts from the same weights
    and sees the same 10,000 images in the same order, in batches of 100, for three epochs.

    Parameters
    ----------
    data : FashionMNIST

    Returns
    -------
    TrainingLab
    """
    some = data.first(N_IMAGES)
    trainer = Trainer(_net(), some.x_train, some.y_train, BATCH, gradient_norms=True)
    fresh = _net()

    def train(rate, threshold):
        started(trainer, fresh, rate).model.optimizer.threshold.assign(threshold)

        def measure(norms):
            largest = float(np.linalg.norm(norms.astype(float), axis=1).max())  # of all variables together
            return {RAW: largest, CLIPPED: min(largest, threshold) if np.isfinite(largest) else np.nan}

        yield from follow("recurrent network", trainer, three_epochs(BATCH), BATCH, measure)

    def draw(plot, runs, values, state):
        draw_curves(plot, runs, "step", [(LOSS, "loss", None), (NORM, RAW, RAW), (NORM, CLIPPED, CLIPPED)])
        norms = [norm for norm in Curves(runs[0])[RAW] if np.isfinite(norm)]
        seen = f"; the longest raw gradient so far has norm {number(max(norms))}" if norms else ""
        network = f"Learning rate {number(values['rate'])}, threshold {number(values['threshold'])}"
        return f"{network}: {how_it_goes(runs[0], state)}{seen}."

    return TrainingLab(
        "A recurrent network on the edge",
        {
            "rate": Number("learning rate", 0.3, 1e-4, 1e3, 0.1, log=True),
            "threshold": Number("threshold of global_clipnorm", 1e3, 1e-3, 1e3, 0.1, log=True),
        },
        {
            "threshold 1,000": {},
            "threshold 1": {"threshold": 1.0},
            "threshold too small": {"threshold": 0.01},
            "a smaller rate instead": {"rate": 0.01},
            "too fast for any clipping": {"rate": 100.0, "threshold": 1.0},
        },
        LivePanels(
            {
                LOSS: {"limits": (0.5, 50), "log": True, "names": ["this run"]},
                NORM: {"limits": (1e-3, 1e6), "log": True},
            },
            x=(0, len(three_epochs(BATCH)) // BATCH),
            xlabel="optimizer steps",
            caption="Two panels over the optimizer steps of a run of three epochs, on logarithmic axes: training loss "
            "from 0.5 to 50, and the largest global gradient norm since the point before, raw and clipped, from 0.001 "
            "to 1e6. Thin lines are earlier runs.",
            names=[RAW, CLIPPED],
            n_ghosts=3,
            n_columns=2,
            size=(9, 3.6),
        ),
        train,
        draw,
    )


def _net():
    recurrent = layers.SimpleRNN(
        100,
        activation="relu",
        kernel_initializer=initializers.GlorotUniform(11),
        recurrent_initializer=initializers.Orthogonal(seed=12),
        seed=14,  # of a dropout that is not used; without it the layer would draw from the notebook's random numbers
    )
    return classifier([recurrent], 13, AdjustableClippingSGD())
