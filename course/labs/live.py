"""The two kinds of labs: one redraws while a slider moves, the other trains while the reader watches."""

import contextlib
import math
import threading
import time
from dataclasses import dataclass, field

import traitlets

from course.labs.blas import one_blas_thread
from course.labs.lab import Lab
from helpers.training.side_by_side import CancelledError

FRAME_SECONDS = 0.1  # a training run shows at most ten pictures a second
AHEAD_SECONDS = 0.03  # what is worked out ahead goes out in groups, so that few messages hold many
MOST_KEPT = 400  # of what was worked out
RUNNING, STOPPED, FINISHED, FAILED, REPLACED = "running", "stopped", "finished", "failed", "replaced"


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
        self._draw = draw
        self._kept = {}  # sentence and numbers of values that were worked out, the oldest first
        self._ahead = None  # what says which thread may work ahead
        super().__init__(title, controls, presets, plot)

    def _respond(self, _kind, values):
        sentence, numbers = self._worked_out(values)
        self._show(values, sentence, numbers=numbers)

    def _worked_out(self, values):
        """Return what these values give, sentence and numbers; called with the lock held."""
        key = tuple(values.values())
        if key not in self._kept:
            # The matrices are small, and while the browser draws, a second thread of NumPy's is waited for in vain.
            with one_blas_thread():
                sentence = self._draw(self._plot, **values)
            self._kept[key] = sentence, self._plot.numbers()
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[key]

    def _look_ahead(self, asked):
        self._ahead = ticket = object()  # whoever works ahead for an earlier one stops
        threading.Thread(target=self._work_ahead, args=(ticket, asked), name="lab ahead").start()

    def _work_ahead(self, ticket, asked):
        """Work out what is asked for and send it in groups (in a thread of its own), until something else is asked."""
        entries, sent = [], time.perf_counter()
        for values in asked:
            with self._lock:
                if self._ahead is not ticket or not threading.main_thread().is_alive():
                    return
                with contextlib.suppress(Exception):  # whoever wishes for these values will see it
                    sentence, numbers = self._worked_out(values)
                    entries.append({"values": values, "sentence": sentence, "numbers": numbers})
            if time.perf_counter() - sent >= AHEAD_SECONDS:
                self._send_ahead(entries)
                entries, sent = [], time.perf_counter()
            time.sleep(1e-4)  # a wish that waits for the lock comes first
        self._send_ahead(entries)

    def _send_ahead(self, entries):
        if entries and threading.main_thread().is_alive():  # while Python ends, nobody listens
            self.send({"kind": "ahead", "entries": entries})

    def _let_go(self):
        self._draw = self._ahead = None
        self._kept = {}
        super()._let_go()


@dataclass
class Run:
    """A run of a training lab, which goes on while its state is RUNNING; the lab's lock guards it.

    Attributes
    ----------
    values : dict
        That it was begun with.
    points : list
        What has been yielded.
    state : str
    """

    values: dict
    points: list = field(default_factory=list)
    state: str = RUNNING


class TrainingLab(Lab):
    """A lab that trains when a control is let go, and shows the run while it goes on.

    A new value replaces the run before. Earlier runs that have ended otherwise stay visible as ghosts, until a reset.

    Parameters
    ----------
    title, controls, presets, plot
        As for `Lab`.
    train : callable
        ``train(**values)`` is a generator; what it yields is a point of the run.
    draw : callable
        ``draw(plot, runs, values, state)`` moves the lines of the plot and returns the sentence. ``runs`` has for this
        run and each of the plot's ghosts the list of what was yielded, the latest first; ``state`` is "running",
        "stopped" or "finished". The list of a run that has only been begun, or was stopped then, is empty.
    """

    trains = traitlets.Bool(True).tag(sync=True)

    def __init__(self, title, controls, presets, plot, train, draw):
        self._train, self._draw = train, draw
        self._runs = []  # the latest first
        self._thread = (
            None  # of the latest run; it is no daemon, so that Python waits for it when the kernel shuts down
        )
        super().__init__(title, controls, presets, plot)

    def train(self):
        """Train anew with the values as they are."""
        self.set()

    def stop(self):
        """Stop the run; what it has shown stays."""
        with self._lock:
            self._wish("stop", self.values)

    def wait(self, timeout=None):
        """Wait until the latest run has ended, at most `timeout` seconds; return whether that is so."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def sentence(self, state):
        """Draw the runs as they are now; return what is said of the latest if that is its state."""
        with self._lock:
            empty = [[]] * (self._plot.n_ghosts + 1 - len(self._runs))
            points = [run.points for run in self._runs] + empty
            return self._draw(self._plot, points, self._runs[0].values, state)

    def _respond(self, kind, values):
        is_new = kind != "stop" or values != self.values
        if is_new:
            self._begin(values)
        if kind == "reset":
            del self._runs[1:]
        if kind != "stop":
            self._show_run(RUNNING)  # at once, though it may have to be compiled or to wait for the one before
            work = threading.Thread(target=self._work, args=(self._runs[0], self._train, self._thread), name="lab")
            work.start()
            self._thread = work
        elif self._runs[0].state == RUNNING:
            self._runs[0].state = STOPPED
            self._show_run(STOPPED)
        else:
            self._show_again()

    def _begin(self, values):
        """Put a new run in front of those that have ended by themselves or were stopped."""
        if self._runs and self._runs[0].state == RUNNING:
            self._runs[0].state = REPLACED
        ended = [run for run in self._runs if run.points and run.state != REPLACED]
        self._runs = [Run(values), *ended][: self._plot.n_ghosts + 1]

    def _work(self, run, train, before):
        """Train (in a thread of the run's own), once the run before has ended: they share networks."""
        if before is not None:
            before.join()
        try:
            self._follow(run, train)
        except CancelledError:
            pass
        except BaseException as error:  # whatever it is, the reader must see it
            with self._lock:
                if _goes_on(run):
                    self._fail(run.values, error)

    def _follow(self, run, train):
        """Show the points of a run while they come."""
        shown = -math.inf
        self._check(run)
        for point in train(**run.values):
            with self._lock:
                self._check(run)
                run.points.append(point)
                if time.perf_counter() - shown >= FRAME_SECONDS:
                    shown = time.perf_counter()
                    self._show_run(RUNNING)
        time.sleep(max(0.0, shown + FRAME_SECONDS - time.perf_counter()))
        with self._lock:
            self._check(run)
            self._show_run(FINISHED)

    def _check(self, run):
        if not _goes_on(run):
            raise CancelledError

    def _show_run(self, state):
        """Show the latest run; it is in this state then."""
        latest = self._runs[0]
        sentence = self.sentence(state)
        latest.state = state
        self._show(latest.values, sentence, running=state == RUNNING)

    def _fail(self, values, error):
        self._runs[0].state = FAILED
        super()._fail(values, error)

    def _let_go(self):
        for run in self._runs:
            run.state = REPLACED
        self._train = self._draw = None
        self._runs = []
        super()._let_go()


def _goes_on(run):
    """Tell whether a run is still wanted; it is not while the kernel shuts down."""
    return run.state == RUNNING and threading.main_thread().is_alive()
