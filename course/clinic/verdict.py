"""Whether a treatment works: it is compared with the twin, seed by seed. A known one that fails gets its own reply."""

import numpy as np


def judge(patient, changes, accuracy, twin):
    """Say whether changes to a patient's chart repair it: "recovered", "not yet", or "discharged" if it was healthy.

    `accuracy` and `twin`, of shape (n_seeds,), are the accuracies of the treated patient and of its twin from the
    same seeds; NaN for a run that diverged.
    """
    if not patient.ill and not changes:
        return "discharged. Nothing was wrong with it"
    is_close = np.nan_to_num(twin - accuracy, nan=1.0).max() <= patient.margin  # a run that diverged is not
    if not patient.ill or not is_close:
        return f"not yet. {hint(patient, changes)}"
    if len(changes) <= len(patient.fix):
        return "recovered"
    return (
        f"recovered. You made {len(changes)} changes, and {len(patient.fix)} would do. Which one did it? Take one back"
    )


def hint(patient, changes):
    """Return the reply to changes that do not work: to exactly these, to the same keys, or to one of the keys."""
    for matches in (
        lambda half: half == changes,
        lambda half: half.keys() == changes.keys(),
        lambda half: len(half) == 1 and half.keys() <= changes.keys(),
    ):
        for half, reply in patient.partial_fixes:
            if matches(half):
                return reply
    return (
        "Its accuracy is still below its twin's. Which probe should look different after this treatment, and does it?"
    )


def measured(accuracy, twin, margin):
    """Return the line that says what was measured; strict nbval compares all of it except the numbers."""
    return (
        f"       measured accuracy {_ranged(accuracy)}, its twin {_ranged(twin)}; "
        f"needed from each seed: at most {margin:g} below the twin"
    )


def _ranged(values):
    finite = values[np.isfinite(values)]
    n_lost = len(values) - len(finite)
    lost = f"{n_lost} of {len(values)} diverged" if n_lost else ""
    if not len(finite):
        return lost
    return f"{finite.min():.2f} to {finite.max():.2f}" + (f" ({lost})" if lost else "")
