"""The widget that labs are made of: the kernel owns what is shown, the page (lab.js) draws it and sends requests.

A request is ``{"kind": "set" | "stop" | "reset", "view": ..., "number": ..., "values": {...}}``, with all values. A
view that has just been drawn sends ``{"kind": "hello"}``. Each is answered by a frame: the values that numbers and
sentence are of, the frame's own number, and for each view the number of the last request that it answers. Requests and
frames are messages: Jupyter holds changes of traits back, so that one could overtake another.

When somebody takes hold of a control, the page sends ``{"kind": "prefetch", "control": ..., "places": [...],
"values": {...}}``, and may get ``{"kind": "prefetched", "entries": [...]}``: what it would show at these places.
"""

import base64
import contextlib
import threading
import traceback
from dataclasses import asdict
from pathlib import Path

import anywidget
import traitlets
from IPython import get_ipython

from helpers.plotting.base import in_few_colors

_FOLDER = Path(__file__).parent
_LATEST = {}  # the latest widget of each title, by the cell that made it


def running_cell():
    """Return what JupyterLab calls the cell that is running; None where nothing says it, as under nbclient."""
    shell = get_ipython()
    parent = shell.kernel.get_parent() if hasattr(shell, "kernel") else {}
    return parent.get("metadata", {}).get("cellId")


def close_previous(widget, title):
    """Close the widget of that title that this cell made when it ran before: ipywidgets would keep it for ever."""
    cell = running_cell()
    if cell is not None:
        if (cell, title) in _LATEST:
            _LATEST[cell, title].close()
        _LATEST[cell, title] = widget


def _joined(*names):
    """Return several files as one: a widget has one script and one style sheet."""
    return "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in names)


# uPlot formats numbers in the browser's language and fails to load where that is no language tag, as "C" in WebKitGTK.
_UPLOT = "const uPlot = ((navigator) => {\n%s\nreturn uPlot;\n})({ language: knownLanguage() });\n"


class Lab(anywidget.AnyWidget):
    """A lab in a notebook: controls, buttons for presets and reset, a picture, and a sentence that says what is seen.

    `controls` are Sliders and Menus by the names of the values that they set, `presets` for the text of each button the
    values that it sets; the others take their defaults. `plot` is a LiveFigure. An exception while the lab works is
    shown in place of the sentence and kept in ``failure`` until a reset.
    """

    _esm = _UPLOT % _joined("uplot/uPlot.iife.min.js") + _joined("controls.js", "picture.js", "lab.js")
    _css = _joined("uplot/uPlot.min.css", "lab.css")
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
        self._lock = threading.RLock()  # requests and training runs come in threads of their own
        self._answered = {}  # by view, the number of its last request
        self._n_frames = 0
        self.failure = None  # or the exception that the lab shows
        close_previous(self, title)  # with its networks and data
        defaults = {name: control.default for name, control in controls.items()}
        self._show(defaults, "")
        self._answer("set", defaults)
        try:
            self.wait()  # so that the stored output shows a finished run
        except KeyboardInterrupt:
            self.close()
            raise
        super().__init__(  # opens the lab on the page, with the frame as it is now
            title=title,
            caption=plot.caption,
            scene=plot.scene(),
            controls={name: asdict(control) for name, control in controls.items()},
            presets={name: defaults | self._checked(preset) for name, preset in presets.items()},
            defaults=defaults,
        )
        self.on_msg(self._receive)

    @property
    def values(self):
        """The values that the lab shows, by the names of their controls."""
        return dict(self.frame["values"])

    def set(self, **values):
        """Set some of the values; raise KeyError if there is no such control, ValueError if it cannot take a value."""
        if unknown := values.keys() - self._controls.keys():
            raise KeyError(f"there is no control {', '.join(unknown)}; there are {', '.join(self._controls)}")
        values = self._checked(values)
        with self._lock:
            self._answer("set", self.values | values)

    def wait(self, timeout=None):
        """Wait until what was asked for last is shown, at most `timeout` seconds; return whether it is."""
        return True

    def close(self):
        """Leave the page, and release picture, networks and data."""
        if self._plot is not None:
            with self._lock:
                self._release()
        super().close()

    def _release(self):
        self._plot = self.failure = None

    def _checked(self, values):
        return {name: self._controls[name].checked(value) for name, value in values.items()}

    def _nearest(self, values):
        """Return values that the lab can work with, as near as can be to whatever a page has sent."""
        values = values if isinstance(values, dict) else {}
        return {name: control.nearest(values.get(name)) for name, control in self._controls.items()}

    def _receive(self, _widget, message, _buffers):
        """Take a message from a page. Nothing that it holds raises an exception, which would only fill a log."""
        match message:
            case {"kind": "hello"}:
                with self._lock:
                    self._send_frame()
            case {"kind": "set" | "stop" | "reset" as kind, "view": str(view), "number": int(number), "values": values}:
                with contextlib.suppress(BaseException):  # an interrupt has done its work, and the lab shows it
                    self._answer(kind, values, view, number)
            case {"kind": "prefetch", "control": str(control), "places": list(places), "values": dict(values)}:
                if control in self._controls:
                    self._prefetch([self._nearest(values | {control: place}) for place in places])

    def _answer(self, kind, values, view=None, number=0):
        """Do what is asked for; whatever comes of it, a frame with these values answers."""
        with self._lock:
            if self._plot is None or (view is not None and number <= self._answered.get(view, 0)):
                return  # the lab is closed, or a later request has come before
            if view is not None:
                self._answered[view] = number
            values = self._nearest(values)
            if kind == "reset":
                self.failure = None
            try:
                self._respond(kind, values)
            except BaseException as error:
                self._fail(values, error)
                if not isinstance(error, Exception):  # a cell that has called the lab is interrupted, too
                    raise

    def _respond(self, kind, values):
        """Show these values; called with the lock held."""
        raise NotImplementedError

    def _prefetch(self, requested):
        """Compute what each of these values would show, as far as that can be done before anybody sets them."""

    def _fail(self, values, error):
        """Show an exception in the lab, since ipykernel would bury it in a log."""
        self.failure = error
        where = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
        place = f" ({Path(where.filename).name}, line {where.lineno})" if where else ""
        sentence = f"This lab has failed: {type(error).__name__}: {error}{place}. Press Reset to try again."
        self._show(values, sentence, failed=True, numbers=self.frame["numbers"])

    def _show(self, values, sentence, running=False, failed=False, numbers=None):
        """Show values, sentence, and the plot as it is now or with given numbers."""
        numbers = self._plot.numbers() if numbers is None else numbers
        self.frame = dict(values=values, numbers=numbers, sentence=sentence, running=running, failed=failed)
        self._send_frame()

    def _send_frame(self):
        """Send the frame, as an answer to whatever has been asked for by now."""
        self._n_frames += 1
        self.frame = self.frame | {"number": self._n_frames, "answers": dict(self._answered)}
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
