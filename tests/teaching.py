"""What the teacher's guide says of each lesson, and what of it is wrong: it must agree with the lesson's file.

A page of the guide quotes the lesson in *italics*, word for word: headings, figures, predictions, claims, and the
words on a lab. Exercises stand in **bold**, as in **1.1**. Tables are known by the first words of their heads.
"""

import ast
import re
from pathlib import Path

from nbformat.v4 import new_markdown_cell, new_notebook
from notebook_files import code_cells, printed
from reading_time import EXERCISE, EXERCISES, MINUTES_AN_EXERCISE, calls, size

from course.lessons import LESSONS

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "TEACHING.md"
BY_NUMBER = {lesson.number: lesson.path for lesson in LESSONS}
CLOCK, FIGURES, PREDICTIONS, LAB, WORK, HOLDS = "45: from", "figure", "prediction", "lab: set", "exercise", "holds on"
PAGE = re.compile(r"(?m)^## (?:Lesson (\d)\.)?.*$")
QUOTE = re.compile(r"(?<![*\w])\*([^*\n]+)\*(?![*\w])")
BOLD_EXERCISE = re.compile(r"\*\*(\d\.\d)\*\*")
CUT = re.compile(r"\*\*Cut line, minute (\d+) of 45\.\*\*")
CLAIM = re.compile(r"(?m)^(?:holds|needs Fashion-MNIST|does not hold here): (.*)\n(?: +measured .*; the bound: (.*))?")
OPENING, AFTER = "opening", "Further"
MAY_DIFFER = 1  # minutes, of a section


def pages(guide):
    """Return the guide's page of each lesson, by number."""
    _, *parts = PAGE.split(guide)
    return {int(number): page for number, page in zip(parts[::2], parts[1::2], strict=True) if number}


def rows(page, head):
    """Return the rows of the table whose head begins with these words: lists of cells, as text."""
    lines = [line for line in page.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]
    starts = [i for i, line in enumerate(lines) if set(line) <= set("|-: ")]  # the rules below the heads
    for start, end in zip(starts, [*starts[1:], len(lines) + 1], strict=True):
        if cells[start - 1][0].startswith(head):
            return cells[start + 1 : end - 1]
    return []


def sections(notebook):
    """Return the minutes to read of each section, as `reading_time` computes them, by its heading."""
    found = {OPENING: []}
    for cell in notebook.cells:
        parts = re.split(r"(?m)^(?=## )", cell.source) if cell.cell_type == "markdown" else [None]
        for part in parts:
            if part and part.startswith("## "):
                found[part.splitlines()[0][3:]] = []
            found[[*found][-1]].append(cell if part is None else new_markdown_cell(part))
    minutes = {title: size(new_notebook(cells=cells)).exact_minutes for title, cells in found.items()}
    return {title: took for title, took in minutes.items() if not title.startswith(AFTER)}


def messages(notebook):
    """Return the messages of the figures before the exercises, and of those in them."""
    before, after, in_exercises = [], [], False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            in_exercises = in_exercises or bool(EXERCISES.search(cell.source))
            continue
        for call in calls(cell.source, "show"):
            (after if in_exercises else before).extend(each.value for each in call.args[1:])
    return before, after


def predictions(notebook):
    """Return for each question the right letter, and the set of the others."""
    asked, found = {}, {}
    for cell in code_cells(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Assign) and calls(ast.unparse(node), "predict"):
                letters = {keyword.arg for keyword in node.value.keywords}
                asked[node.targets[0].id] = node.value.args[0].value, letters
        for call in calls(cell.source, "answer"):
            question, letters = asked[call.args[0].id]
            right = call.args[1].value
            found[question] = right, letters - {right}
    return found


def claims(notebook):
    """Return the bound of each claim, as it is printed; None where it has none."""
    return {
        sentence: bound or None for cell in code_cells(notebook) for sentence, bound in CLAIM.findall(printed(cell))
    }


def exercises(notebook):
    """Return the numbers of the exercises."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    _, *after = EXERCISES.split(text, maxsplit=1)
    return [number.strip("*") for part in after for number in EXERCISE.findall(part)]


def lab_words(number):
    """Return all strings in the code of a lesson's labs, among them what stands on buttons and beside sliders."""
    code = (ROOT / "course" / "labs" / f"lesson{number}.py").read_text(encoding="utf-8")
    return {node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)}


def headings(notebook):
    """Return the headings of all sections, of their parts too."""
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return re.findall(r"(?m)^##+ (.+)$", text)


def problems(page, notebook, on_labs):
    """Return in words what a page says that its lesson does not, and what it leaves out."""
    return [
        *_unknown_quotes(page, notebook, on_labs),
        *_left_out(page, notebook),
        *_predictions(page, notebook),
        *_bounds(page, notebook),
        *_clock(page, notebook),
    ]


def _unknown_quotes(page, notebook, on_labs):
    known = {OPENING, *headings(notebook), *predictions(notebook), *claims(notebook), *on_labs}
    known |= {message for part in messages(notebook) for message in part}
    said = [f"the lesson has no: {quote}" for quote in QUOTE.findall(page) if quote not in known]
    unknown = set(BOLD_EXERCISE.findall(page)) - set(exercises(notebook))
    return said + [f"the lesson has no exercise {number}" for number in sorted(unknown)]


def _left_out(page, notebook):
    wanted = {
        FIGURES: messages(notebook)[0],
        PREDICTIONS: [*predictions(notebook)],
        WORK: exercises(notebook),
        CLOCK: [*sections(notebook)],
    }
    said = []
    for head, each in wanted.items():
        column, quoted = (5 if head == CLOCK else 0), (BOLD_EXERCISE if head == WORK else QUOTE)
        there = [quote for row in rows(page, head) for quote in quoted.findall(row[column])]
        said += [f"the table {head!r} lacks: {missing}" for missing in each if missing not in there]
    return said + [f"no table {head!r}" for head in (LAB, HOLDS) if not rows(page, head)]


def _predictions(page, notebook):
    known = predictions(notebook)
    said = []
    for question, right, wrong in rows(page, PREDICTIONS):
        letters = set(re.findall(r"(?:^|[.;] )([A-D]): ", wrong))
        if known.get(question.strip("*"), (right, letters)) != (right.strip("*"), letters):
            said.append(f"right is {right}, wrong are {sorted(letters)}; the lesson differs: {question}")
    return said


def _bounds(page, notebook):
    known = claims(notebook)
    return [
        f"the bound is not {bound}, but {known[sentence]}: {sentence}"
        for sentence, bound in ((row[0].strip("*"), row[1]) for row in rows(page, HOLDS))
        if known.get(sentence, bound) != bound
    ]


def _clock(page, notebook):
    clock, computed = rows(page, CLOCK), sections(notebook)
    said = [*_running_time(clock, 0, 45), *_running_time(clock, 2, 90)]
    for _, in_45, _, in_90, to_read, section, do in clock:
        title = section.strip("*")
        if title not in computed:
            continue
        wanted = MINUTES_AN_EXERCISE * len(BOLD_EXERCISE.findall(do)) if title == "Exercises" else computed[title]
        if abs(int(to_read) - max(1, wanted)) > MAY_DIFFER:
            said.append(f"{title}: {to_read} minutes to read are stated, {wanted:.1f} computed")
        said += [f"{title}: less than its {to_read}" for took in (in_45, in_90) if number(took, 99) < int(to_read)]
    cut = [int(minute) for minute in CUT.findall(page)]
    if len(cut) != 1 or not 15 < cut[0] < 40:
        said.append(f"a cut line is wanted, between minute 15 and 40; there is {cut}")
    return said


def _running_time(clock, column, wanted):
    """Say where one of the two clocks does not go on where the row before ended, and if it does not end as wanted."""
    said, now = [], 0
    for row in clock:
        if row[column + 1] != "–":
            if number(row[column]) != now:
                said.append(f"of {wanted}: {row[5]} begins at {row[column]}, not at {now}")
            now += number(row[column + 1])
    return said if now == wanted else [*said, f"the clock of {wanted} minutes adds up to {now}"]


def number(cell, otherwise=None):
    """Return the number in a cell of a table, or what is given in place of a dash."""
    return otherwise if cell == "–" else int(cell)


def broken_links(guide):
    """Return the links of the guide that lead nowhere in this repository."""
    slugs = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"(?m)^#+ (.+)$", guide)}
    targets = re.findall(r"\]\((?!\w+:)([^)]+)\)", guide)
    here = [target for target in targets if target.startswith("#") and target[1:] not in slugs]
    return here + [target for target in targets if target[0] != "#" and not (ROOT / target.split("#")[0]).exists()]
