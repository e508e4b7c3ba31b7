"""What a teacher relies on in the guide: links that work, quotes and bounds of lessons, labs that show what it says."""

import ast
import math
import re

import pytest
from lab_page import press
from notebook_files import claimed, code_cells, read
from reading_time import calls, text_of
from teaching import GUIDE, pages, rows

from course.labs import batch_lab, depth_lab, initialization_lab
from course.lessons import LESSONS
from course.start.room import KEPT_FREE, REFERENCE, largest_kernel
from helpers.data import load_fashion_mnist

QUOTE = re.compile(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])")  # words in italics stand in the lesson exactly so
CLAIM = re.compile(r"(?m)^(?:holds|needs Fashion-MNIST): (.*)\n(?: +measured .*; the bound: (.*))?")
OPENING = "opening"  # what the clock calls the part before the first heading
LABS = GUIDE.parent / "course" / "labs"
REDRAWN = {1: initialization_lab, 3: depth_lab, 4: lambda data: batch_lab()}  # they show the same on each machine
guide = GUIDE.read_text(encoding="utf-8")
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)


def page_of(lesson):
    return pages(guide)[lesson.number]


def strings(source):
    """Return the texts in Python code, each as a reader sees it."""
    return {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}


def test_every_link_leads_somewhere():
    slugs = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"(?m)^#+ (.+)$", guide)}
    targets = re.findall(r"\]\((?!\w+:)([^)]+)\)", guide)
    assert [target for target in targets if target.startswith("#") and target[1:] not in slugs] == []
    assert [target for target in targets if not (GUIDE.parent / target.split("#")[0]).exists()] == []


@each_lesson
def test_what_the_page_quotes_stands_in_the_lesson_or_on_its_labs(lesson):
    page, notebook = page_of(lesson), read(lesson.path)
    known = {OPENING, *re.findall(r"(?m)^##+ (.+)$", text_of(notebook))}
    for lab in lesson.labs:
        known |= strings((LABS / f"{lab.removesuffix('_lab')}.py").read_text(encoding="utf-8"))
    known = known.union(*(strings(cell.source) for cell in code_cells(notebook)))
    assert set(QUOTE.findall(page)) - known == set()
    assert set(re.findall(r"\*\*(\d\.\d)\*\*", page)) == set(re.findall(r"(?m)^\*\*(\d\.\d)\b", text_of(notebook)))


@each_lesson
def test_the_page_has_every_prediction_and_its_right_letter(lesson):
    questions, right = {}, {}  # by the name of the prediction, and by its question
    for cell in code_cells(read(lesson.path)):
        names = re.findall(r"(?m)^(\w+) = predict\(", cell.source)
        questions |= zip(names, [call.args[0].value for call in calls(cell.source, "predict")], strict=True)
        right |= {questions[call.args[0].id]: call.args[1].value for call in calls(cell.source, "answer")}
    table = rows(page_of(lesson), "prediction")
    assert {question.strip("*"): letter.strip("*") for question, letter, _ in table} == right


@each_lesson
def test_the_bounds_are_those_that_the_lesson_claims(lesson):
    bounds = dict(CLAIM.findall("\n".join(claimed(cell) for cell in code_cells(read(lesson.path)))))
    stated = {claim.strip("*"): bound for claim, bound, *_ in rows(page_of(lesson), "holds on")}
    assert stated
    assert {claim: bounds[claim] for claim in stated} == stated


def test_the_memory_of_a_learner_is_that_of_the_room_planner():
    (gib,) = rows(guide, "lesson")
    peaks = {each: math.ceil(10 * took["peak_gib"]) / 10 for each, took in REFERENCE["lessons"].items()}
    assert [float(cell) for cell in gib[1:]] == [*peaks.values()]
    for lesson in LESSONS:
        assert f" {peaks[lesson.name]} GiB." in page_of(lesson)
    assert f"(G - {KEPT_FREE:.0f}) / {largest_kernel():.2f} learners" in guide
    assert f"for 30 that is {math.ceil(KEPT_FREE + 30 * largest_kernel())} GiB" in guide


@pytest.mark.parametrize("number", REDRAWN)
def test_the_lab_shows_what_the_guide_says(number):
    data = load_fashion_mnist()
    if not data.is_real and number != 4:
        pytest.skip("what this lab shows, the guide says of the real Fashion-MNIST")
    lab = REDRAWN[number](data)
    checked = 0
    for moves, appears, *_ in rows(pages(guide)[number], "lab: set"):
        expected = re.findall(r"`([^`]+)`", appears)
        for name, value in re.findall(QUOTE.pattern + r"([^,|]*)", moves):
            if name in lab.presets:
                press(lab, name)
            elif expected:
                (control,) = (control for control, each in lab.controls.items() if each["label"] == name)
                is_choice = lab.controls[control]["kind"] == "choice"
                lab.set(**{control: value.strip() if is_choice else float(value)})
        assert [part for part in expected if part not in lab.frame["sentence"]] == [], (moves, lab.frame["sentence"])
        checked += len(expected)
    assert checked >= 3
