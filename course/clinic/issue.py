"""An issue of the clinic: its seeds, the order of its patients, and how they are disguised."""

import random
from dataclasses import replace

from course.clinic.patients import PATIENTS

N_SEEDS = 3


class Issue:
    """The patients as one class meets them.

    Parameters
    ----------
    number : int
        0 is that of the course; the same number gives the same issue everywhere.

    Attributes
    ----------
    seeds : tuple of int
        Of all trainings.
    order : tuple of int
        ``order[0]`` is the place in the course's own clinic of what is patient 1 here.
    patients : tuple of Patient
        In this order, disguised.
    """

    def __init__(self, number=0):
        self.number = number
        rng = random.Random(number)  # not NumPy's: the same in each version of Python
        first = rng.randrange(10, 1_000_000) if number else 0
        self.seeds = tuple(range(first, first + N_SEEDS))
        self.order = tuple(rng.sample(range(len(PATIENTS)), len(PATIENTS)) if number else range(len(PATIENTS)))
        self.patients = tuple(_disguised(PATIENTS[place], rng) if number else PATIENTS[place] for place in self.order)

    def complaint(self, place):
        """Return the complaint of the patient with the number `place` + 1."""
        return self.patients[place].complaints[1 if self.number else 0]


def _disguised(patient, rng):
    """Return the patient, its twin and itself with other values for what changes nothing about the illness."""
    return replace(patient, twin=patient.twin | {key: rng.choice(values) for key, values in patient.disguises.items()})
