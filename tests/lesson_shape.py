"""What a lesson of one class must keep to: how much it has, what is folded, what every figure carries along."""

import ast
import re

from notebook_files import code_cells, figures, tags
from reading_time import calls, is_visible, size

AT_MOST = {"words": 2_000, "figures": 8, "claims": 20, "minutes": 45}
LINES_IN_VIEW = 200  # blank ones, too
CELLS_WITH_PICTURE = 8  # those of labs, too
STATED = re.compile(r"\bAbout (\d+) minutes to read\b")


def problems(notebook):
    """Return in words what a lesson does not keep to, one string for each thing."""
    return [*too_much(notebook), *not_folded(notebook), *without_alternative(notebook), *wrong_time(notebook)]


def too_much(notebook):
    """Say of what there is more than the limits allow, or too little."""
    has = size(notebook)
    amounts = [(getattr(has, what), what, most) for what, most in AT_MOST.items()]
    amounts.append((lines_in_view(notebook), "lines of code in view", LINES_IN_VIEW))
    amounts.append((cells_with_picture(notebook), "cells with a picture", CELLS_WITH_PICTURE))
    found = [f"{amount} {what}, at most {most}" for amount, what, most in amounts if amount > most]
    if has.predictions not in (4, 5):
        found.append(f"{has.predictions} predictions, not 4 or 5")
    n_answers = sum(len(calls(cell.source, "answer")) for cell in code_cells(notebook))
    if n_answers != has.predictions:
        found.append(f"{has.predictions} predictions, but {n_answers} answers")
    return found


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
    found = []
    for number, cell in enumerate(notebook.cells):
        for figure in figures(cell) if cell.cell_type == "code" else []:
            text = figure.metadata.get("image/png", {}).get("alt", "").strip()
            if not text:
                found.append(f"cell {number}: a figure has no alternative text")
            elif not text.startswith(messages(cell.source)):
                found.append(f"cell {number}: the alternative text does not begin with the message: {text[:60]}")
    return found


def messages(source):
    """Return the messages with which a cell shows its figures; of one that is put together, how it begins."""
    found = []
    for call in calls(source, "show"):
        for value in [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "message")]:
            begin = value.values[0] if isinstance(value, ast.JoinedStr) and value.values else value
            found.append(begin.value if isinstance(begin, ast.Constant) else "")  # of a variable: any beginning
    return tuple(found)


def wrong_time(notebook):
    """Say if the lesson does not state its minutes to read, or states them wrong by more than two."""
    stated, computed = stated_minutes(notebook), size(notebook).minutes
    if stated is None:
        return ['nowhere "About N minutes to read"']
    return [] if abs(stated - computed) <= 2 else [f"About {stated} minutes to read are stated, {computed} computed"]


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
