"""The labs' background thread: one job at a time, the latest one, and no thread where there is no work."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from helpers.labs.worker import Worker
from helpers.labs.worker import __file__ as worker_file
from helpers.training.side_by_side import CancelledError
from tests.test_side_by_side import wait_until_cancelled

LONG = 60  # seconds after which something that ought to happen at once counts as hanging


@pytest.fixture
def failures():
    return []


@pytest.fixture
def worker(failures):
    worker = Worker(failures.append)
    yield worker
    worker.stop()
    assert worker.wait(LONG)
    for thread in lab_threads():  # it has signed off, and is about to end
        thread.join(LONG)


class Job:
    """A job that goes on until it is cancelled, and remembers what has happened to it."""

    def __init__(self):
        self.begun, self.cancelled = threading.Event(), threading.Event()

    def __call__(self, check):
        self.begun.set()
        try:
            wait_until_cancelled(check, LONG)
        except CancelledError:
            self.cancelled.set()
            raise


def lab_threads():
    return [thread for thread in threading.enumerate() if thread.name == "lab"]


def test_a_job_runs_in_a_thread_of_its_own_and_can_be_waited_for(worker):
    ran_in = []
    worker.start(lambda check: ran_in.append(threading.current_thread()))
    assert worker.wait(LONG)
    assert not worker.running
    (thread,) = ran_in
    assert thread is not threading.current_thread()


def test_a_new_job_cancels_the_one_before(worker):
    first, second = Job(), Job()
    worker.start(first)
    assert first.begun.wait(LONG)
    worker.start(second)
    assert second.begun.wait(LONG)
    assert first.cancelled.is_set()
    assert not second.cancelled.is_set()
    assert worker.running


def test_a_job_that_is_replaced_before_its_turn_never_runs(worker):
    """The first one looks late whether it is still wanted, so that the others have to wait."""
    begun, release, ran = threading.Event(), threading.Event(), []

    def first(check):
        begun.set()
        release.wait(LONG)
        check()
        ran.append("first, to its end")

    worker.start(first)
    assert begun.wait(LONG)
    for name in ("second", "third", "last"):
        worker.start(lambda check, name=name: ran.append(name))
    release.set()
    assert worker.wait(LONG)
    assert ran == ["last"]


def test_stop_cancels_what_runs_and_what_waits_and_does_not_wait_for_it(worker):
    begun, release, cancelled, ran = threading.Event(), threading.Event(), [], []

    def slow_to_look(check):
        begun.set()
        release.wait(LONG)
        try:
            check()
        except CancelledError:
            cancelled.append(True)
            raise

    worker.start(slow_to_look)
    assert begun.wait(LONG)
    worker.start(lambda check: ran.append("waiting"))
    worker.stop()
    assert worker.running  # the job has not looked yet
    release.set()
    assert worker.wait(LONG)
    assert (cancelled, ran) == ([True], [])


def test_after_a_stop_the_next_job_runs_uncancelled(worker):
    worker.start(Job())
    worker.stop()
    ran = []

    def job(check):
        check()
        ran.append(True)

    worker.start(job)
    assert worker.wait(LONG)
    assert ran == [True]


def test_stop_without_work_does_nothing(worker):
    worker.stop()
    assert not worker.running
    assert worker.wait(0)


def test_wait_says_after_its_time_whether_there_is_still_work(worker):
    job = Job()
    assert worker.wait(0)
    worker.start(job)
    assert not worker.wait(0)
    assert not worker.wait(0.02)
    assert not job.cancelled.is_set()
    worker.stop()
    assert worker.wait(LONG)
    assert worker.wait(0)


def test_being_cancelled_is_no_failure(worker, failures):
    job = Job()
    worker.start(job)
    assert job.begun.wait(LONG)
    worker.stop()
    assert worker.wait(LONG)
    assert failures == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, BaseException])
def test_a_failure_is_handed_over_and_the_worker_goes_on_with_what_waits(worker, failures, error):
    begun, release, ran = threading.Event(), threading.Event(), []

    def fails(check):
        begun.set()
        release.wait(LONG)
        raise error("this one")

    worker.start(fails)
    assert begun.wait(LONG)
    worker.start(lambda check: ran.append("waiting"))
    release.set()
    assert worker.wait(LONG)
    worker.start(lambda check: ran.append("later"))
    assert worker.wait(LONG)
    assert ran == ["waiting", "later"]
    assert [(type(failure), str(failure)) for failure in failures] == [(error, "this one")]


def test_a_job_can_start_its_successor(worker):
    ran = []

    def first(check):
        worker.start(lambda check: ran.append("second"))
        ran.append("first")

    worker.start(first)
    assert worker.wait(LONG)
    assert ran == ["first", "second"]


def test_there_is_a_thread_only_while_there_is_work(worker):
    assert lab_threads() == []
    for _ in range(3):
        worker.start(Job())
        (thread,) = lab_threads()
    worker.stop()
    assert worker.wait(LONG)
    thread.join(LONG)
    assert lab_threads() == []


def test_two_workers_work_at_the_same_time(worker):
    other, meeting = Worker(pytest.fail), threading.Barrier(2, timeout=LONG)
    met = []
    for each in (worker, other):
        each.start(lambda check: met.append(meeting.wait()))
    assert worker.wait(LONG)
    assert other.wait(LONG)
    assert sorted(met) == [0, 1]


@pytest.fixture
def dawdling():
    """Let the worker's thread pause before each of its lines, so that other threads come in between everywhere."""
    rng = np.random.default_rng(0)

    def pause(frame, event, argument):
        if frame.f_code.co_filename != worker_file:
            return None
        time.sleep(rng.uniform(0, 2e-4))
        return pause

    threading.settrace(pause)
    yield
    threading.settrace(None)


def test_a_job_that_is_started_just_when_the_thread_signs_off_is_not_lost(worker, failures, dawdling):
    rng, ran = np.random.default_rng(0), []
    for number in range(300):
        ended = threading.Event()

        def job(check, number=number, ended=ended):
            ran.append(number)
            ended.set()

        worker.start(job)
        assert ended.wait(5), f"job {number} was never run"
        time.sleep(rng.uniform(0, 4e-3))  # as long as the thread needs to sign off, more or less
    assert worker.wait(LONG)
    assert ran == list(range(300))
    assert failures == []


class Watched:
    """Short jobs, some of which fail, under the eye of one that counts how many run at the same time."""

    def __init__(self):
        self.begun, self.ended, self.failed = [], [], []
        self.at_once, self.most_at_once = 0, 0
        self.lock = threading.Lock()

    def job(self, number, n_looks, fails):
        def run(check):
            with self.lock:
                self.begun.append(number)
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                for _ in range(n_looks):
                    check()
                    time.sleep(1e-4)
                if fails:
                    self.failed.append(number)
                    raise ValueError(number)
                self.ended.append(number)
            finally:
                with self.lock:
                    self.at_once -= 1

        return run


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_random_moves_never_run_two_jobs_at_once_and_always_end_with_the_latest(worker, failures, dawdling, seed):
    rng, watched, others = np.random.default_rng(seed), Watched(), []
    for number in range(300):
        move = rng.choice(["start", "start elsewhere", "stop", "pause", "settle"], p=[0.5, 0.15, 0.1, 0.15, 0.1])
        job = watched.job(number, rng.integers(0, 10), rng.random() < 0.1)
        if move == "start":
            worker.start(job)
        elif move == "start elsewhere":
            others.append(threading.Thread(target=worker.start, args=(job,)))
            others[-1].start()
        elif move == "stop":
            worker.stop()
        elif move == "pause":
            time.sleep(rng.uniform(0, 2e-3))
        else:
            for other in others:
                other.join()
            worker.start(job)
            assert worker.wait(LONG)
            assert number in watched.ended + watched.failed
    for other in others:
        other.join()
    worker.start(watched.job("last", 10, False))
    assert worker.wait(LONG)
    assert watched.ended[-1] == "last"
    assert watched.most_at_once == 1
    assert len(set(watched.begun)) == len(watched.begun)
    assert [failure.args[0] for failure in failures] == watched.failed
    for thread in lab_threads():
        thread.join(LONG)
    assert lab_threads() == []


def test_python_ends_at_once_and_in_silence_while_jobs_go_on_and_lets_them_tidy_up():
    """One of them computes with TensorFlow, and for one another job waits."""
    program = """
import threading
from helpers.labs.worker import Worker
import tensorflow as tf

begun = threading.Semaphore(0)

def endless(check):
    begun.release()
    matrix = tf.ones((300, 300))
    try:
        while True:
            check()
            matrix = matrix @ matrix / 300
    finally:
        print("tidy")

workers = [Worker(print), Worker(print)]
for worker in workers:
    worker.start(endless)
    begun.acquire()
workers[0].start(lambda check: check())
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=LONG)
    assert (run.returncode, run.stdout, run.stderr) == (0, "tidy\ntidy\n", "")


def test_where_even_the_report_of_a_failure_fails_the_next_job_runs(monkeypatch):
    unhandled = []
    monkeypatch.setattr(threading, "excepthook", unhandled.append)

    def cannot_report(error):
        raise OSError("nobody listens")

    worker = Worker(cannot_report)
    worker.start(lambda check: 1 / 0)
    assert worker.wait(10)
    done = threading.Event()
    worker.start(lambda check: done.set())
    assert worker.wait(10)
    assert done.is_set()
    assert [failure.exc_type for failure in unhandled] == [OSError]


def test_idle_is_called_when_nothing_is_left_to_do_and_what_is_started_then_still_runs():
    calls = []

    def idle():
        calls.append("idle")
        if calls.count("idle") == 1:
            worker.start(lambda check: calls.append("job"))

    worker = Worker(calls.append, idle)
    worker.start(lambda check: calls.append("first"))
    assert worker.wait(LONG)
    assert calls == ["first", "idle", "job", "idle"]
