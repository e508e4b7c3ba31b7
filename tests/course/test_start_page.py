"""The start page: what it quotes stands in the lessons, holds there, and its links lead to where it stands."""

import json
import re

import pytest
from lesson_shape import stated_minutes
from notebook_files import FOLDER, README, START, code_cells, read
from reading_time import WORDS_A_MINUTE, count_words, size

from course.start import folklore
from course.start.course import STATIONS, stations_with_figures
from course.start.folklore import SAYINGS, Saying, folklore_table, what_is_so
from course.start.stored import link_to, minutes_to_read, stored_claim, stored_claims
from helpers.claims import claim

HEADING = re.compile(r"(?m)^#{1,6} +(.+?) *$")
QUOTED = sorted(
    {(saying.lesson, sentence) for saying in SAYINGS for sentence in saying.claims}
    | {(station.lesson, station.claim) for station in STATIONS}
)


def anchors(path):
    """Return the anchors that JupyterLab gives the headings of a notebook."""
    cells = [cell for cell in read(path).cells if cell.cell_type == "markdown"]
    return {heading.replace(" ", "-") for cell in cells for heading in HEADING.findall(cell.source)}


def displayed(cell):
    """Return the Markdown that a cell has displayed."""
    return "\n".join(output.get("data", {}).get("text/markdown", "") for output in cell.outputs)


def cell_with(text):
    (cell,) = [cell for cell in code_cells(read(START)) if text in cell.source and "import" not in cell.source]
    return cell


def test_there_are_ten_rows_at_least_and_each_lesson_has_two():
    assert len(SAYINGS) >= 10
    lessons = [saying.lesson for saying in SAYINGS]
    assert all(lessons.count(station.lesson) >= 2 for station in STATIONS)
    assert len({saying.said for saying in SAYINGS}) == len(SAYINGS)


@pytest.mark.parametrize(("lesson", "sentence"), QUOTED)
def test_each_claim_that_the_page_quotes_is_stored_by_its_lesson_and_holds_there(lesson, sentence):
    found = stored_claim(lesson, sentence)
    assert found.verdict == "holds"
    assert found.measured and any(digit.isdigit() for digit in found.measured)


@pytest.mark.parametrize("saying", SAYINGS, ids=lambda saying: saying.said[:40])
def test_each_row_has_a_measured_figure_and_no_other_placeholder(saying):
    so, _ = what_is_so(saying)
    figures = [stored_claim(saying.lesson, sentence).measured for sentence in saying.claims]
    assert f"**{figures[0]}**" in so
    assert not re.search(r"[{}|\n]", so + saying.said)


@pytest.mark.parametrize("saying", SAYINGS, ids=lambda saying: saying.said[:40])
def test_each_link_leads_to_the_section_above_the_claim(saying):
    _, link = what_is_so(saying)
    file, anchor = re.fullmatch(r"\[\d: .+\]\(([\w.]+)#([^\s()\"<>]+)\)", link).groups()
    assert anchor in anchors(FOLDER / file)
    section = anchor.replace("-", " ")
    cells = read(FOLDER / file).cells
    above = [i for i, cell in enumerate(cells) if f" {section}\n" in f"{cell.source}\n".replace("-", " ")]
    of_claim = [i for i, cell in enumerate(cells) if cell.cell_type == "code" and saying.claims[0] in cell.source]
    assert above and of_claim and above[0] < of_claim[0]


def test_the_page_shows_the_table_that_the_lessons_give_now():
    """If this fails, a lesson has been executed since: run the start page again, as `make notebooks` does."""
    assert displayed(cell_with("folklore_table()")).strip() == folklore_table()


def test_the_map_on_the_page_has_the_figures_that_the_lessons_give_now():
    """If this fails, a lesson has been executed since: run the start page again, as `make notebooks` does."""
    told = displayed(cell_with("plot_course("))
    for title, question, words in stations_with_figures():
        assert f"{title}: {question} Measured: {words}." in told


def test_the_map_asks_the_questions_of_the_readme():
    text = README.read_text(encoding="utf-8")
    for station in STATIONS:
        assert f"[{station.title}](notebooks/{station.lesson}.ipynb) | {station.question} |" in text


def test_the_page_states_minutes_to_read_that_it_takes_and_leads_to_lesson_1_and_back():
    text = "\n".join(cell.source for cell in read(START).cells if cell.cell_type == "markdown")
    with_table = size(read(START)).minutes + count_words(folklore_table()) / WORDS_A_MINUTE
    assert abs(stated_minutes(read(START)) - with_table) <= 2
    assert "](01_initialization.ipynb)" in text
    assert "[start here](00_start_here.ipynb)" in read(FOLDER / "01_initialization.ipynb").cells[-1].source
    for station in STATIONS:
        assert (FOLDER / f"{station.lesson}.ipynb").exists()
        assert minutes_to_read(station.lesson) > 10


def write_lesson(folder, printed, heading="## A *section*, or two?"):
    """Write a notebook with one heading and one cell that has printed something."""
    output = {"output_type": "stream", "name": "stdout", "text": printed.splitlines(keepends=True)}
    cells = [
        {"cell_type": "markdown", "source": ["# Title\n", "\n", heading]},
        {"cell_type": "code", "source": "claim()", "outputs": [output]},
    ]
    (folder / "01_lesson.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")


def test_what_claim_prints_is_found_as_it_was_printed(tmp_path, capsys):
    claim("it grows: 1; 2", [1.234, 5], above=0)
    claim("it is so", True)
    claim("it fades", 3, below=1)
    claim("it is not so", False, measured=7)
    claim("it grows: 1; 2", 9, above=0)
    write_lesson(tmp_path, capsys.readouterr().out)
    found = stored_claims(tmp_path / "01_lesson.ipynb")
    assert [(each.sentence, each.verdict, each.measured) for each in found.values()] == [
        ("it grows: 1; 2", "holds", "1.23 to 5"),
        ("it is so", "holds", None),
        ("it fades", "does not hold here", "3"),
        ("it is not so", "does not hold here", None),
    ]
    assert {each.section for each in found.values()} == {"A *section*, or two?"}


SAYING = Saying("All is well.", "It is {0}.", "01_lesson", ("it grows",))


def test_a_row_is_made_of_the_figure_and_the_section(tmp_path):
    write_lesson(tmp_path, "holds: it grows\n       measured 3 to 4; the bound: above 1\n", "## How far, then?")
    row = folklore_table([SAYING], tmp_path).splitlines()[-1]
    assert row == "| All is well. | It is **3 to 4**. | [1: How far, then?](01_lesson.ipynb#How-far,-then?) |"


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("holds: it shrinks\n       measured 3; the bound: above 1\n", "stores no claim 'it grows'"),
        ("", "stores no claim 'it grows'"),
        ("does not hold here: it grows\n       measured 0; the bound: above 1\n", "does not hold: it grows"),
    ],
    ids=["other", "none", "fails"],
)
def test_a_claim_that_is_gone_or_fails_is_an_error_that_names_it_and_the_row_says_so(tmp_path, printed, said):
    write_lesson(tmp_path, printed)
    with pytest.raises(LookupError, match=re.escape(said)):
        what_is_so(SAYING, tmp_path)
    row = folklore_table([SAYING], tmp_path).splitlines()[-1]
    assert "Not known here" in row and said in row and "01_lesson.ipynb" in row


def test_a_lesson_that_is_not_there_is_an_error_that_names_it(tmp_path):
    with pytest.raises(LookupError, match=r"01_lesson\.ipynb cannot be read"):
        stored_claim("01_lesson", "it grows", tmp_path)


def test_a_section_is_named_as_jupyterlab_names_it():
    assert link_to("01_lesson", "Does it hold?") == "01_lesson.ipynb#Does-it-hold?"
    assert folklore.NOTEBOOKS == FOLDER


def test_the_readme_shows_three_of_the_rows_as_the_lessons_give_them_now():
    rows = {row.replace("](", "](notebooks/") for row in folklore_table().splitlines()[2:]}
    shown = [
        line
        for line in README.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "](notebooks/0" in line and "**" in line
    ]
    assert len(shown) == 3
    assert set(shown) <= rows
