"""Work in the background: one thread that runs the latest job and ends when there is none."""

import threading

from helpers.training.side_by_side import CancelledError


class Worker:
    """Runs one job at a time in a background thread; a new job cancels the one before.

    There is a thread only while there is work. It is not a daemon: when the kernel shuts down, Python waits for it, and
    the job is cancelled at its next ``check()``.

    Parameters
    ----------
    failed : callable
        Called in the background thread with the exception of a job that raised one (other than CancelledError).
    idle : callable
        Called there without arguments when there is nothing left to do.
    """

    def __init__(self, failed, idle=lambda: None):
        self._failed, self._idle = failed, idle
        self._changed = threading.Condition()
        self._next = None
        self._cancelled = threading.Event()
        self._thread = None

    @property
    def running(self):
        """Whether a job is running or about to run."""
        return self._thread is not None

    def start(self, job):
        """Cancel what is running and run this job next.

        Parameters
        ----------
        job : callable
            ``job(check)``: it calls ``check()`` often, which raises CancelledError once the job is not wanted any more.
            A job that was replaced before its turn never runs.
        """
        with self._changed:
            self._cancelled.set()
            self._cancelled = threading.Event()
            self._next = (job, self._cancelled)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lab")
                self._thread.start()

    def stop(self):
        """Cancel what is running and what waits; return at once."""
        with self._changed:
            self._cancelled.set()
            self._next = None

    def wait(self, timeout=None):
        """Wait until there is no work, at most `timeout` seconds; return whether there is none."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout)

    def _run(self):
        try:
            self._work()
            while not self._signed_off():
                self._work()
        except BaseException:  # even the report of a failure has failed: the next job gets a new thread
            with self._changed:
                self._sign_off()
            raise

    def _work(self):
        """Do what there is to do."""
        while (task := self._take()) is not None:
            job, cancelled = task
            try:
                job(lambda cancelled=cancelled: _check(cancelled))
            except CancelledError:
                pass
            except BaseException as error:  # whatever it is, the reader must see it
                self._failed(error)
        try:
            self._idle()
        except BaseException as error:
            self._failed(error)

    def _take(self):
        with self._changed:
            task, self._next = self._next, None
            return task

    def _signed_off(self):
        """Sign off, unless there is a job again by now; `start` cannot look meanwhile."""
        with self._changed:
            if self._next is None:
                self._sign_off()
            return self._thread is None

    def _sign_off(self):
        self._thread = None
        self._changed.notify_all()


def _check(cancelled):
    if cancelled.is_set() or not threading.main_thread().is_alive():
        raise CancelledError
