"""Every lab: whatever the reader does, the picture and the sentence are those of the last values, and nothing fails."""

import base64
import functools
import gc
import io
import itertools
import json
import math
import random
import re
import sys
import threading
import time
import tracemalloc
from types import SimpleNamespace

import keras
import numpy as np
import PIL.Image
import pytest
import tensorflow as tf
from keras import initializers, layers
from lab_page import LONG, Page, in_cell, press, seen, settle, until, until_running

from course.labs import (
    activation_lab,
    batch_lab,
    batch_norm_lab,
    clipping_lab,
    depth_lab,
    factor_lab,
    following,
    initialization_lab,
    live,
    recurrent_lab,
    retraining_lab,
)
from course.labs import lesson4 as batch_norm
from course.labs.live import FRAME_SECONDS
from helpers.activations import curve
from helpers.data import draw_garments
from helpers.training.loop import Trainer

pytestmark = pytest.mark.filterwarnings("error")

REDRAWN = {
    "factor": lambda data: factor_lab(),
    "initialization": initialization_lab,
    "activation": lambda data: activation_lab(),
    "depth": depth_lab,
    "batch": lambda data: batch_lab(),
    "clipping": lambda data: clipping_lab(),
}
TRAINED = {"retraining": retraining_lab, "batch norm": batch_norm_lab, "recurrent": recurrent_lab}
BUILD = REDRAWN | TRAINED
every_lab = pytest.mark.parametrize("name", BUILD)
trained = pytest.mark.parametrize("name", TRAINED)
redrawn = pytest.mark.parametrize("name", REDRAWN)


def random_numbers():
    return [*keras.random.normal((3,)).numpy(), *tf.random.normal((3,)).numpy(), *np.random.rand(3), random.random()]  # noqa: NPY002


@pytest.fixture(scope="module", autouse=True)
def short_runs():
    """Let a run have 3,200 images instead of 30,000."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "EPOCHS", 1)
        patch.setattr(following, "N_IMAGES", 3_200)
        yield


@pytest.fixture
def long_runs(monkeypatch):
    """Let a run have so many images that it is going on whenever a test looks."""
    monkeypatch.setattr(following, "EPOCHS", 100)
    monkeypatch.setattr(batch_norm, "MOST_STEPS", 1_000_000)


@pytest.fixture(scope="module")
def data():
    return draw_garments(10_000, 500, 10)


@pytest.fixture(scope="module")
def built(data):
    """Return a function that builds a lab when it is first asked for; it tells what the lab showed then, too."""

    @functools.cache
    def build(name):
        keras.utils.set_random_seed(3)
        lab = BUILD[name](data)
        return SimpleNamespace(lab=lab, first=lab.frame, drawn_next=random_numbers())

    yield build
    for name in TRAINED:
        build(name).lab.stop()


@pytest.fixture
def lab(built, name):
    """Return the lab as it is after a reset."""
    lab = built(name).lab
    lab.reset()
    settle(lab)
    return lab


@pytest.fixture
def lab_as_it_is(built, name):
    """Return the lab with whatever the test before has left on it."""
    lab = built(name).lab
    settle(lab)
    return lab


def lines(numbers):
    """Return the x and y of the lines of a frame."""
    return [each for each in numbers if not isinstance(each, str)]


def forget(lab):
    """Let a lab that redraws work out anew what it has been asked for before."""
    if not lab.trains:
        with lab._lock:
            lab._kept.clear()


def assert_works(lab):
    """Check that the lab has not failed, describes what it shows, and has values that it can work with."""
    assert lab.failure is None
    assert not lab.frame["failed"]
    assert not lab.frame["running"]
    assert lab.frame["sentence"].endswith(".")
    assert lab.caption.endswith(".")
    assert list(lab.values) == list(lab.controls)
    for name, control in lab.controls.items():
        if control["kind"] == "choice":
            assert lab.values[name] in control["options"]
        else:
            assert control["lowest"] <= lab.values[name] <= control["highest"]
            assert not control["whole"] or isinstance(lab.values[name], int)


@every_lab
def test_a_lab_begins_with_its_defaults_a_picture_and_a_sentence(built, name):
    lab, first = built(name).lab, built(name).first
    assert first["sentence"]
    assert (first["failed"], first["running"]) == (False, False)
    assert lab.defaults.keys() == lab.controls.keys()
    assert sum(len(x) for x, _ in lines(first["numbers"])) > 0
    lab.reset()
    settle(lab)
    assert lab.values == lab.defaults
    assert seen(lab) == (first["numbers"], first["sentence"])
    assert_works(lab)


@every_lab
def test_presets_show_something_else_and_reset_brings_back_exactly_what_was_first(lab, name):
    first, asked = seen(lab), []
    for preset in lab.presets:
        press(lab, preset)
        settle(lab)
        assert_works(lab)
        assert lab.values == lab.presets[preset]
        asked.append(json.dumps(lab.values))
        if lab.values != lab.defaults:
            assert lab.frame["numbers"] != first[0], preset
            assert lab.frame["sentence"] != first[1], preset
    assert len(set(asked)) == len(asked) >= 3
    press(lab, "Reset")
    settle(lab)
    assert seen(lab) == first
    assert lab.values == lab.defaults


def extreme_values(lab):
    """Return all values that differ from the defaults in one of them, which is as far as it goes."""
    ends = {
        name: control["options"] if control["kind"] == "choice" else (control["lowest"], control["highest"])
        for name, control in lab.controls.items()
    }
    return [lab.defaults | {name: end} for name in ends for end in ends[name]]


@every_lab
def test_both_ends_of_every_control_and_every_option_work(lab, name):
    for values in extreme_values(lab):
        lab.set(**values)
        settle(lab)
        assert lab.values == values
        assert_works(lab)


@every_lab
def test_all_controls_work_at_their_ends_together(lab, name):
    lows = {n: control.get("lowest", control["default"]) for n, control in lab.controls.items()}
    highs = {n: control.get("highest", control["default"]) for n, control in lab.controls.items()}
    for values in (lows, highs):
        lab.set(**values)
        settle(lab)
        assert_works(lab)


GARBAGE = [math.nan, math.inf, -math.inf, None, "abc", "", "0.5", [1], {}, True, -1e300, 10**400, object()]


@every_lab
def test_whatever_is_asked_for_the_values_are_ones_that_the_lab_can_work_with(lab, name):
    for garbage in GARBAGE:
        for control in lab.controls:
            lab.set(**lab.defaults | {control: garbage})
            assert lab.failure is None, (control, garbage)
        lab.set(**dict.fromkeys(lab.controls, garbage))
    settle(lab)
    assert_works(lab)


@every_lab
def test_whatever_a_page_sends_no_exception_is_raised_and_the_next_wish_is_answered(lab, name, capfd, caplog):
    page = Page(lab)
    for values in ({}, {"no such control": 1}, {"": [None]}, lab.defaults | {"one more": 4}, None, 3, "abc", [1, 2]):
        page.wish("set", values)
        assert page.shown["values"] == lab.defaults
        assert page.shown["answers"][page.view] == len(page.wishes)
    settle(lab)
    before = seen(lab)
    wish = {"kind": "set", "view": page.view, "number": 10**6, "values": {}}
    for garbage in (
        None,
        3,
        "abc",
        [1],
        {},
        {"kind": []},
        {"kind": "?"},
        *(wish | {n: {}} for n in wish if n != "values"),
    ):
        page.send(garbage)
    page.send({"kind": "set", "view": page.view, "number": 1, "values": lab.presets[next(iter(lab.presets))]})  # late
    assert seen(lab) == before
    page.press("Reset")
    settle(lab)
    assert page.shown["answers"][page.view] == len(page.wishes)
    assert_works(lab)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


@every_lab
def test_an_unknown_preset_or_control_is_refused(lab_as_it_is, name):
    lab = lab_as_it_is
    before = lab.values, seen(lab)
    with pytest.raises(KeyError, match="of no lab"):
        lab.preset("of no lab")
    with pytest.raises(KeyError, match="there is no control of_no_lab; there are"):
        lab.set(of_no_lab=1)
    assert (lab.values, seen(lab)) == before


def moves(lab, n):
    """Return n values as a reader would give who moves one control after the other at random."""
    rng, values = np.random.default_rng(0), lab.defaults
    for _ in range(n):
        name = rng.choice(list(lab.controls))
        control = lab.controls[name]
        if control["kind"] == "choice":
            values = values | {name: str(rng.choice(control["options"]))}
        elif control["log"]:
            values = values | {name: float(np.exp(rng.uniform(*np.log([control["lowest"], control["highest"]]))))}
        else:
            value = rng.uniform(control["lowest"], control["highest"])
            values = values | {name: round(value) if control["whole"] else float(value)}
        yield values


@every_lab
def test_after_200_fast_moves_the_lab_shows_what_the_last_one_alone_would_show(lab, name):
    page = Page(lab)
    for values in moves(lab, 200):
        page.wish("set", values)
    settle(lab)
    assert_works(lab)
    assert lab.values == values
    picture, sentence = seen(lab)
    forget(lab)
    lab.reset()
    settle(lab)
    lab.set(**values)
    settle(lab)
    assert lab.frame["sentence"] == sentence
    if not lab.trains:  # the earlier runs, of which some were cut short, stay visible
        assert lab.frame["numbers"] == picture


@every_lab
def test_the_stored_output_has_the_picture_beside_the_widget(lab_as_it_is, name):
    lab = lab_as_it_is
    bundle, _ = lab._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == lab.model_id
    assert bundle["text/plain"] == f"Lab: {lab.title}. {lab.caption}"
    with PIL.Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))) as picture:
        assert picture.format == "PNG"
        assert picture.size == lab._plot.size
        assert len(picture.getcolors()) > 10


@every_lab
def test_a_lab_prints_nothing(lab, name, capfd):
    lab.set(**extreme_values(lab)[-1])
    settle(lab)
    lab._repr_mimebundle_()
    assert capfd.readouterr() == ("", "")


@every_lab
def test_a_lab_leaves_the_random_numbers_of_the_notebook_alone(built, name):
    drawn = built(name).drawn_next
    keras.utils.set_random_seed(3)
    np.testing.assert_array_equal(drawn, random_numbers())


@trained
def test_a_run_that_diverges_says_at_which_step(lab, name):
    lab.set(**lab.defaults | {"rate": 1e3} | ({"threshold": 1e3} if name == "recurrent" else {}))
    settle(lab)
    assert_works(lab)
    (step, *_) = map(int, re.findall(r"diverged at step (\d+)", lab.frame["sentence"]))
    assert 1 <= step <= 100


@trained
def test_a_new_value_during_a_run_replaces_it_at_once(lab, name, long_runs, monkeypatch):
    expected, page = seen(lab)[1], Page(lab)
    page.move(rate=0.02)
    until_running(lab)
    monkeypatch.setattr(following, "EPOCHS", 1)
    page.frames.clear()
    page.wish("set", lab.defaults)
    assert "starting" in page.frames[0]["sentence"]
    settle(lab)
    assert {json.dumps(frame["values"]) for frame in page.frames} == {json.dumps(lab.defaults)}
    assert lab.frame["sentence"] == expected
    assert not any("stopped" in frame["sentence"] for frame in page.frames)
    assert_works(lab)


@trained
def test_a_new_value_and_then_stop_show_the_new_run_as_stopped(lab, name, long_runs):
    page = Page(lab)
    page.press("Train")
    until_running(lab)
    page.move(rate=0.02)
    page.press("Stop")
    stopped = page.shown
    assert stopped["values"]["rate"] == 0.02
    assert "0.02" in stopped["sentence"]
    assert "stopped" in stopped["sentence"]
    settle(lab)
    assert page.shown == stopped
    assert_works(lab)


@trained
def test_stop_ends_the_run_at_once_and_keeps_what_it_has_shown(lab, name, long_runs):
    page = Page(lab)
    page.press("Train")
    until_running(lab)
    page.press("Stop")
    assert "stopped at step" in page.shown["sentence"]
    assert_works(lab)
    stopped = seen(lab)
    settle(lab)
    page.press("Stop")
    assert seen(lab) == stopped
    assert page.shown["answers"][page.view] == len(page.wishes)


@trained
def test_a_preset_during_a_run_begins_anew_with_its_values(lab, name, long_runs, monkeypatch):
    press(lab, "Train")
    until_running(lab)
    monkeypatch.setattr(following, "EPOCHS", 1)
    preset = next(iter(lab.presets))
    press(lab, preset)
    settle(lab)
    sentence = lab.frame["sentence"]
    assert lab.values == lab.presets[preset]
    lab.reset()
    lab.preset(preset)
    settle(lab)
    assert lab.frame["sentence"] == sentence


def test_labs_that_train_at_the_same_time_show_what_each_shows_alone(built, monkeypatch):
    labs = [built(name).lab for name in TRAINED]
    monkeypatch.setattr(following, "EPOCHS", 3)
    alone = []
    for lab in labs:
        lab.reset()
        settle(lab)
        alone.append(seen(lab))
    for lab in labs:
        lab.reset()
    assert all(lab.frame["running"] for lab in labs)
    settle(*labs)
    assert [seen(lab) for lab in labs] == alone


@trained
def test_earlier_runs_stay_visible_until_a_reset(lab, name):
    first = seen(lab)
    lab.set(rate=0.02)
    settle(lab)
    lab.set(**lab.defaults)
    settle(lab)
    assert lab.frame["sentence"] == first[1]
    assert lab.frame["numbers"] != first[0]
    lab.reset()
    settle(lab)
    assert seen(lab) == first


@trained
def test_after_a_run_there_is_no_thread(lab_as_it_is, name):
    for thread in threading.enumerate():
        if thread.name == "lab":
            thread.join(LONG)
    assert "lab" not in [thread.name for thread in threading.enumerate()]


def losses(lab, name=None):
    return following.Curves(lab._runs[0].points, name)["loss"]


def twin_losses(model, batch_size, rate, data):
    """Return the losses of Keras's own network after the same numbers of steps."""
    trainer = Trainer(model, data.x_train[:3_200], data.y_train[:3_200], batch_size)
    model.optimizer.learning_rate = rate
    order = following.three_epochs(batch_size)
    return [point.loss for point in following.follow("twin", trainer, order, batch_size)]


def compiled(stack, optimizer=None):
    model = keras.Sequential([keras.Input((28, 28)), *stack])
    model.compile(optimizer or keras.optimizers.SGD(), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    ("activation", "keras_layer"),
    [
        ("leaky ReLU", lambda alpha: layers.LeakyReLU(negative_slope=alpha)),
        ("ELU", lambda alpha: layers.Activation(lambda z: keras.activations.elu(z, alpha))),
        ("PReLU", lambda alpha: layers.PReLU(alpha_initializer=initializers.Constant(alpha))),
    ],
    ids=["leaky ReLU", "ELU", "PReLU"],
)
def test_the_retrained_network_is_that_of_keras(built, data, activation, keras_layer):
    alpha, rate = 0.3, 0.2
    lab = built("retraining").lab
    lab.set(activation=activation, alpha=alpha, rate=rate)
    settle(lab)
    stack = [layers.Flatten()]
    for seed, n_units in enumerate((300, 100)):
        dense = layers.Dense(n_units, kernel_initializer=initializers.HeNormal(seed))
        stack += [dense, keras_layer(alpha)]
    stack.append(layers.Dense(10, "softmax", kernel_initializer=initializers.GlorotUniform(2)))
    expected = twin_losses(compiled(stack), 32, rate, data)
    assert len(expected) == 4
    np.testing.assert_allclose(losses(lab), expected, rtol=1e-4)  # 100 steps of the same float32 sums in another order


@pytest.mark.parametrize("threshold", [0.05, 1.0])
def test_the_recurrent_network_is_that_of_keras_with_global_clipnorm(built, data, threshold):
    lab = built("recurrent").lab
    lab.set(rate=0.1, threshold=threshold)
    settle(lab)
    recurrent = layers.SimpleRNN(
        100,
        activation="relu",
        kernel_initializer=initializers.GlorotUniform(11),
        recurrent_initializer=initializers.Orthogonal(seed=12),
    )
    output = layers.Dense(10, "softmax", kernel_initializer=initializers.GlorotUniform(13))
    model = compiled([recurrent, output], keras.optimizers.SGD(global_clipnorm=threshold))
    np.testing.assert_allclose(losses(lab), twin_losses(model, 100, 0.1, data), rtol=1e-4)
    curves = following.Curves(lab._runs[0].points)
    assert max(curves["raw"]) > threshold  # so that there was something to clip
    np.testing.assert_array_equal(curves["clipped"], np.minimum(curves["raw"], threshold))


@pytest.mark.parametrize("dragged", [-10.0, -0.3, 0.0, 0.4, 10.0])
def test_a_batch_is_normalised_as_the_formula_says(built, dragged):
    lab = built("batch").lab
    forget(lab)
    lab.set(dragged=dragged)
    lines = [line.get_xdata() for line in lab._plot.figure.axes[0].lines]
    z, output = np.array([ends for ends in lines if not np.array_equal(ends, [0, 0])][-7:]).T
    assert z[-1] == dragged
    np.testing.assert_allclose(output, (z - z.mean()) / np.sqrt(z.var() + 1e-3), rtol=1e-5, atol=1e-6)
    told = [float(number) for number in re.findall(r"-?\d+\.\d+", lab.frame["sentence"])]
    others = output[:-1]
    np.testing.assert_allclose(
        told, [dragged, z.mean(), z.std(), output[-1], others.min(), others.max()], atol=0.005 + 1e-6
    )


@pytest.mark.parametrize("alpha", [0.0, 0.25, 1.0, 2.0])
def test_the_activation_lab_draws_the_functions_with_its_alpha(built, alpha):
    lab = built("activation").lab
    forget(lab)
    lab.set(alpha=alpha)
    z = np.linspace(-4, 4, 161)
    drawn = [
        line.get_ydata() for axes in lab._plot.figure.axes for line in axes.lines if np.array_equal(line.get_xdata(), z)
    ]
    expected = [np.where(z > 0, z, alpha * np.expm1(z)), np.where(z > 0, z, alpha * z)]
    slopes = [curve(lambda z: keras.activations.elu(z, alpha), z)[1]]
    slopes.append(np.where(z > 0, 1, alpha))
    np.testing.assert_allclose(drawn[:2], expected, atol=1e-6)
    np.testing.assert_allclose(drawn[2:], slopes, atol=1e-6)


@trained
def test_the_frames_of_a_run_are_at_most_ten_a_second(lab, name, monkeypatch):
    monkeypatch.setattr(following, "EPOCHS", 3)
    page = Page(lab)
    begun = time.perf_counter()
    page.press("Train")
    settle(lab)
    seconds = time.perf_counter() - begun
    running = [frame for frame in page.frames if frame["running"]]
    assert "starting" in running[0]["sentence"]
    assert 1 <= len(running[1:]) <= seconds / FRAME_SECONDS + 1
    assert not page.frames[-1]["running"]


@pytest.mark.parametrize("name", ["initialization", "depth"])
def test_a_lab_that_shows_25_images_does_not_keep_the_others(data, name):
    tracemalloc.start()
    try:
        lab = BUILD[name](data)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < data.x_train.nbytes / 4
    finally:
        tracemalloc.stop()
        lab.close()


@trained
def test_a_cell_that_runs_ten_times_keeps_the_networks_and_data_of_one_lab(data, name, monkeypatch):
    def n_trainers():
        gc.collect()
        return sum(isinstance(thing, Trainer) for thing in gc.get_objects())

    monkeypatch.setattr(following, "N_IMAGES", 800)
    in_cell(monkeypatch, f"memory of {name}")
    before, kept = n_trainers(), []
    for _ in range(10):
        kept.append(BUILD[name](data))  # as IPython keeps what a cell returns
        if len(kept) == 1:
            after_one = n_trainers()
    assert before < after_one == n_trainers()
    kept[-1].close()
    assert n_trainers() == before


@redrawn
def test_what_is_sent_ahead_is_what_a_wish_would_give_without_moving_the_lab(lab, name):
    page, before = Page(lab), lab.frame
    for control, about in lab.controls.items():
        places = about["options"] if about["kind"] == "choice" else np.linspace(about["lowest"], about["highest"], 7)
        page.ahead.clear()
        page.take(control, list(places))
        until(lambda: len(page.ahead) == len(places))  # noqa: B023
        assert [entry["values"][control] for entry in page.ahead] == pytest.approx(
            [round(place) if about.get("whole") else place for place in places]
        )
        assert (lab.frame["values"], seen(lab)) == (before["values"], seen_in(before))
        forget(lab)
        for entry in page.ahead:
            assert entry["values"] == before["values"] | {control: entry["values"][control]}
            page.wish("set", entry["values"])
            assert {key: page.shown[key] for key in entry} == entry
        page.press("Reset")


@redrawn
def test_who_takes_another_control_in_hand_is_sent_no_more_of_the_first(lab, name, monkeypatch):
    page, worked_out = Page(lab), lab._worked_out
    begun, go_on = threading.Event(), threading.Event()

    def slow(values):
        begun.set()
        assert go_on.wait(LONG)
        return worked_out(values)

    monkeypatch.setattr(lab, "_worked_out", slow)
    control = next(iter(lab.controls))
    page.take(control, [lab.values[control]] * 1_000)
    assert begun.wait(LONG)
    page.take(control, [lab.values[control]])
    go_on.set()
    until(lambda: not ahead_threads())
    assert len(page.ahead) == 1


def test_a_lab_that_is_closed_works_no_longer_ahead(data):
    lab = initialization_lab(data)
    Page(lab).take("std", list(np.linspace(0.1, 1, 100_000)))
    assert ahead_threads()
    lab.close()
    until(lambda: not ahead_threads())
    assert not lab._kept


def seen_in(frame):
    return frame["numbers"], frame["sentence"]


def ahead_threads():
    return [thread for thread in threading.enumerate() if thread.name == "lab ahead"]


def test_what_fails_ahead_is_left_out_and_shows_nothing(built):
    lab = built("activation").lab
    page, before = Page(lab), lab.frame
    page.send({"kind": "ahead", "control": "no control", "places": [1], "values": {}})
    page.send({"kind": "ahead", "control": "alpha", "places": "abc", "values": {}})
    page.send({"kind": "ahead", "control": "alpha", "places": [None, "abc", 1e9, [1]], "values": {"alpha": {}}})
    until(lambda: len(page.ahead) == 4)
    assert [entry["values"]["alpha"] for entry in page.ahead] == [0.3, 0.3, 2.0, 0.3]
    assert lab.frame == before


# Bursts: any interleaving of what a reader may do, as messages from a thread of the page's own, while runs go on.


def near(page, control):
    """Return what a slider, a menu or a field may ask for; some of it is beyond the control's bounds."""
    rng, about = page.rng, page.lab.controls[control]
    if about["kind"] == "choice":
        return rng.choice([*about["options"], "no option"])
    return rng.choice([about["lowest"], about["highest"], about["default"], 1e9, -1e9, None, "abc"])


def somewhere(page, control):
    about = page.lab.controls[control]
    if about["kind"] == "choice":
        return page.rng.choice(about["options"])
    value = page.rng.uniform(about["lowest"], about["highest"])
    return round(value) if about["whole"] else value


def burst(page):
    """Do two to six things, most of them at once after one another."""
    rng, lab = page.rng, page.lab
    buttons = [*lab.presets, "Reset", "Reset", *["Train", "Stop", "Stop"] * lab.trains]
    for _ in range(rng.randint(2, 6)):
        what = rng.choice(["drag", "key", "type", "button", "button", "button", "pause", "ahead"])
        control = rng.choice(list(lab.controls))
        if what == "button":
            page.press(rng.choice(buttons))
        elif what == "pause":
            time.sleep(rng.uniform(0, 0.02))
        elif what == "ahead":
            page.take(control, [near(page, control), *(somewhere(page, control) for _ in range(5))])
        elif lab.trains:  # a few values only, of each of which it is known what a run says at its end
            page.wish("set", rng.choice(list(lab.presets.values())))
        elif what == "drag":
            for _ in range(3):
                page.move(**{control: somewhere(page, control)})
        else:
            page.move(**{control: somewhere(page, control) if what == "key" else near(page, control)})


def assert_all_agree(page, alone):
    """Check the frames of a burst: each says the values of the wish that it answers, and the last one shows them."""
    lab, n_wishes = page.lab, len(page.wishes)
    numbers = [frame["number"] for frame in page.frames]
    assert numbers == sorted(set(numbers))
    for frame in page.frames:
        asked, said = page.wishes[frame["answers"][page.view]], frame["values"]
        assert all(said[name] == asked[name] for name in asked if in_bounds(lab.controls[name], asked[name])), frame
        assert alone is None or frame["sentence"].startswith(alone(said)[0])
    for before, after in itertools.pairwise(page.frames):
        if before["answers"] == after["answers"] and not before["running"]:  # what has ended or was stopped stays so
            assert (after["sentence"], after["numbers"]) == (before["sentence"], before["numbers"])
    assert page.shown["answers"][page.view] == n_wishes
    assert page.shown == json.loads(json.dumps(lab.frame))
    assert lab.values == page.shown["values"]
    assert_works(lab)


def in_bounds(control, value):
    if control["kind"] == "choice":
        return value in control["options"]
    return isinstance(value, (int, float)) and control["lowest"] <= value <= control["highest"]


@pytest.fixture
def hasty(monkeypatch):
    """Let threads take turns as often as can be, and runs be very short."""
    monkeypatch.setattr(following, "N_IMAGES", 800)
    monkeypatch.setattr(following, "IMAGES_PER_POINT", 200)
    monkeypatch.setattr(live, "FRAME_SECONDS", 1e-3)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@every_lab
def test_after_200_bursts_of_anything_values_sentence_picture_and_kernel_agree(lab, name, hasty):
    page = Page(lab)
    page.rng = random.Random(7)

    @functools.cache
    def end_of(values):
        lab.reset()
        lab.set(**json.loads(values))
        settle(lab)
        return lab.frame["sentence"]

    def alone(values):
        """Return how each sentence of a run with these values begins, and that of its end."""
        end = end_of(json.dumps(values))
        return re.match(r".*?[:.] ", end)[0], end

    if lab.trains:
        for values in (lab.defaults, *lab.presets.values()):
            alone(values)
    for _ in range(200):
        page.wish("set", lab.defaults)
        page.frames.clear()
        thread = threading.Thread(target=burst, args=(page,))
        thread.start()
        thread.join()
        settle(lab)
        assert_all_agree(page, alone if lab.trains else None)
        if not lab.trains:
            shown = seen(lab)
            forget(lab)
            lab.set(**lab.values)
            assert seen(lab) == shown
        elif "stopped" not in lab.frame["sentence"]:
            assert lab.frame["sentence"] == alone(lab.values)[1]
