"""Every lab: whatever the reader does, the picture and the sentence are those of the last values, and nothing fails."""

import base64
import functools
import gc
import io
import json
import math
import random
import re
import threading
import time
import weakref
from types import SimpleNamespace

import keras
import numpy as np
import PIL.Image
import pytest
import tensorflow as tf
import traitlets
from keras import initializers, layers

from helpers.activations import curve
from helpers.data.garments import draw_garments
from helpers.labs import following, live
from helpers.labs.controls import Number
from helpers.labs.live import FRAME_SECONDS, RedrawLab, TrainingLab
from helpers.lessons.lesson1 import initialization_lab
from helpers.lessons.lesson2 import activation_lab, retraining_lab
from helpers.lessons.lesson3 import depth_lab
from helpers.lessons.lesson4 import batch_lab, batch_norm_lab
from helpers.lessons.lesson4 import labs as batch_norm
from helpers.lessons.lesson5 import clipping_lab, recurrent_lab
from helpers.plotting.live import LivePanels
from helpers.training.loop import Trainer

pytestmark = pytest.mark.filterwarnings("error")

LONG = 60  # seconds after which a run that ought to have ended counts as hanging
REDRAWN = {
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


def settle(*labs):
    for lab in labs:
        if lab.trains:
            assert lab.wait(LONG)


def until_running(lab, n_points=1):
    """Wait until the lab shows a run that goes on and has so many points."""
    for _ in range(100 * LONG):
        if lab.frame["running"] and len(lab._runs[0]) >= n_points:
            return
        time.sleep(0.01)
    pytest.fail("no run was shown")


def press(lab, **message):
    """Do what the button in the browser does."""
    lab._handle_custom_msg(message, [])


def seen(lab):
    return lab.frame["png"], lab.frame["sentence"]


def defaults(lab):
    return {name: control["default"] for name, control in lab.controls.items()}


def assert_works(lab):
    """Check that the lab has not failed, describes what it shows, and has values that it can work with."""
    assert lab.failure is None
    assert not lab.frame["failed"]
    assert not lab.frame["running"]
    assert lab.frame["sentence"].endswith(".")
    assert lab.frame["description"] == f"{lab._plot.caption} {lab.frame['sentence']}"
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
    assert defaults(lab).keys() == lab.controls.keys()
    with PIL.Image.open(io.BytesIO(base64.b64decode(first["png"]))) as picture:
        assert picture.size == (first["width"], first["height"])
        assert len(picture.getcolors()) > 10
    lab.reset()
    settle(lab)
    assert lab.values == defaults(lab)
    assert seen(lab) == (first["png"], first["sentence"])
    assert_works(lab)


@every_lab
def test_presets_show_something_else_and_reset_brings_back_exactly_what_was_first(lab, name):
    first, asked = seen(lab), []
    for preset in lab.presets:
        press(lab, preset=preset)
        settle(lab)
        assert_works(lab)
        assert lab.values == defaults(lab) | lab._presets[preset]
        asked.append(json.dumps(lab.values))
        if lab.values != defaults(lab):
            assert lab.frame["png"] != first[0], preset
            assert lab.frame["sentence"] != first[1], preset
    assert len(set(asked)) == len(asked) >= 3
    press(lab, reset=True)
    settle(lab)
    assert seen(lab) == first
    assert lab.values == defaults(lab)


def extreme_values(lab):
    """Return all values that differ from the defaults in one of them, which is as far as it goes."""
    ends = {
        name: control["options"] if control["kind"] == "choice" else (control["lowest"], control["highest"])
        for name, control in lab.controls.items()
    }
    return [defaults(lab) | {name: end} for name in ends for end in ends[name]]


@every_lab
def test_both_ends_of_every_control_and_every_option_work(lab, name):
    for values in extreme_values(lab):
        lab.values = values
        settle(lab)
        assert lab.values == values
        assert_works(lab)


@every_lab
def test_all_controls_work_at_their_ends_together(lab, name):
    lows = {n: control.get("lowest", control["default"]) for n, control in lab.controls.items()}
    highs = {n: control.get("highest", control["default"]) for n, control in lab.controls.items()}
    for values in (lows, highs):
        lab.values = values
        settle(lab)
        assert_works(lab)


GARBAGE = [math.nan, math.inf, -math.inf, None, "abc", "", "0.5", [1], {}, True, -1e300, 10**400, object()]


@every_lab
def test_whatever_is_asked_for_the_values_are_ones_that_the_lab_can_work_with(lab, name):
    for garbage in GARBAGE:
        for control in lab.controls:
            lab.values = defaults(lab) | {control: garbage}
            assert lab.failure is None, (control, garbage)
        lab.values = dict.fromkeys(lab.controls, garbage)
    for values in ({}, {"no such control": 1}, {1: 2, None: 3}, defaults(lab) | {"one more": 4}):
        lab.values = values
        assert lab.values == defaults(lab)
    settle(lab)
    assert_works(lab)


@every_lab
def test_what_is_no_dict_is_refused_and_changes_nothing(lab_as_it_is, name):
    lab = lab_as_it_is
    before = lab.values, seen(lab)
    for garbage in (None, 3, "abc", [1, 2]):
        with pytest.raises(traitlets.TraitError):
            lab.values = garbage
    assert (lab.values, seen(lab)) == before


@every_lab
def test_an_unknown_preset_is_refused(lab_as_it_is, name):
    lab = lab_as_it_is
    before = lab.values
    with pytest.raises(KeyError, match="no such preset"):
        lab.preset("no such preset")
    assert lab.values == before


def moves(lab, n):
    """Return n values as a reader would give who moves one control after the other at random."""
    rng, values = np.random.default_rng(0), defaults(lab)
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
    for values in moves(lab, 200):
        lab.values = values
    settle(lab)
    assert_works(lab)
    assert lab.values == values
    picture, sentence = seen(lab)
    lab.reset()
    settle(lab)
    lab.values = values
    settle(lab)
    assert lab.frame["sentence"] == sentence
    if not lab.trains:  # the earlier runs, of which some were cut short, stay visible
        assert lab.frame["png"] == picture


@every_lab
def test_the_stored_output_has_the_picture_beside_the_widget(lab_as_it_is, name):
    lab = lab_as_it_is
    bundle, _ = lab._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == lab.model_id
    assert bundle["text/plain"] == f"Lab: {lab.title}. {lab._plot.caption}"
    with PIL.Image.open(io.BytesIO(base64.b64decode(bundle["image/png"]))) as picture:
        assert picture.format == "PNG"
        assert picture.size == lab._plot.size == (lab.frame["width"], lab.frame["height"])


@every_lab
def test_a_lab_prints_nothing(lab, name, capfd):
    lab.values = extreme_values(lab)[-1]
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
    lab.values = defaults(lab) | {"rate": 1e3} | ({"threshold": 1e3} if name == "recurrent" else {})
    settle(lab)
    assert_works(lab)
    (step, *_) = map(int, re.findall(r"diverged at step (\d+)", lab.frame["sentence"]))
    assert 1 <= step <= 100


@trained
def test_a_new_value_during_a_run_cancels_it(lab, name, long_runs, monkeypatch):
    expected = seen(lab)[1]
    lab.values = defaults(lab) | {"rate": 0.02}
    until_running(lab)
    monkeypatch.setattr(following, "EPOCHS", 1)
    sentences = []
    lab.observe(lambda change: sentences.append(change["new"]["sentence"]), "frame")
    lab.values = defaults(lab)
    settle(lab)
    lab.unobserve_all("frame")
    assert lab.frame["sentence"] == expected
    assert not any("stopped" in sentence for sentence in sentences)
    assert_works(lab)


@trained
def test_stop_ends_the_run_and_keeps_what_it_has_shown(lab, name, long_runs):
    press(lab, train=True)
    until_running(lab)
    press(lab, stop=True)
    settle(lab)
    assert not lab.running
    assert "stopped" in lab.frame["sentence"]
    assert_works(lab)
    stopped = seen(lab)
    press(lab, stop=True)
    assert seen(lab) == stopped


@trained
def test_a_preset_during_a_run_begins_anew_with_its_values(lab, name, long_runs, monkeypatch):
    press(lab, train=True)
    until_running(lab)
    monkeypatch.setattr(following, "EPOCHS", 1)
    press(lab, preset=lab.presets[0])
    settle(lab)
    sentence = lab.frame["sentence"]
    assert lab.values == defaults(lab) | lab._presets[lab.presets[0]]
    lab.reset()
    lab.preset(lab.presets[0])
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
    assert all(lab.running for lab in labs)
    settle(*labs)
    assert [seen(lab) for lab in labs] == alone


@trained
def test_earlier_runs_stay_visible_until_a_reset(lab, name):
    first = seen(lab)
    lab.values = defaults(lab) | {"rate": 0.02}
    settle(lab)
    lab.values = defaults(lab)
    settle(lab)
    assert lab.frame["sentence"] == first[1]
    assert lab.frame["png"] != first[0]
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
    return following.Curves(lab._runs[0], name)["loss"]


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
    lab.values = {"activation": activation, "alpha": alpha, "rate": rate}
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
    lab.values = {"rate": 0.1, "threshold": threshold}
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
    curves = following.Curves(lab._runs[0])
    assert max(curves["raw"]) > threshold  # so that there was something to clip
    np.testing.assert_array_equal(curves["clipped"], np.minimum(curves["raw"], threshold))


@pytest.mark.parametrize("dragged", [-10.0, -0.3, 0.0, 0.4, 10.0])
def test_a_batch_is_normalised_as_the_formula_says(built, dragged):
    lab = built("batch").lab
    lab.values = {"dragged": dragged}
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
    lab.values = {"alpha": alpha}
    z = np.linspace(-4, 4, 161)
    drawn = [
        line.get_ydata() for axes in lab._plot.figure.axes for line in axes.lines if np.array_equal(line.get_xdata(), z)
    ]
    expected = [np.where(z > 0, z, alpha * np.expm1(z)), np.where(z > 0, z, alpha * z)]
    slopes = [curve(lambda z: keras.activations.elu(z, alpha), z)[1]]
    slopes.append(np.where(z > 0, 1, alpha))
    np.testing.assert_allclose(drawn[:2], expected, atol=1e-6)
    np.testing.assert_allclose(drawn[2:], slopes, atol=1e-6)


# What the labs have in common is tried on a lab whose training is a generator of numbers.


@functools.cache
def toy_plot(n_ghosts=0):
    panels = {"y": {"limits": (0, 10)}}
    return LivePanels(panels, (0, 10), "x", "A toy.", ["this run"], n_ghosts=n_ghosts, size=(2, 1.5))


def three(n):
    """Yield n three times, or without end."""
    for _ in range(3):
        yield n
    while n >= 100:
        time.sleep(1e-3)
        yield n


def told(plot, runs, values, state):
    return f"{state}, {values['n']}: {runs[0][:3]}."


@pytest.fixture
def toy():
    """Return a function that makes a training lab; from 100 on, its number means a run without end."""
    made = []

    def make(train=three, draw=told, n_ghosts=2):
        control = Number("n", 1, 0, 1_000, 1, whole=True)
        presets = {"five": {"n": 5}, "endless": {"n": 100}}
        made.append(TrainingLab("Toy", {"n": control}, presets, toy_plot(n_ghosts), train, draw))
        return made[-1]

    yield make
    for lab in made:
        lab.stop()
        assert lab.wait(LONG)


def frames_of(lab):
    frames = []
    lab.observe(lambda change: frames.append(change["new"]), "frame")
    return frames


def test_a_run_is_shown_while_it_goes_on_and_when_it_has_finished(toy):
    lab = toy()
    assert lab.frame["sentence"] == "finished, 1: [1, 1, 1]."
    frames = frames_of(lab)
    lab.values = {"n": 2}
    settle(lab)
    *running, last = frames
    assert running
    for frame in running:
        assert frame["running"]
        assert frame["sentence"].startswith("running, 2: [2")
    assert not last["running"]
    assert last["sentence"] == "finished, 2: [2, 2, 2]."


def test_a_replaced_run_shows_nothing_any_more(toy):
    lab = toy()
    lab.preset("endless")
    until_running(lab)
    frames = frames_of(lab)
    lab.values = {"n": 2}
    settle(lab)
    sentences = [frame["sentence"] for frame in frames]
    new = next(i for i, sentence in enumerate(sentences) if ", 2:" in sentence)
    assert all(", 2:" in sentence for sentence in sentences[new:])
    assert all(sentence.startswith("running, 100") for sentence in sentences[:new])


def test_stop_is_no_failure_and_the_next_run_is_whole(toy):
    lab = toy()
    lab.preset("endless")
    until_running(lab)
    assert lab.running
    lab.stop()
    settle(lab)
    assert not lab.running
    assert lab.frame["sentence"].startswith("stopped, 100: [100")
    assert (lab.failure, lab.frame["running"], lab.frame["failed"]) == (None, False, False)
    press(lab, preset="five")
    settle(lab)
    assert lab.frame["sentence"] == "finished, 5: [5, 5, 5]."


def test_train_begins_anew_with_the_same_values(toy):
    begun = []

    def train(n):
        begun.append(n)
        yield n

    lab = toy(train)
    press(lab, train=True)
    settle(lab)
    press(lab, preset="five")
    settle(lab)
    press(lab, preset="five")
    settle(lab)
    lab.reset()
    settle(lab)
    lab.reset()
    settle(lab)
    assert begun == [1, 1, 5, 5, 1, 1]
    lab.values = {"n": 1}  # as it is
    settle(lab)
    assert len(begun) == 6


@pytest.mark.parametrize("n_ghosts", [0, 1, 3])
def test_earlier_runs_are_kept_the_latest_first_and_forgotten_on_reset(toy, n_ghosts):
    shown = []

    def draw(plot, runs, values, state):
        shown.append([list(run) for run in runs])
        return f"{state} {values}."

    lab = toy(draw=draw, n_ghosts=n_ghosts)
    for n in (2, 3, 4):
        lab.values = {"n": n}
        settle(lab)
    assert {len(runs) for runs in shown} == {n_ghosts + 1}
    assert shown[-1] == [[n] * 3 for n in (4, 3, 2, 1)][: n_ghosts + 1]
    lab.reset()
    settle(lab)
    assert shown[-1] == [[1] * 3] + [[]] * n_ghosts


def test_a_stopped_run_is_kept_but_one_that_another_has_replaced_is_not(toy):
    shown = []

    def train(n):
        yield from three(n) if n != 3 else [n]

    def draw(plot, runs, values, state):
        shown.append([run[:3] for run in runs])
        return f"{state} {values}."

    lab = toy(train, draw)
    lab.preset("endless")
    until_running(lab, n_points=3)
    lab.stop()
    settle(lab)
    lab.preset("endless")
    until_running(lab, n_points=3)
    for n in (3, 4):
        lab.values = {"n": n}
        settle(lab)
    assert [run for run in shown[-1] if run] == [[4] * 3, [3], [100] * 3, [1] * 3][: len(shown[-1])]


class Clock:
    """A clock that goes on only when somebody sleeps, or when it is put forward."""

    def __init__(self):
        self.now = 1_000.0

    def perf_counter(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize("seconds_a_point", [1e-3, 0.03, 0.25])
def test_a_run_shows_at_most_ten_pictures_a_second_and_its_end_in_any_case(toy, monkeypatch, seconds_a_point):
    clock, shown = Clock(), []
    monkeypatch.setattr(live, "time", clock)
    n_points = round(2 / seconds_a_point)

    def train(n):
        for _ in range(n_points):
            clock.sleep(seconds_a_point)
            yield n

    def draw(plot, runs, values, state):
        shown.append((clock.now, state, len(runs[0])))
        return f"{len(runs[0])} points."

    lab = toy(train, draw)
    at, states, n_shown = zip(*shown, strict=True)
    assert states == ("running",) * (len(states) - 1) + ("finished",)
    assert np.diff(at).min() > FRAME_SECONDS - 1e-9
    assert len(shown) >= min(n_points, 2 / (FRAME_SECONDS + seconds_a_point))
    assert (n_shown[0], n_shown[-1]) == (1, n_points)
    assert lab.frame["sentence"] == f"{n_points} points."


@trained
def test_the_frames_of_a_run_are_at_most_ten_a_second(lab, name, monkeypatch):
    monkeypatch.setattr(following, "EPOCHS", 3)
    frames = frames_of(lab)
    begun = time.perf_counter()
    press(lab, train=True)
    settle(lab)
    seconds = time.perf_counter() - begun
    lab.unobserve_all("frame")
    running = [frame for frame in frames if frame["running"]]
    assert 1 <= len(running) <= seconds / FRAME_SECONDS + 1
    assert not frames[-1]["running"]


FAILURES = [ValueError, FloatingPointError, KeyboardInterrupt]


def assert_shows_failure(lab, error):
    assert type(lab.failure) is error
    assert lab.frame["failed"]
    assert not lab.frame["running"]
    assert f"{error.__name__}: five is too much" in lab.frame["sentence"]
    assert "test_labs.py, line" in lab.frame["sentence"]
    assert lab.frame["sentence"] in lab.frame["description"]
    bundle, _ = lab._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Lab: Toy. ")
    assert bundle["text/plain"].endswith(f" FAILED: {error.__name__}('five is too much')")


def fail_at_five(n, error):
    if n == 5:
        raise error("five is too much")


@pytest.mark.parametrize("error", FAILURES)
@pytest.mark.parametrize("where", ["train", "draw", "draw the end"])
def test_an_exception_in_a_run_is_shown_until_a_reset(toy, capfd, where, error):
    def train(n):
        yield n
        if where == "train":
            fail_at_five(n, error)
        yield n

    def draw(plot, runs, values, state):
        if where == "draw" or (where == "draw the end" and state == "finished"):
            fail_at_five(values["n"], error)
        return f"{state} {values}."

    lab = toy(train, draw)
    good = seen(lab)
    press(lab, preset="five")
    settle(lab)
    assert_shows_failure(lab, error)
    assert not lab.running
    press(lab, reset=True)
    settle(lab)
    assert seen(lab) == good
    assert (lab.failure, lab.frame["failed"]) == (None, False)
    assert "FAILED" not in lab._repr_mimebundle_()[0]["text/plain"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("error", [ValueError, ZeroDivisionError])
def test_an_exception_while_redrawing_is_shown_until_a_reset(error, capfd):
    def draw(plot, n):
        fail_at_five(n, error)
        return f"{n}."

    lab = RedrawLab("Toy", {"n": Number("n", 1, 0, 10, 1)}, {"five": {"n": 5}}, toy_plot(), draw)
    good = seen(lab)
    for ask in (lambda: press(lab, preset="five"), lambda: setattr(lab, "values", {"n": 5})):
        ask()
        assert_shows_failure(lab, error)
        press(lab, reset=True)
        assert seen(lab) == good
        assert (lab.failure, lab.frame["failed"]) == (None, False)
    assert capfd.readouterr() == ("", "")


def test_a_lab_that_fails_at_its_start_says_so():
    def draw(plot, n):
        fail_at_five(n, ValueError)

    assert_shows_failure(RedrawLab("Toy", {"n": Number("n", 5, 0, 10, 1)}, {}, toy_plot(), draw), ValueError)


def test_a_failed_run_leaves_no_thread_and_its_lab_trains_again(toy):
    def train(n):
        yield n
        fail_at_five(n, ValueError)

    lab = toy(train)
    lab.preset("five")
    settle(lab)
    lab.values = {"n": 2}
    settle(lab)
    assert lab.frame["sentence"] == "finished, 2: [2]."
    assert not lab.frame["failed"]


def test_an_interrupt_while_the_first_run_goes_on_ends_it(monkeypatch):
    running = threading.Event()

    def interrupted(worker, timeout=None):
        assert running.wait(LONG)
        raise KeyboardInterrupt

    def train(n):
        while True:
            running.set()
            yield n

    monkeypatch.setattr(live.Worker, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        TrainingLab("Toy", {"n": Number("n", 1, 0, 10, 1)}, {}, toy_plot(), train, told)
    for thread in threading.enumerate():
        if thread.name == "lab":
            thread.join(LONG)
            assert not thread.is_alive()


def test_stop_is_shown_even_where_it_takes_away_the_run_that_was_to_replace_another(toy):
    in_step, go_on = threading.Event(), threading.Event()

    def train(n):
        yield n
        if n == 2:
            in_step.set()
            assert go_on.wait(60)
        yield n

    lab = toy(train)
    lab.values = {"n": 2}
    assert in_step.wait(60)
    lab.values = {"n": 3}
    press(lab, stop=True)
    go_on.set()
    settle(lab)
    assert not lab.frame["running"]
    assert lab.frame["sentence"].startswith("stopped")


def test_a_cell_that_runs_again_closes_its_lab_and_lets_go_of_networks_and_data(toy, monkeypatch):
    def in_cell(number):
        kernel = SimpleNamespace(get_parent=lambda: {"metadata": {"cellId": number}})
        monkeypatch.setattr(live, "get_ipython", lambda: SimpleNamespace(kernel=kernel))

    def trainer():
        def train(n):
            yield n

        return train, weakref.ref(train)

    labs = []
    for cell in ("a", "a", "b"):
        in_cell(cell)
        train, alive = trainer()
        labs.append((toy(train), alive))
        del train
    gc.collect()
    assert [lab.comm is None for lab, _ in labs] == [True, False, False]
    assert [alive() is None for _, alive in labs] == [True, False, False]
