"""The rule of the minutes to read, and the limits of a lesson, on notebooks that are made up."""

import nbformat
import pytest
from lesson_shape import (
    CELLS_WITH_PICTURE,
    LINES_IN_VIEW,
    cells_with_picture,
    lines_in_view,
    minutes_in_map,
    must_be_folded,
    problems,
    stated_minutes,
    too_much,
    without_alternative,
)
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_files import WIDGET
from reading_time import Size, count_words, minutes_to_read, size

FOLDED = {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
MESSAGE = "0.10 or 0.14: the whole difference"
PREDICTION = 'guess = predict("Which one is it?", A="the first", B="the second")'
ANSWER = 'answer(guess, "A", A="It is.", B="It is not; people think so because " "it is the last.")'


def figure(alternative=f"{MESSAGE}. Two lines."):
    metadata = {"image/png": {"alt": alternative}} if alternative is not None else {}
    return new_output("display_data", {"image/png": "AAAA", "text/plain": "<Image>"}, metadata=metadata)


def widget(text):
    return new_output("display_data", {WIDGET: {"model_id": "1"}, "image/png": "AAAA", "text/plain": text})


def code(source, *outputs, folded=False):
    return new_code_cell(source, outputs=list(outputs), metadata=FOLDED if folded else {})


def claims(n):
    return new_output("stream", text="".join(f"holds: {i}\n       measured 1; above 0\n" for i in range(n)))


def good_cells():
    """Return the cells of a lesson that keeps to everything: 15 minutes, as computed."""
    return [
        new_markdown_cell("# 1. A lesson\n\n" + "word " * 800 + "About 16 minutes to read, one to run."),
        code("import numpy as np\nfrom helpers.claims import claim", folded=True),
        code("x = 1\n\n" * 16),
        *[cell for _ in range(4) for cell in (code(PREDICTION, folded=True), code(ANSWER, folded=True))],
        code(f'show(plot(runs), "{MESSAGE}")', figure()),
        code("lab()", widget("Lab: Signals.")),
        code('claim("it is", value, above=0)', claims(12), folded=True),
        new_markdown_cell(
            "## Exercises\n\nReplace the dots. " + "word " * 800 + "\n\n**1.1** Recall.\n\n**1.2 Apply.**"
        ),
        new_markdown_cell("**1.3** Diagnose **1.4** this."),
        code("# Solution\ncheck('1.3', 4)", folded=True),
    ]


def lesson(*cells):
    made = new_notebook(cells=list(cells))
    nbformat.validate(made)
    return made


def test_the_rule_adds_words_lines_figures_labs_and_exercises():
    notebook = lesson(*good_cells())
    words = 3 + 800 + 8 + 4 * (4 + 2 + 2 + 2 + 11)  # of title, text, stated time, predictions and answers
    assert size(notebook) == Size(words, code_lines=18, figures=1, labs=1, exercises=3, predictions=4, claims=12)
    assert minutes_to_read(notebook) == round(words / 160 + 18 / 16 + 0.75 + 2 + 3 * 2)
    assert problems(notebook) == []


@pytest.mark.parametrize(
    ("added", "minutes"),
    [
        (new_markdown_cell("word " * 1600), 10),
        (new_markdown_cell("$x$ " * 160), 3),
        (code("x = 1\n" * 160), 10),
        (code("x = 1\n" * 160, folded=True), 0),
        (code("4", *[figure()] * 8), 6),
        (code("4", *[widget("Lab: one.")] * 5), 10),
        (code("4", *[widget("Predict. Which one?")] * 5), 0),
        (new_markdown_cell("## Exercises\n" + "\n**1.1** x\n" * 5), 10),
        (new_markdown_cell("## Exercises\n" + "word " * 1600), 0),
        (new_markdown_cell("\n**1.1** x\n" * 5), 0),
    ],
)
def test_each_part_of_the_rule_alone(added, minutes):
    assert minutes_to_read(lesson(new_markdown_cell("A text."), added)) == pytest.approx(minutes, abs=0.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Two words. And, after a dash - five? 0.10 | or 0.14!", 10),
        ("$a_{l-1} + b$ and $c$", 7),
        ("by\n\n$$\\delta_{l-1} =\n\\bigl(x\\bigr) .$$\n\nso", 5),
        ("see [this page](https://example.org/a_page) and ![a figure](figure.png)", 6),
        ("kept <!-- not\nshown --> kept", 2),
        ("`x_train[:200]` is code\n\n| a | table |\n|---|---|\n| with | six |", 7),
        ("", 0),
    ],
)
def test_what_counts_as_a_word(text, words):
    assert count_words(text) == words


def change(number, cell):
    cells = good_cells()
    cells[number] = cell
    return lesson(*cells)


BROKEN = {
    "words": (change(2, new_markdown_cell("word " * 1400)), "2295 words, at most 2000"),
    "lines": (change(2, code("x = 1\n" * 201)), "203 lines of code in view, at most 200"),
    "blank lines": (change(2, code("x = 1\n\n" * 100)), "202 lines of code in view, at most 200"),
    "figures": (change(2, code(f"show(a, '{MESSAGE}')", *[figure()] * 8)), "9 figures, at most 8"),
    "pictures": (
        lesson(*good_cells(), *[code("lab()", widget("Lab: one.")) for _ in range(7)]),
        "9 cells with a picture, at most 8",
    ),
    "claims": (change(13, code("claim('a', 1, above=0)", claims(21), folded=True)), "21 claims, at most 20"),
    "minutes": (change(12, code("labs()", *[widget("Lab: one.")] * 20)), "minutes, at most 45"),
    "few": (change(3, code("x", folded=True)), "3 predictions, not 4 or 5"),
    "many": (change(2, code(2 * f"{PREDICTION}\n{ANSWER}\n", folded=True)), "6 predictions, not 4 or 5"),
    "answers": (change(4, code("x", folded=True)), "4 predictions, but 3 answers"),
    "import": (change(1, code("import numpy as np")), "cell 1 is to be folded"),
    "predict": (change(3, code(PREDICTION)), "cell 3 is to be folded"),
    "answer": (change(4, code(ANSWER)), "cell 4 is to be folded"),
    "claim": (change(13, code("x = 1\nclaim('a', x, above=0)", claims(12))), "cell 13 is to be folded"),
    "on the site": (
        change(1, new_code_cell("import math", metadata={"jupyter": {"source_hidden": True}})),
        "cell 1 is to be folded (source_hidden, tag hide-input): import math",
    ),
    "no alt": (change(11, code(f"show(a, '{MESSAGE}')", figure(None))), "cell 11: a figure has no alternative text"),
    "empty alt": (change(11, code(f"show(a, '{MESSAGE}')", figure(" "))), "cell 11: a figure has no alternative text"),
    "other alt": (
        change(11, code(f"show(a, '{MESSAGE}')", figure("Two lines."))),
        "cell 11: the alternative text does not begin with the message: Two lines.",
    ),
    "no message": (change(11, code("show(a)", figure())), "cell 11: the alternative text does not begin with the"),
    "no time": (change(0, new_markdown_cell("# 1. A lesson")), 'nowhere "About N minutes to read"'),
    "wrong time": (
        change(0, new_markdown_cell("word " * 800 + "About 10 minutes to read.")),
        "About 10 minutes to read are stated, 15 computed",
    ),
}


def test_a_lesson_may_have_just_as_much():
    cells = [*good_cells(), *[code("lab()", widget("Lab: one.")) for _ in range(6)], code("\n" * 159 + "x = 1")]
    assert too_much(lesson(*cells)) == []
    assert lines_in_view(lesson(*cells)) == LINES_IN_VIEW
    assert cells_with_picture(lesson(*cells)) == CELLS_WITH_PICTURE


def test_what_is_folded_is_not_in_view_and_a_cell_with_two_pictures_is_one():
    assert lines_in_view(lesson(code("x = 1\n\ny = 2"), code("z = 3", folded=True), new_markdown_cell("Text."))) == 3
    assert cells_with_picture(lesson(code("4", figure(), figure()), code("5", widget("Lab: one.")), code("6"))) == 2


@pytest.mark.parametrize("what", BROKEN)
def test_each_limit_is_noticed(what):
    notebook, said = BROKEN[what]
    found = problems(notebook)
    assert any(said in problem for problem in found), found


def test_a_message_may_be_put_together_and_named():
    shown = code("show(a, f'{MESSAGE}')\nshow(b, message=f'0.10 or {x}: a')\nshow(c, text)", *[figure()] * 3)
    assert without_alternative(lesson(shown)) == []
    assert len(without_alternative(lesson(code("show(b, message=f'0.12 or {x}: a')", figure())))) == 1


@pytest.mark.parametrize(
    ("source", "folded"),
    [
        ("import a\nfrom b import c", True),
        ("import a\nprint(a)", False),
        ("for x in y:\n    claim('a', x, above=0)", True),
        ("claims = claim", False),
        ("model.predict(x)", False),
        ("", False),
    ],
)
def test_what_is_to_be_folded(source, folded):
    assert must_be_folded(source) == folded


def test_the_stated_minutes_are_those_of_lesson_and_course_map():
    assert (
        stated_minutes(lesson(new_markdown_cell("x"), new_markdown_cell("You need:\nAbout 45 minutes to read, a")))
        == 45
    )
    assert stated_minutes(lesson(new_markdown_cell("About 45 minutes."), code("'About 45 minutes to read'"))) is None
    row = "| 1. [Initialization](notebooks/01_initialization.ipynb) | How large? | 45 | 1 to 1.5 |\n"
    assert minutes_in_map(f"# T\n\n| lesson |\n|---|\n{row}", "01_initialization") == 45
    assert minutes_in_map(row, "02_nonsaturating_activations") is None


def test_a_lesson_with_nothing_in_it_only_lacks_predictions():
    assert too_much(lesson()) == ["0 predictions, not 4 or 5"]
