"""A progress bar that leaves nothing behind in a stored notebook."""

import sys

from tqdm import tqdm


class _CellLine:
    """A file for tqdm that shows the latest line in one output of the cell, which starts and ends empty.

    So a stored notebook shows no progress, and strict nbval, which ignores updates of an output, compares equal texts.
    """

    def __init__(self):
        from IPython.display import display

        self._handle = display({"text/plain": ""}, raw=True, display_id=True)

    def write(self, text):
        self._handle.update({"text/plain": text.strip()}, raw=True)

    def flush(self):
        """Do nothing: every write is shown at once."""


def _in_notebook():
    if "IPython" not in sys.modules:
        return False
    shell = sys.modules["IPython"].get_ipython()
    return shell is not None and hasattr(shell, "kernel")


def progress_bar(total, description, unit="it", unit_scale=False, disable=False):
    """Start a bar for ``total`` units: a ``tqdm.tqdm``, a context manager with ``update(n)`` and ``close()``.

    In a notebook it is a line of text below the cell that vanishes when the bar is closed; in a terminal it is
    tqdm's usual bar; where stderr is no terminal (a log file, a test run), or with ``disable``, it shows nothing.
    With ``unit_scale`` 1,000 units are 1k.
    """
    if _in_notebook() and not disable:
        place = {"file": _CellLine(), "ascii": " #", "ncols": 88, "mininterval": 0.2}
    else:
        place = {"disable": disable or not sys.stderr.isatty()}
    return tqdm(total=total, desc=description, unit=unit, unit_scale=unit_scale, leave=False, **place)
