"""The patients, as they stand in ``patients.toml``, and the issues in which classes meet them."""

import random
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from course.clinic.chart import is_whole

N_SEEDS = 3


@dataclass(frozen=True)
class Patient:
    """A network with a complaint, and its twin, which differs from it only in what is wrong with it."""

    name: str  # what is wrong, in a few words: for the teacher's key, and never shown in the clinic
    complaint: str  # what its user says in the course,
    other_complaint: str  # and what to another class
    twin: dict  # the twin's chart, where it differs from `chart.HEALTHY`
    ill: dict  # the patient's chart, where it differs from its twin's; empty for one that is not ill
    disguises: dict  # for another class: values for keys of both charts that change nothing about the illness
    probes: tuple  # what it takes to tell the diagnoses apart
    question: str
    diagnoses: dict  # by letter, a pair: the diagnosis, and what the measurement says of it
    right: str  # the letter of the right one
    cure: dict  # changes to the chart that cure it, one of several ways
    half_cures: tuple  # of pairs: changes that do not, and what to say of them and of others to the same keys
    inconclusive: dict  # what each other probe leaves open
    n_points: int = 200  # it is trained on so many times 32 images
    margin: float = 0.05  # it has recovered if it comes, from each seed, so close to its twin's accuracy
    symptom: str = "loss"  # what the complaint is about, "loss" or "accuracy"


class Issue:
    """The patients as one class meets them: disguised, in another `order`, trained from other `seeds`.

    The same `number` gives the same issue everywhere; 0 is that of the course, and one that is not whole or negative
    raises ValueError. ``order[0]`` is the place in the course's own issue of what is patient 1 here.
    """

    def __init__(self, number=0):
        if not is_whole(number) or number < 0:
            raise ValueError(f"issue {number!r}: take a whole number, 0 for the course's own, from 1 on for a class")
        self.number = int(number)
        rng, dealer = random.Random(self.number), random.Random(self.number)  # not NumPy's, which versions may change
        first = rng.randrange(10, 1_000_000) if number else 0
        self.seeds = tuple(range(first, first + N_SEEDS))
        self.order = tuple(rng.sample(range(len(PATIENTS)), len(PATIENTS)) if number else range(len(PATIENTS)))
        patients = [PATIENTS[place] for place in self.order]
        self.patients = tuple(_disguised(each, rng, dealer) if number else each for each in patients)


def _disguised(patient, rng, dealer):
    """Return the patient with another complaint, other values for what does not matter, and its letters dealt anew."""
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
    """Return what was read from the file with tuples in place of lists, as a chart has them."""
    if isinstance(value, dict):
        return {key: _with_tuples(each) for key, each in value.items()}
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


_FILE = tomllib.loads(Path(__file__).with_name("patients.toml").read_text(encoding="utf-8"))
PATIENTS = tuple(Patient(**_with_tuples(each)) for each in _FILE["patients"])
