"""How long it takes to read a lesson, computed from its file by one rule; run as a script it prints that for each one.

Words at 160 a minute: those of the text before the exercises, and of predictions, their options and answers; a formula
counts as three. Lines of code in view at 16 a minute. 45 seconds for each figure, 2 minutes for each lab and exercise.
"""

import ast
import re
from dataclasses import dataclass

from notebook_files import ALL_NOTEBOOKS, code_cells, figures, is_lab, name, read, verdicts

WORDS_A_MINUTE, LINES_A_MINUTE = 160, 16
MINUTES_A_FIGURE, MINUTES_A_LAB, MINUTES_AN_EXERCISE = 0.75, 2, 2
WORDS_A_FORMULA = 3
EXERCISES = re.compile(r"(?m)^## Exercises\b")
EXERCISE = re.compile(r"(?m)^\*\*\d+\.\d+\b")
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+?\$", re.DOTALL)
TARGET = re.compile(r"\]\([^)]*\)|<!--.*?-->", re.DOTALL)  # where a link leads, and what is not shown


@dataclass(frozen=True)
class Size:
    """What a lesson has; its figures are what its stored output shows."""

    words: int
    code_lines: int
    figures: int
    labs: int
    exercises: int
    predictions: int
    claims: int

    @property
    def minutes(self):
        """Whole minutes to read it."""
        return round(
            self.words / WORDS_A_MINUTE
            + self.code_lines / LINES_A_MINUTE
            + self.figures * MINUTES_A_FIGURE
            + self.labs * MINUTES_A_LAB
            + self.exercises * MINUTES_AN_EXERCISE
        )


def size(notebook):
    """Return the Size of a notebook."""
    before, *after = EXERCISES.split(text_of(notebook), maxsplit=1)
    cells = code_cells(notebook)
    predictions = [words_of_prediction(call) for cell in cells for call in calls(cell.source, "predict", "answer")]
    return Size(
        words=count_words(before) + sum(map(count_words, predictions)),
        code_lines=sum(bool(line.strip()) for cell in cells if is_visible(cell) for line in cell.source.splitlines()),
        figures=sum(len(figures(cell)) for cell in cells),
        labs=sum(is_lab(output) for cell in cells for output in cell.outputs),
        exercises=sum(len(EXERCISE.findall(part)) for part in after),
        predictions=sum(len(calls(cell.source, "predict")) for cell in cells),
        claims=sum(len(verdicts(cell)) for cell in cells),
    )


def text_of(notebook):
    """Return the Markdown cells of a notebook as one text."""
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def count_words(text):
    """Count the words of a text in Markdown; a formula counts as three, where a link leads not at all."""
    n_formulas = len(FORMULA.findall(text))
    words = TARGET.sub(" ", FORMULA.sub(" ", text)).split()
    return sum(any(letter.isalnum() for letter in word) for word in words) + n_formulas * WORDS_A_FORMULA


def is_visible(cell):
    """Tell whether the source of a cell is in view."""
    return not cell.metadata.get("jupyter", {}).get("source_hidden")


def calls(source, *names):
    """Return the calls of functions of these names in a cell's source, in their order."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    found = [call for call in found if isinstance(call.func, ast.Name) and call.func.id in names]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


def words_of_prediction(call):
    """Return what a reader reads of a call of predict() or answer(): the question, the options, the sentences."""
    question = call.args[:1] if call.func.id == "predict" else []
    parts = [part for value in [*question, *(each.value for each in call.keywords)] for part in ast.walk(value)]
    return " ".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


if __name__ == "__main__":
    for lesson in ALL_NOTEBOOKS:
        print(f"{name(lesson)}: {size(read(lesson)).minutes} minutes; {size(read(lesson))}")
