"""Claims: sentences of a lesson that are checked where they stand."""

from dataclasses import dataclass

import numpy as np

checked_claims = []  # every claim with a bound, in the order of the cells: `make margins` reads it


@dataclass(frozen=True)
class Claim:
    """A claim with a bound, and what was measured.

    Attributes
    ----------
    sentence : str
    values : float64 ndarray of shape (n,)
        What was measured, as a rule one value per seed; NaN for a run that diverged.
    low, high : float
        The bounds between which the values must lie, both excluded.
    """

    sentence: str
    values: np.ndarray
    low: float
    high: float

    @property
    def margin(self):
        """Distance of the nearest value to the bound in standard deviations of the values; negative beyond the bound.

        Infinite where all values are the same; NaN where there is only one value, or one that is not finite.
        """
        if len(self.values) < 2 or not np.isfinite(self.values).all():
            return np.nan
        distance = min((self.values - self.low).min(), (self.high - self.values).min())
        spread = self.values.std(ddof=1)
        return float(distance / spread) if spread else float(np.copysign(np.inf, distance))


def claim(sentence, value, measured=None, *, above=None, below=None, within=None, near=None, needs=None):
    """Print whether a sentence of the lesson holds in this run, and what was measured beside its bound.

    No value raises an error: a learner who changes a cell sees "does not hold here" and no traceback. Strict nbval
    compares all that is printed but the figures between "measured" and the semicolon.

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
        A value, and the distance within which the measured values must lie; that distance is excluded.
    needs : FashionMNIST, optional
        The data, where the sentence speaks of Fashion-MNIST's own figures: on the drawn garments the line then says
        "needs Fashion-MNIST" instead of a verdict.

    Raises
    ------
    TypeError
        If more than one kind of bound is given, or if an argument other than ``value`` has the wrong type.

    Examples
    --------
    >>> claim("each of three runs reaches 80 %", [0.81, 0.84, 0.82], above=0.8)
    holds: each of three runs reaches 80 %
           measured 0.81 to 0.84; the bound: above 0.8
    """
    if not isinstance(sentence, str):
        raise TypeError(f"claim(sentence, value): the sentence comes first; this is {type(sentence).__name__}")
    if needs is not None and not hasattr(needs, "is_real"):
        raise TypeError(f"needs={needs!r}: give the data, as load_fashion_mnist() returns them")
    bound = _bound(above=above, below=below, within=within, near=near)
    if bound is None:
        holds, detail = _is_true(value), "" if measured is None else f" (measured {_listed(measured)})"
        figures = ""
    else:
        low, high, in_words = bound
        values = _as_floats(value)
        holds = values.size > 0 and bool(((values > low) & (values < high)).all() and np.isfinite(values).all())
        detail, figures = "", f"\n       measured {_ranged(values)}; {in_words}"
        checked_claims.append(Claim(sentence, values, low, high))
    if needs is not None and not needs.is_real:
        print(f"needs Fashion-MNIST: {sentence}")
    elif holds:
        print(f"holds: {sentence}{figures}")
    else:
        print(f"does not hold here{detail}: {sentence}{figures}")


def _bound(**bounds):
    """Return lower and upper bound and how they are put into words; None if there is none."""
    bounds = {name: value for name, value in bounds.items() if value is not None}
    if not bounds:
        return None
    if len(bounds) > 1:
        raise TypeError(f"one claim, one bound; {' and '.join(bounds)} are {len(bounds)}")
    ((kind, value),) = bounds.items()
    if _as_floats(value).shape != ((1,) if kind in ("above", "below") else (2,)):
        raise TypeError(f"{kind}={value!r}: above and below take a number, within and near a pair of numbers")
    if kind == "above":
        return value, np.inf, f"the bound: above {value:,g}"
    if kind == "below":
        return -np.inf, value, f"the bound: below {value:,g}"
    if kind == "within":
        return *value, "the bound: between {:,g} and {:,g}".format(*value)
    middle, distance = value
    return middle - distance, middle + distance, f"the bound: within {distance:,g} of {middle:,g}"


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
