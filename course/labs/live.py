"""The two kinds of labs: one redraws while a slider moves, the other trains while the reader watches."""

import contextlib
import math
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache

import traitlets
from threadpoolctl import ThreadpoolController

from course.labs.lab import Lab
from helpers.training.comparison import CancelledError

FRAME_SECONDS = 0.1  # a training run shows at most ten pictures a second
GROUP_SECONDS = 0.03  # what is prefetched goes out in groups, so that few messages hold many
MOST_KEPT = 400  # results of a lab that redraws
RUNNING, STOPPED, FINISHED, FAILED, REPLACED = "running", "stopped", "finished", "failed", "replaced"
_ONE_THREAD = threading.Lock()  # of NumPy, for the whole process: a lab that found another's 1 would leave it so
_LIBRARIES = ThreadpoolController()


class RedrawLab(Lab):
    """A lab whose picture follows the sliders while they move.

    It takes what `Lab` takes, and ``draw(plot, **values)``, which computes what the values give, moves the lines of the
    plot, and returns the sentence.
    """

    def __init__(self, title, controls, presets, plot, draw):
        self._draw = draw
        self._kept = lru_cache(MOST_KEPT)(self._compute)
        self._prefetching = None  # which thread may work ahead
        super().__init__(title, controls, presets, plot)

    def _respond(self, _kind, values):
        sentence, numbers = self._kept(*values.items())
        self._show(values, sentence, numbers=numbers)

    def _compute(self, *values):
        """Return the sentence and numbers of values, pairs of name and value; called with the lock held."""
        # The matrices are small, and while the browser draws, a second thread of NumPy's is waited for in vain.
        with _ONE_THREAD, _LIBRARIES.limit(limits=1, user_api="blas"):
            sentence = self._draw(self._plot, **dict(values))
        return sentence, self._plot.numbers()

    def _prefetch(self, requested):
        thread = threading.Thread(target=self._work_ahead, args=(requested,), name="lab ahead")
        self._prefetching = thread  # the one before stops
        thread.start()

    def _work_ahead(self, requested):
        """Compute what was requested and send it in groups (in a thread of its own), until something else is."""
        entries, sent = [], time.perf_counter()
        for place, values in enumerate(requested, start=1):
            with self._lock:
                if not self._is_wanted():
                    return
                with contextlib.suppress(Exception):  # whoever sets these values will see it
                    sentence, numbers = self._kept(*values.items())
                    entries.append({"values": values, "sentence": sentence, "numbers": numbers})
            is_due = place == len(requested) or time.perf_counter() - sent >= GROUP_SECONDS
            if is_due and entries and self._is_wanted():
                self.send({"kind": "prefetched", "entries": entries})
                entries, sent = [], time.perf_counter()
            time.sleep(1e-4)  # a request that waits for the lock comes first

    def _is_wanted(self):
        """Tell whether this thread is the one that may work ahead; none is while Python ends."""
        return self._prefetching is threading.current_thread() and threading.main_thread().is_alive()

    def _release(self):
        self._draw = self._prefetching = None
        self._kept.cache_clear()
        super()._release()


@dataclass
class BackgroundRun:
    """A run of a training lab, which goes on while its state is RUNNING; the lab's lock guards it."""

    values: dict
    points: list = field(default_factory=list)  # what has been yielded
    state: str = RUNNING

    def check(self):
        """Raise CancelledError if nobody wants the run any more, as while the kernel shuts down."""
        if self.state != RUNNING or not threading.main_thread().is_alive():
            raise CancelledError


class TrainingLab(Lab):
    """A lab that trains when a control is let go, and shows the run while it goes on.

    A new value replaces the run before. Earlier runs that have ended otherwise stay visible as ghosts, until a reset.

    It takes what `Lab` takes, ``train(**values)``, a generator of the points of a run, and
    ``draw(plot, runs, values, state)``, which moves the lines of the plot and returns the sentence. ``runs`` has for
    this run and each of the plot's ghosts the list of its points, the latest first, empty at the beginning; ``state``
    is "running", "stopped" or "finished".
    """

    trains = traitlets.Bool(True).tag(sync=True)

    def __init__(self, title, controls, presets, plot, train, draw):
        self._train, self._draw = train, draw
        self._runs = []  # the latest first
        self._thread = None  # of the latest run; no daemon, so that Python waits for it when the kernel shuts down
        super().__init__(title, controls, presets, plot)

    def wait(self, timeout=None):
        """Wait until the latest run has ended, at most `timeout` seconds; return whether it has."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout)
        return thread is None or not thread.is_alive()

    def sentence(self, state):
        """Draw the runs as they are now; return what the lab says if the latest is in that state."""
        with self._lock:
            empty = [[]] * (self._plot.n_ghosts + 1 - len(self._runs))
            points = [run.points for run in self._runs] + empty
            return self._draw(self._plot, points, self._runs[0].values, state)

    def _respond(self, kind, values):
        if kind != "stop" or values != self.values:
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
            self._send_frame()

    def _begin(self, values):
        """Put a new run in front of those that have ended by themselves or were stopped."""
        if self._runs and self._runs[0].state == RUNNING:
            self._runs[0].state = REPLACED
        ended = [run for run in self._runs if run.points and run.state != REPLACED]
        self._runs = [BackgroundRun(values), *ended][: self._plot.n_ghosts + 1]

    def _work(self, run, train, before):
        """Train (in a thread of the run's own), once the run before has ended: they share networks."""
        if before is not None:
            before.join()
        try:
            self._follow(run, train)
        except CancelledError:
            pass
        except BaseException as error:  # whatever it is, the reader must see it
            with self._lock, contextlib.suppress(CancelledError):
                run.check()
                self._fail(run.values, error)

    def _follow(self, run, train):
        """Show the points of a run while they come."""
        shown = -math.inf
        run.check()
        for point in train(**run.values):
            with self._lock:
                run.check()
                run.points.append(point)
                if time.perf_counter() - shown >= FRAME_SECONDS:
                    shown = time.perf_counter()
                    self._show_run(RUNNING)
        time.sleep(max(0.0, shown + FRAME_SECONDS - time.perf_counter()))
        with self._lock:
            run.check()
            self._show_run(FINISHED)

    def _show_run(self, state):
        """Show the latest run; it is in this state then."""
        latest = self._runs[0]
        sentence = self.sentence(state)
        latest.state = state
        self._show(latest.values, sentence, running=state == RUNNING)

    def _fail(self, values, error):
        self._runs[0].state = FAILED
        super()._fail(values, error)

    def _release(self):
        for run in self._runs:
            run.state = REPLACED
        self._train = self._draw = None
        self._runs = []
        super()._release()
