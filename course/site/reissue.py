"""Write the clinic for a class: other seeds, order and disguises, and a key. `make clinic` runs it.

The notebook is the course's own with another number: its clinic supplies the complaints and diagnoses. Only what
belongs to a certain patient, the hints and the solutions, has to move to the patient's new place and number.
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
    """Write the issue with this number (1 or more) into a folder, and return the paths of its three files.

    These are the notebook for the learners, the same with solutions, and the key. ValueError is raised if the number
    is not a whole number, or if it is 0: that is the course's own issue.
    """
    issue = Issue(number)
    if number == 0:
        raise ValueError("issue 0 is the notebook of the course; take 1 or more")
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
    """Return the course's notebook with the number of an issue, and with hints and solutions in its order."""
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
        "| patient | what is wrong | diagnosis | probe | a treatment |",
        "|---|---|---|---|---|",
    ]
    for number, patient in enumerate(issue.patients, start=1):
        probes, fix = " and ".join(patient.probes), f"`{patient.fix}`"
        lines.append(f"| {number} | {patient.name} | {patient.right} | {probes} | {fix} |")
    lines += ["", "What is not enough, and the reply of the clinic:", ""]
    for number, patient in enumerate(issue.patients, start=1):
        lines += [f"**Patient {number}**", ""]
        lines += [f"- `{changes}`: {reply}" for changes, reply in patient.partial_fixes]
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
