"""What a lesson of one class must keep to: how much it has, what is folded, what every figure carries along."""

import ast
import re

from notebook_files import code_cells, figures, tags
from reading_time import calls, is_visible, size, text_of

MINUTES_OF_A_CLASS = 45
TOO_LONG = set()  # known, and to be shortened: take a lesson off when it fits
AT_MOST = {"figures": 7, "labs": 2, "claims": 20}
AT_LEAST = {"claims": 8, "predictions": 4}
STATED = re.compile(r"\bAbout (\d+) minutes to read\b(?: and (\d+) for the exercises\b)?")


def problems(notebook):
    """Return in words what a lesson does not keep to, one string for each thing."""
    return [*wrong_size(notebook), *not_folded(notebook), *without_alternative(notebook)]


def wrong_size(notebook):
    """Say of what there is too much or too little."""
    has = size(notebook)
    n_answers = sum(len(calls(cell.source, "answer")) for cell in code_cells(notebook))
    return [
        *(f"{getattr(has, what)} {what}, at most {n}" for what, n in AT_MOST.items() if getattr(has, what) > n),
        *(f"{getattr(has, what)} {what}, at least {n}" for what, n in AT_LEAST.items() if getattr(has, what) < n),
        *([f"{has.predictions} predictions, but {n_answers} answers"] if n_answers != has.predictions else []),
    ]


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
    return [
        f"cell {number}: the alternative text {text[:60]!r} does not begin with the message"
        for number, cell in enumerate(notebook.cells)
        if cell.cell_type == "code"
        for text in (figure.metadata.get("image/png", {}).get("alt", "").strip() for figure in figures(cell))
        if not text or not text.startswith(messages(cell.source))
    ]


def messages(source):
    """Return the messages with which a cell shows its figures; of one that is put together, how it begins."""
    found = []
    for call in calls(source, "show"):
        for value in [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "message")]:
            begin = value.values[0] if isinstance(value, ast.JoinedStr) and value.values else value
            found.append(begin.value if isinstance(begin, ast.Constant) else "")  # of a variable: any beginning
    return tuple(found)


def stated_minutes(notebook):
    """Return the minutes that a notebook states: to read it, and for its exercises, 0 where it states none of these."""
    minutes, for_exercises = STATED.search(text_of(notebook)).groups(default=0)
    return int(minutes), int(for_exercises)
