"""Whether a treatment cures: compared with the twin, seed by seed, and answered by name if it does not."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """What a treatment does.

    Attributes
    ----------
    recovered : bool
        Whether it comes, from each seed, close enough to its twin's accuracy; or was right to do nothing.
    said : str
        The verdict in words.
    accuracy, twin : float64 ndarrays of shape (n_seeds,)
        Of the treated patient and of its twin, the same seeds; empty where nothing was trained.
    """

    recovered: bool
    said: str
    accuracy: np.ndarray
    twin: np.ndarray


def judge(patient, changes, accuracy, twin):
    """Judge a treatment that was trained.

    Parameters
    ----------
    patient : Patient
    changes : dict
        To its chart.
    accuracy, twin : float64 ndarrays of shape (n_seeds,)
        NaN for a run that diverged.

    Returns
    -------
    Verdict
    """
    behind = np.nan_to_num(twin - accuracy, nan=1.0)
    close = bool((behind <= patient.margin).all())
    if not patient.ill:
        return Verdict(not changes, _of_the_healthy(patient, changes), accuracy, twin)
    if not close:
        return Verdict(False, f"not yet. {hint(patient, changes)}", accuracy, twin)
    more = len(changes) - len(patient.cure)
    said = "recovered"
    if more > 0:
        said += f". It took {len(changes)} changes, where {len(patient.cure)} would do: which did it? Take one back"
    return Verdict(True, said, accuracy, twin)


def _of_the_healthy(patient, changes):
    if not changes:
        return "discharged. It was not ill"
    return f"not yet. {hint(patient, changes)}"


def hint(patient, changes):
    """Return what to say of changes that do not cure: of these very ones, of the same keys, or of one of them."""
    for matches in (
        lambda half: half == changes,
        lambda half: half.keys() == changes.keys(),
        lambda half: len(half) == 1 and half.keys() <= changes.keys(),
    ):
        for half, said in patient.half_cures:
            if matches(half):
                return said
    return "It is still behind its twin. Which probe would look different after this treatment, and which does?"


def measured(verdict, margin):
    """Return the line with what was measured, as claims have one: strict nbval compares all but the figures."""
    figures = [_ranged(values) for values in (verdict.accuracy, verdict.twin)]
    return "       measured accuracy {}, its twin {}; ".format(*figures) + (
        f"needed: from each seed at most {margin:g} behind"
    )


def _ranged(values):
    finite = values[np.isfinite(values)]
    n_lost = len(values) - len(finite)
    lost = f"{n_lost} of {len(values)} diverged" if n_lost else ""
    if not len(finite):
        return lost
    return f"{finite.min():.2f} to {finite.max():.2f}" + (f" ({lost})" if lost else "")
