"""The notebooks as files.

(The strict comparison with the stored output, on the real data, is nbval's: every code cell is a test of its own.)
"""

import itertools
import re

import nbformat
import pytest
from lesson_shape import minutes_in_map, problems, stated_minutes
from notebook_files import (
    FOLDER,
    LESSONS,
    README,
    START,
    VERDICT,
    WIDGET,
    code_cells,
    is_further,
    name,
    printed,
    read,
    tags,
)

REBUILT = (
    "01_initialization",
    "02_nonsaturating_activations",
    "03_selu_deep_nets",
    "04_batch_normalization",
    "05_gradient_clipping",
)  # the lessons that have the shape of one class; all are to be
IGNORED = "nbval-ignore-output"

each_lesson = pytest.mark.parametrize("path", LESSONS, ids=name)


def test_there_are_lessons():
    assert LESSONS


@each_lesson
def test_the_file_is_valid_small_and_without_widget_state(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert path.stat().st_size < 1_000_000
    assert "widgets" not in notebook.metadata


@each_lesson
def test_it_was_executed_once_from_top_to_bottom(path):
    counts = [cell.execution_count for cell in code_cells(read(path))]
    assert counts == list(range(1, len(counts) + 1))


@each_lesson
def test_no_stored_output_is_an_error_a_warning_or_a_claim_that_fails(path):
    for cell in code_cells(read(path)):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
            assert "**You said" not in output.get("data", {}).get("text/markdown", ""), "somebody's choice is stored"
        assert "does not hold here" not in printed(cell)


@each_lesson
def test_each_picture_is_followed_by_its_description(path):
    for cell in code_cells(read(path)):
        for output, following in itertools.zip_longest(cell.outputs, cell.outputs[1:]):
            data = output.get("data", {})
            if "image/png" in data and WIDGET not in data:
                assert following is not None
                assert following.data["text/markdown"].startswith("*Figure.* ")


@each_lesson
def test_a_lesson_makes_at_least_twelve_claims_what_goes_further_one_and_each_is_compared(path):
    verdicts = 0
    for cell in code_cells(read(path)):
        found = len(VERDICT.findall(printed(cell)))
        assert not (found and IGNORED in tags(cell)), cell.source
        verdicts += found
    assert verdicts >= (1 if is_further(path) or path == START else 12)


@each_lesson
def test_cells_are_short_and_no_progress_bar_is_stored(path):
    for cell in code_cells(read(path)):
        assert len(cell.source.splitlines()) <= 25, cell.source
        assert "it/s" not in printed(cell)
        for output in cell.outputs:
            assert "step/s" not in output.get("data", {}).get("text/plain", "")


@each_lesson
def test_links_to_files_lead_somewhere(path):
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\((?!\w+:|#)([^)#]+)", cell.source):
                assert (path.parent / target).exists(), target


def test_rebuilt_lessons_keep_to_the_shape_of_one_class_and_to_their_stated_time():
    assert {lesson: problems(read(FOLDER / f"{lesson}.ipynb")) for lesson in REBUILT} == {each: [] for each in REBUILT}


def test_the_course_map_states_the_minutes_to_read_that_each_lesson_states():
    stated = {name(path): stated_minutes(read(path)) for path in LESSONS if not is_further(path)}
    in_map = {lesson: minutes_in_map(README.read_text(encoding="utf-8"), lesson) for lesson in stated}
    assert in_map == stated
