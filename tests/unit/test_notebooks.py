"""The notebooks as files.

(The strict comparison with the stored output, on the real data, is nbval's: every code cell is a test of its own.)
"""

import itertools
import re
from html import escape

import nbformat
import pytest
from lesson_shape import MINUTES_OF_A_CLASS, TOO_LONG, problems, stated_minutes
from notebook_files import ALL_NOTEBOOKS, README, WIDGET, code_cells, is_further, name, read, tags, verdicts
from reading_time import size

from course.lessons import LESSONS

each_notebook = pytest.mark.parametrize("path", ALL_NOTEBOOKS, ids=name)


@each_notebook
def test_the_file_is_valid_small_without_widget_state_and_executed_once_from_top_to_bottom(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert path.stat().st_size < 1_000_000
    assert not re.search(r'["( ]/(home|work|tmp|root)\b', path.read_text(encoding="utf-8")), "a folder of one machine"
    assert "widgets" not in notebook.metadata
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


@each_notebook
def test_no_stored_output_is_an_error_a_warning_a_progress_bar_a_choice_or_a_claim_that_fails(path):
    for cell in code_cells(read(path)):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text
            assert "step/s" not in output.get("data", {}).get("text/plain", "")
            assert "**You said" not in output.get("data", {}).get("text/markdown", ""), "somebody's choice is stored"
        assert not [verdict for verdict in verdicts(cell) if verdict.startswith("does not hold here")]


@each_notebook
def test_each_picture_is_followed_by_its_description(path):
    for cell in code_cells(read(path)):
        for output, following in itertools.zip_longest(cell.outputs, cell.outputs[1:]):
            data = output.get("data", {})
            if "image/png" in data and WIDGET not in data:
                assert following is not None
                assert following.data["text/plain"] == output.metadata["image/png"]["alt"]
                assert escape(following.data["text/plain"], quote=False) in following.data["text/html"]


@each_notebook
def test_there_are_claims_and_strict_nbval_compares_each(path):
    claims = [cell for cell in code_cells(read(path)) if verdicts(cell)]
    assert claims
    assert not [cell.source for cell in claims if "nbval-ignore-output" in tags(cell)]


@each_notebook
def test_cells_are_short_and_links_to_files_lead_somewhere(path):
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 25, cell.source
        else:
            for target in re.findall(r"\]\((?!\w+:|#)([^)#]+)", cell.source):
                assert (path.parent / target).exists(), target


@each_notebook
def test_the_minutes_that_a_notebook_states_are_those_that_it_takes(path):
    minutes, for_exercises = stated_minutes(read(path))
    assert abs(minutes - size(read(path)).minutes) <= 2
    assert for_exercises == size(read(path)).exercise_minutes


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_lesson_keeps_to_the_shape_of_one_class(lesson):
    assert problems(read(lesson.path)) == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_lesson_without_its_exercises_fits_into_one_class_if_it_is_not_known_to_be_too_long(lesson):
    assert (size(read(lesson.path)).minutes > MINUTES_OF_A_CLASS) is (lesson.name in TOO_LONG)


def test_the_readme_states_the_minutes_to_read_that_each_notebook_states():
    stated = {path.name: str(stated_minutes(read(path))[0]) for path in ALL_NOTEBOOKS if not is_further(path)}
    rows = re.findall(
        r"(?m)^\|[^|]*\(notebooks/([^/)]+)\)[^|]*\|[^|]*\| *(\d+) *\|", README.read_text(encoding="utf-8")
    )
    assert dict(rows) == stated
