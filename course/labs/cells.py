"""Which cell of a notebook is running, and the widget that it made when it ran before."""

from IPython import get_ipython

_LATEST = {}  # the latest widget of each title, by the cell that made it


def running_cell():
    """Return what JupyterLab calls the cell that is running; None where nothing says it, as under nbclient."""
    shell = get_ipython()
    parent = shell.kernel.get_parent() if hasattr(shell, "kernel") else {}
    return parent.get("metadata", {}).get("cellId")


def replace_the_one_before(widget, title):
    """Close the widget of that title that this cell made when it ran before: ipywidgets would keep it for good.

    Parameters
    ----------
    widget : ipywidgets.Widget
        The new one.
    title : str
        Tells it from others of the same cell.
    """
    cell = running_cell()
    if cell is not None:
        if (cell, title) in _LATEST:
            _LATEST[cell, title].close()
        _LATEST[cell, title] = widget
