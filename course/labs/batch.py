"""Lab of lesson 4: one value moves the outputs of a whole batch."""

import numpy as np
from keras import layers

from course.labs.controls import Slider
from course.labs.figure import LiveFigure
from course.labs.live import RedrawLab
from helpers.plotting.base import course_style, new_figure
from helpers.plotting.colors import CYCLE

OTHERS = np.array([-1.5, -0.8, -0.3, 0.4, 0.9, 1.6])


@course_style
def batch_lab():
    """Show what batch normalization makes of a batch of seven values while the reader drags one of them.

    For example::

        batch_lab()
    """
    figure, panels = new_figure(7.2, 3.4)
    axes = panels[0, 0]
    axes.set(
        xlim=(-10.5, 10.5),
        ylim=(-0.4, 1.4),
        yticks=[1, 0],
        yticklabels=["in", "out"],
        xticks=[-10, -5, 0, 5, 10],
        xlabel="value",
    )
    axes.axvline(0, color="0.85", zorder=0)
    plot = LiveFigure(
        figure,
        "Seven values of one unit in a batch, above as they come in, below after batch normalization; a line joins "
        "each value with its output.",
    )
    gray = {"color": "0.45", "marker": "o", "linewidth": 0.8}
    bright = {"color": CYCLE[1][0], "marker": "D", "linewidth": 2}
    joins = [plot.moving(axes.plot([], [], **look)[0]) for look in (*[gray] * len(OTHERS), bright)]
    normalize = layers.BatchNormalization()

    def draw(plot, dragged):
        values = np.append(OTHERS, dragged)
        output = normalize(values[:, None].astype("float32"), training=True).numpy()[:, 0]
        for join, ends in zip(joins, zip(values, output, strict=True), strict=True):
            join.set_data(ends, (1, 0))
        return (
            f"The marked value is {dragged:.2f}; the batch has the mean {values.mean():.2f} and the standard deviation "
            f"{values.std():.2f}. "
            f"Its output is {output[-1]:.2f}, and those of the other six, whose inputs have not changed, lie between "
            f"{output[:-1].min():.2f} and {output[:-1].max():.2f}."
        )

    return RedrawLab(
        "One value of a batch",
        {"dragged": Slider("the marked value", 8.0, -10.0, 10.0, 0.1)},
        {"an outlier": {}, "in the middle": {"dragged": 0.0}, "equal to another": {"dragged": 0.4}},
        plot,
        draw,
    )
