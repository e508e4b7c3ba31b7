"""A run that is looked at every few steps is the run itself, and what is said of it is true."""

import keras
import numpy as np
import pytest
from small_networks import classifier, drawn_data, seeded, sgd

from course.labs.figure import LivePanels
from course.labs.points import (
    EPOCHS,
    IMAGES_PER_POINT,
    MOST_STEPS,
    N_IMAGES,
    Point,
    column,
    describe_run,
    draw_curves,
    restart,
    three_epochs,
    training_points,
)
from helpers.training import Settings, Trainer

SIZE = 8
DATA = drawn_data(200)
ORDER = np.concatenate([np.random.default_rng(0).permutation(200) for _ in range(3)]).astype(np.int32)  # 75 batches
NAN = float("nan")


def new_model():
    return seeded(lambda: classifier(sgd()))


@pytest.fixture(scope="module")
def trainer():
    return Trainer(new_model(), DATA.x_train, DATA.y_train, Settings(SIZE, gradient_norms=True))


def points(trainer, learning_rate=0.1, order=ORDER, size=SIZE, **options):
    return list(training_points("net", restart(trainer, new_model(), learning_rate), order, size, **options))


def test_a_point_has_what_the_trainer_gives_for_its_steps_in_one_go_and_what_is_measured(trainer):
    ((losses, predictions, norms),) = restart(trainer, new_model(), 0.1).steps(ORDER)
    is_right = predictions.argmax(axis=-1).ravel() == DATA.y_train[ORDER]
    measured = []
    found = points(trainer, measure=lambda norms: measured.append(norms) or {"part": len(measured)})
    assert column(found, "step") == [25, 50, 75]
    np.testing.assert_array_equal(column(found, "loss"), losses.reshape(3, 25).mean(axis=1, dtype=float))
    np.testing.assert_allclose(column(found, "accuracy"), is_right.reshape(3, 200).mean(axis=1))
    np.testing.assert_array_equal(np.concatenate(measured), norms)
    assert column(found, "part") == [1, 2, 3]


@pytest.mark.parametrize("size", [2, 150, 1_600, 3_000])
def test_a_point_has_so_many_steps_or_images_but_one_step_at_least_and_the_last_takes_the_rest(size):
    trainer = Trainer(
        new_model(), np.repeat(DATA.x_train, 20, axis=0), np.repeat(DATA.y_train, 20), Settings(batch_size=None)
    )
    order = np.arange(4_000)[: 60 * size]
    found = points(trainer, order=order, size=size)
    steps = np.diff([0, *column(found, "step")])
    usual = max(1, min(MOST_STEPS, IMAGES_PER_POINT // size))
    assert (steps[:-1] == usual).all()
    assert min(usual, len(order) // size) <= steps[-1] < 2 * usual
    assert steps.sum() == len(order) // size
    assert column(found, "images") == [point.step * size for point in found]


@pytest.mark.parametrize("step", [1, 25, 26, 75])
def test_a_run_ends_at_the_very_step_that_sees_an_image_which_is_not_finite(step):
    x = np.concatenate([DATA.x_train, np.full_like(DATA.x_train[:1], np.inf)])
    trainer = Trainer(new_model(), x, np.append(DATA.y_train, 0), Settings(batch_size=None))
    order = ORDER.copy()
    order[step * SIZE - 3] = 200
    *before, last = points(trainer, order=order, measure=lambda norms: {"norm": 1.0})
    assert not any(point.diverged for point in before)
    assert last.diverged
    assert (last.step, last.images, last.extra) == (step, step * SIZE, {})
    assert np.isnan([last.loss, last.accuracy]).all()


@pytest.mark.parametrize("size", [1, 7, 128])
def test_three_epochs_are_full_batches_of_every_image_in_each_epoch_in_the_same_order_for_every_size(size):
    order = three_epochs(size)
    assert len(order) == EPOCHS * N_IMAGES // size * size
    for start in range(0, len(order), N_IMAGES):
        epoch = order[start : start + N_IMAGES]
        assert len(np.unique(epoch)) == len(epoch)
    assert set(order) == set(range(N_IMAGES))
    np.testing.assert_array_equal(order, three_epochs(1)[: len(order)])
    np.testing.assert_array_equal(three_epochs(size, 200), order[: 200 * size])


def a_point(step=25, loss=0.5, accuracy=0.75, **extra):
    return Point("net", step, loss, accuracy, 8 * step, extra)


@pytest.mark.parametrize("state", ["running", "stopped", "finished"])
def test_a_run_is_described_by_its_last_point_and_its_state(state):
    description = describe_run([a_point(), a_point(50, 0.123456, 0.876)], state)
    where = "after 50 steps" if state == "finished" else f", {state} at step 50"
    assert description.startswith("loss 0.123, accuracy 0.88")
    assert description.endswith(where)
    diverged = describe_run([a_point(), a_point(31, NAN, NAN)], state)
    assert diverged == "diverged at step 31: the loss is no longer a finite number"
    assert describe_run([], state) == ("stopped before its first step" if state == "stopped" else "starting")


@pytest.mark.parametrize(("factor", "is_worse"), [(1.99, False), (2.01, True)])
def test_a_finished_run_with_more_than_twice_the_loss_of_guessing_is_called_far_worse(factor, is_worse):
    guessing = keras.losses.SparseCategoricalCrossentropy()(np.array([3]), np.full((1, 10), 0.1)).numpy()
    run = [a_point(loss=factor * guessing)]
    assert ("worse than guessing" in describe_run(run, "finished")) == is_worse
    assert "guessing" not in describe_run(run, "running")


def test_a_curve_has_no_value_where_nothing_was_measured_and_one_that_becomes_infinite_leaves_its_panel_at_the_top():
    plot = LivePanels({"norm": {"limits": (0.01, 100), "log": True}}, (0, 100), "steps", "A norm.", ["this run"])
    run = [a_point(norm=1.5), a_point(50, norm=float("inf")), a_point(51), a_point(52, NAN, NAN)]
    draw_curves(plot, [run], "step", [("norm", "norm", None)])
    (x, (first, second, *rest)), (cross, _) = plot.numbers()
    assert x == [25, 50, None, None]
    assert first == 1.5
    assert second > 1e20
    assert rest == [None, None]
    assert cross == [52]
