"""A run that is looked at every few steps is the run itself, and what is said of it is true."""

import keras
import numpy as np
import pytest
from keras import layers
from small_networks import classifier, drawn_data, seeded, sgd

from course.labs.following import (
    EPOCHS,
    IMAGES_PER_POINT,
    MOST_STEPS,
    N_IMAGES,
    Curves,
    Point,
    draw_curves,
    follow,
    how_it_goes,
    started,
    three_epochs,
)
from course.labs.live_plot import LivePanels
from helpers.training.loop import Trainer

SIZE = 8
DATA = drawn_data(200)
ORDER = np.concatenate([np.random.default_rng(0).permutation(200) for _ in range(3)]).astype(np.int32)  # 75 batches


def new_model(optimizer=None):
    return seeded(lambda: classifier(optimizer or sgd()))


@pytest.fixture(scope="module")
def trainer():
    return Trainer(new_model(), DATA.x_train, DATA.y_train, SIZE, gradient_norms=True)


def points(trainer, learning_rate=0.1, order=ORDER, size=SIZE, **options):
    return list(follow("net", started(trainer, new_model(), learning_rate), order, size, **options))


def test_losses_and_accuracies_are_those_of_a_plain_loop(trainer):
    model, losses, hits = new_model(), [], []
    for batch in ORDER.reshape(-1, SIZE):
        x, y = DATA.x_train[batch], DATA.y_train[batch]
        hits.append(model(x).numpy().argmax(axis=1) == y)
        losses.append(model.train_on_batch(x, y, return_dict=True)["loss"])
        model.reset_metrics()
    seen = points(trainer)
    assert [point.step for point in seen] == [25, 50, 75]
    np.testing.assert_allclose([p.loss for p in seen], np.reshape(losses, (3, 25)).mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose([p.accuracy for p in seen], np.reshape(hits, (3, 200)).mean(axis=1))


def test_losses_are_exactly_those_of_the_trainer_in_one_go(trainer):
    ((losses, _, norms),) = started(trainer, new_model(), 0.1).steps(ORDER)
    measured = []
    seen = points(trainer, measure=lambda norms: measured.append(norms) or {})
    np.testing.assert_array_equal([p.loss for p in seen], losses.reshape(3, 25).mean(axis=1, dtype=float))
    np.testing.assert_array_equal(np.concatenate(measured), norms)


def test_what_is_measured_at_a_point_is_kept_with_it(trainer):
    values = iter([3.0, 2.0, 1.0])
    assert [p.extra for p in points(trainer, measure=lambda norms: {"norm": next(values)})] == [
        {"norm": 3.0},
        {"norm": 2.0},
        {"norm": 1.0},
    ]


@pytest.mark.parametrize("size", [2, 64, 150, 800, 1_600, 3_000])
def test_a_point_has_so_many_steps_or_images_but_one_step_at_least_and_the_last_takes_the_rest(size):
    trainer = Trainer(new_model(), np.repeat(DATA.x_train, 20, axis=0), np.repeat(DATA.y_train, 20), batch_size=None)
    order = np.arange(4_000)[: 60 * size]
    seen = list(follow("net", trainer, order, size))
    steps = np.diff([0] + [point.step for point in seen])
    usual = max(1, min(MOST_STEPS, IMAGES_PER_POINT // size))
    assert (steps[:-1] == usual).all()
    assert min(usual, len(order) // size) <= steps[-1] < 2 * usual
    assert steps.sum() == len(order) // size
    assert [point.images for point in seen] == [point.step * size for point in seen]


def test_what_does_not_fill_a_batch_is_left_out(trainer):
    whole, with_rest = points(trainer, order=ORDER[:400]), points(trainer, order=ORDER[:407])
    assert with_rest == whole
    assert whole[-1].images == 400


def first_bad_step(trainer, learning_rate):
    """Train step by step; return the number of the first one whose loss is not finite."""
    started(trainer, new_model(), learning_rate)
    for number, batch in enumerate(ORDER.reshape(-1, SIZE), start=1):
        ((loss, *_),) = trainer.steps(batch)
        if not np.isfinite(loss):
            return number
    return None


def assert_ends_at(step, seen):
    assert [point.diverged for point in seen] == [False] * (len(seen) - 1) + [True]
    last = seen[-1]
    assert (last.step, last.images, last.extra) == (step, step * SIZE, {})
    assert np.isnan([last.loss, last.accuracy]).all()


@pytest.mark.parametrize("learning_rate", [1e10, 1e30])
def test_a_run_ends_at_the_very_step_at_which_it_diverges(trainer, learning_rate):
    step = first_bad_step(trainer, learning_rate)
    assert step > 1
    assert first_bad_step(trainer, 0.1) is None
    assert_ends_at(step, points(trainer, learning_rate, measure=lambda norms: {"norm": 1.0}))


@pytest.mark.parametrize("step", [1, 2, 25, 26, 27, 60, 75])
def test_a_run_ends_at_the_very_step_that_sees_an_image_which_is_not_finite(step):
    x = np.concatenate([DATA.x_train, np.full_like(DATA.x_train[:1], np.inf)])
    trainer = Trainer(new_model(), x, np.append(DATA.y_train, 0), batch_size=None)
    order = ORDER.copy()
    order[step * SIZE - 3] = 200
    assert_ends_at(step, points(trainer, order=order))


@pytest.mark.parametrize("optimizer", [{}, {"momentum": 0.9}], ids=str)
def test_a_run_that_is_started_again_is_the_same_whatever_was_before(optimizer):
    def build():
        return classifier(sgd(**optimizer), [layers.BatchNormalization(), layers.Dropout(0.3, seed=1)])

    trainer, fresh = (Trainer(seeded(build), DATA.x_train, DATA.y_train, SIZE), seeded(build))
    first, ruined, again, other = (
        list(follow("net", started(trainer, fresh, rate), ORDER, SIZE)) for rate in (0.1, 1e30, 0.1, 0.2)
    )
    assert ruined[-1].diverged
    assert again == first
    assert other != first


def test_started_sets_the_learning_rate_and_returns_the_trainer(trainer):
    assert started(trainer, new_model(), 0.25) is trainer
    assert float(trainer.model.optimizer.learning_rate) == 0.25


SIZES = [1, 2, 7, 32, 100, 128, 512]


@pytest.mark.parametrize("size", SIZES)
def test_three_epochs_are_full_batches_of_every_image_in_each_epoch(size):
    order = three_epochs(size)
    assert len(order) == EPOCHS * N_IMAGES // size * size
    for start in range(0, len(order), N_IMAGES):
        epoch = order[start : start + N_IMAGES]
        assert len(np.unique(epoch)) == len(epoch)
    assert set(order) == set(range(N_IMAGES))


@pytest.mark.parametrize("size", SIZES)
def test_the_order_is_the_same_each_time_and_for_every_batch_size(size):
    order = three_epochs(size)
    np.testing.assert_array_equal(order, three_epochs(size))
    np.testing.assert_array_equal(order, three_epochs(1)[: len(order)])


@pytest.mark.parametrize(("size", "steps"), [(2, 1_000), (32, 937), (128, 234)])
def test_a_run_is_cut_short_at_the_most_steps(size, steps):
    order = three_epochs(size, 1_000)
    assert len(order) == steps * size
    np.testing.assert_array_equal(order, three_epochs(size)[: len(order)])


def a_point(step=25, loss=0.5, accuracy=0.75, **extra):
    return Point("net", step, loss, accuracy, 8 * step, extra)


NAN = float("nan")


@pytest.mark.parametrize("state", ["running", "stopped", "finished"])
def test_how_it_goes_tells_state_step_loss_and_accuracy_of_the_last_point(state):
    said = how_it_goes([a_point(), a_point(50, 0.123456, 0.876)], state)
    assert ("after 50 steps" if state == "finished" else f"{state} at step 50") in said
    assert "loss 0.123" in said
    assert "accuracy 0.88" in said
    assert "diverged" not in said
    assert "guessing" not in said


@pytest.mark.parametrize("state", ["running", "stopped", "finished"])
def test_how_it_goes_says_where_a_run_has_diverged(state):
    said = how_it_goes([a_point(), a_point(31, NAN, NAN)], state)
    assert "diverged at step 31" in said
    assert "nan" not in said


def test_a_run_without_points_has_not_begun():
    assert how_it_goes([], "running") == "starting"
    assert how_it_goes([], "stopped") == "stopped before its first step"


@pytest.mark.parametrize(("factor", "worse"), [(1.0, False), (1.99, False), (2.01, True), (1e6, True)])
def test_a_finished_run_with_more_than_twice_the_loss_of_guessing_is_called_far_worse(factor, worse):
    guessing = keras.losses.SparseCategoricalCrossentropy()(np.array([3]), np.full((1, 10), 0.1)).numpy()
    assert ("worse than guessing" in how_it_goes([a_point(loss=factor * guessing)], "finished")) == worse
    assert "guessing" not in how_it_goes([a_point(loss=factor * guessing)], "running")


def test_curves_are_the_columns_of_the_points():
    curves = Curves([a_point(norm=1.5), a_point(50, 0.25), a_point(51, NAN, NAN)])
    assert curves["step"] == [25, 50, 51]
    assert curves["images"] == [200, 400, 408]
    np.testing.assert_array_equal(curves["loss"], [0.5, 0.25, NAN])
    np.testing.assert_array_equal(curves["norm"], [1.5, NAN, NAN])
    assert Curves([])["loss"] == []


def test_curves_of_one_network_leave_the_other_out():
    mixed = [a_point(), Point("other", 3, NAN, NAN, 24, {}), a_point(50)]
    assert Curves(mixed, "net")["step"] == [25, 50]
    assert Curves(mixed, "other")["step"] == [3]
    assert Curves(mixed)["step"] == [25, 3, 50]
    assert Curves(mixed, "net").end("step") == []
    assert Curves(mixed, "other").end("step") == [3]


def test_the_end_of_a_curve_is_where_the_run_diverged():
    assert Curves([a_point(), a_point(50)]).end("step") == []
    assert Curves([]).end("step") == []
    diverged = Curves([a_point(), a_point(31, NAN, NAN)])
    assert (diverged.end("step"), diverged.end("images")) == ([31], [248])


def test_a_curve_that_becomes_infinite_leaves_its_panel_at_the_top():
    plot = LivePanels({"norm": {"limits": (0.01, 100), "log": True}}, (0, 100), "steps", "A norm.", ["this run"])
    run = [a_point(norm=1.5), a_point(50, norm=float("inf")), a_point(51, NAN, NAN)]
    draw_curves(plot, [run], "step", [("norm", "norm", None)])
    (x, y), _ = plot.numbers()
    assert x == [25, 50, None]
    assert y[0] == 1.5
    assert y[1] > 1e20
