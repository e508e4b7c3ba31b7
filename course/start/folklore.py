"""What is often said of deep networks, and what the lessons measured, with figures of claims that a lesson stores.

The rows stand in ``folklore.md``. In the place of a figure is, in braces, a part of the claim that has it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from course.lessons import LESSONS, NOTEBOOKS
from course.start.stored import stored_claim
from helpers.claims import FAILS

PLACEHOLDER = re.compile(r"\{(.+?)\}")


@dataclass(frozen=True)
class Saying:
    """A row of the table."""

    lesson: str  # the name of the notebook, without its ending, that measures it
    belief: str  # what is often said
    finding: str  # what was measured, with words of a claim in braces where its figures belong
    also: str = ""  # words of a claim that must hold, too

    @property
    def claims(self):
        """Return the words of its claims; the link of the row leads to the section of the first."""
        return [*PLACEHOLDER.findall(self.finding), *filter(None, [self.also])]


def _read_sayings(path):
    """Return the rows of the table in a Markdown file, below its head; its first column is the lesson's number."""
    names = {str(lesson.number): lesson.name for lesson in LESSONS}
    _, _, *lines = path.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [Saying(names[number], *cells) for number, *cells in rows]


SAYINGS = _read_sayings(Path(__file__).with_name("folklore.md"))


def folklore_table(sayings=SAYINGS, folder=NOTEBOOKS):
    """Return what is often said and what the lessons measured, a table in Markdown.

    The figures are those that the notebooks in the folder (a Path) store. A row whose claim is not stored says so.

    Examples
    --------
    >>> print(folklore_table())
    | often said | what we measured | see it run |
    |---|---|---|
    | The loss does not move: raise the learning rate. | 40 ReLU layers ...
    """
    rows = ["| often said | what we measured | see it run |", "|---|---|---|"]
    for saying in sayings:
        number, address = int(saying.lesson[:2]), f"{saying.lesson}.ipynb"
        try:
            finding, section = finding_of(saying, folder)
            # JupyterLab compares the part after # letter by letter with its names of headings: nothing may be encoded.
            link = f"[{number}: {section}]({address}#{section.replace(' ', '-')})"
        except LookupError as error:
            finding, link = f"Not known here: {error}.", f"[lesson {number}]({address})"
        rows.append(f"| {saying.belief} | {finding} | {link} |")
    return "\n".join(rows)


def finding_of(saying, folder=NOTEBOOKS):
    """Return what was measured, with its figures, and the section of the lesson that measures it.

    LookupError is raised if the lesson does not store one of the claims, or it does not hold there.
    """
    path = folder / f"{saying.lesson}.ipynb"
    claims = {words: stored_claim(path, words) for words in saying.claims}
    for claim in claims.values():
        if claim.verdict == FAILS:
            raise LookupError(f"in {path.name}, as it is saved now, this does not hold: {claim.sentence}")
    finding = PLACEHOLDER.sub(lambda found: f"**{claims[found[1]].measured}**", saying.finding)
    return finding, claims[saying.claims[0]].section
