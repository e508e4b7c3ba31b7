"""Errors at the door of a function, before anything is measured, trained or drawn."""

from numbers import Integral


def check_counts(**counts):
    """Raise ValueError unless each count is None or a whole number of at least 1."""
    for name, count in counts.items():
        if count is not None and not (isinstance(count, Integral) and count >= 1):
            raise ValueError(f"{name}={count!r}; give a whole number of at least 1")


def check_lengths(x, y):
    """Raise ValueError unless there are as many inputs as targets, at least one of each."""
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(f"x has {len(x)} examples and y has {len(y)}; give as many of each, at least one")
