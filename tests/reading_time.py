"""How long it takes to read a lesson, computed from its file by one rule; run as a script it prints that for each one.

The thread is what comes before the exercises. Words at 110 a minute: those of its text, of predictions, their options
and answers, and of what is printed there; of claims and captions, which unfold, the one line in view. A formula counts
as three words. Lines of code in view at 8 a minute; one minute for each figure, three for each lab. All this times 1.2,
see PAUSES. The exercises come on top, five minutes each.
"""

import ast
import re
from dataclasses import dataclass
from html import unescape

from nbformat.v4 import new_markdown_cell
from notebook_files import ALL_NOTEBOOKS, WIDGET, figures, is_lab, name, read, verdicts

WORDS_A_MINUTE, LINES_A_MINUTE = 110, 8
MINUTES_A_FIGURE, MINUTES_A_LAB, MINUTES_AN_EXERCISE = 1, 3, 5
WORDS_A_FORMULA = 3
# To think about a prediction, to go back to a figure, to read a derivation twice. Fresh readers of lessons 1, 2, 3 and
# 5 estimated 63, 58, 60 and 65 minutes where the sum was 45. They also read all that unfolds, 7 to 9 minutes of it,
# which the sum leaves out. Without that they needed 1.08 to 1.26 times the sum, 1.18 on average. Such estimates
# scatter: for the shortened lesson 1, where the sum is 38, the next reader said 72.
PAUSES = 1.2
HEADING = re.compile(r"## (.*)")
EXERCISES = re.compile(r"Exercises\b")
EXERCISE = re.compile(r"(?m)^\*\*\d+\.\d+\b")
FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+?\$", re.DOTALL)
TARGET = re.compile(r"\]\([^)]*\)|<!--.*?-->", re.DOTALL)  # where a link leads, and what is not shown
SUMMARY = re.compile(r"<summary>(.*)</summary>")  # of what unfolds


@dataclass(frozen=True)
class Size:
    """What the thread of a lesson has, and how many exercises follow; its figures are what its stored output shows."""

    words: int
    code_lines: int
    figures: int
    labs: int
    predictions: int
    claims: int
    exercises: int = 0

    @property
    def minutes(self):
        """Whole minutes to read the thread."""
        return round(
            PAUSES
            * (
                self.words / WORDS_A_MINUTE
                + self.code_lines / LINES_A_MINUTE
                + self.figures * MINUTES_A_FIGURE
                + self.labs * MINUTES_A_LAB
            )
        )

    @property
    def exercise_minutes(self):
        """Minutes for the exercises."""
        return self.exercises * MINUTES_AN_EXERCISE


def size(notebook):
    """Return the Size of a notebook."""
    titles = [title for title, _ in sections(notebook)]
    end = next((place for place, title in enumerate(titles) if EXERCISES.match(title)), len(titles))
    parts = [cells for _, cells in sections(notebook)]
    exercises = sum(len(EXERCISE.findall(cell.source)) for cells in parts[end:] for cell in cells)
    return size_of([cell for cells in parts[:end] for cell in cells], exercises)


def size_of(cells, exercises=0):
    """Return the Size of some cells, all of which are read."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    return Size(
        words=sum(count_words(cell.source) for cell in cells if cell.cell_type == "markdown")
        + sum(count_words(text) for cell in code for text in texts_in_view(cell)),
        code_lines=sum(bool(line.strip()) for cell in code if is_visible(cell) for line in cell.source.splitlines()),
        figures=sum(len(figures(cell)) for cell in code),
        labs=sum(is_lab(output) for cell in code for output in cell.outputs),
        predictions=sum(len(calls(cell.source, "predict")) for cell in code),
        claims=sum(len(verdicts(cell)) for cell in code),
        exercises=exercises,
    )


def sections(notebook):
    """Return pairs of a heading (of the second level; first "opening") and the cells below it, divided there."""
    found = [("opening", [])]
    for cell in notebook.cells:
        parts = re.split(r"(?m)^(?=## )", cell.source) if cell.cell_type == "markdown" else [cell]
        for part in parts:
            if isinstance(part, str):
                if heading := HEADING.match(part):
                    found.append((heading[1], []))
                part = new_markdown_cell(part)
            found[-1][1].append(part)
    return found


def texts_in_view(cell):
    """Return what a reader reads of a code cell beside its code: predictions and answers, or what it has printed."""
    predictions = calls(cell.source, "predict", "answer")
    if predictions:
        return [words_of_prediction(call) for call in predictions]
    is_hidden = cell.metadata.get("jupyter", {}).get("outputs_hidden")
    return [] if is_hidden else [text_in_view(output) for output in cell.outputs]


def text_in_view(output):
    """Return the text of an output: of what unfolds its one line, of a picture or a widget none."""
    data = output.get("data", {})
    if "image/png" in data or WIDGET in data:
        return ""
    if line := SUMMARY.search(data.get("text/html", "")):
        return unescape(line[1])
    return output.get("text") or data.get("text/markdown") or data.get("text/plain", "")


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
        has = size(read(lesson))
        print(f"{name(lesson)}: {has.minutes} minutes, exercises {has.exercise_minutes}; {has}")
        print("   ", "; ".join(f"{title} {size_of(cells).minutes}" for title, cells in sections(read(lesson))))
