"""Claims: sentences of a lesson that are checked where they stand."""

from dataclasses import dataclass

import numpy as np

checked_claims = []  # every claim with a bound, in the order of the cells: `make margins` reads it


@dataclass(frozen=True)
class Claim:
    """A claim with the bounds between which its values must lie, and the values: as a rule one per seed."""

    sentence: str
    values: np.ndarray  # float64, shape (n,)
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


def claim(sentence, value, *, above=None, below=None, within=None, near=None, needs=None):
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
    above, below : float, optional
        A bound, itself excluded.
    within, near : pair of float, optional
        Two bounds; a value, and the distance from it. They are excluded, too.
    needs : FashionMNIST, optional
        The data, where the sentence speaks of Fashion-MNIST's own figures: on the drawn garments the line then says
        "needs Fashion-MNIST" instead of a verdict.

    Raises
    ------
    TypeError
        If more than one kind of bound is given.

    Examples
    --------
    >>> claim("each of three runs reaches 80 %", [0.81, 0.84, 0.82], above=0.8)
    holds: each of three runs reaches 80 %
           measured 0.81 to 0.84; the bound: above 0.8
    """
    bound = _bound(above=above, below=below, within=within, near=near)
    if bound is None:
        holds, figures = _is_true(value), ""
    else:
        low, high, in_words = bound
        values = _as_floats(value)
        holds = values.size > 0 and ((values > low) & (values < high) & np.isfinite(values)).all()
        figures = f"\n       measured {_ranged(values)}; the bound: {in_words}"
        checked_claims.append(Claim(sentence, values, low, high))
    verdict = "holds" if holds else "does not hold here"
    if needs is not None and not needs.is_real:
        verdict, figures = "needs Fashion-MNIST", ""
    print(f"{verdict}: {sentence}{figures}")


def _bound(**bounds):
    """Return lower and upper bound and how they are put into words; None if there is none."""
    bounds = {kind: value for kind, value in bounds.items() if value is not None}
    if not bounds:
        return None
    if len(bounds) > 1:
        raise TypeError(f"one claim, one bound; {' and '.join(bounds)} are {len(bounds)}")
    ((kind, value),) = bounds.items()
    if kind == "above":
        return value, np.inf, f"above {value:,g}"
    if kind == "below":
        return -np.inf, value, f"below {value:,g}"
    first, second = value
    if kind == "within":
        return first, second, f"between {first:,g} and {second:,g}"
    return first - second, first + second, f"within {second:,g} of {first:,g}"


def _is_true(holds):
    """Tell whether `holds` consists of booleans that are all true; NaN, None and numbers are not."""
    try:
        values = np.asarray(holds)
    except (TypeError, ValueError):  # rows of different lengths, say
        return False
    return values.dtype == bool and values.size > 0 and values.all()


def _as_floats(value):
    """Return the numbers in a value, whatever its shape, as a flat array; a single NaN where there are none."""
    try:
        parts = value if np.iterable(value) else [value]
        return np.concatenate([np.ravel(np.asarray(part, float)) for part in parts])
    except (TypeError, ValueError):
        return np.array([np.nan])


def _ranged(values):
    """Write values with three digits as their range, and say how many are not finite."""
    finite = values[np.isfinite(values)]
    parts = []
    if len(finite):
        ends = (f"{float(f'{end:.3g}'):,g}" for end in (finite.min(), finite.max()))
        parts.append(" to ".join(dict.fromkeys(ends)))
    if len(finite) < len(values):
        parts.append(f"{len(values) - len(finite)} of {len(values)} not finite")
    return ", ".join(parts)
