"""What all labs share: named controls, presets, a picture and a sentence that follow them, background runs."""

import base64
import math
import time
import traceback
from pathlib import Path

import anywidget
import traitlets
from IPython import get_ipython
from threadpoolctl import ThreadpoolController

from helpers.labs.worker import Worker
from helpers.training.side_by_side import CancelledError

FRAME_SECONDS = 0.1  # a training run shows at most ten pictures a second
_LAB_OF_CELL = {}  # the latest of each title, by the cell of JupyterLab that made it


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
    """

    _esm = Path(__file__).with_name("lab.js")
    _css = Path(__file__).with_name("lab.css")
    title = traitlets.Unicode().tag(sync=True)
    controls = traitlets.Dict().tag(sync=True)
    presets = traitlets.List().tag(sync=True)
    trains = traitlets.Bool(False).tag(sync=True)
    values = traitlets.Dict().tag(sync=True, echo_update=False)
    frame = traitlets.Dict().tag(sync=True)

    def __init__(self, title, controls, presets, plot):
        self._controls, self._presets, self._plot = controls, presets, plot
        self.failure = None
        super().__init__(
            title=title,
            controls={name: control.description() for name, control in controls.items()},
            presets=list(presets),
            values=self._defaults,
            frame=self._frame(base64.b64encode(plot.png()).decode(), "", False),
        )
        self.on_msg(self._pressed)
        self.observe(self._changed, "values")
        self._replace_the_one_before()

    def _replace_the_one_before(self):
        """Close the lab that this cell made when it ran before: ipywidgets would keep it, and its data, for good."""
        shell = get_ipython()
        parent = shell.kernel.get_parent() if hasattr(shell, "kernel") else {}
        cell = parent.get("metadata", {}).get("cellId")
        if cell is not None:
            place = cell, self.title
            if place in _LAB_OF_CELL:
                _LAB_OF_CELL[place].close()
            _LAB_OF_CELL[place] = self

    @property
    def _defaults(self):
        return {name: control.default for name, control in self._controls.items()}

    @traitlets.validate("values")
    def _cleaned(self, proposal):
        """Bring whatever was asked for within the controls' bounds."""
        asked = proposal["value"]
        return {name: control.cleaned(asked.get(name)) for name, control in self._controls.items()}

    def preset(self, name):
        """Set the values of a preset, as its button does.

        Raises
        ------
        KeyError
            If there is no such preset.
        """
        self._set(self._defaults | self._presets[name])

    def reset(self):
        """Set all values to their defaults and forget what was before."""
        self.failure = None
        self._set(self._defaults)

    def _set(self, values):
        before = self.values
        self.values = values
        if self.values == before:  # nothing has changed, but the reader has asked for it
            self._respond()

    def _pressed(self, _widget, message, _buffers):
        """Answer a button."""
        if "preset" in message:
            self._guarded(lambda: self.preset(message["preset"]))
        elif "reset" in message:
            self._guarded(self.reset)

    def _changed(self, _change):
        self._guarded(self._respond)

    def _respond(self):
        raise NotImplementedError

    def _guarded(self, respond):
        """Do something; show an exception in the lab, since ipykernel would bury it in a log."""
        try:
            respond()
        except Exception as error:
            self._fail(error)

    def _fail(self, error):
        self.failure = error
        where = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
        place = f" ({Path(where.filename).name}, line {where.lineno})" if where else ""
        sentence = f"This lab has failed: {type(error).__name__}: {error}{place}. Press Reset to try again."
        self.frame = self._frame(self.frame["png"], sentence, False, failed=True)

    def _show(self, sentence, running=False):
        """Show the plot as it is now, and the sentence."""
        self.frame = self._frame(base64.b64encode(self._plot.png()).decode(), sentence, running)

    def _frame(self, png, sentence, running, failed=False):
        width, height = self._plot.size
        return {
            "png": png,
            "width": int(width),
            "height": int(height),
            "sentence": sentence,
            "description": f"{self._plot.caption} {sentence}",
            "running": running,
            "failed": failed,
        }

    def _repr_mimebundle_(self, **kwargs):
        """Put the picture beside the widget, for a reader without a kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        text = f"Lab: {self.title}. {self._plot.caption}" + (f" FAILED: {self.failure!r}" if self.failure else "")
        return bundle | {"image/png": self.frame["png"], "text/plain": text}, metadata


class RedrawLab(Lab):
    """A lab whose picture follows the sliders while they move.

    Parameters
    ----------
    title, controls, presets, plot
        As for `Lab`.
    draw : callable
        ``draw(plot, **values)`` works out what the values give, moves the lines of the plot, and returns the sentence.
    """

    def __init__(self, title, controls, presets, plot, draw):
        super().__init__(title, controls, presets, plot)
        self._draw = draw
        self._threads = ThreadpoolController()
        self._guarded(self._respond)

    def _respond(self):
        # The matrices are small, and while the browser draws, a second thread of NumPy's is waited for in vain.
        with self._threads.limit(limits=1, user_api="blas"):
            self._show(self._draw(self._plot, **self.values))


class TrainingLab(Lab):
    """A lab that trains when a control is let go, and shows the run while it goes on.

    A new value cancels the run before. Earlier runs stay visible as ghosts, until a reset.

    Parameters
    ----------
    title, controls, presets, plot
        As for `Lab`.
    train : callable
        ``train(**values)`` is a generator; what it yields is a point of the run.
    draw : callable
        ``draw(plot, runs, values, state)`` moves the lines of the plot and returns the sentence. ``runs`` has for this
        run and each of the plot's ghosts the list of what was yielded, the latest first; ``state`` is "running",
        "stopped" or "finished".
    """

    trains = traitlets.Bool(True).tag(sync=True)

    def __init__(self, title, controls, presets, plot, train, draw):
        super().__init__(title, controls, presets, plot)
        self._train, self._draw = train, draw
        self._runs = []  # the points of each run, the latest first
        self._shown = None  # the runs and values that were drawn last
        self._stopped = False
        self._worker = Worker(self._fail, self._rest)
        self._respond()
        try:
            self._worker.wait()  # so that the stored output shows the finished run
        except KeyboardInterrupt:
            self._worker.stop()
            raise

    @property
    def running(self):
        """Whether a run is going on."""
        return self._worker.running

    def wait(self, timeout=None):
        """Wait until no run is going on, at most `timeout` seconds; return whether that is so."""
        return self._worker.wait(timeout)

    def stop(self):
        """Stop the run; what it has shown stays."""
        self._stopped = True
        self._worker.stop()

    def reset(self):
        """Set all values to their defaults, forget the earlier runs, and train."""
        self._runs = []
        super().reset()

    def _pressed(self, widget, message, buffers):
        if "stop" in message:
            self.stop()
        elif "train" in message:
            self._respond()
        else:
            super()._pressed(widget, message, buffers)

    def _respond(self):
        self._stopped = False
        values = self.values
        self._worker.start(lambda check: self._run(values, check))

    def _run(self, values, check):
        """Train with these values (in the worker's thread)."""
        points = []
        runs = self._runs = [points, *self._runs][: self._plot.n_ghosts + 1]
        shown = -math.inf
        try:
            for point in self._train(**values):
                points.append(point)
                check()
                if time.perf_counter() - shown >= FRAME_SECONDS:
                    shown = time.perf_counter()
                    self._show_run(runs, values, "running")
            time.sleep(max(0.0, shown + FRAME_SECONDS - time.perf_counter()))
            check()
        except CancelledError:
            if not self._stopped:  # another run takes its place, and would only have a stump for a ghost
                self._runs = [run for run in self._runs if run is not points]
            raise
        self._show_run(runs, values, "finished")

    def _show_run(self, runs, values, state):
        self._shown = runs, values
        empty = [[]] * (self._plot.n_ghosts + 1 - len(runs))
        self._show(self._draw(self._plot, runs + empty, values, state), running=state == "running")

    def _rest(self):
        """Say so if the last run has been stopped (in the worker's thread, when there is no other)."""
        if self.frame["running"]:
            self._show_run(*self._shown, "stopped")

    def close(self):
        """Stop, let go of networks and data, and leave the page."""
        self.stop()
        self._train = None
        super().close()
