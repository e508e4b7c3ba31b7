"""Claims: sentences of a lesson that are checked where they stand."""

import numpy as np


def _is_true(holds):
    """Tell whether `holds` consists of booleans that are all true; NaN, None and numbers are not."""
    try:
        values = np.asarray(holds)
    except (TypeError, ValueError):  # rows of different lengths, say
        return False
    return values.dtype == bool and values.size > 0 and bool(values.all())


def claim(sentence, holds, measured=None, needs=None):
    """Print whether a sentence of the lesson holds in this run.

    Never raises: who changes a cell sees an honest "does not hold here", not a traceback. The line of a claim that
    holds has no figures in it, so that strict nbval can compare it on every machine.

    Parameters
    ----------
    sentence : str
        The claim, in words, with its margin.
    holds : bool or array-like of bool
        Whether it holds; of several values (one per seed, say) all must be true. Anything that is not boolean,
        NaN and None among it, does not hold.
    measured : object, optional
        What was measured, shown when the claim does not hold.
    needs : FashionMNIST, optional
        Given where the sentence speaks of Fashion-MNIST's own figures: on the drawn garments the line then says
        "needs Fashion-MNIST" instead of a verdict.
    """
    if needs is not None and not needs.is_real:
        print(f"needs Fashion-MNIST: {sentence}")
    elif _is_true(holds):
        print(f"holds: {sentence}")
    else:
        detail = "" if measured is None else f" (measured {_rounded(measured)})"
        print(f"does not hold here{detail}: {sentence}")


def _rounded(measured):
    """Write measured values with three digits, whatever their shape."""
    try:
        values = np.asarray(measured, dtype=float)
    except (TypeError, ValueError):
        return str(measured)
    if values.ndim == 0:
        return f"{values:.3g}"
    return ", ".join(f"{value:.3g}" for value in values.ravel())
