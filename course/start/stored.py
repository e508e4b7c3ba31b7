"""The claims that a notebook stores: what they said when it was last executed, and in which section they stand."""

import json
import re
from dataclasses import dataclass

from helpers.claims import FAILS, HOLDS, NEEDS

VERDICT = re.compile(
    rf"^({HOLDS}|{NEEDS}|{FAILS})\b[^:\n]*: (.+)(?:\n +measured ([^;\n]*); the bound: .+)?",
    re.MULTILINE,
)
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


@dataclass(frozen=True)
class StoredClaim:
    """A claim as a notebook has it."""

    sentence: str
    verdict: str  # HOLDS, NEEDS or FAILS, as `helpers.claims` writes it
    measured: str | None  # the figures, as they were printed; None for a claim without a bound
    section: str  # the heading above it


def stored_claim(path, words):
    """Return the one claim in the stored output of a notebook (a Path) whose sentence contains these words.

    LookupError is raised if no claim contains the words, or more than one does, or there is no such file.
    """
    try:
        found = [claim for claim in stored_claims(path) if words in claim.sentence]
    except OSError as error:
        raise LookupError(f"{path.name} cannot be read ({error.strerror}); it belongs beside this page") from None
    if not found:
        raise LookupError(
            f"{path.name} stores no claim with {words!r}; run that lesson from top to bottom and save it, or, if the "
            "claim has been reworded there, change these words in course/start/folklore.md or course/lessons.py"
        )
    if len({claim.sentence for claim in found}) > 1:
        raise LookupError(f"{path.name} stores {len(found)} claims with {words!r}: quote more of the one that is meant")
    return found[0]


def stored_claims(path):
    """Return all claims in the stored output of a notebook, a list of StoredClaim."""
    claims, section = [], ""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            section = [section, *HEADING.findall("".join(cell["source"]))][-1]
        for output in cell.get("outputs", ()):
            for verdict, sentence, measured in VERDICT.findall("".join(output.get("data", {}).get("text/plain", ""))):
                claims.append(StoredClaim(sentence, verdict, measured or None, section))
    return claims
