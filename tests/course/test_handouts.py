"""The learners' edition: nothing of a solution is left in it, and it runs as it is.

The tests in the browser run it as a whole. Here: its cells of code are those of the lesson, character by character, and
nothing that was taken out defines what is left; what differs is executed.
"""

import ast
import base64
import contextlib
import io
import re
import struct
import subprocess
import symtable
import sys

import nbformat
import pytest
from notebook_files import FOLDER, LESSONS, code_cells, name, read, tags
from reading_time import calls

from course.site import handouts

PNG = b"\x89PNG\r\n\x1a\n"
PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"sRGB", b"gAMA"}  # a PNG's chunks without any text
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder into which the handouts were written."""
    target = tmp_path_factory.mktemp("handouts")
    handouts.write(target)
    return target


def handout_of(folder, path):
    return read(folder / path.relative_to(FOLDER))


def taken_out(lesson):
    """Return the texts that a handout must not have: of solutions with their outputs, and of answers with theirs."""
    removed = []
    for cell in lesson.cells:
        if "solution" in tags(cell):
            removed += [cell.source, *strings(cell.get("outputs", []))]
        elif "answer" in tags(cell):
            removed += [ast.unparse(call) for call in calls(cell.source, "answer")]
            removed += [text for output in cell.outputs for text in strings(output.get("data", {}))]
    return removed


def left(lesson):
    """Return the text of a lesson's cells without what is to be taken out; outputs only where they are to stay."""
    kept = [cell.source for cell in lesson.cells if not {"solution", "answer"} & {*tags(cell)}]
    kept += [handouts.without_answers(cell.source)[0] for cell in lesson.cells if "answer" in tags(cell)]
    kept += [text for cell in lesson.cells if "expected" in tags(cell) for text in strings(cell.outputs)]
    return kept


def strings(thing):
    """Return all strings in a part of a notebook, however deep; of a picture its text, if there is any."""
    if isinstance(thing, str):
        return [thing, *text_in_png(thing)]
    if isinstance(thing, dict):
        return [text for key, value in thing.items() for text in (key, *strings(value))]
    return [text for part in thing for text in strings(part)] if isinstance(thing, list) else []


def text_in_png(text):
    """Return what a PNG, encoded in base 64, holds besides its pixels; nothing of any other text."""
    if not text.startswith("iVBOR"):
        return []
    data, found, place = base64.b64decode(text), [], len(PNG)
    while place < len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        if kind not in PIXELS:
            found.append(data[place + 8 : place + 8 + length].decode("latin-1"))
        place += length + 12
    return [*found, data[place:].decode("latin-1")]


def words(text):
    return re.findall(r"[a-z0-9_]+", text.lower())


def phrases(texts, n_words=5):
    """Return every sequence of so many words, and every line of three and more; capitals and punctuation aside."""
    found = set()
    for text in texts:
        in_text = words(text)
        found |= {" ".join(in_text[i : i + n_words]) for i in range(len(in_text) - n_words + 1)}
        found |= {" ".join(line) for line in map(words, text.splitlines()) if len(line) > 2}
    return found


def in_one_line(texts):
    return f" {' '.join(word for text in texts for word in words(text))} "


def leaks(handout, lesson):
    """Return the phrases of solutions and answers that a handout has and the rest of the lesson has not."""
    allowed, there = in_one_line(left(lesson)), in_one_line(strings(handout))
    return sorted(each for each in phrases(taken_out(lesson)) if f" {each} " in there and f" {each} " not in allowed)


def test_there_is_a_handout_for_each_notebook_and_each_is_valid(folder):
    assert {path.relative_to(folder) for path in folder.rglob("*.ipynb")} == {p.relative_to(FOLDER) for p in LESSONS}
    for path in LESSONS:
        nbformat.validate(handout_of(folder, path))


@each_lesson
def test_the_tags_say_what_is_a_solution_and_what_answers_a_prediction(path):
    for cell in read(path).cells:  # in text it is the heading of solutions
        is_solution = bool(re.match(r"#+ Solutions?\b", cell.source))
        assert ("solution" in tags(cell)) is is_solution, cell.source
    for cell in code_cells(read(path)):
        is_solution = "solution" in tags(cell)
        assert ("answer" in tags(cell)) is bool(calls(cell.source, "answer") and not is_solution), cell.source
        assert "expected" not in tags(cell) or (cell.outputs and not is_solution), cell.source


@each_lesson
def test_no_text_of_a_solution_or_an_answer_survives_in_any_form(folder, path):
    assert leaks(handout_of(folder, path), read(path)) == []


@each_lesson
def test_there_is_no_place_where_one_could_survive(folder, path):
    handout = handout_of(folder, path)
    assert handout.metadata.keys() <= {"kernelspec", "language_info"}
    stored = {cell.id: cell for cell in read(path).cells}
    for cell in handout.cells:
        assert cell.metadata in ({}, {"jupyter": {"source_hidden": True}})
        assert cell.keys() <= {"cell_type", "id", "metadata", "source", "outputs", "execution_count"}
        if cell.cell_type == "code":
            assert cell.execution_count is None
            assert cell.outputs == (stored[cell.id].outputs if "expected" in tags(stored[cell.id]) else [])


def markdown_leak(handout, text):
    handout.cells[0].source += f"\n<!-- {text.upper()} -->"


def output_leak(handout, text):
    code_cells(handout)[0].outputs = [nbformat.v4.new_output("stream", text=text.replace(" ", "\n"))]


def metadata_leak(handout, text):
    handout.cells[-1].metadata["notes"] = [{"because": text}]


def widget_leak(handout, text):
    handout.metadata["widgets"] = {"state": {"1": {"text": text}}}


def attachment_leak(handout, text):
    handout.cells[0]["attachments"] = {text: {"image/png": ""}}


def picture_leak(handout, text):
    chunk = b"tEXt" + b"Comment\0" + text.encode()
    picture = PNG + struct.pack(">I", len(chunk) - 4) + chunk + bytes(4)
    handout.cells[0]["attachments"] = {"figure": {"image/png": base64.b64encode(picture).decode()}}


@pytest.mark.parametrize(
    "leak", [markdown_leak, output_leak, metadata_leak, widget_leak, attachment_leak, picture_leak]
)
@pytest.mark.parametrize("text", ["half of the z keep their mean", 'check("1.3", "BDCA")', "exercise 1.3: right"])
def test_a_leak_would_be_found_wherever_it_is(leak, text):
    lesson = read(FOLDER / "01_initialization.ipynb")
    handout = handouts.learners_edition(lesson)
    assert leaks(handout, lesson) == []
    leak(handout, text)
    assert leaks(handout, lesson)


@each_lesson
def test_what_is_left_is_the_lesson_cell_by_cell_with_all_its_exercises_and_predictions(folder, path):
    lesson, handout = read(path), handout_of(folder, path)
    kept = [cell for cell in code_cells(lesson) if "solution" not in tags(cell)]
    sources = [handouts.without_answers(c.source)[0] if "answer" in tags(c) else c.source for c in kept]
    assert [cell.source for cell in code_cells(handout)] == [source for source in sources if source]
    text = "\n".join(cell.source for cell in handout.cells if cell.cell_type == "markdown")
    for cell in lesson.cells:
        for exercise in re.findall(r"(?m)^\*\*\d\.\d\b.*", cell.source) if cell.cell_type == "markdown" else ():
            assert exercise in text
    answered = [call for cell in kept for call in calls(cell.source, "answer")]
    assert text.count("**Back to your prediction.** ") == len(answered)


@each_lesson
def test_nothing_that_was_taken_out_defines_what_is_left(path):
    removed = [cell.source for cell in code_cells(read(path)) if "solution" in tags(cell)]
    symbols = [each for source in removed for each in symtable.symtable(source, "solution", "exec").get_symbols()]
    defined = {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}
    kept = [cell.source for cell in code_cells(handouts.learners_edition(read(path)))]
    named = {node.id for source in kept for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
    assert defined & named == set()


@each_lesson
def test_a_handout_does_not_speak_of_what_it_has_not(folder, path):
    text = "\n".join(cell.source for cell in handout_of(folder, path).cells if cell.cell_type == "markdown")
    assert not re.search(r"(?i)folded below|hidden below|answer stands below", text)


@pytest.mark.parametrize("said", handouts.ELSEWHERE)
def test_what_is_said_otherwise_is_said_in_a_lesson(said):
    assert any(re.search(said, cell.source) for path in LESSONS for cell in read(path).cells)


@each_lesson
def test_each_exercise_says_that_it_is_open_and_none_raises_or_is_right(folder, path):
    """Run the cells that a learner has to fill in, with the imports and the functions of the cells above them."""
    names, printed = {}, io.StringIO()
    for cell in code_cells(handout_of(folder, path)):
        body = ast.parse(cell.source).body
        asked = bool(calls(cell.source, "check"))
        wanted = body if asked else [each for each in body if isinstance(each, ast.Import | ast.ImportFrom)]
        with contextlib.redirect_stdout(printed):
            exec(compile(ast.Module(wanted, []), "handout", "exec"), names)
        for function in [] if asked else [each for each in body if isinstance(each, ast.FunctionDef)]:
            with contextlib.suppress(NameError):  # a default that was computed: no exercise needs that function
                exec(compile(ast.Module([function], []), "handout", "exec"), names)
    n_checks = sum(len(calls(cell.source, "check")) for cell in code_cells(handout_of(folder, path)))
    lines = printed.getvalue().splitlines()
    assert len(lines) == n_checks
    assert all(re.search(r": no answer yet$|: not yet\. (?!.*\braises\b)", line) for line in lines), lines


def test_the_program_says_how_many_there_are_and_where(tmp_path):
    program = [sys.executable, handouts.__file__, str(tmp_path / "for learners")]
    said = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    assert said == f"{len(LESSONS)} notebooks for learners are in {tmp_path / 'for learners'}/: give out that folder.\n"


@pytest.mark.parametrize("source", ["claim('it holds', True)", "if done:\n    answer(guess, 'A', A='', B='')"])
def test_a_cell_with_the_tag_of_an_answer_must_answer_in_a_line_of_its_own(source):
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["answer"]})
    with pytest.raises(ValueError, match="in a line of its own"):
        handouts.learners_edition(nbformat.v4.new_notebook(cells=[cell]))
