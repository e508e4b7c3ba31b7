"""What a lesson of one class must keep to: how much it has, what is folded, what every figure carries along."""

import ast
import re

from notebook_files import code_cells, figures, tags
from reading_time import calls, is_visible, size

AT_MOST = {"words": 2_000, "figures": 8, "claims": 20, "minutes": 45}
LINES_IN_VIEW = 200  # blank ones, too
CELLS_WITH_PICTURE = 8  # those of labs, too
PREDICTIONS = (4, 5)
STATED_MAY_DIFFER = 2  # minutes
STATED = re.compile(r"\bAbout (\d+) minutes to read\b")


def problems(notebook):
    """Return in words what a lesson does not keep to, one string for each thing."""
    return [*too_much(notebook), *not_folded(notebook), *without_alternative(notebook), *wrong_time(notebook)]


def too_much(notebook):
    """Say of what there is more than the limits allow, or too little."""
    has = size(notebook)
    said = [
        f"{getattr(has, what)} {what.replace('_', ' ')}, at most {most}"
        for what, most in AT_MOST.items()
        if getattr(has, what) > most
    ]
    if lines_in_view(notebook) > LINES_IN_VIEW:
        said.append(f"{lines_in_view(notebook)} lines of code in view, at most {LINES_IN_VIEW}")
    if cells_with_picture(notebook) > CELLS_WITH_PICTURE:
        said.append(f"{cells_with_picture(notebook)} cells with a picture, at most {CELLS_WITH_PICTURE}")
    if not PREDICTIONS[0] <= has.predictions <= PREDICTIONS[1]:
        said.append(f"{has.predictions} predictions, not {PREDICTIONS[0]} or {PREDICTIONS[1]}")
    n_answers = sum(len(calls(cell.source, "answer")) for cell in code_cells(notebook))
    if n_answers != has.predictions:
        said.append(f"{has.predictions} predictions, but {n_answers} answers")
    return said


def lines_in_view(notebook):
    """Count the lines of code that are not folded, blank ones too."""
    return sum(len(cell.source.splitlines()) for cell in code_cells(notebook) if is_visible(cell))


def cells_with_picture(notebook):
    """Count the cells whose stored output holds a picture, that of a lab too."""
    return sum(any("image/png" in output.get("data", {}) for output in cell.outputs) for cell in code_cells(notebook))


def not_folded(notebook):
    """Name the cells of claims, predictions, answers and set-up that are in view in JupyterLab or on the site."""
    return [
        f"cell {number} is to be folded (source_hidden, tag hide-input): {cell.source.splitlines()[0]}"
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code" and must_be_folded(cell.source)
        if is_visible(cell) or "hide-input" not in tags(cell)
    ]


def must_be_folded(source):
    """Tell whether a cell makes a claim, predicts, answers, or does nothing but import."""
    statements = ast.parse(source).body
    only_imports = statements and all(isinstance(each, ast.Import | ast.ImportFrom) for each in statements)
    return bool(only_imports or calls(source, "claim", "predict", "answer"))


def without_alternative(notebook):
    """Name the cells with a figure whose alternative text is missing or does not begin with the figure's message."""
    said = []
    for number, cell in enumerate(notebook.cells):
        shown = figures(cell) if cell.cell_type == "code" else []
        begins = messages(cell.source) if shown else ()
        for figure in shown:
            text = figure.metadata.get("image/png", {}).get("alt", "").strip()
            if not text:
                said.append(f"cell {number}: a figure has no alternative text")
            elif not text.startswith(begins):
                said.append(f"cell {number}: the alternative text does not begin with the message: {text[:60]}")
    return said


def messages(source):
    """Return the messages with which a cell shows its figures; of one that is put together, how it begins."""
    found = []
    for call in calls(source, "show"):
        given = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "message")]
        for value in given:
            begin = value.values[0] if isinstance(value, ast.JoinedStr) and value.values else value
            if isinstance(begin, ast.Constant):
                found.append(begin.value)
            else:  # known only when it runs
                found.append("")
    return tuple(found)


def wrong_time(notebook):
    """Say if the lesson does not state its minutes to read, or states them wrong."""
    stated, computed = stated_minutes(notebook), size(notebook).minutes
    if stated is None:
        return ['nowhere "About N minutes to read"']
    if abs(stated - computed) > STATED_MAY_DIFFER:
        return [f"About {stated} minutes to read are stated, {computed} computed"]
    return []


def stated_minutes(notebook):
    """Return the minutes to read that a lesson states, or None."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and (found := STATED.search(cell.source)):
            return int(found[1])
    return None


def minutes_in_map(readme, name):
    """Return the minutes to read that the README's course map has for a lesson, or None."""
    row = re.search(rf"(?m)^\|[^|]*\(notebooks/{re.escape(name)}\.ipynb\)[^|]*\|[^|]*\| *(\d+) *\|", readme)
    return int(row[1]) if row else None
