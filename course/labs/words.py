"""Numbers and their course in words, for the sentences below the pictures."""

import math

LEVEL = 10.0  # a quantity that changes by a smaller factor is called steady


def number(value):
    """Return a number as one reads it, with three digits, as in 1,000 or 0.0123 or 1.4e-31."""
    return f"{float(f'{value:.3g}') + 0.0:,g}"  # + 0.0: no -0


def course(name, first, last, way):
    """Say how a positive quantity goes from `first` to `last` on its way.

    Parameters
    ----------
    name, way : str
        As in "the signal", "from the first layer to the last".
    first, last : float

    Returns
    -------
    str
    """
    if not (math.isfinite(first) and math.isfinite(last)):
        return f"{name} becomes infinite {way}"
    if last == 0:
        return f"{name} vanishes altogether {way}"
    verb = "grows" if last > LEVEL * first else "shrinks" if last < first / LEVEL else "stays within a factor of 10"
    return f"{name} {verb} {way}: {number(first)} to {number(last)}"
