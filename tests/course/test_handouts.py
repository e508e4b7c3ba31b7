"""The learners' edition: nothing of a solution or an answer is left in it, and the rest is there as it was.

The browser tests run the handouts from top to bottom.
"""

import ast
import re
import subprocess
import symtable
import sys

import nbformat
import pytest
from notebook_files import ALL_NOTEBOOKS, FOLDER, code_cells, name, printed, read, tags
from reading_time import calls

from course.site import handouts

each_lesson = pytest.mark.parametrize("path", ALL_NOTEBOOKS, ids=name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder into which the program wrote the handouts."""
    target = tmp_path_factory.mktemp("for learners")
    program = [sys.executable, handouts.__file__, str(target)]
    output = subprocess.run(program, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    assert output == f"{len(ALL_NOTEBOOKS)} notebooks for learners are in {target}/: give out that folder.\n"
    return target


def handout_of(folder, path):
    return read(folder / path.relative_to(FOLDER))


def markdown(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def phrases(text, n_words=5):
    """Return every sequence of so many words of a text; capitals, punctuation and line breaks aside."""
    words = re.findall(r"[a-z0-9_]+", text.lower().replace("\\n", " "))
    return {tuple(words[i : i + n_words]) for i in range(len(words) - n_words + 1)}


@each_lesson
def test_the_tags_say_what_is_a_solution_and_what_answers_a_prediction(path):
    for cell in read(path).cells:  # in text it is the heading of solutions
        is_solution = bool(re.match(r"#+ Solutions?\b", cell.source))
        assert ("solution" in tags(cell)) is is_solution, cell.source
        if cell.cell_type == "code" and not is_solution:
            answers = calls(cell.source, "answer")
            assert ("answer" in tags(cell)) is bool(answers), cell.source
            assert len(answers) in (0, len(ast.parse(cell.source).body)), f"split what only answers off: {cell.source}"
            assert "expected" not in tags(cell) or cell.outputs, cell.source


@each_lesson
def test_no_phrase_of_a_solution_or_an_answer_is_left(folder, path):
    lesson = read(path)
    removed = [cell for cell in lesson.cells if {"solution", "answer"} & {*tags(cell)}]
    kept = [cell for cell in lesson.cells if cell not in removed]
    for cell in kept:
        if cell.cell_type == "code" and "expected" not in tags(cell):
            cell.outputs = []
    secret = phrases(nbformat.writes(nbformat.from_dict(lesson | {"cells": removed})))
    public = phrases(nbformat.writes(nbformat.from_dict(lesson | {"cells": kept})))
    asked_again = phrases(" ".join(cell.source for cell in handout_of(folder, path).cells if "look-back" in cell.id))
    handout = phrases((folder / path.relative_to(FOLDER)).read_text(encoding="utf-8"))
    assert secret & handout <= public | asked_again


@each_lesson
def test_the_rest_is_there_as_it_was_and_each_answer_is_a_question(folder, path):
    lesson, handout = read(path), handout_of(folder, path)
    nbformat.validate(handout)
    kept = [cell for cell in code_cells(lesson) if not {"solution", "answer"} & {*tags(cell)}]
    assert [cell.id for cell in code_cells(handout)] == [cell.id for cell in kept]
    for cell, stored in zip(code_cells(handout), kept, strict=True):
        assert cell.source == stored.source or handouts.TITLE in cell.source
    for cell, stored in zip(code_cells(handout), kept, strict=True):
        assert cell.execution_count is None
        assert cell.outputs == (stored.outputs if "expected" in tags(stored) else [])
    text = markdown(handout)
    assert all(exercise in text for exercise in re.findall(r"(?m)^\*\*\d\.\d\b.*", markdown(lesson)))
    assert text.count("**Back to your prediction.** ") == sum("answer" in tags(cell) for cell in lesson.cells)
    of_what_it_has_not = r"(?i)folded below|hidden below|folded cell with a solution|answer (stands below|comes after)"
    assert not re.search(of_what_it_has_not, text)


@each_lesson
def test_no_figure_between_a_prediction_and_its_answer_has_a_title(folder, path):
    is_asked = False
    for cell in handout_of(folder, path).cells:
        is_asked = is_asked and "look-back" not in cell.id
        if cell.cell_type == "code":
            is_asked = is_asked or bool(calls(cell.source, "predict"))
            for call in calls(cell.source, "show") if is_asked else ():
                assert [argument.value for argument in call.args[1:]] == [ast.literal_eval(handouts.TITLE)]


@each_lesson
def test_nothing_that_was_taken_out_defines_what_is_left(folder, path):
    removed = [cell.source for cell in code_cells(read(path)) if "solution" in tags(cell)]
    symbols = [each for source in removed for each in symtable.symtable(source, "solution", "exec").get_symbols()]
    defined = {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}
    kept = [cell.source for cell in code_cells(handout_of(folder, path))]
    used = {node.id for source in kept for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    assert not defined & used


@each_lesson
def test_an_exercise_that_is_not_done_yet_is_not_right_and_raises_nothing(path):
    """The strict comparison of the notebooks holds these outputs."""
    for cell in code_cells(read(path)):
        if calls(cell.source, "check") and "solution" not in tags(cell):
            assert re.fullmatch(r"exercise .*: (no answer yet|not yet\. (?!.*\braises\b).*)\n", printed(cell))
