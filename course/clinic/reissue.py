"""Write the clinic for a class: other seeds, order and disguises, and a key. `make clinic` runs it.

The notebook is the course's own with another number: complaints and diagnoses come from the clinic that it makes. Only
what tells of a certain illness, the hints and the solutions, has to take the new places and numbers of the patients.
"""

import argparse
import re
from pathlib import Path

import nbformat

from course.clinic.chart import HEALTHY, in_words
from course.clinic.patients import Issue
from course.lessons import NOTEBOOKS

NOTEBOOK = NOTEBOOKS / "clinic.ipynb"
NUMBER = re.compile(r"\b([Pp]atient[ -]|(?:examine|measure|treat|gain|answer)\()(\d+)")
LINK = re.compile(r"\[Solution\]\(#[^)]*\)\. Before it:\n\n| The \[solutions\]\(#Solutions\) are at the end\.")


def write(number, folder):
    """Write an issue into a folder: the learners' notebook, the same with its solutions, and the key.

    Parameters
    ----------
    number : int
        From 1 on.
    folder : Path
        Is made if it is not there.

    Returns
    -------
    list of Path

    Raises
    ------
    ValueError
        If the number is not a whole one from 1 on: 0 is the course's own.
    """
    issue = Issue(number)
    if number == 0:
        raise ValueError("issue 0 is the notebook of the course; take a number from 1 on")
    notebook = reissued(nbformat.read(NOTEBOOK, as_version=4), issue)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in (f"clinic_{number}.ipynb", f"clinic_{number}_solved.ipynb", "key.md")]
    nbformat.write(notebook, files[1])
    nbformat.write(without_solutions(notebook), files[0])
    files[2].write_text(key(issue), encoding="utf-8")
    return files


def reissued(notebook, issue):
    """Return the course's notebook with the number of an issue, and its hints and solutions where they belong now."""
    numbers = {str(place + 1): str(new) for new, place in enumerate(issue.order, start=1)}
    cells, sections = [], []
    for cell in map(_without_output, notebook.cells):
        if cell.source.startswith("### Solution of patient"):
            sections.append([])
        (sections[-1] if sections else cells).append(cell)
    for cell in cells:
        cell.source = cell.source.replace("Clinic(data, issue=0)", f"Clinic(data, issue={issue.number})")
    hints = [cell for cell in cells if "<summary>Hint" in cell.source]
    sources = [cell.source for cell in hints]
    for cell, place in zip(hints, issue.order, strict=True):
        cell.source = sources[place]
    solutions = [cell for place in issue.order for cell in sections[place]]
    for cell in (cells[0], *hints, *solutions):
        cell.source = NUMBER.sub(lambda found: found[1] + numbers.get(found[2], found[2]), cell.source)
    return nbformat.from_dict({**notebook, "cells": cells + solutions})


def _without_output(cell):
    output = {"outputs": [], "execution_count": None} if cell.cell_type == "code" else {}
    return nbformat.from_dict({**cell, **output})


def without_solutions(notebook):
    """Return a copy of the notebook for learners: without the solutions, and the links to them."""
    cells = [nbformat.from_dict(cell) for cell in notebook.cells if "solution" not in cell.metadata.get("tags", [])]
    for cell in cells:
        cell.source = LINK.sub("", cell.source)
    return nbformat.from_dict({**notebook, "cells": cells})


def key(issue):
    """Return the teacher's key in Markdown."""
    lines = [
        f"# Key of issue {issue.number}",
        "",
        f"Not for learners. Seeds: {', '.join(map(str, issue.seeds))}.",
        "",
        "| patient | what ails it | diagnosis | probe | a cure |",
        "|---|---|---|---|---|",
    ]
    for number, patient in enumerate(issue.patients, start=1):
        probes, cure = " and ".join(patient.probes), f"`{patient.cure}`"
        lines.append(f"| {number} | {patient.name} | {patient.right} | {probes} | {cure} |")
    lines += ["", "What does not cure, and what the clinic says of it:", ""]
    for number, patient in enumerate(issue.patients, start=1):
        lines += [f"**Patient {number}**", ""]
        lines += [f"- `{changes}`: {reply}" for changes, reply in patient.half_cures]
        lines += ["", "```", in_words(HEALTHY | patient.twin | patient.ill), "```", ""]
    return "\n".join(lines)


def main():
    """Read the command line, write the issue, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int, help="number of the issue, from 1 on")
    number = parser.parse_args().seed
    try:
        learners, *for_teacher = write(number, Path(f"clinic-{number}"))
    except ValueError as error:
        parser.error(str(error))
    print(f"For the learners (copy it into their notebooks folder): {learners}")
    print("For the teacher:", ", ".join(map(str, for_teacher)))


if __name__ == "__main__":
    main()
