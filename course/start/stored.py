"""The claims that a lesson's file stores: what they said when it was last executed, and in which section they stand."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
VERDICT = re.compile(
    r"^(holds|needs Fashion-MNIST|does not hold here)\b[^:\n]*: (.+)(?:\n +measured ([^;\n]*); the bound: .+)?",
    re.MULTILINE,
)
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
MINUTES = re.compile(r"\bAbout (\d+) minutes to read\b")


@dataclass(frozen=True)
class StoredClaim:
    """A claim as a lesson's file has it.

    Attributes
    ----------
    sentence : str
    verdict : str
        "holds", "needs Fashion-MNIST" or "does not hold here".
    measured : str or None
        The figures, as they were printed; None of a claim without a bound.
    section : str
        The heading above it.
    """

    sentence: str
    verdict: str
    measured: str | None
    section: str


def stored_claim(lesson, sentence, folder=NOTEBOOKS):
    """Return a claim from the stored output of a lesson.

    Parameters
    ----------
    lesson : str
        The name of its file without the ending, such as "01_initialization".
    sentence : str
        The claim, word for word.
    folder : Path
        Where the lessons lie.

    Returns
    -------
    StoredClaim

    Raises
    ------
    LookupError
        If the lesson's stored output has no such claim, or there is no such file.
    """
    path = folder / f"{lesson}.ipynb"
    try:
        claims = stored_claims(path)
    except OSError as error:
        raise LookupError(f"{path.name} cannot be read ({error.strerror}); it belongs beside this page") from None
    if sentence not in claims:
        raise LookupError(
            f"{path.name} stores no claim {sentence!r}; run that lesson from top to bottom and save it, or, if the "
            "claim has been reworded there, reword it in course/start, too"
        )
    return claims[sentence]


def stored_claims(path):
    """Return all claims of a notebook's stored output, a dict of sentence to StoredClaim; of two alike the first."""
    claims, section = {}, ""
    for cell in _cells(path):
        if cell["cell_type"] == "markdown":
            section = [section, *HEADING.findall(_text(cell["source"]))][-1]
        for output in cell.get("outputs", ()):
            for verdict, sentence, measured in VERDICT.findall(_text(output.get("text", ""))):
                claims.setdefault(sentence, StoredClaim(sentence, verdict, measured or None, section))
    return claims


def minutes_to_read(lesson, folder=NOTEBOOKS):
    """Return the minutes to read that a lesson states, or None."""
    text = "\n".join(_text(cell["source"]) for cell in _cells(folder / f"{lesson}.ipynb"))
    found = MINUTES.search(text)
    return int(found[1]) if found else None


def link_to(lesson, section):
    """Return the address of a lesson's section, for a page in the same folder.

    JupyterLab compares it letter by letter with its own names of headings, so that nothing may be encoded.
    """
    return f"{lesson}.ipynb#{section.replace(' ', '-')}"


def _cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def _text(lines):
    """Return text that a notebook may store as a list of lines."""
    return lines if isinstance(lines, str) else "".join(lines)
