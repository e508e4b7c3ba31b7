"""Write the clinic for a class: other seeds, order and disguises, and a key. `make clinic` runs it.

The notebook is the course's own with another number: complaints and diagnoses come from the clinic that it makes. Only
what tells of a certain illness, the hints and the solutions, has to take the new places and numbers of the patients.
"""

import argparse
import re
from copy import deepcopy
from pathlib import Path

import nbformat
from nbconvert.preprocessors import ClearOutputPreprocessor

from course.clinic.chart import HEALTHY, in_words
from course.clinic.patients import Issue
from course.lessons import NOTEBOOKS
from course.site import handouts

NOTEBOOK = NOTEBOOKS / "clinic.ipynb"
NUMBER = re.compile(r"\b([Pp]atient[ -]|(?:examine|measure|treat|gain|answer)\()(\d+)")


def write(number, folder):
    """Write an issue (its number, from 1 on) into a folder, and return the paths of what is there then.

    These are the learners' notebook, the same with its solutions, and the key. ValueError is raised if the number is
    not a whole one, or 0: that is the course's own.
    """
    issue = Issue(number)
    if number == 0:
        raise ValueError("issue 0 is the notebook of the course; take a number from 1 on")
    notebook = reissued(nbformat.read(NOTEBOOK, as_version=4), issue)
    texts = {
        f"clinic_{number}.ipynb": handouts.learners_edition(notebook),
        f"clinic_{number}_solved.ipynb": nbformat.writes(notebook),
        "key.md": key(issue),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


def reissued(notebook, issue):
    """Return the course's notebook with the number of an issue, and its hints and solutions where they belong now."""
    notebook, _ = ClearOutputPreprocessor().preprocess(deepcopy(notebook), {})
    numbers = {str(place + 1): str(new) for new, place in enumerate(issue.order, start=1)}
    cells, sections = [], []
    for cell in notebook.cells:
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
    notebook.cells = cells + solutions
    return notebook


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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int, help="number of the issue, from 1 on")
    seed = parser.parse_args().seed
    try:
        learners, *for_teacher = write(seed, Path(f"clinic-{seed}"))
    except ValueError as error:
        parser.error(str(error))
    print(f"For the learners (copy it into their notebooks folder): {learners}")
    print("For the teacher:", ", ".join(map(str, for_teacher)))
