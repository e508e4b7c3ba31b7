"""What the notebook calls: admit a patient, ask for a diagnosis, examine the patient and treat it."""

from dataclasses import replace

import numpy as np
from IPython.display import display

from course import ask
from course.clinic.chart import HEALTHY, checked, in_words, is_whole
from course.clinic.patients import Issue
from course.clinic.probes import PROBES, images_per_step, longest
from course.clinic.trainings import ChartTrainer, Side
from course.clinic.verdict import judge, measured
from helpers.plotting import plot_dots, plot_over_steps, show

EVERY = 5  # so many points of a training run are drawn as one


class Clinic:
    """The patients of one issue, by their numbers, which start at 1; another number raises ValueError.

    For example::

        clinic = Clinic(load_fashion_mnist())
        clinic.admit(1)
        clinic.predict(1)
        clinic.examine(1, "outputs")
        clinic.treat(1, {"initializer": "he_normal"})
        clinic.answer(1)

    Parameters
    ----------
    data : FashionMNIST
        Pixels from 0 to 1; at least 6,400 images for training and 500 for validation.
    issue : int
        0 is the issue of the course. Another issue has other seeds, another order, and other disguises.
    """

    def __init__(self, data, issue=0):
        self._issue, self._trainer = Issue(issue), ChartTrainer(data)
        self._predictions, self._measured, self._last = {}, {}, None

    def admit(self, number):
        """Show the patient's complaint, train the patient and its twin, and draw what the complaint is about."""
        patient, sides = self._patient(number), self._sides(number)
        display({"text/markdown": f"> {patient.complaint}", "text/plain": patient.complaint}, raw=True)
        trainings = {name: self._trainer.train(side) for name, side in sides.items()}
        if patient.symptom == "accuracy":
            figure = plot_dots({name: each.accuracy for name, each in trainings.items()}, "accuracy in the app")
        else:
            figure = _plot_losses(trainings, sides)
        show(figure, f"Patient {number} and its twin", "Both are trained on the same images.")

    def predict(self, number):
        """Display the diagnoses; the reader chooses one: see `course.ask.predict`."""
        patient = self._patient(number)
        options = {letter: diagnosis for letter, (diagnosis, _) in patient.diagnoses.items()}
        self._predictions[number] = ask.predict(patient.question, **options)

    def answer(self, number):
        """Display which diagnosis is right, and what the measurement says about each: see `course.ask.answer`."""
        patient = self._patient(number)
        sentences = {letter: sentence for letter, (_, sentence) in patient.diagnoses.items()}
        ask.answer(self._predictions.get(number), patient.right, **sentences)

    def measure(self, number, probe):
        """Return what a probe measures, a dict of "patient" and "twin" to float arrays.

        A probe that does not exist, or that cannot measure this patient, raises ValueError.
        """
        self._patient(number)
        if not isinstance(probe, str) or probe not in PROBES:
            raise ValueError(f"there is no probe {probe!r}. Choose one of {_probe_names()}")
        if (number, probe) not in self._measured:
            sides = self._sides(number)
            arrays = {name: PROBES[probe].measure(self._trainer, side) for name, side in sides.items()}
            self._measured[number, probe] = arrays
        return self._measured[number, probe]

    def examine(self, number, probe):
        """Draw what a probe (... for none yet) measures, and say so if it does not decide between the diagnoses."""
        patient = self._patient(number)
        if probe is ...:
            print(f"patient {number}: no probe chosen yet. Choose one of {_probe_names()}")
            return
        try:
            arrays = self.measure(number, probe)
        except ValueError as error:
            print(f"patient {number}: {error}")
            return
        show(
            PROBES[probe].draw(arrays, self._sides(number)),
            f"Patient {number} and its twin: {probe}",
            PROBES[probe].caption,
        )
        if probe in patient.inconclusive:
            print(f"patient {number}, {probe}: {patient.inconclusive[probe]}")

    def treat(self, number, treatment):
        """Train the patient from the same seeds with a treatment, and print whether it has recovered.

        A treatment is a dict of changes to its chart, ``{}`` if nothing is wrong. For ``...``, that is none yet,
        the chart is printed, but only after a probe has been used: the chart can give the diagnosis away.
        """
        patient, sides = self._patient(number), self._sides(number)
        chart = sides["patient"].chart
        if treatment is ...:
            examined = any(examined_number == number for examined_number, _ in self._measured)
            text = f"Its chart:\n{in_words(chart)}" if examined else "After a probe, this cell prints its chart"
            print(f"patient {number}: no treatment yet. {text}")
            return
        try:
            changes = checked(chart, treatment)
            if patient.ill and not changes:
                raise ValueError("This changes nothing, and something is wrong.")
        except ValueError as error:
            print(f"patient {number}: not yet. {error}")
            return
        accuracy = self._accuracy(number, changes)
        twin = self._trainer.train(replace(sides["patient"], chart=sides["twin"].chart)).accuracy
        print(f"patient {number}: {judge(patient, changes, accuracy, twin)}")
        print(measured(accuracy, twin, patient.margin))

    def gain(self, number, changes):
        """Return the gain from changes to the chart: the accuracy with them minus the one without, shape (n_seeds,).

        The accuracy of a run that diverged counts as 0. Changes that are not possible raise ValueError.
        """
        changes = checked(self._sides(number)["patient"].chart, changes)
        return np.nan_to_num(self._accuracy(number, changes)) - np.nan_to_num(self._accuracy(number, {}))

    def _patient(self, number):
        """Return the Patient with that number, and delete the compiled loops of the patient before."""
        if not is_whole(number) or not 1 <= number <= len(self._issue.patients):
            raise ValueError(f"no patient {number!r}; there are 1 to {len(self._issue.patients)}")
        if number != self._last:
            self._trainer.free_programs()
            self._last = number
        return self._issue.patients[number - 1]

    def _sides(self, number):
        """Return the two sides that are compared: a dict with "patient" and "twin", each a `Side`."""
        patient, seeds = self._patient(number), self._issue.seeds
        twin = HEALTHY | patient.twin
        others = (
            seeds if patient.ill else tuple(seed + len(seeds) for seed in seeds)
        )  # the twin is the same network then
        return {
            "patient": Side(twin | patient.ill, patient.n_points, seeds),
            "twin": Side(twin, patient.n_points, others),
        }

    def _accuracy(self, number, changes):
        side = self._sides(number)["patient"]
        return self._trainer.train(replace(side, chart=side.chart | changes)).accuracy


def _probe_names():
    return ", ".join(f'"{name}"' for name in PROBES)


def _plot_losses(trainings, sides):
    """Draw the losses of both, each point the mean of five steps; if a run diverges, draw every step."""
    losses = {name: each.losses for name, each in trainings.items()}
    diverges = any(np.isnan(each).any() for each in losses.values())
    every = 1 if diverges else EVERY
    curves = {name: each.reshape(len(each), -1, every).mean(axis=2) for name, each in longest(losses).items()}
    return plot_over_steps(curves, every, "training loss", log=diverges, images_per_step=images_per_step(sides))
