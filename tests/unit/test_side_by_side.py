"""Jobs in threads: everything is reported in the caller's thread, and a failure or an interrupt ends all of them."""

import threading
import time

import keras
import numpy as np
import pytest
from keras import layers
from test_training import drawn_data

from helpers.training import compare
from helpers.training.side_by_side import CancelledError, run_side_by_side

at_once = pytest.mark.parametrize("at_once", [1, 2, 3])


@at_once
def test_each_job_runs_once_and_each_step_is_reported_to_the_calling_thread(at_once):
    done, reported_in = [], []

    def job_number(number):
        def job(report, check):
            for _ in range(number):
                check()
                report()
            done.append(number)

        return job

    run_side_by_side([job_number(n) for n in range(5)], at_once, lambda: reported_in.append(threading.get_ident()))
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


def net(*extra):
    hidden = [layers.Dense(8, activation="relu"), *(layer() for layer in extra)]
    model = keras.Sequential([keras.Input((6,)), *hidden, layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_models_trained_side_by_side_give_exactly_what_each_gives_alone():
    builders = {
        "plain": net,
        "batch norm": lambda: net(layers.BatchNormalization),
        "dropout": lambda: net(lambda: layers.Dropout(0.3)),
        "leaky": lambda: net(layers.LeakyReLU),
    }
    options = {"seeds": (0, 1), "epochs": 3, "batch_size": 16, "verbose": 0}

    def kernel_sum(model):
        return {"kernel": float(np.abs(model.layers[0].kernel.numpy()).sum())}

    alone = compare(builders, drawn_data(), measure=kernel_sum, at_once=1, **options)
    together = compare(builders, drawn_data(), measure=kernel_sum, at_once=4, **options)
    assert together.names == alone.names
    for name in builders:
        for key in ("loss", "val_accuracy", "kernel"):
            np.testing.assert_array_equal(together.values(name, key), alone.values(name, key), err_msg=f"{name} {key}")


def test_a_model_that_is_not_compiled_ends_a_comparison():
    def not_compiled():
        return keras.Sequential([keras.Input((6,)), layers.Dense(3)])

    with pytest.raises(ValueError, match="not compiled"):
        compare({"good": net, "bad": not_compiled}, drawn_data(), epochs=100_000, verbose=0)
