"""Claims: sentences of a lesson that are checked where they stand."""

from html import escape

import numpy as np
from IPython import get_ipython
from IPython.display import display

HOLDS, FAILS, NEEDS = "holds", "does not hold here", "needs Fashion-MNIST"
checked_claims = []  # for `make margins`: sentence, values, low and high of every claim with a bound, in their order
_not_shown = []  # the lines of each claim of the cell that runs


def claim(sentence, value, *, above=None, below=None, within=None, near=None, needs=None):
    """Say whether a sentence of the lesson holds in this run, and what was measured beside its bound.

    In a notebook the claims of a cell appear together when the cell is done, also if it is interrupted or fails: as one
    line, which unfolds. Elsewhere each is printed. No value raises an error: a learner who changes a cell sees "does
    not hold here" and no traceback. Strict nbval compares all but the figures between "measured" and the semicolon.

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
        checked_claims.append((sentence, values, low, high))
    verdict = HOLDS if holds else FAILS
    if needs is not None and not needs.is_real:
        verdict, figures = NEEDS, ""
    _tell(f"{verdict}: {sentence}{figures}")


def _tell(lines):
    """Print the lines of a claim, or keep them until its cell is done."""
    shell = get_ipython()
    if shell is None:
        print(lines)
    else:
        _not_shown.append(lines)
        shell.events.register("post_execute", _show)  # once: IPython knows a function that is registered already


def _show():
    """Display the claims of the cell that is done, if it made any."""
    if _not_shown:
        claims = [*_not_shown]
        _not_shown.clear()
        display({"text/plain": "\n".join(claims), "text/html": to_html(claims)}, raw=True)


def to_html(claims):
    """Return claims, the lines of each, as one line of HTML that unfolds to them; unfolded where one does not hold.

    The lines stand there as they are printed, so that the same rules find the figures in them.
    """
    opened = " open" if any(each.startswith(FAILS) for each in claims) else ""
    items = "\n".join("<li>\n" + escape(each, quote=False).replace("\n", "<br>\n") + "\n</li>" for each in claims)
    return f"<details{opened}>\n<summary>{in_one_line(claims)}</summary>\n<ul>\n{items}\n</ul>\n</details>"


def in_one_line(claims):
    """Count claims, the lines of each, by their verdicts.

    >>> in_one_line(["holds: a", "holds: b", "needs Fashion-MNIST: c"])
    '2 statements checked on your machine: all hold. 1 needs Fashion-MNIST'
    """
    n_hold, n_fail, n_need = (sum(each.startswith(verdict) for each in claims) for verdict in (HOLDS, FAILS, NEEDS))
    n_checked = n_hold + n_fail
    parts = []
    if n_checked:
        if n_checked == 1:
            result = "it holds" if n_hold else "it does not hold here"
        else:
            result = f"{n_hold} of {n_checked} hold here" if n_fail else "all hold"
        parts.append(f"{_counted(n_checked)} checked on your machine: {result}")
    if n_need:
        parts.append(f"{n_need if parts else _counted(n_need)} need{'s' if n_need == 1 else ''} Fashion-MNIST")
    return ". ".join(parts)


def _counted(n):
    return f"{n} statement{'' if n == 1 else 's'}"


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
