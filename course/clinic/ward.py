"""What the notebook calls: admit a patient, examine it, treat it."""

import numpy as np

from course.clinic.chart import HEALTHY, in_words, wrong_with
from course.clinic.issue import Issue
from course.clinic.probes import PROBES, Side, images_per_step, longest
from course.clinic.runs import Runner
from course.clinic.verdict import judge, measured
from helpers.plotting import plot_dots, plot_over_steps, show

_PROBE_NAMES = ", ".join(f'"{name}"' for name in PROBES)
EVERY = 5  # points of a training are drawn as one


class Clinic:
    """The patients of one issue, by their numbers.

    Parameters
    ----------
    data : FashionMNIST
        Brightness from 0 to 1.
    issue : int
        0 is that of the course. Another one has other seeds, another order, and other disguises.
    """

    def __init__(self, data, issue=0):
        self.issue = Issue(issue)
        self._runner = Runner(data, self.issue.seeds)
        self._measured, self._now = {}, None

    def patient(self, number):
        """Return the Patient with that number.

        Raises
        ------
        ValueError
            If there is none.
        """
        if number not in range(1, len(self.issue.patients) + 1):
            raise ValueError(f"no patient {number!r}; there are 1 to {len(self.issue.patients)}")
        if number != self._now:
            self._runner.let_go()
            self._now = number
        return self.issue.patients[number - 1]

    def sides(self, number):
        """Return what is compared, a dict of "patient" and "twin", each a `Side`."""
        patient, seeds = self.patient(number), self._runner.seeds
        twin = HEALTHY | patient.twin
        others = seeds if patient.ill else tuple(seed + len(seeds) for seed in seeds)  # or there is nothing to compare
        return {
            "patient": Side(twin | patient.ill, patient.n_points, seeds),
            "twin": Side(twin, patient.n_points, others),
        }

    def admit(self, number):
        """Train the patient and its twin, and show what the complaint is about.

        Parameters
        ----------
        number : int
        """
        patient, sides = self.patient(number), self.sides(number)
        followed = {name: side.followed(self._runner) for name, side in sides.items()}
        if patient.symptom == "accuracy":
            figure = plot_dots({name: each.accuracy for name, each in followed.items()}, "accuracy in use")
        else:
            figure = _plot_losses(followed, sides)
        show(figure, f"Patient {number} and its twin")

    def measure(self, number, probe):
        """Return what a probe measures, a dict of "patient" and "twin" to float arrays.

        Parameters
        ----------
        number : int
        probe : str
            One of `probes.PROBES`.

        Raises
        ------
        ValueError
            If there is nothing to measure.
        """
        if (number, probe) not in self._measured:
            sides = self.sides(number)
            found = {name: PROBES[probe].measure(self._runner, side) for name, side in sides.items()}
            self._measured[number, probe] = found
        return self._measured[number, probe]

    def examine(self, number, probe):
        """Show what a probe measures in the patient and in its twin, and say if it leaves the diagnosis open.

        Parameters
        ----------
        number : int
        probe : str
            ``...`` (Ellipsis) stands for none yet.
        """
        patient = self.patient(number)
        if probe is ...:
            print(f"patient {number}: not attempted yet. Choose a probe: {_PROBE_NAMES}")
            return
        if not isinstance(probe, str) or probe not in PROBES:
            print(f"patient {number}: there is no probe {probe!r}. Choose one of {_PROBE_NAMES}")
            return
        try:
            found = self.measure(number, probe)
        except ValueError as error:
            print(f"patient {number}: {error}. Choose another probe")
            return
        if all(np.isfinite(values).any() for values in found.values()):
            show(PROBES[probe].draw(found, self.sides(number)), f"Patient {number} and its twin: {probe}")
        if probe in patient.others:
            print(f"patient {number}, {probe}: {patient.others[probe]}")

    def treat(self, number, treatment):
        """Train the patient with another chart, from the same seeds, and print whether it has recovered.

        Parameters
        ----------
        number : int
        treatment : dict
            What to change on its chart; ``{}`` if it is not ill. ``...`` (Ellipsis) stands for none yet, and prints the
            chart once a probe has been used: the chart names much of what ails.
        """
        patient, sides = self.patient(number), self.sides(number)
        chart = sides["patient"].chart
        if treatment is ...:
            examined = any(measured_of == number for measured_of, _ in self._measured)
            told = f"Its chart:\n{in_words(chart)}" if examined else "After a probe you get its chart here"
            print(f"patient {number}: not attempted yet. {told}")
            return
        changes, said = treatment, wrong_with(chart, treatment)
        if said is None:
            changes = {key: value for key, value in treatment.items() if _changed(chart[key], value)}
            if patient.ill and not changes:
                said = "Nothing is changed, and it is ill."
        if said:
            print(f"patient {number}: not yet. {said}")
            return
        twin = self._runner.follow(sides["twin"].chart, patient.n_points)
        verdict = judge(patient, changes, self._accuracy(number, changes), twin.accuracy)
        print(f"patient {number}: {verdict.said}")
        print(measured(verdict, patient.margin))

    def gain(self, number, changes):
        """Return what changes to the chart bring, an array of shape (n_seeds,).

        Parameters
        ----------
        number : int
        changes : dict

        Returns
        -------
        float64 ndarray of shape (n_seeds,)
            For each seed the accuracy with the changes minus that without; of a run that diverged it is 0.
        """
        return np.nan_to_num(self._accuracy(number, changes)) - np.nan_to_num(self._accuracy(number, {}))

    def _accuracy(self, number, changes):
        chart = self.sides(number)["patient"].chart | changes
        return self._runner.follow(chart, self.patient(number).n_points).accuracy


def _changed(before, value):
    return tuple(before) != tuple(value) if isinstance(value, (list, tuple)) else before != value


def _plot_losses(followed, sides):
    """Draw the losses of both, each point the mean of five; of a run that diverges, every step."""
    losses = {name: each.losses for name, each in followed.items()}
    diverges = any(np.isnan(each).any() for each in losses.values())
    every = 1 if diverges else EVERY
    curves = {name: each.reshape(len(each), -1, every).mean(axis=2) for name, each in longest(losses).items()}
    return plot_over_steps(curves, every, "training loss", log=diverges, images_per_step=images_per_step(sides))
