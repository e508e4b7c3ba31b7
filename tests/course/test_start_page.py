"""The start page: what it quotes stands in the lessons, holds there, and its links lead to where it stands."""

import json
import re

import pytest
from notebook_files import FOLDER, README, START, claimed, code_cells, read

from course.lessons import LESSONS
from course.start.course_map import lessons_with_figures
from course.start.folklore import SAYINGS, Saying, finding_of, folklore_table
from course.start.stored import stored_claim, stored_claims
from helpers.claims import claim

HEADING = re.compile(r"(?m)^#{1,6} +(.+?) *$")


def displayed(text):
    """Return what the cell of the start page with this call has displayed, as Markdown or as plain text."""
    (cell,) = [cell for cell in code_cells(read(START)) if text in cell.source and "import" not in cell.source]
    data = [output.get("data", {}) for output in cell.outputs]
    return "\n".join(each.get("text/markdown") or each.get("text/plain", "") for each in data)


def test_each_row_has_a_figure_and_a_link_to_a_heading_above_its_claim():
    rows = folklore_table().splitlines()[2:]
    assert len(rows) == len(SAYINGS) >= 10
    for row, saying in zip(rows, SAYINGS, strict=True):
        belief, finding, link = row.removeprefix("| ").removesuffix(" |").split(" | ")
        assert belief == saying.belief and re.search(r"\*\*[\d.]+( to [\d.]+)?\*\*", finding) and "{" not in finding
        file, anchor = re.fullmatch(r"\[\d: .+\]\(([\w.]+)#([^\s()\"<>]+)\)", link).groups()
        above = []
        for cell in read(FOLDER / file).cells:
            if cell.cell_type == "markdown":
                above += HEADING.findall(cell.source)
            elif saying.claims[0] in claimed(cell):
                break
        assert anchor in [heading.replace(" ", "-") for heading in above]


def test_the_page_shows_the_figures_that_the_lessons_give_now():
    """If this fails, a lesson has been executed since: run the start page again, as `make notebooks` does."""
    assert displayed("folklore_table()").strip() == folklore_table()
    shown = displayed("plot_course(")
    for title, question, words, _ in lessons_with_figures():
        assert words[0].isdigit()
        assert f"{title}: {question} Measured: {words}." in shown


def test_the_readme_has_the_questions_of_the_table_and_three_of_the_rows_as_the_lessons_give_them_now():
    text = README.read_text(encoding="utf-8")
    for lesson in LESSONS:
        assert f"[{lesson.title}](notebooks/{lesson.name}.ipynb) | {lesson.question} |" in text
    rows = {row.replace("](", "](notebooks/") for row in folklore_table().splitlines()[2:]}
    assert len(rows & set(text.splitlines())) == 3


def write_notebook(folder, lines, heading="## A *section*, or two?"):
    """Write a notebook with one heading and one cell that has displayed claims; return its path."""
    data = {"text/plain": lines.splitlines(keepends=True)}
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "\n", heading]},
        {"cell_type": "code", "source": "claim()", "outputs": [output]},
    ]
    path = folder / "01_lesson.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return path


def test_what_claim_prints_is_found_as_it_was_printed(tmp_path, capsys):
    claim("it grows: 1; 2", [1.234, 5], above=0)
    claim("it is so", True)
    claim("it fades", 3, below=1)
    claim("it is not so", False)
    path = write_notebook(tmp_path, capsys.readouterr().out)
    found = stored_claims(path)
    assert [(each.sentence, each.verdict, each.measured) for each in found] == [
        ("it grows: 1; 2", "holds", "1.23 to 5"),
        ("it is so", "holds", None),
        ("it fades", "does not hold here", "3"),
        ("it is not so", "does not hold here", None),
    ]
    assert {each.section for each in found} == {"A *section*, or two?"}
    assert stored_claim(path, "fades") == found[2]


SAYING = Saying("01_lesson", "All is well.", "It is {it grows}.")


def test_a_row_is_made_of_the_figure_and_the_section(tmp_path):
    write_notebook(tmp_path, "holds: it grows\n       measured 3 to 4; the bound: above 1\n", "## How far, then?")
    row = folklore_table([SAYING], tmp_path).splitlines()[-1]
    assert row == "| All is well. | It is **3 to 4**. | [1: How far, then?](01_lesson.ipynb#How-far,-then?) |"


@pytest.mark.parametrize(
    ("printed", "message"),
    [
        ("holds: it shrinks\n       measured 3; the bound: above 1\n", "stores no claim with 'it grows'"),
        ("holds: it grows up\nholds: it grows\n", "stores 2 claims with 'it grows'"),
        ("does not hold here: it grows\n       measured 0; the bound: above 1\n", "does not hold: it grows"),
        (None, "01_lesson.ipynb cannot be read"),
    ],
    ids=["gone", "two", "fails", "no file"],
)
def test_a_claim_that_is_not_to_be_had_is_an_error_that_names_it_and_the_row_says_so(tmp_path, printed, message):
    if printed is not None:
        write_notebook(tmp_path, printed)
    with pytest.raises(LookupError, match=re.escape(message)):
        finding_of(SAYING, tmp_path)
    row = folklore_table([SAYING], tmp_path).splitlines()[-1]
    assert "Not known here" in row and message in row and "](01_lesson.ipynb)" in row
