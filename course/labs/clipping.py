"""Lab of lesson 5: the clipped gradient as an arrow."""

import numpy as np

from course.labs.controls import Menu, Slider
from course.labs.figure import LiveFigure
from course.labs.live import RedrawLab
from course.labs.words import format_number
from helpers.clipping import what_sgd_receives
from helpers.plotting.base import course_style, new_figure
from helpers.plotting.colors import CYCLE
from helpers.signals import angle_between

LENGTH = 4.0
RAW, CLIPPED = "raw", "clipped"


def clipping_lab():
    """Show what each kind of clipping makes of a gradient of two components, and the angle between the two.

    For example::

        clipping_lab()
    """
    plot, arrows, heads, label = _arrows()

    def draw(plot, kind, threshold, direction):
        gradient = LENGTH * np.array([np.cos(np.radians(direction)), np.sin(np.radians(direction))])
        (clipped,) = what_sgd_receives([gradient], **{kind: threshold})
        for name, vector in ((RAW, gradient), (CLIPPED, clipped)):
            arrows[name].set_data((0, vector[0]), (0, vector[1]))
            heads[name].set_data((vector[0],), (vector[1],))
        angle = angle_between(gradient, clipped)
        label.set_text(f"angle {angle:.1f}°")
        setting = f"{kind} {format_number(threshold)}"
        if np.allclose(gradient, clipped):
            return f"{setting}: the gradient {_vector(gradient)} stays as it is; nothing is clipped."
        turned = f"turned by {angle:.1f} degrees" if angle > 0.05 else "not turned"
        return (
            f"{setting}: the gradient {_vector(gradient)} of length {LENGTH:g} becomes "
            f"{_vector(clipped)} of length {np.linalg.norm(clipped):.2f}, {turned}."
        )

    return RedrawLab(
        "The clipped gradient",
        {
            "kind": Menu("kind of clipping", ("clipvalue", "clipnorm", "global_clipnorm"), "clipvalue"),
            "threshold": Slider("threshold", 1.0, 0.01, 10.0, 0.02, log=True),
            "direction": Slider("direction, degrees", 77.0, 0.0, 360.0, 1.0),
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


@course_style
def _arrows():
    """Return the figure, and what moves in it: arrows and their heads, by name, and the text with the angle."""
    figure, panels = new_figure(5.4, 5.0)
    axes = panels[0, 0]
    axes.set(xlim=(-4.4, 4.4), ylim=(-4.4, 4.4), xlabel="first component", ylabel="second component", aspect="equal")
    axes.grid(color="0.92")
    plot = LiveFigure(figure, "A gradient of two components as an arrow, and what the optimizer receives as another.")
    arrows, heads = {}, {}
    for name, (color, line), width, head in ((RAW, CYCLE[0], 2, "o"), (CLIPPED, CYCLE[1], 3.5, "D")):
        (arrow,) = axes.plot([], [], color=color, linestyle=line, linewidth=width, label=name)
        arrows[name] = plot.moving(arrow)
        heads[name] = plot.moving(axes.plot([], [], head, color=color, markersize=8)[0])
    axes.legend(loc="upper left", frameon=False)
    label = plot.moving(axes.text(0.96, 0.96, "", ha="right", va="top", transform=axes.transAxes, fontsize="large"))
    return plot, arrows, heads, label


def _vector(vector):
    first, second = np.round(vector, 2) + 0.0  # no -0.00
    return f"({first:.2f}, {second:.2f})"
