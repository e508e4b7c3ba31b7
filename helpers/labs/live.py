"""What all labs share: a picture that can be redrawn, with a text alternative, and controls that have a name."""

import base64
import html

from helpers.plotting import to_png

import ipywidgets as widgets


class LiveFigure(widgets.VBox):
    """A figure in a notebook that is redrawn in place, its text description, and the controls above it.

    Parameters
    ----------
    draw : callable
        ``draw(**values)`` returns a Figure with a ``description``; the values are those of the controls.
    controls : dict of str to NumberControl
        By the name of the argument that each one sets.
    """

    def __init__(self, draw, controls):
        self._draw = draw
        self._controls = controls
        self._picture = widgets.Image(format="png")
        self._description = widgets.HTML()
        for control in controls.values():
            control.number.observe(self._redraw, "value")
        self._redraw()
        super().__init__([*controls.values(), self._picture, self._description])

    def _redraw(self, _change=None):
        figure = self._draw(**{name: control.number.value for name, control in self._controls.items()})
        self._picture.value = to_png(figure)
        # role="status" makes a screen reader say what has changed, since the picture itself has no alt text.
        self._description.value = f'<div role="status">{html.escape(figure.description)}</div>'

    def _repr_mimebundle_(self, **kwargs):
        """Put the picture beside the widget, for a reader without a kernel."""
        bundle = super()._repr_mimebundle_(**kwargs)
        return bundle | {
            "image/png": base64.b64encode(self._picture.value).decode(),
            "text/plain": "<interactive figure>",
        }


class NumberControl(widgets.HBox):
    """A slider and a field for the same number.

    The slider is for the hand and the arrow keys; the field has an accessible name, which ipywidgets' sliders lack,
    and takes a value typed in.

    Parameters
    ----------
    name : str
        Shown beside both.
    value, lowest, highest, step : float
    """

    def __init__(self, name, value, lowest, highest, step):
        bounds = {"value": value, "min": lowest, "max": highest, "step": step}
        self.number = widgets.BoundedFloatText(**bounds, description=name, layout={"width": "11em"})
        self.slider = widgets.FloatSlider(**bounds, readout=False, layout={"width": "24em"})
        widgets.link((self.slider, "value"), (self.number, "value"))
        super().__init__([self.number, self.slider])
