"""The learners' edition of the notebooks, without outputs, solutions and answers to predictions: `make handouts`.

Tags in the stored notebooks say what is taken out:

solution
    The cell goes, be it code or a heading of solutions.
answer
    The cell's call of `answer` goes. In its place the question is asked once more, now after the measurement.
expected
    The cell keeps its output. That helps where an exercise asks to diagnose from it: it can be done on paper, too.

All other cells stay as they are, to the last character, without their outputs. So a handout runs from top to bottom
like its lesson. The checks of the exercises are in `helpers`: whoever reads their code finds there what they accept.
"""

import ast
import re
import shutil
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SOLUTION, ANSWER, EXPECTED = "solution", "answer", "expected"
NOTE = "*Learners' edition. What a cell gives appears when you run it. Your teacher has the solutions.*"
LOOK_BACK = "**Back to your prediction.** {} What do you say now, and which measurement says so?"
ELSEWHERE = {  # what a lesson says of things that are not in its handout
    r"(A|The) solution\b[^.]* folded below\b[^.]*\.": "Your teacher has the solutions.",
    r"The \[solutions\]\(#Solutions\) are at the end\.": "Your teacher has the solutions.",
    r"\[Solution\]\(#Solution-of[^)]*\)\. Before it:\n\n": "",
    r"the answer stands below the measurement[^.]*\.": "there you are asked once more; your teacher has the answer.",
}
KEPT_METADATA = ("kernelspec", "language_info")  # of a notebook


def write(folder):
    """Write the learners' edition of all notebooks, and the pages on words and symbols to which they link.

    Parameters
    ----------
    folder : Path
        It gets the folders and the names of `notebooks/`; a file that is there already is overwritten.

    Returns
    -------
    list of Path
        The notebooks that were written.
    """
    written = []
    for path in [*sorted(NOTEBOOKS.glob("*.ipynb")), *sorted(NOTEBOOKS.glob("further/*.ipynb"))]:
        target = folder / path.relative_to(NOTEBOOKS)
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(learners_edition(nbformat.read(path, as_version=4)), target)
        written.append(target)
    for page in NOTEBOOKS.glob("*.md"):
        shutil.copy(page, folder)
    return written


def learners_edition(notebook):
    """Return the learners' edition of a notebook, which stays as it is.

    Parameters
    ----------
    notebook : NotebookNode
        As it is stored, with outputs and tags.

    Returns
    -------
    NotebookNode

    Raises
    ------
    ValueError
        If a cell has the tag "answer" and no call of `answer`, or one that stands within another statement.
    """
    cells, questions = [], {}
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "code":
            questions |= asked(cell.source)
        if SOLUTION in tags:
            continue
        if ANSWER in tags:
            source, answered = without_answers(cell.source)
            if source:
                cells.append(_learners_cell(cell, source))
            cells += [_look_back(cell.id, questions[guess]) for guess in answered]
        else:
            cells.append(_learners_cell(cell, cell.source))
    cells.insert(1, new_markdown_cell(NOTE, id="learners-edition"))
    metadata = {key: notebook.metadata[key] for key in KEPT_METADATA if key in notebook.metadata}
    return nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def asked(source):
    """Return the questions of the predictions that a cell displays, by the names that it gives them."""
    return {
        statement.targets[0].id: statement.value.args[0].value
        for statement in ast.parse(source).body
        if isinstance(statement, ast.Assign) and _called(statement.value) == "predict"
    }


def without_answers(source):
    """Return a cell's source without its calls of `answer`, and the names of the predictions that they answer.

    Raises
    ------
    ValueError
        If there is none, or if one is part of another statement.
    """
    tree = ast.parse(source)
    found = [each.value for each in tree.body if isinstance(each, ast.Expr) and _called(each.value) == "answer"]
    if not found or len(found) != sum(_called(node) == "answer" for node in ast.walk(tree)):
        raise ValueError(f'a cell with the tag "{ANSWER}" has to call answer(...), in a line of its own:\n{source}')
    lines = source.splitlines()
    for call in reversed(found):
        del lines[call.lineno - 1 : call.end_lineno]
    return "\n".join(lines).strip("\n"), [call.args[0].id for call in found]


def _called(node):
    """Return the name of the function that a node of a syntax tree calls, or None."""
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def _look_back(cell_id, question):
    return new_markdown_cell(LOOK_BACK.format(question), id=f"{cell_id}-look-back")


def _learners_cell(cell, source):
    """Return a copy of a cell with nothing but its source, whether it is folded, and an output that is to stay."""
    if cell.cell_type == "markdown":
        for said, instead in ELSEWHERE.items():
            source = re.sub(said, instead, source)
        return new_markdown_cell(source, id=cell.id)
    metadata = {"jupyter": {"source_hidden": True}} if cell.metadata.get("jupyter", {}).get("source_hidden") else {}
    copy = nbformat.v4.new_code_cell(source, id=cell.id, metadata=metadata)
    if EXPECTED in cell.metadata.get("tags", []):
        copy.outputs = nbformat.from_dict(cell.outputs)
    return copy


if __name__ == "__main__":
    target = Path(sys.argv[1])
    print(f"{len(write(target))} notebooks for learners are in {target}/: give out that folder.")
