"""The patients, which ``patients.toml`` describes, and the issues of the clinic: one for each class."""

import random
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from course.clinic.chart import is_whole

N_SEEDS = 3


@dataclass(frozen=True)
class Patient:
    """A network with a complaint, and its twin, which differs from it only in what is wrong with it."""

    name: str  # what is wrong, in a few words: for the teacher's key; the clinic never shows it
    complaint: str  # what its user says in the notebook of the course
    other_complaint: str  # what its user says in the notebook for another class
    twin: dict  # the twin's chart, as far as it differs from `chart.HEALTHY`
    ill: dict  # the patient's chart, as far as it differs from its twin's; empty if nothing is wrong
    disguises: dict  # for another class: other values for both charts that do not change what is wrong
    probes: tuple  # the probes that tell the diagnoses apart
    question: str
    diagnoses: dict  # by letter, a pair: the diagnosis, and what the measurement says about it
    right: str  # the letter of the right diagnosis
    fix: dict  # changes to the chart that repair it; there may be others
    partial_fixes: tuple  # pairs: changes that do not repair it, and the reply to them and to others of the same keys
    inconclusive: dict  # for each other probe, why it does not decide
    n_points: int = 200  # it is trained on so many times 32 images
    margin: float = 0.05  # it has recovered if, from each seed, its accuracy is at most so far below its twin's
    symptom: str = "loss"  # what the first figure shows, "loss" or "accuracy"


class Issue:
    """The patients of one class: disguised, in another `order`, and trained from other `seeds`.

    The same `number` gives the same issue everywhere, and 0 is the issue of the course. A number that is negative or
    not whole raises ValueError. ``order[0]`` is the place that patient 1 of this issue has in the course's own issue.
    """

    def __init__(self, number=0):
        if not is_whole(number) or number < 0:
            raise ValueError(
                f"issue {number!r}: take a whole number: 0 for the course's own issue, 1 or more for a class"
            )
        self.number = int(number)
        rng, dealer = random.Random(self.number), random.Random(self.number)  # not NumPy's, which versions may change
        first = rng.randrange(10, 1_000_000) if number else 0
        self.seeds = tuple(range(first, first + N_SEEDS))
        self.order = tuple(rng.sample(range(len(PATIENTS)), len(PATIENTS)) if number else range(len(PATIENTS)))
        patients = [PATIENTS[place] for place in self.order]
        self.patients = tuple(_disguised(each, rng, dealer) if number else each for each in patients)


def _disguised(patient, rng, dealer):
    """Return the patient with another complaint, other values where they do not matter, and other letters."""
    values = {key: rng.choice(values) for key, values in patient.disguises.items()}
    letters = dict(zip(patient.diagnoses, dealer.sample([*patient.diagnoses], len(patient.diagnoses)), strict=True))
    return replace(
        patient,
        complaint=patient.other_complaint,
        twin=patient.twin | values,
        diagnoses=dict(sorted((letters[letter], texts) for letter, texts in patient.diagnoses.items())),
        right=letters[patient.right],
    )


def _with_tuples(value):
    """Return a value of the file with tuples in place of lists, as a chart has them."""
    if isinstance(value, dict):
        return {key: _with_tuples(each) for key, each in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


_FILE = tomllib.loads(Path(__file__).with_name("patients.toml").read_text(encoding="utf-8"))
PATIENTS = tuple(Patient(**_with_tuples(each)) for each in _FILE["patients"])
