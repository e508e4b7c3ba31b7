"""Work that runs side by side in threads, and ends at once when the reader interrupts it."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor


class CancelledError(Exception):
    """Raised in a job whose result is no longer wanted."""


def run_side_by_side(jobs, at_once, finished_step):
    """Run jobs in threads, a few at a time.

    Parameters
    ----------
    jobs : sequence of callable
        ``job(report, check)``: it calls ``report()`` after each step of its progress, and often ``check()``, which
        raises CancelledError once another job has failed or the caller was interrupted.
    at_once : int
        Number of threads; with 1 the jobs run one after the other in the calling thread.
    finished_step : callable
        Called without arguments in the calling thread, once for each report.

    Raises
    ------
    Exception
        Whatever a job raised first; KeyboardInterrupt if the caller was interrupted. No job is running by then.
    """
    if at_once == 1 or len(jobs) == 1:
        for job in jobs:
            job(finished_step, lambda: None)
        return
    cancelled, reports, failures = threading.Event(), queue.SimpleQueue(), []

    def check():
        if cancelled.is_set():
            raise CancelledError

    def run(job):
        try:
            check()
            job(lambda: reports.put(True), check)
        except BaseException as error:  # KeyboardInterrupt, too: it is raised again in the calling thread
            failures.append(error)
            cancelled.set()
        finally:
            reports.put(False)

    with ThreadPoolExecutor(at_once) as pool:
        try:
            for job in jobs:
                pool.submit(run, job)
            n_running = len(jobs)
            while n_running:
                if reports.get():
                    finished_step()
                else:
                    n_running -= 1
        finally:
            cancelled.set()
    if failures:
        raise failures[0]
