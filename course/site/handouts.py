"""The learners' edition of the notebooks, without outputs, solutions and answers to predictions: `make handouts`.

Cells tagged "solution" are taken out; in place of one tagged "answer", the question of its prediction is asked once
more, and the figures in between have no title, since it would answer; one tagged "expected" keeps its output, from
which an exercise asks to diagnose (and map and table of the start page). The other cells stay as they are, so that a
handout runs like its lesson.
"""

import ast
import re
import shutil
import sys
from pathlib import Path

import nbformat
from nbconvert import NotebookExporter
from nbconvert.preprocessors import ClearMetadataPreprocessor, Preprocessor, TagRemovePreprocessor
from nbformat.v4 import new_markdown_cell

from course.lessons import NOTEBOOKS

NOTE = "*Learners' edition. What a cell gives appears when you run it. Your teacher has the solutions.*"
TITLE = '"What do you see?"'
LOOK_BACK = "**Back to your prediction.** {} What do you say now, and which measurement says so?"
REPLACEMENTS = {  # of sentences on what a handout has not
    r"(A|The) solution\b[^.]* folded below\b[^.]*\.": "Your teacher has the solutions.",
    r"The \[solutions\]\(#Solutions\) are at the end\.": "Your teacher has the solutions.",
    r"The \[solution\]\(#Solution-of[^)]*\) is at the end\. Try the hints first:\n\n": "",
    r"The answer comes after the measurement[^.]*\.": "There you are asked once more; your teacher has the answer.",
}


class HandoutPreprocessor(Preprocessor):
    """Ask once more instead of answering, and clear the outputs that are not expected."""

    def preprocess(self, notebook, resources):
        """Return the notebook with other cells where there are answers, and a note below its title."""
        questions, is_asked = {}, False
        for place, cell in enumerate(notebook.cells):
            if cell.cell_type == "markdown":
                cell.metadata.clear()
                for pattern, replacement in REPLACEMENTS.items():
                    cell.source = re.sub(pattern, replacement, cell.source)
                continue
            tags = cell.metadata.get("tags", [])
            cell.update(execution_count=None, outputs=cell.outputs if "expected" in tags else [])
            for statement in ast.parse(cell.source).body:
                match statement:
                    case ast.Assign([ast.Name(guess)], ast.Call(ast.Name("predict"), [ast.Constant(question)])):
                        questions[guess], is_asked = question, True
                    case ast.Expr(ast.Call(ast.Name("answer"), [ast.Name(guess), *_])) if "answer" in tags:
                        source = LOOK_BACK.format(questions[guess])
                        notebook.cells[place] = new_markdown_cell(source, id=f"{cell.id}-look-back")
                        is_asked = False
            if is_asked:
                cell.source = without_titles(cell.source)
        notebook.cells.insert(1, new_markdown_cell(NOTE, id="learners-edition"))
        return notebook, resources


def without_titles(source):
    """Replace title and caption of each figure that a cell shows.

    >>> print(without_titles('show(plot(x), "Rate 0.1 is best", "See the dots.")'))
    show(plot(x), "What do you see?")
    """
    lines = source.encode().splitlines(keepends=True)  # ast counts bytes
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: call.lineno, reverse=True):
        match call:
            case ast.Call(ast.Name("show"), [_, title, *_] as arguments):
                first, last = title.lineno - 1, arguments[-1].end_lineno
                before = lines[first][: title.col_offset]
                after = lines[last - 1][arguments[-1].end_col_offset :]
                lines[first:last] = [before + TITLE.encode() + after]
    return b"".join(lines).decode()


def learners_edition(notebook):
    """Return the learners' edition of a notebook, as the text of its file."""
    without_solutions = TagRemovePreprocessor(enabled=True, remove_cell_tags={"solution"})
    clear_metadata = ClearMetadataPreprocessor(enabled=True, preserve_cell_metadata_mask={("jupyter", "source_hidden")})
    clear_metadata.preserve_nb_metadata_mask = {"kernelspec", "language_info"}
    exporter = NotebookExporter(preprocessors=[without_solutions, HandoutPreprocessor(enabled=True), clear_metadata])
    return exporter.from_notebook_node(notebook)[0]


def write(folder):
    """Write the learners' edition of all notebooks into a folder, with the pages to which they link; count them."""
    notebooks = [*NOTEBOOKS.glob("0*.ipynb"), NOTEBOOKS / "clinic.ipynb", *NOTEBOOKS.glob("further/0*.ipynb")]
    (folder / "further").mkdir(parents=True, exist_ok=True)
    for path in notebooks:
        handout = learners_edition(nbformat.read(path, as_version=4))
        (folder / path.relative_to(NOTEBOOKS)).write_text(handout, encoding="utf-8")
    for page in NOTEBOOKS.glob("*.md"):
        shutil.copy(page, folder)
    return len(notebooks)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    print(f"{write(target)} notebooks for learners are in {target}/: give out that folder.")
