"""What the labs have in common, on toy labs: runs, requests, frames, what is prefetched, failures."""

import gc
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from lab_page import LONG, Page, in_cell, press, settle, shown, until, until_running
from threadpoolctl import ThreadpoolController

from course.labs import live
from course.labs.controls import Menu, Slider
from course.labs.figure import LivePanels
from course.labs.live import FRAME_SECONDS, RedrawLab, TrainingLab

pytestmark = pytest.mark.filterwarnings("error")
N = Slider("n", 1, 0, 1_000, 1, whole=True)


def new_plot(n_ghosts=0):
    panels = {"y": {"limits": (0, 10)}}
    return LivePanels(panels, (0, 10), "x", "A toy.", ["this run"], n_ghosts=n_ghosts, size=(2, 1.5))


def three(n):
    """Yield n three times, or without end."""
    for _ in range(3):
        yield n
    while n >= 100:
        time.sleep(1e-3)
        yield n


def describe(plot, runs, values, state):
    return f"{state}, {values['n']}: {runs[0][:3] or 'starting'}."


@pytest.fixture
def toy():
    """Return a function that makes a training lab; from 100 on, its number means a run without end."""
    made = []

    def make(train=three, draw=describe, n_ghosts=2):
        presets = {"five": {"n": 5}, "endless": {"n": 100}}
        made.append(TrainingLab("Toy", {"n": N}, presets, new_plot(n_ghosts), train, draw))
        return made[-1]

    yield make
    for lab in made:
        lab.close()
        assert lab.wait(LONG)


def draw_level(plot, n, name="one"):
    plot.set("y", [0, 10], [n / 100, len(name)])
    return f"{name} {n}."


@pytest.fixture
def redrawn():
    """Return a lab that redraws, with a slider and a menu."""
    controls = {"n": N, "name": Menu("name", ("one", "three", "fifteen"), "one")}
    lab = RedrawLab("Toy", controls, {"five": {"n": 5}, "three": {"name": "three"}}, new_plot(), draw_level)
    yield lab
    lab.close()


def test_frames_are_numbered_and_say_which_request_of_each_view_they_answer(toy):
    lab = toy()
    one = Page(lab)
    one.move(n=2)
    settle(lab)
    other = Page(lab)  # takes the place of the first, whose requests stay answered
    assert lab.get_state()["frame"] == lab.frame == other.shown  # it gets the frame with the state, and as an answer
    assert other.shown["sentence"] == "finished, 2: [2, 2, 2]."
    other.move(n=3)
    settle(lab)
    assert other.shown["answers"] == {one.view: 1, other.view: 1}
    numbers = [frame["number"] for frame in one.frames + other.frames]
    assert numbers == sorted(set(numbers))


def test_python_is_refused_what_a_lab_cannot_show(redrawn):
    before = redrawn.values, shown(redrawn)
    with pytest.raises(KeyError, match="there is no control of_no_lab; there are n, name"):
        redrawn.set(of_no_lab=1)
    with pytest.raises(ValueError, match="n: '1,000' is not a number from 0 to 1000"):
        redrawn.set(n="1,000", name="three")
    assert (redrawn.values, shown(redrawn)) == before


def test_whatever_a_page_sends_no_exception_is_raised_and_the_next_request_is_answered(redrawn, capfd, caplog):
    page = Page(redrawn)
    strange = [{}, {"no such control": 1}, {"": [None]}, {"n": [1], "name": {}}, {"n": "1e999999"}, None, 3, "abc", [1]]
    for values in strange:
        page.request("set", values)
        assert page.shown["values"] == redrawn.defaults
        assert page.shown["answers"][page.view] == len(page.requests)
    before = shown(redrawn)
    late = {"kind": "set", "view": page.view, "number": 1, "values": {"n": 5}}
    wrong = [late | {name: {}} for name in ("kind", "view", "number")]
    wrong += [{"kind": "prefetch", "control": control, "places": "abc", "values": {}} for control in ("n", "none")]
    for message in (None, 3, "abc", [1], {}, {"kind": []}, {"kind": "?"}, *wrong, late):
        page.send(message)
    assert shown(redrawn) == before
    page.press("Reset")
    assert page.shown["answers"][page.view] == len(page.requests)
    assert not page.shown["failed"]
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_train_begins_anew_with_the_same_values_and_so_does_everything_but_stop(toy):
    begun = []

    def train(n):
        begun.append(n)
        yield n

    lab = toy(train)
    for button in ("Train", "five", "five", "Stop", "Train", "Reset", "Reset", "Stop"):
        press(lab, button)
        settle(lab)
    assert begun == [1, 1, 5, 5, 5, 1, 1]


def test_only_the_latest_of_the_runs_that_wait_for_another_is_begun_and_one_trains_at_a_time(toy):
    begun, go_on = [], threading.Event()

    def train(n):
        begun.append(n)
        if n == 2:
            assert go_on.wait(LONG)
        yield n
        assert begun[-1] == n

    lab = toy(train)
    lab.set(n=2)
    until(lambda: 2 in begun)
    for n in (3, 4, 5):
        lab.set(n=n)
        assert lab.frame["sentence"] == f"running, {n}: starting."
    assert not lab.wait(0.05)
    go_on.set()
    settle(lab)
    assert begun == [1, 2, 5]
    assert lab.frame["sentence"] == "finished, 5: [5]."


@pytest.mark.parametrize("n_ghosts", [0, 3])
def test_earlier_runs_are_kept_the_latest_first_and_forgotten_on_reset(toy, n_ghosts):
    drawn = []

    def draw(plot, runs, values, state):
        drawn.append([list(run) for run in runs])
        return f"{state} {values}."

    lab = toy(draw=draw, n_ghosts=n_ghosts)
    for n in (2, 3, 4):
        lab.set(n=n)
        settle(lab)
    assert {len(runs) for runs in drawn} == {n_ghosts + 1}
    assert drawn[-1] == [[n] * 3 for n in (4, 3, 2, 1)][: n_ghosts + 1]
    press(lab, "Reset")
    settle(lab)
    assert drawn[-1] == [[1] * 3] + [[]] * n_ghosts


def test_a_stopped_run_is_kept_but_one_that_another_has_replaced_or_without_points_is_not(toy):
    drawn = []

    def train(n):
        yield from three(n) if n != 3 else [n]

    def draw(plot, runs, values, state):
        drawn.append([run[:3] for run in runs])
        return f"{state} {values} {len(runs[0]) if runs[0] else 'starting'}."

    def until_three():
        until_running(lab)
        until(lambda: drawn[-1][0] == [100] * 3)

    lab = toy(train, draw)
    press(lab, "endless")
    until_three()
    press(lab, "Stop")
    press(lab, "endless")  # while the one that was stopped may not have ended
    until_three()
    lab.set(n=3)
    settle(lab)
    page = Page(lab)
    page.request("stop", {"n": 7})  # whose request to set it was held back on the page
    assert page.shown["sentence"] == "stopped {'n': 7} starting."
    assert (page.shown["running"], page.shown["values"]) == (False, {"n": 7})
    lab.set(n=4)
    settle(lab)
    assert [run for run in drawn[-1] if run] == [[4] * 3, [3], [100] * 3, [1] * 3][: len(drawn[-1])]


class Clock:
    """A clock that goes on only when somebody sleeps, or when it is put forward."""

    def __init__(self):
        self.now = 1_000.0

    def perf_counter(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize("seconds_a_point", [1e-3, 0.25])
def test_a_run_shows_at_most_ten_pictures_a_second_and_its_end_in_any_case(toy, monkeypatch, seconds_a_point):
    clock, drawn, n_points = Clock(), [], round(2 / seconds_a_point)
    monkeypatch.setattr(live, "time", clock)

    def train(n):
        for _ in range(n_points):
            clock.sleep(seconds_a_point)
            yield n

    def draw(plot, runs, values, state):
        if runs[0]:  # that it is starting is shown at once
            drawn.append((clock.now, state, len(runs[0])))
        return "drawn."

    toy(train, draw)
    at, states, n_shown = zip(*drawn, strict=True)
    assert states == ("running",) * (len(states) - 1) + ("finished",)
    assert np.diff(at).min() > FRAME_SECONDS - 1e-9
    assert len(drawn) >= min(n_points, 2 / (FRAME_SECONDS + seconds_a_point))
    assert (n_shown[0], n_shown[-1]) == (1, n_points)


def threads(name):
    return [thread for thread in threading.enumerate() if thread.name == name]


def test_who_takes_hold_of_another_control_gets_no_more_of_the_first(redrawn, monkeypatch):
    page, kept = Page(redrawn), redrawn._kept
    begun, go_on = threading.Event(), threading.Event()

    def slow(*values):
        begun.set()
        assert go_on.wait(LONG)
        return kept(*values)

    monkeypatch.setattr(redrawn, "_kept", slow)
    page.prefetch("n", [1] * 1_000)
    assert begun.wait(LONG)
    page.prefetch("name", ["three"])
    go_on.set()
    until(lambda: not threads("lab ahead"))
    assert [entry["values"] for entry in page.prefetched] == [{"n": 1, "name": "three"}]


def test_what_is_prefetched_is_what_a_request_would_show_without_moving_the_lab(redrawn):
    page, before = Page(redrawn), (redrawn.values, shown(redrawn))
    page.prefetch("n", [7, 8, 9.4])
    until(lambda: len(page.prefetched) == 3)
    assert [entry["values"]["n"] for entry in page.prefetched] == [7, 8, 9]
    assert (redrawn.values, shown(redrawn)) == before
    redrawn._kept.cache_clear()  # so that each is computed anew
    for entry in page.prefetched:
        page.request("set", entry["values"])
        assert {key: page.shown[key] for key in entry} == entry


def test_what_fails_while_it_is_prefetched_is_left_out_and_shows_nothing():
    def draw(plot, n):
        fail_at_five(n, ValueError)
        return f"{n}."

    lab = RedrawLab("Toy", {"n": N}, {}, new_plot(), draw)
    page, before = Page(lab), lab.frame
    page.prefetch("n", [4, 5, None, "abc", 1e9, [1]])
    until(lambda: not threads("lab ahead"))
    assert [entry["sentence"] for entry in page.prefetched] == ["4.", "1.", "1.", "1000.", "1."]
    assert lab.frame == before


def test_a_lab_that_is_closed_prefetches_no_more(redrawn):
    Page(redrawn).prefetch("n", [*range(1_000)] * 100)
    assert threads("lab ahead")
    redrawn.close()
    until(lambda: not threads("lab ahead"))


def assert_shows_failure(lab, error):
    assert type(lab.failure) is error
    assert lab.frame["failed"]
    assert not lab.frame["running"]
    assert f"{error.__name__}: five is too much" in lab.frame["sentence"]
    assert "test_live.py, line" in lab.frame["sentence"]
    bundle, _ = lab._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Lab: Toy. ")
    assert bundle["text/plain"].endswith(f" FAILED: {error.__name__}('five is too much')")


def fail_at_five(n, error):
    if n == 5:
        raise error("five is too much")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("where", ["train", "draw", "draw the end"])
def test_an_exception_in_a_run_is_shown_until_a_reset_and_leaves_no_thread(toy, capfd, where, error):
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
    good = shown(lab)
    press(lab, "five")
    settle(lab)
    assert_shows_failure(lab, error)
    press(lab, "Reset")
    settle(lab)
    assert shown(lab) == good
    assert (lab.failure, lab.frame["failed"]) == (None, False)
    assert "FAILED" not in lab._repr_mimebundle_()[0]["text/plain"]
    assert capfd.readouterr() == ("", "")


def test_an_exception_while_redrawing_is_shown_until_a_reset_and_an_interrupt_is_handed_on_to_the_cell(capfd):
    errors = iter([ValueError, KeyboardInterrupt])

    def draw(plot, n):
        fail_at_five(n, next(errors) if n == 5 else None)
        return f"{n}."

    lab = RedrawLab("Toy", {"n": N}, {}, new_plot(), draw)
    good = shown(lab)
    lab.set(n=5)
    assert_shows_failure(lab, ValueError)
    press(lab, "Reset")
    assert shown(lab) == good
    assert (lab.failure, lab.frame["failed"]) == (None, False)
    with pytest.raises(KeyboardInterrupt):
        lab.set(n=5)
    assert_shows_failure(lab, KeyboardInterrupt)
    assert capfd.readouterr() == ("", "")


def test_an_interrupt_while_the_first_run_goes_on_ends_it(monkeypatch):
    running = threading.Event()

    def interrupted(lab, timeout=None):
        assert running.wait(LONG)
        raise KeyboardInterrupt

    def train(n):
        while True:
            running.set()
            yield n

    monkeypatch.setattr(TrainingLab, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        TrainingLab("Toy", {"n": N}, {}, new_plot(), train, describe)
    until(lambda: not threads("lab"))


def test_the_failure_of_a_run_that_nobody_wants_any_more_is_not_shown(toy):
    begun, go_on = threading.Event(), threading.Event()

    def train(n):
        yield n
        if n == 5:
            begun.set()
            assert go_on.wait(LONG)
            fail_at_five(n, ValueError)

    lab = toy(train)
    for button, sentence in (("Stop", "stopped, 5: [5]."), ("Reset", "finished, 1: [1].")):
        begun.clear()
        go_on.clear()
        lab.set(n=5)
        assert begun.wait(LONG)
        press(lab, button)
        go_on.set()
        settle(lab)
        assert lab.frame["sentence"] == sentence
        assert lab.failure is None


def test_python_ends_at_once_and_in_silence_while_labs_train_and_lets_them_tidy_up():
    """One of them computes with TensorFlow, and for one another run waits."""
    program = """
import sys
import threading
from test_live import N, TrainingLab, describe, new_plot
import tensorflow as tf

begun = threading.Semaphore(0)

def train(n):
    matrix = tf.ones((300, 300))
    yield n
    if n > 1:
        begun.release()
        try:
            while True:
                matrix = matrix @ matrix / 300
                yield n
        finally:
            sys.stdout.write("tidy\\n")  # in one piece, as print is not

labs = [TrainingLab("Toy", {"n": N}, {}, new_plot(), train, describe) for _ in range(2)]
for lab in labs:
    lab.set(n=2)
    begun.acquire()
labs[0].set(n=3)
"""
    paths = os.pathsep.join(str(folder) for folder in (Path(__file__).parent, Path(__file__).parents[1]))
    environment = os.environ | {"PYTHONPATH": paths}
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=LONG, env=environment)
    assert (run.returncode, run.stdout, run.stderr) == (0, "tidy\ntidy\n", "")


def blas_threads():
    return {library["num_threads"] for library in ThreadpoolController().info() if library["user_api"] == "blas"}


def test_numpy_has_its_threads_back_when_labs_that_draw_at_the_same_time_have_drawn():
    before, inside = blas_threads(), []

    def draw(plot, n):
        time.sleep(1e-3)
        inside.append(blas_threads())
        return f"{n}."

    pages = [Page(RedrawLab("Toy", {"n": N}, {}, new_plot(), draw)) for _ in range(3)]
    for page in pages:
        page.prefetch("n", list(range(30)))
    until(lambda: not threads("lab ahead"))
    assert all(n_threads == {1} for n_threads in inside)
    assert len(inside) == 3 * 30
    assert blas_threads() == before  # on a machine of one core that says little


def test_a_cell_that_runs_again_closes_its_lab_and_releases_networks_and_data(monkeypatch):
    def make(is_training):
        plot = new_plot()
        train, draw = (lambda n: iter([n])), (lambda plot, *_runs, **_values: "drawn.")
        functions = (train, draw) if is_training else (draw,)
        lab = (TrainingLab if is_training else RedrawLab)("Toy", {"n": N}, {}, plot, *functions)
        return lab, [weakref.ref(thing) for thing in (plot, plot.figure, *functions)]

    for is_training in (True, False):
        labs = []
        for cell in ("a", "a", "b"):
            in_cell(monkeypatch, f"test_live {cell} {is_training}")
            labs.append(make(is_training))
        gc.collect()
        assert [lab.comm is None for lab, _ in labs] == [True, False, False]
        assert [{thing() is None for thing in held} for _, held in labs] == [{True}, {False}, {False}]
        closed, _ = labs[0]
        closed._receive(closed, {"kind": "set", "view": "late", "number": 1, "values": {"n": 2}}, [])
        assert closed.values == {"n": 1}


def test_a_lab_that_is_closed_during_a_run_ends_it_and_shows_nothing_any_more(toy):
    lab = toy()
    press(lab, "endless")
    until_running(lab)
    lab.close()
    before = lab.frame
    settle(lab)
    assert lab.frame is before
    assert threads("lab") == []


# Bursts: any interleaving of what a reader may do, as messages from a thread of the page's own, while runs go on.


def burst(page, rng):
    """Do two to six things, most of them at once after one another."""
    lab = page.lab
    buttons = [*lab.presets, "Reset", "Reset", *["Train", "Stop", "Stop"] * lab.trains]
    values = {"n": [0, 2, 3.4, 50, 1_000, 1e9, -1e9, None, "abc"], "name": ["one", "three", "fifteen", "no option"]}
    for _ in range(rng.randint(2, 6)):
        control = rng.choice(list(lab.controls))
        match rng.choice(["move", "move", "button", "button", "pause", "prefetch"]):
            case "move":
                page.move(**{control: rng.choice(values[control])})
            case "button":
                page.press(rng.choice(buttons))
            case "pause":
                time.sleep(rng.uniform(0, 0.02))
            case "prefetch":
                page.prefetch(control, values[control])


def assert_all_agree(page):
    """Check the frames of a burst: each says the values of the request that it answers, and the last one shows them."""
    lab = page.lab
    numbers = [frame["number"] for frame in page.frames]
    assert numbers == sorted(set(numbers))
    for frame in page.frames:
        assert frame["values"] == lab._nearest(page.requests[frame["answers"][page.view]])
    for before, after in itertools.pairwise(page.frames):
        if before["answers"] == after["answers"] and not before["running"]:  # what has ended or was stopped stays so
            assert (after["sentence"], after["numbers"]) == (before["sentence"], before["numbers"])
    assert page.shown["answers"][page.view] == len(page.requests)
    assert page.shown == json.loads(json.dumps(lab.frame))
    assert lab.values == page.shown["values"]
    assert not (page.shown["failed"] or page.shown["running"] or lab.failure)


@pytest.fixture
def hasty(monkeypatch):
    """Let threads take turns as often as can be, and pictures come fast."""
    monkeypatch.setattr(live, "FRAME_SECONDS", 1e-3)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("kind", ["redrawn", "trained"])
def test_after_200_bursts_of_anything_values_sentence_picture_and_kernel_agree(kind, toy, redrawn, hasty):
    def train(n):
        for step in range(3):
            time.sleep(1e-3)
            yield n + step

    def draw(plot, runs, values, state):
        plot.set("y", range(len(runs[0])), runs[0])
        return describe(plot, runs, values, state)

    lab = redrawn if kind == "redrawn" else toy(train, draw)
    page, rng = Page(lab), random.Random(7)
    for _ in range(200):
        page.request("set", lab.defaults)
        page.frames.clear()
        thread = threading.Thread(target=burst, args=(page, rng))
        thread.start()
        thread.join()
        settle(lab)
        assert_all_agree(page)
        n, sentence, numbers = lab.values["n"], lab.frame["sentence"], lab.frame["numbers"]
        if kind == "redrawn":
            name = lab.values["name"]
            assert sentence == f"{name} {n}."
            assert numbers[0] == [[0, 10], [n / 100, len(name)]]
        elif "stopped" not in sentence:
            assert sentence == f"finished, {n}: {[n, n + 1, n + 2]}."
            assert numbers[lab._plot.places()[0][0]] == [[0, 1, 2], [n, n + 1, n + 2]]
