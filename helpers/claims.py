"""Claims: sentences of a lesson that are checked where they stand."""

from dataclasses import dataclass

import numpy as np

checked_claims = []  # every claim with a bound, in the order of the cells: `make margins` reads it


@dataclass(frozen=True)
class Claim:
    """A claim with a bound, as it was found.

    Attributes
    ----------
    sentence : str
    values : float64 ndarray of shape (n,)
        What was measured, one value per seed as a rule; NaN for a run that diverged.
    low, high : float
        Between which they must lie, both excluded.
    holds : bool
    about_fashion_mnist : bool
        Whether the sentence speaks of Fashion-MNIST's own figures.
    """

    sentence: str
    values: np.ndarray
    low: float
    high: float
    holds: bool
    about_fashion_mnist: bool = False

    @property
    def margin(self):
        """Distance of the value nearest to the bound, in standard deviations of the values; negative beyond it.

        Infinite where all values are the same, NaN where a single value or one that is not finite tells no spread.
        """
        if len(self.values) < 2 or not np.isfinite(self.values).all():
            return np.nan
        distance = min((self.values - self.low).min(), (self.high - self.values).min())
        spread = self.values.std(ddof=1)
        return float(distance / spread) if spread else float(np.copysign(np.inf, distance))


def claim(sentence, value, measured=None, *, above=None, below=None, within=None, near=None, needs=None):
    """Print whether a sentence of the lesson holds in this run, and what was measured beside its bound.

    Never raises because of a value: who changes a cell sees an honest "does not hold here", not a traceback. The
    figures stand in a line of their own between "measured" and a semicolon; strict nbval compares all but them.

    Parameters
    ----------
    sentence : str
        The claim, in words.
    value : array-like
        What was measured: a number, or one per seed, all of which must keep to the bound. A value that is not finite
        (of a run that diverged) never does. Without a bound: bool or array-like of bool, all of which must be true.
    measured : object, optional
        Without a bound only: shown when the claim does not hold.
    above, below : float, optional
        A bound, itself excluded.
    within : pair of float, optional
        Two bounds, both excluded.
    near : pair of float, optional
        A value and how far from it is near enough, that distance excluded.
    needs : FashionMNIST, optional
        Given where the sentence speaks of Fashion-MNIST's own figures: on the drawn garments the line then says
        "needs Fashion-MNIST" instead of a verdict.

    Raises
    ------
    TypeError
        If more than one kind of bound is given.
    """
    bound = _bound(above, below, within, near)
    if bound is None:
        holds, detail = _is_true(value), "" if measured is None else f" (measured {_listed(measured)})"
        figures = ""
    else:
        low, high, in_words = bound
        values = _as_floats(value)
        holds = values.size > 0 and bool(((values > low) & (values < high)).all() and np.isfinite(values).all())
        detail, figures = "", f"\n       measured {_ranged(values)}; {in_words}"
        checked_claims.append(Claim(sentence, values, low, high, holds, needs is not None))
    if needs is not None and not needs.is_real:
        print(f"needs Fashion-MNIST: {sentence}")
    elif holds:
        print(f"holds: {sentence}{figures}")
    else:
        print(f"does not hold here{detail}: {sentence}{figures}")


def _bound(above, below, within, near):
    """Return lower and upper bound and how they are put into words; None if there is none."""
    given = [name for name, value in vars().items() if value is not None]
    if len(given) > 1:
        raise TypeError(f"one claim, one bound; {' and '.join(given)} are {len(given)}")
    if above is not None:
        return above, np.inf, f"the bound: above {above:,g}"
    if below is not None:
        return -np.inf, below, f"the bound: below {below:,g}"
    if within is not None:
        return *within, "the bound: between {:,g} and {:,g}".format(*within)
    if near is not None:
        middle, distance = near
        return middle - distance, middle + distance, f"the bound: within {distance:,g} of {middle:,g}"
    return None


def _is_true(holds):
    """Tell whether `holds` consists of booleans that are all true; NaN, None and numbers are not."""
    try:
        values = np.asarray(holds)
    except (TypeError, ValueError):  # rows of different lengths, say
        return False
    return values.dtype == bool and values.size > 0 and bool(values.all())


def _as_floats(measured):
    """Return the values, whatever their shape, as a flat array; a single NaN where they are no numbers."""
    try:
        return np.concatenate([np.ravel(np.asarray(part, float)) for part in measured])
    except (TypeError, ValueError):
        pass
    try:
        return np.ravel(np.asarray(measured, float))
    except (TypeError, ValueError):
        return np.array([np.nan])


def _ranged(values):
    """Write values as their range, and say how many are not finite."""
    finite = values[np.isfinite(values)]
    n_lost = len(values) - len(finite)
    lost = f"{n_lost} of {len(values)} not finite" if n_lost else ""
    if not len(finite):
        return lost or "nothing"
    ends = dict.fromkeys(_figure(value) for value in (finite.min(), finite.max()))
    return " to ".join(ends) + (f", {lost}" if lost else "")


def _figure(value):
    """Write a measured number with three digits."""
    return f"{float(f'{value:.3g}'):,g}"


def _listed(measured):
    """Write measured values with three digits, whatever their shape."""
    try:
        values = np.asarray(measured, dtype=float)
    except (TypeError, ValueError):
        return str(measured)
    return ", ".join(f"{value:.3g}" for value in values.ravel())
