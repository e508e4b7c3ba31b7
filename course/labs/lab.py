"""What all labs share: a kernel that owns what is shown, and answers each numbered wish of the page with a frame.

The page (lab.js) sends wishes: ``{"kind": "set" | "stop" | "reset", "view": ..., "number": ..., "values": {...}}``.
Each has all values. A view that has just been drawn sends ``{"kind": "hello"}``. The kernel answers each with a frame,
which holds the values that numbers and sentence are of, its own number, and for each view the number of the last wish
that it answers. Wishes and frames are messages: unlike traits they are never held back, so that none overtakes another.
The page draws the picture from a frame's numbers (picture.js); the stored one is drawn by Matplotlib from the same.

When a control is taken in hand, the page asks ``{"kind": "ahead", "control": ..., "places": ..., "values": ...}``, and
may get ``{"kind": "ahead", "entries": [...]}``: what these places of the control would give.
"""

import base64
import contextlib
import threading
import traceback
from pathlib import Path

import anywidget
import traitlets

from course.labs.cells import replace_the_one_before
from helpers.plotting.base import in_few_colors

MOST_VIEWS = 20  # whose last wishes a frame names
_FOLDER = Path(__file__).parent


def _together(*names):
    """Return several files as one: a widget has one script and one style sheet."""
    return "\n".join((_FOLDER / name).read_text() for name in names)


class Lab(anywidget.AnyWidget):
    """A lab in a notebook: controls, buttons for presets and reset, a picture, and a sentence that says what is seen.

    The picture carries a text alternative, and stands beside the widget in the stored output, for a reader without a
    kernel. An exception while the lab works is shown in place of the sentence and kept in ``failure`` until a reset.

    Parameters
    ----------
    title : str
    controls : dict of str to Number or Choice
        By the name of the value that each one sets.
    presets : dict of str to dict
        For the text of each button the values that it sets; the others take their defaults.
    plot : LivePlot

    Attributes
    ----------
    frame : dict
        What the lab shows, as the page has it: ``values``, ``numbers``, ``sentence``, ``running``, ``failed``, ...
    failure : BaseException or None
    """

    _esm = _together("uplot/uPlot.iife.min.js", "picture.js", "lab.js")
    _css = _together("uplot/uPlot.min.css", "lab.css")
    title = traitlets.Unicode().tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)
    scene = traitlets.Dict().tag(sync=True)
    controls = traitlets.Dict().tag(sync=True)
    presets = traitlets.Dict().tag(sync=True)
    defaults = traitlets.Dict().tag(sync=True)
    trains = traitlets.Bool(False).tag(sync=True)
    _plot = None

    def __init__(self, title, controls, presets, plot):
        self._controls, self._plot = controls, plot
        self._lock = threading.RLock()  # wishes and runs come in threads of their own
        self._answers = {}  # by view, the number of the last wish
        self._n_frames = 0
        self.failure = None
        replace_the_one_before(self, title)  # with its networks and data
        defaults = {name: control.default for name, control in controls.items()}
        self._show(defaults, "")
        self._wish("set", defaults)
        try:
            self.wait()  # so that the stored output shows a finished run
        except KeyboardInterrupt:
            self.close()
            raise
        super().__init__(  # opens the lab on the page, with the frame as it is now
            title=title,
            caption=plot.caption,
            scene=plot.scene(),
            controls={name: control.description() for name, control in controls.items()},
            presets={name: self._cleaned(defaults | preset) for name, preset in presets.items()},
            defaults=defaults,
        )
        self.on_msg(self._received)

    @property
    def values(self):
        """The values that the lab shows."""
        return dict(self.frame["values"])

    def set(self, **values):
        """Set some of the values; the others stay.

        Raises
        ------
        KeyError
            If there is no such control.
        """
        if unknown := values.keys() - self._controls.keys():
            raise KeyError(f"there is no control {', '.join(unknown)}; there are {', '.join(self._controls)}")
        with self._lock:
            self._wish("set", self.values | values)

    def preset(self, name):
        """Set the values of a preset, as its button does.

        Raises
        ------
        KeyError
            If there is no such preset.
        """
        self._wish("set", self.presets[name])

    def reset(self):
        """Set all values to their defaults and forget what was before."""
        self._wish("reset", self.defaults)

    def wait(self, timeout=None):
        """Wait until the lab shows what was wished for last, at most `timeout` seconds; return whether that is so."""
        return True

    def close(self):
        """Let go of picture, networks and data, and leave the page."""
        if self._plot is not None:
            with self._lock:
                self._let_go()
        super().close()

    def _let_go(self):
        self._plot = self.failure = None

    def _received(self, _widget, message, _buffers):
        """Answer the page. Nothing that it may send raises an exception, which would only fill a log."""
        match message:
            case {"kind": "hello"}:
                with self._lock:
                    self._show_again()
            case {"kind": "set" | "stop" | "reset" as kind, "view": str(view), "number": int(number), "values": values}:
                with contextlib.suppress(BaseException):  # an interrupt has done its work, and the lab shows it
                    self._wish(kind, values, view, number)
            case {"kind": "ahead", "control": str(control), "places": list(places), "values": dict(values)}:
                if control in self._controls:
                    self._look_ahead([self._cleaned(values | {control: place}) for place in places])

    def _wish(self, kind, values, view=None, number=0):
        """Do what is wished for; whatever comes of it, a frame with these values answers."""
        with self._lock:
            if self._plot is None or (view is not None and number <= self._answers.get(view, 0)):
                return  # the lab is closed, or a later wish has come before
            if view is not None:
                others = {name: last for name, last in self._answers.items() if name != view}
                self._answers = dict(list(others.items())[1 - MOST_VIEWS :]) | {view: number}
            values = self._cleaned(values)
            if kind == "reset":
                self.failure = None
            try:
                self._respond(kind, values)
            except BaseException as error:
                self._fail(values, error)
                if not isinstance(error, Exception):  # a cell that has called the lab is interrupted, too
                    raise

    def _cleaned(self, values):
        """Bring whatever was asked for within the controls' bounds."""
        asked = values if isinstance(values, dict) else {}
        return {name: control.cleaned(asked.get(name)) for name, control in self._controls.items()}

    def _respond(self, kind, values):
        """Show these values; called with the lock held."""
        raise NotImplementedError

    def _look_ahead(self, asked):
        """Work out what these values would give, as far as that can be done before anybody wishes for them."""

    def _fail(self, values, error):
        """Show an exception in the lab, since ipykernel would bury it in a log."""
        self.failure = error
        where = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
        place = f" ({Path(where.filename).name}, line {where.lineno})" if where else ""
        sentence = f"This lab has failed: {type(error).__name__}: {error}{place}. Press Reset to try again."
        self._show(values, sentence, failed=True, numbers=self.frame["numbers"])

    def _show(self, values, sentence, running=False, failed=False, numbers=None):
        """Show values, sentence, and the plot as it is now or with given numbers."""
        self.frame = {
            "values": values,
            "numbers": self._plot.numbers() if numbers is None else numbers,
            "sentence": sentence,
            "running": running,
            "failed": failed,
        }
        self._show_again()

    def _show_again(self):
        """Send the frame, as an answer to whatever has been wished for by now."""
        self._n_frames += 1
        self.frame = self.frame | {"number": self._n_frames, "answers": self._answers}
        self.send(self.frame)

    def get_state(self, key=None, drop_defaults=False):
        """Return the state that a new page gets, with the frame, which goes out by messages otherwise."""
        state = super().get_state(key, drop_defaults)
        return state | {"frame": self.frame} if key is None else state

    def _repr_mimebundle_(self, **kwargs):
        """Put the picture beside the widget, for a reader without a kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        text = f"Lab: {self.title}. {self.caption}" + (f" FAILED: {self.failure!r}" if self.failure else "")
        with self._lock:
            png = self._plot and base64.b64encode(in_few_colors(self._plot.png(self.frame["numbers"]))).decode()
        picture = {"image/png": png} if png else {}  # a lab that is closed has none
        return bundle | picture | {"text/plain": text}, metadata
