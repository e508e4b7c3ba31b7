"""Numbers, and how they change, in words for the sentences below the pictures."""

import math

STEADY_FACTOR = 10.0  # a quantity that changes by a smaller factor is called steady


def format_number(value):
    """Return a number as one reads it, with three digits, as in 1,000 or 0.0123 or 1.4e-31."""
    return f"{float(f'{value:.3g}') + 0.0:,g}"  # + 0.0: no -0


def describe_change(name, first, last, way):
    """Say how a positive quantity changes from `first` to `last` on a `way` such as "from layer 1 to layer 9"."""
    if not (math.isfinite(first) and math.isfinite(last)):
        return f"{name} becomes infinite {way}"
    if last == 0:
        return f"{name} vanishes altogether {way}"
    if last > STEADY_FACTOR * first:
        verb = "grows"
    elif last < first / STEADY_FACTOR:
        verb = "shrinks"
    else:
        verb = "stays within a factor of 10"
    return f"{name} {verb} {way}: {format_number(first)} to {format_number(last)}"
