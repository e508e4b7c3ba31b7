"""Every lesson as its readers see it: in JupyterLab, in Chromium, on a machine with neither data nor network.

Each lesson is run once from top to bottom, on the drawn garments, in the learners' edition; then every control of every
lab is moved by keyboard. Screenshots of the labs are kept in the folder `artefacts`.
"""

import json
import random
import re
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import Notebook
from notebook_files import (
    ALL_NOTEBOOKS,
    CLINIC,
    FOLDER,
    assert_claims_hold_on_drawn_garments,
    code_cells,
    is_further,
    is_lab,
    name,
    notebook_of,
    read,
)

from course.start.room import REFERENCE

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
SHORT_RUNS = "from course.labs import points; points.EPOCHS = 1"  # of the labs, whose axes stay as they are
STALE = 1.6  # a factor; the drawn garments change the memory by less
PEAK = """from pathlib import Path
_status = Path("/proc/self/status")
_lines = _status.read_text().splitlines() if _status.exists() else []
print(next((int(line.split()[1]) / 2**20 for line in _lines if line.startswith("VmHWM:")), 0))"""


@pytest.fixture(scope="module", params=ALL_NOTEBOOKS, ids=name)
def lesson(request, server, browser):
    """Open the handout of a lesson and run all of it; the lesson's own file is `lesson.path`."""
    address, token, _ = server
    folder = "" if request.param == CLINIC else "handouts/"  # what the clinic claims is in its solutions
    notebook = Notebook(browser, address, token, folder + request.param.relative_to(FOLDER).as_posix())
    notebook.path = request.param
    notebook.run_all(timeout=900)
    notebook.execute(SHORT_RUNS)
    yield notebook
    notebook.close()


def screenshot(lab, name):
    """Keep a picture of a lab."""
    ARTEFACTS.mkdir(exist_ok=True)
    stem = re.sub(r"\W+", "-", f"{name}-{lab.title}".lower())
    lab.root.screenshot(path=ARTEFACTS / f"{stem}.png")


def move(page, control):
    """Move a control by keyboard, away from where it is."""
    control.focus()
    kind = control.evaluate("(control) => control.tagName === 'SELECT' ? 'menu' : control.type")
    if kind == "range":
        lies_high = control.evaluate("(control) => 2 * control.value > Number(control.min) + Number(control.max)")
        for _ in range(5):
            page.keyboard.press("ArrowLeft" if lies_high else "ArrowRight")
    elif kind == "menu":
        is_last = control.evaluate("(control) => control.selectedIndex === control.options.length - 1")
        page.keyboard.press("ArrowUp" if is_last else "ArrowDown")
    else:
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("7" if control.input_value() != "7" else "6")
        page.keyboard.press("Enter")


def test_every_claim_holds(lesson):
    outputs = [[nbformat.from_dict(output) for output in outputs] for outputs in lesson.outputs()]
    assert_claims_hold_on_drawn_garments(lesson.path, outputs)


def test_there_are_the_labs_and_axe_finds_nothing_in_them(lesson):
    labs = lesson.labs()
    assert len(labs) == sum(is_lab(output) for cell in code_cells(read(lesson.path)) for output in cell.outputs)
    assert labs or is_further(lesson.path) or lesson.path == CLINIC
    for lab in labs:
        lab.bring_into_view()
        found = Axe().run(lesson.page, context=".lab").response["violations"]
        assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
        for control in lab.controls():
            assert control.evaluate("(c) => c.labels.length ? c.labels[0].textContent : c.ariaLabel")


def test_every_control_moves_picture_and_sentence_by_keyboard(lesson):
    for lab in lesson.labs():
        lab.bring_into_view()
        for control in lab.controls():
            lab.button("Reset").click()
            picture, sentence = lab.state()
            move(lesson.page, control)
            now = lab.state()
            assert now[0] != picture, (lab.title, control.get_attribute("id"))
            assert now[1] != sentence
            assert lab.shown()["description"].endswith(now[1])
        assert lab.root.locator(".failed").count() == 0, lab.sentence()
        screenshot(lab, name(lesson.path))


def test_a_preset_and_reset_answer_and_both_ends_of_sliders_are_reached(lesson):
    for lab in lesson.labs():
        lab.bring_into_view()
        lab.button("Reset").click()
        default = lab.state()
        preset = lab.root.locator(".buttons button:not(.own)").last
        preset.press("Enter")
        assert lab.state() != default
        assert lab.shown()["pressed"] == [preset.inner_text()]
        lab.button("Reset").press("Space")
        assert lab.state() == default
        for slider in lab.root.locator(".slider").all():
            for key, end in (("Home", "min"), ("End", "max")):
                slider.press(key)
                reached = float(slider.get_attribute(end))
                assert float(slider.input_value()) == reached
                if slider.get_attribute("data-log") == "true":
                    reached = 10**reached
                shown = lab.settled()
                assert shown["values"][slider.get_attribute("name")] == pytest.approx(reached)
                assert shown["description"].endswith(shown["sentence"])
        assert lab.root.locator(".failed").count() == 0, lab.sentence()


def test_the_room_planner_knows_the_memory_that_the_lesson_takes(lesson):
    """If this fails: `make bench-course BENCH_FLAGS=--store` on a machine that does nothing else."""
    known = REFERENCE["lessons"].get(name(lesson.path))
    peak_gib = float(lesson.execute(PEAK))
    if known and peak_gib:
        assert 1 / STALE < peak_gib / known["peak_gib"] < STALE


def test_nothing_was_asked_of_the_network_and_no_script_failed(lesson):
    assert lesson.outside_requests == []
    assert lesson.page_errors == []


@pytest.fixture(scope="module")
def two_labs(server, browser):
    """Open a notebook with a lab that redraws, one that trains for a moment, and the first one once more."""
    address, token, root = server
    setup = """from helpers.data import draw_garments
from course.labs import points
from course.labs import retraining_lab
from course.labs import initialization_lab
points.EPOCHS, points.N_IMAGES = 1, 1_600
data = draw_garments(10_000, 500, 10)
redrawn, trained = initialization_lab(data), retraining_lab(data)"""
    nbformat.write(notebook_of([setup, "redrawn", "trained", "redrawn"]), root / "two_labs.ipynb")
    notebook = Notebook(browser, address, token, "two_labs.ipynb")
    notebook.run_all(timeout=240)
    yield notebook
    notebook.close()


# Notes where each control was when it was let go, since the last button. A slider that comes back to where it was taken
# fires no "change", so its "pointerup" counts, too.
NOTE = """(lab) => {
    window.asked = {};
    const note = ({ target: { name } }) => {
        window.asked[name] = lab.querySelector(`.slider[name=${name}], select[name=${name}]`).value;
    };
    lab.onchange = note;
    lab.onpointerup = (event) => { if (event.target.type === 'range') note(event); };
    lab.onclick = (event) => { if (event.target.tagName === 'BUTTON') window.asked = {}; };
}"""
# The controls that have not stayed there.
LOST = """(lab) => Object.entries(window.asked).filter(([name, value]) =>
    lab.querySelector(`.slider[name=${name}], select[name=${name}]`).value !== value)"""


def burst(lab, rng):
    """Do two to five things with mouse and keyboard, without waiting for an answer to any of them."""
    page = lab.page
    lab.root.evaluate(NOTE)
    places = lab.root.evaluate(
        """(lab) => Object.fromEntries(['button', '.slider', '.field', 'select'].map((kind) => [kind,
            Array.from(lab.querySelectorAll(kind), (part) => {
                const { x, y, width, height } = part.getBoundingClientRect();
                return { x, y: y + height / 2, width, label: part.textContent };
            })]))"""
    )
    often = [place for place in places["button"] if place["label"] in ("Reset", "Train", "Stop")]
    for _ in range(rng.randint(2, 5)):
        kinds = ["drag", "keys", "typed", "button", "button", "menu"]
        what = rng.choice(kinds)
        if what == "button":
            place = rng.choice(places["button"] + 2 * often)
            page.mouse.click(place["x"] + place["width"] / 2, place["y"])
        elif what == "drag":
            place = rng.choice(places[".slider"])
            page.mouse.move(place["x"] + rng.uniform(0.1, 0.9) * place["width"], place["y"])
            page.mouse.down()
            for _ in range(rng.randint(1, 5)):
                page.mouse.move(place["x"] + rng.uniform(-0.1, 1.1) * place["width"], place["y"])
            page.mouse.up()
        elif what == "typed":
            place = rng.choice(places[".field"])
            page.mouse.click(place["x"] + place["width"] / 2, place["y"], click_count=3)
            page.keyboard.insert_text(rng.choice(["0.5", "7", "1e9", "-3", "abc", "0,02"]))
            if rng.random() < 0.5:  # otherwise it counts when the field is left, if it ever is
                page.keyboard.press("Enter")
        else:
            part = "select" if what == "menu" else ".slider"
            lab.root.evaluate(
                "(lab, [part, number]) => lab.querySelectorAll(part)[number].focus()",
                [part, rng.randrange(len(places[part]))],
            )
            for _ in range(rng.randint(1, 4)):
                page.keyboard.press(rng.choice(["ArrowUp", "ArrowDown"]))
    page.evaluate("document.activeElement.blur()")


def assert_all_agree(notebook, lab, name):
    """Check that controls, values, sentence and picture on the page and in the kernel are of the same frame."""
    lab.settled()
    also = "{'now': lab.values, 'presets': lab.presets}"
    code = f"lab = {name}\nlab.wait()\nimport json\nprint(json.dumps(lab.frame | {also}))"
    kernel = json.loads(notebook.execute(code))
    shown = lab.settled(kernel["number"])
    for what in ("number", "values", "sentence", "running", "numbers"):
        assert shown[what] == kernel[what], what
    assert shown["description"].endswith(f". {kernel['sentence']}")
    assert kernel["now"] == kernel["values"]
    assert shown["pressed"] == [text for text, values in kernel["presets"].items() if values == kernel["values"]]
    assert not kernel["failed"], kernel["sentence"]
    for control, (first, *field) in shown["controls"].items():
        value = kernel["values"][control]
        if field:
            assert float(field[0]) == pytest.approx(value, rel=1e-3), control
            assert first == pytest.approx(value, rel=0.15, abs=0.03), control  # the slider has steps
        else:
            assert first == value, control


@pytest.mark.parametrize(("cell", "name"), [(0, "redrawn"), (1, "trained")])
def test_after_20_bursts_controls_sentence_picture_and_kernel_agree(two_labs, cell, name):
    lab, rng = two_labs.labs()[cell], random.Random(11)
    lab.bring_into_view()
    pictures = set()
    for _ in range(20):
        burst(lab, rng)
        assert_all_agree(two_labs, lab, name)
        assert lab.root.evaluate(LOST) == []
        pictures.add(json.dumps(lab.shown()["numbers"]))
    assert len(pictures) > 5
    assert two_labs.page_errors == []


def test_a_field_takes_numbers_as_they_are_written_and_keeps_its_own_where_there_is_none(two_labs):
    lab = two_labs.labs()[0]
    lab.bring_into_view()
    lab.button("Reset").click()
    field = lab.root.locator(".field[name=std]")
    numbers = [("0,5", 0.5), (" 0.75 ", 0.75), ("abc", 0.75), ("", 0.75), ("nan", 0.75), ("1,000", 10), ("-3", 0.01)]
    for typed, number in [*numbers, ("1e999999", 10), ("1e-400", 0.01)]:
        field.fill(typed)
        field.press("Enter")
        assert (float(field.input_value()), lab.settled()["values"]["std"]) == (number, number)


def test_two_views_of_a_lab_and_the_kernel_end_in_agreement(two_labs):
    first, _, second = two_labs.labs()
    for change in (
        lambda: (first.bring_into_view(), first.preset(std=0.2).click(), first.settled()),
        lambda: (second.bring_into_view(), second.button("Reset").click(), second.settled()),
        lambda: two_labs.execute("redrawn.set(depth=17)"),
    ):
        change()
        for lab in (first, second):
            lab.bring_into_view()
            assert_all_agree(two_labs, lab, "redrawn")


def test_a_page_that_is_loaded_again_shows_the_lab_as_it_is(two_labs):
    two_labs.execute("redrawn.set(depth=23)")
    two_labs.reload()
    lab = two_labs.labs()[0]
    lab.bring_into_view()
    lab.wait_for(lambda: lab.shown()["values"]["depth"] == 23)
    lab.preset(activation="sigmoid").click()
    assert_all_agree(two_labs, lab, "redrawn")


def test_a_lab_survives_interrupts_a_restart_and_its_cell_being_run_again_or_deleted_during_a_run(two_labs):
    """The last test of this notebook, since it takes a cell away."""

    def begin_long_run():
        two_labs.execute("points.EPOCHS = 200")
        lab = two_labs.labs()[1]
        lab.bring_into_view()
        lab.preset(rate=0.001).click()  # one that diverges is over before the page is asked
        lab.wait_for(lab.is_running)
        return lab

    kernel = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"
    lab = begin_long_run()
    two_labs.page.evaluate(f"{kernel}.interrupt()")
    assert two_labs.execute("print(6 * 7)") == "42\n"  # the kernel stays usable
    lab.button("Stop").click()
    assert "stopped" in lab.state()[1]
    begin_long_run()
    two_labs.page.evaluate(f"{kernel}.restart()")
    two_labs.run_all(timeout=240)
    begin_long_run()
    two_labs.run_all(timeout=240)
    lab = two_labs.labs()[1]
    lab.bring_into_view()
    lab.preset(alpha=0.01).click()  # diverges on pixels from 0 to 255
    assert "diverged" in lab.state()[1]
    lab = begin_long_run()
    two_labs.command("notebook:delete-cell")
    lab.wait_for(lambda: len(two_labs.labs()) == 2)
    two_labs.wait_for_labs()
    assert two_labs.execute("print(trained.failure)") == "None\n"
    assert two_labs.page_errors == []
