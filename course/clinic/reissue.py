"""Write the clinic anew for a class: other seeds, order and disguises, and a key. `make clinic` runs it.

The patients' sections of the course's own notebook change places and numbers, their complaints and letters change, too;
what ails them, how it shows and what cures it stays. The learners' notebook has no solutions.
"""

import argparse
import ast
import itertools
import json
import random
import re
from pathlib import Path

import nbformat

from course.clinic.chart import HEALTHY, in_words
from course.clinic.issue import Issue
from course.lessons import NOTEBOOKS

NOTEBOOK = NOTEBOOKS / "clinic.ipynb"
SECTION = re.compile(r"## Patient (\d+)\b|### Solution of patient (\d+)\b")  # where the cells about a patient begin
NUMBER = re.compile(r"\b([Pp]atient[ -]|diagnosis|probe|treatment|(?:admit|examine|measure|treat|gain)\()(\d+)")
SOLUTION = "# Solution"
LINK = re.compile(r"\[Solution\]\(#[^)]*\)\. Before it:\n\n| The \[solutions\]\(#Solutions\) are at the end\.")


def write(number, folder):
    """Write an issue: the learners' notebook, the same with its solutions, and the key.

    Parameters
    ----------
    number : int
        From 1 on.
    folder : Path
        Is made if it is not there.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ValueError
        If the number is not positive: 0 is the course's own.
    """
    if number < 1:
        raise ValueError(f"issue {number}: take a number from 1 on; 0 is the notebook of the course")
    issue = Issue(number)
    solved, letters = reissued(nbformat.read(NOTEBOOK, as_version=4), issue)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in (f"clinic_{number}.ipynb", f"clinic_{number}_solved.ipynb", "key.md")]
    nbformat.write(without_solutions(solved), files[0])
    nbformat.write(solved, files[1])
    files[2].write_text(key(issue, letters), encoding="utf-8")
    return files


def reissued(notebook, issue):
    """Return the notebook of an issue, without outputs, and the letters of the right diagnoses.

    Parameters
    ----------
    notebook : NotebookNode
        That of the course.
    issue : Issue

    Returns
    -------
    notebook : NotebookNode
    letters : list of str
        By the patients' new numbers.
    """
    rng = random.Random(issue.number)
    before, complaints, between, solutions = _split(notebook.cells)
    new_numbers = {str(place + 1): str(new + 1) for new, place in enumerate(issue.order)}
    letters = []
    for new, place in enumerate(issue.order):
        title = complaints[place][0]
        title.source = f"{title.source.splitlines()[0]}\n\n> {issue.complaint(new)}"
        letters.append(_shuffle_letters([*complaints[place], *solutions[place]], rng))
    in_order = [[cell for place in issue.order for cell in part[place]] for part in (complaints, solutions)]
    cells = [*before, *in_order[0], *between, *in_order[1]]
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place}"  # the old one would tell which patient it was
        cell.source = NUMBER.sub(lambda found: found[1] + new_numbers[found[2]], cell.source)
        cell.source = cell.source.replace("issue=0", f"issue={issue.number}")
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nbformat.from_dict({**notebook, "cells": cells}), letters


def _split(cells):
    """Return copies of the cells before the patients, of each patient's, of those after them, of each solution's."""
    parts = [[]]
    for cell in json.loads(json.dumps(cells)):
        if cell["cell_type"] == "markdown" and re.match(r"## |### Solution of", cell["source"]):
            parts.append([])
        parts[-1].append(nbformat.from_dict(cell))
    about = [SECTION.match(part[0].source) for part in parts]
    complaints = [part for part, found in zip(parts, about, strict=True) if found and found[1]]
    solutions = [part for part, found in zip(parts, about, strict=True) if found and found[2]]
    first = parts.index(complaints[0])
    between = parts[first + len(complaints) : parts.index(solutions[0])]
    return [*itertools.chain(*parts[:first])], complaints, [*itertools.chain(*between)], solutions


def _shuffle_letters(section, rng):
    """Deal the letters of a section's diagnoses out anew; return that of the right one."""
    for cell in section:
        if "= predict(" in cell.source:
            asked = ast.parse(cell.source).body[0]
            options = {each.arg: each.value.value for each in asked.value.keywords}
            letters = dict(zip(options, rng.sample([*options], len(options)), strict=True))
            question = asked.value.args[0].value
            cell.source = f"{asked.targets[0].id} = predict(\n    {question!r},\n{_arguments(options, letters)})"
        elif cell.source.startswith(SOLUTION) and "answer(" in cell.source:
            told = ast.parse(cell.source).body[0].value
            sentences = {each.arg: each.value.value for each in told.keywords}
            right = letters[told.args[1].value]
            cell.source = (
                f"{SOLUTION}: the diagnosis\nanswer(\n    {told.args[0].id},\n    {right!r},\n"
                f"{_arguments(sentences, letters)})"
            )
    return right


def _arguments(texts, letters):
    """Return keyword arguments as code, in the order of their new letters."""
    new = {letters[letter]: text for letter, text in texts.items()}
    return "".join(f"    {letter}={new[letter]!r},\n" for letter in sorted(new))


def without_solutions(notebook):
    """Return a copy of the notebook for learners: without the solutions, and the links to them."""
    rest = json.loads(json.dumps([cell for cell in notebook.cells if "solution" not in cell.metadata.get("tags", [])]))
    for cell in rest:
        cell["source"] = LINK.sub("", cell["source"])
    return nbformat.from_dict({**notebook, "cells": rest})


def key(issue, letters):
    """Return the teacher's key in Markdown."""
    lines = [
        f"# Key of issue {issue.number}",
        "",
        "Not for learners. Seeds: " + ", ".join(map(str, issue.seeds)) + ".",
        "",
        "| patient | what ails it | diagnosis | probe | a cure |",
        "|---|---|---|---|---|",
    ]
    for number, (patient, letter) in enumerate(zip(issue.patients, letters, strict=True), start=1):
        cure = f"`{patient.cure}`"
        lines.append(f"| {number} | {patient.name} | {letter} | {' and '.join(patient.probes)} | {cure} |")
    lines += ["", "What does not cure, and what the clinic says of it:", ""]
    for number, patient in enumerate(issue.patients, start=1):
        lines += [f"**Patient {number}**", ""]
        lines += [f"- `{changes}`: {said}" for changes, said in patient.half_cures]
        lines += ["", "```", in_words(HEALTHY | patient.twin | patient.ill), "```", ""]
    return "\n".join(lines)


def main():
    """Read the command line, write the issue, and say where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int, help="number of the issue, from 1 on")
    parser.add_argument("--folder", type=Path, help="where to write it (clinic-SEED, if it is not given)")
    options = parser.parse_args()
    try:
        files = write(options.seed, options.folder or Path(f"clinic-{options.seed}"))
    except ValueError as error:
        parser.error(str(error))
    print(f"For the learners (copy it into their notebooks folder): {files[0]}")
    print("For the teacher:", ", ".join(map(str, files[1:])))


if __name__ == "__main__":
    main()
