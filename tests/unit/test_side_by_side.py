"""Jobs in threads: everything is reported in the caller's thread, and a failure or an interrupt ends all of them."""

import threading
import time

import pytest

from helpers.training.comparison import CancelledError, run_side_by_side


@pytest.mark.parametrize("n_jobs", [1, 2, 3])
def test_each_job_runs_once_and_each_step_is_reported_to_the_calling_thread(n_jobs):
    done, reported_in = [], []

    def job_number(number):
        def job(report, check):
            for _ in range(number):
                check()
                report()
            done.append(number)

        return job

    run_side_by_side([job_number(n) for n in range(5)], n_jobs, lambda: reported_in.append(threading.get_ident()))
    assert sorted(done) == list(range(5))
    assert reported_in == [threading.get_ident()] * 10


def test_two_jobs_are_in_hand_at_the_same_time():
    meeting = threading.Barrier(2, timeout=60)
    run_side_by_side([lambda report, check: meeting.wait()] * 2, 2, lambda: None)


def wait_until_cancelled(check, seconds=60):
    for _ in range(seconds * 100):
        check()
        time.sleep(0.01)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_ends_the_other_jobs_and_is_raised(error):
    ended = []

    def fails(report, check):
        raise error("this one")

    def waits(report, check):
        try:
            wait_until_cancelled(check)
        except CancelledError:
            ended.append(True)
            raise

    with pytest.raises(error, match="this one"):
        run_side_by_side([waits, fails, waits], 2, lambda: None)
    assert ended == [True]  # the third never began


def test_an_interrupt_of_the_caller_ends_all_jobs_before_it_is_raised():
    running = []

    def waits(report, check):
        running.append(threading.current_thread())
        report()
        wait_until_cancelled(check)

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_side_by_side([waits, waits], 2, interrupt)
    assert not any(thread.is_alive() for thread in running)
