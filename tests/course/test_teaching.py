"""The teacher's guide agrees with the lessons: its quotes are there, its clocks add up, the labs show what it says."""

import math
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_files import read
from teaching import BY_NUMBER, GUIDE, LAB, QUOTE, broken_links, lab_words, pages, problems, rows, sections

from course.labs import batch_lab, depth_lab, initialization_lab
from course.start.room import KEPT_FREE, REFERENCE, largest_kernel
from helpers.data import load_fashion_mnist

REDRAWN = {1: initialization_lab, 3: depth_lab, 4: lambda data: batch_lab()}
guide = GUIDE.read_text(encoding="utf-8")
each_lesson = pytest.mark.parametrize("number", BY_NUMBER)

PAGE = """
| 45: from | min | 90: from | min | read | section | do |
|---|---|---|---|---|---|---|
| 0 | 20 | 0 | 30 | 1 | *opening* | |
| 20 | 20 | 30 | 30 | 5 | *A part* | |
| – | – | 60 | 10 | – | break | |
| 40 | 5 | 70 | 20 | 2 | *Exercises* | **1.1** |

**Cut line, minute 30 of 45.** Go on at *A part*.

| figure | ask | wrong | reply |
|---|---|---|---|
| *It falls* | Why? | "it rises" | look |

| prediction | right | each wrong letter says |
|---|---|---|
| *Which?* | **A** | B: that; C: the other |

| lab: set | appears | show |
|---|---|---|
| *a preset* | `0.5` | |

| exercise | fast, slow | wrong | say |
|---|---|---|---|
| **1.1** | 2, 4 | 3 | why? |

| holds on each machine | bound | seen |
|---|---|---|
| *it is small* | below 1 | .5 |
"""


def lesson():
    claim = new_output("stream", text="holds: it is small\n       measured 0.5; the bound: below 1\n")
    cells = [
        new_markdown_cell("# 1. A lesson"),
        new_code_cell("guess = predict('Which?', A='this', B='that', C='the other')"),
        new_markdown_cell("A text.\n\n## A part\n\n" + "word " * 800),
        new_code_cell("show(figure, 'It falls')\nclaim('it is small', value, below=1)", outputs=[claim]),
        new_code_cell("answer(guess, 'A', A='yes', B='no', C='no')"),
        new_markdown_cell("## Exercises\n\n**1.1** Do it.\n\n## Further\n\n" + "word " * 800),
    ]
    return new_notebook(cells=cells)


def test_a_page_that_agrees_has_no_problems():
    assert problems(PAGE, lesson(), {"a preset"}) == []


@pytest.mark.parametrize(
    ("here", "changed", "said"),
    [
        ("*It falls*", "*It fell*", ["no: It fell", "'figure' lacks: It falls"]),
        ("*Which?*", "*Who?*", ["no: Who?", "'prediction' lacks: Which?"]),
        ("*A part*", "*Apart*", ["no: Apart", "'45: from' lacks: A part"]),
        ("*a preset*", "*a button*", ["no: a button"]),
        ("*it is small*", "*it is tiny*", ["no: it is tiny"]),
        ("**1.1**", "**1.2**", ["no exercise 1.2", "'exercise' lacks: 1.1"]),
        ("**A**", "**B**", ["right is **B**"]),
        ("C: the other", "all the rest", ["wrong are ['B']"]),
        ("below 1 |", "below 2 |", ["the bound is not below 2, but below 1"]),
        ("| 20 | 20 | 30 |", "| 20 | 19 | 30 |", ["begins at 40, not at 39", "45 minutes adds up to 44"]),
        ("| 60 | 10 |", "| 60 | 12 |", ["begins at 70, not at 72", "90 minutes adds up to 92"]),
        ("| 5 | *A part*", "| 7 | *A part*", ["A part: 7 minutes to read are stated, 5.2 computed"]),
        ("| 20 | 20 | 30 | 30 | 5 |", "| 20 | 4 | 30 | 30 | 5 |", ["A part: less than its 5"]),
        ("| 2 | *Exercises*", "| 4 | *Exercises*", ["Exercises: 4 minutes to read are stated, 2.0 computed"]),
        ("minute 30 of", "minute 44 of", ["cut line"]),
        ("| lab: set", "| lap: set", ["no table 'lab: set'"]),
    ],
)
def test_what_a_page_has_wrong_is_noticed(here, changed, said):
    assert here in PAGE
    found = problems(PAGE.replace(here, changed), lesson(), {"a preset"})
    assert [part for part in said if not any(part in each for each in found)] == [], found


def test_the_minutes_of_the_sections_are_those_of_their_words_lines_and_exercises():
    a_part = (2 + 800 + 3) / 160 + 3 / 16  # heading, text, answers; no line is folded
    assert sections(lesson()) == pytest.approx(
        {"opening": 12 / 160 + 1 / 16, "A part": a_part, "Exercises": 2}, abs=0.02
    )


def test_a_link_to_nowhere_is_noticed():
    text = "# One, two\n\n[a](#one-two) [b](#three) [c](README.md#x) [d](none.md) [e](https://example.org)"
    assert broken_links(text) == ["#three", "none.md"]


def test_every_link_of_the_guide_leads_somewhere():
    assert broken_links(guide) == []


def test_every_lesson_has_its_page():
    assert [*pages(guide)] == [*BY_NUMBER]


@each_lesson
def test_the_page_agrees_with_its_lesson(number):
    assert problems(pages(guide)[number], read(BY_NUMBER[number]), lab_words(number)) == []


@each_lesson
def test_the_page_fits_on_about_two_sides(number):
    assert 700 < len(re.findall(r"\w+", pages(guide)[number])) < 2_000


def test_the_memory_of_a_learner_is_that_of_the_room_planner():
    (gib,) = rows(guide, "lesson")
    peaks = {each: math.ceil(10 * took["peak_gib"]) / 10 for each, took in REFERENCE["lessons"].items()}
    assert [float(cell) for cell in gib[1:]] == [*peaks.values()]
    for number, path in BY_NUMBER.items():
        assert f" {peaks[path.stem]} GiB." in pages(guide)[number]
    assert f"(G - {KEPT_FREE:.0f}) / {largest_kernel():.2f} learners" in guide
    assert f"for 30 that is {math.ceil(KEPT_FREE + 30 * largest_kernel())} GiB" in guide


@pytest.mark.parametrize("number", REDRAWN)
def test_the_lab_shows_what_the_guide_says(number):
    data = load_fashion_mnist()
    if not data.is_real and number != 4:
        pytest.skip("what this lab shows, the guide says of the real Fashion-MNIST")
    lab = REDRAWN[number](data)
    checked = 0
    for moves, appears, *_ in rows(pages(guide)[number], LAB):
        wanted = re.findall(r"`([^`]+)`", appears)
        for name, value in re.findall(QUOTE.pattern + r"([^,|]*)", moves):
            if name in lab.presets:
                lab.preset(name)
            elif wanted:
                lab.set(**setting(lab, name, value.strip()))
        assert [part for part in wanted if part not in lab.frame["sentence"]] == [], (moves, lab.frame["sentence"])
        checked += len(wanted)
    assert checked >= 3


def setting(lab, label, value):
    """Return what the lab is to be set to, by the name of the control with this label."""
    (control,) = (name for name, each in lab.controls.items() if each["label"] == label)
    return {control: value if lab.controls[control]["kind"] == "choice" else float(value)}
