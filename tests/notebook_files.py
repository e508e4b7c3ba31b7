"""The notebooks of the course: where they are, and what their cells hold."""

import re
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

FOLDER = Path(__file__).parents[1] / "notebooks"
README = FOLDER.parent / "README.md"
FURTHER = FOLDER / "further"  # what goes beyond the class
START = FOLDER / "00_start_here.ipynb"  # no lesson, but it runs with them
CLINIC = FOLDER / "clinic.ipynb"  # no lesson either: exercises, without a lab
ALL_NOTEBOOKS = [*sorted(FOLDER.glob("0*.ipynb")), CLINIC, *sorted(FURTHER.glob("0*.ipynb"))]
WIDGET = "application/vnd.jupyter.widget-view+json"
VERDICT = re.compile(r"^(holds|needs Fashion-MNIST|does not hold here)\b.*", re.MULTILINE)


def name(path):
    """Return what a test calls a notebook, as in "01_initialization" and "further/01_signs"."""
    return path.relative_to(FOLDER).with_suffix("").as_posix()


def is_further(path):
    """Tell whether a notebook goes beyond the class."""
    return path.parent == FURTHER


def notebook_of(cells):
    """Return a new notebook; each cell is a cell or the source of one with code."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def claimed(cell):
    """Return the lines of the claims that a cell has checked, as they stand where nothing unfolds."""
    data = [output.get("data", {}) for output in cell.outputs]
    return "\n".join("".join(each["text/plain"]) for each in data if "text/html" in each)


def verdicts(cell):
    """Return the line of each claim that a cell has checked, without what was measured."""
    return [match.group() for match in VERDICT.finditer(claimed(cell))]


def tags(cell):
    return cell.metadata.get("tags", [])


def figures(cell):
    """Return the outputs of a cell that are pictures, and no widgets' pictures."""
    return [each for each in cell.outputs if "image/png" in each.get("data", {}) and WIDGET not in each.data]


def is_lab(output):
    """Tell whether an output, as a notebook stores it, is a lab; predictions are widgets, too."""
    data = output.get("data", {})
    return WIDGET in data and "".join(data.get("text/plain", "")).startswith("Lab: ")


def assert_claims_hold_on_drawn_garments(path, outputs):
    """Check a lesson that was run on the drawn garments.

    Parameters
    ----------
    path : Path
        Of the lesson, with its stored output.
    outputs : list of list of NotebookNode
        For each code cell what it has given on the drawn garments.
    """
    cells = [nbformat.from_dict({"outputs": of_cell}) for of_cell in outputs]
    found = [verdict for cell in cells for verdict in verdicts(cell)]
    expected = [verdict for cell in code_cells(read(path)) for verdict in verdicts(cell)]
    assert "drawn garments" in printed(cells[0])
    assert len(found) == len(expected)
    for verdict, on_real_data in zip(found, expected, strict=True):
        assert verdict in (on_real_data, on_real_data.replace("holds:", "needs Fashion-MNIST:"))
