"""Whether a treatment cures: compared with the twin, seed by seed, and answered by name if it does not."""

import numpy as np


def judge(patient, changes, accuracy, twin):
    """Say whether changes to a patient's chart cure it: "recovered", "discharged" if it was not ill, or "not yet".

    `accuracy` and `twin`, of shape (n_seeds,), are those of the treated patient and of its twin, from the same seeds;
    NaN for a run that diverged.
    """
    if not patient.ill and not changes:
        return "discharged. It was not ill"
    is_close = np.nan_to_num(twin - accuracy, nan=1.0).max() <= patient.margin  # a run that diverged is not
    if not patient.ill or not is_close:
        return f"not yet. {hint(patient, changes)}"
    if len(changes) <= len(patient.cure):
        return "recovered"
    return f"recovered. It took {len(changes)} changes, where {len(patient.cure)} would do: which did it? Take one back"


def hint(patient, changes):
    """Return what to say of changes that do not cure: of these very ones, of the same keys, or of one of them."""
    for matches in (
        lambda half: half == changes,
        lambda half: half.keys() == changes.keys(),
        lambda half: len(half) == 1 and half.keys() <= changes.keys(),
    ):
        for half, reply in patient.half_cures:
            if matches(half):
                return reply
    return "It is still behind its twin. Which probe would look different after this treatment, and which does?"


def measured(accuracy, twin, margin):
    """Return the line with what was measured, as claims have one: strict nbval compares all but the figures."""
    return (
        f"       measured accuracy {_ranged(accuracy)}, its twin {_ranged(twin)}; "
        f"needed: from each seed at most {margin:g} behind"
    )


def _ranged(values):
    finite = values[np.isfinite(values)]
    n_lost = len(values) - len(finite)
    lost = f"{n_lost} of {len(values)} diverged" if n_lost else ""
    if not len(finite):
        return lost
    return f"{finite.min():.2f} to {finite.max():.2f}" + (f" ({lost})" if lost else "")
