"""Figures of which parts move: as a picture, or as data from which a page draws them many times a second."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from course.labs.scene import numbers_of, scene_of, set_numbers
from helpers.plotting.base import course_style, new_figure, to_png
from helpers.plotting.colors import styles_of
from helpers.plotting.lines import finish_lines


class LiveFigure:
    """A figure with moving parts, and a caption, which says what it shows to those who do not see it.

    Draw what stays into the figure, add what moves with `moving`, change those artists as often as you like and call
    `numbers` or `png`. Axis limits must stay.
    """

    def __init__(self, figure, caption):
        self.figure = figure
        self.caption = caption
        self._artists = []
        self._is_laid_out = False

    def moving(self, artist):
        """Mark an artist of the figure as one that moves; return it."""
        artist.set_in_layout(False)
        self._artists.append(artist)
        return artist

    @course_style
    def scene(self):
        """Return what a page must know to draw the figure from its numbers; see `scene_of`."""
        self._lay_out()
        return scene_of(self.figure, self._artists)

    def numbers(self):
        """Return what moves, as it is now, as numbers; see `numbers_of`."""
        return numbers_of(self._artists)

    def places(self):
        """Return for each age of a run, the latest first, where its parts stand in `numbers`: lists of int."""
        return [list(range(len(self._artists)))]

    def png(self, numbers=None):
        """Return the figure as it is now, or as it was when `numbers` gave these, as the bytes of a PNG file."""
        if numbers is not None:
            set_numbers(self._artists, numbers)
        self._lay_out()
        return to_png(self.figure)

    @course_style
    def _lay_out(self):
        """Let Matplotlib find the place of the axes once: again, it would move them a little."""
        if not self._is_laid_out:
            self.figure.draw_without_rendering()
            self.figure.set_layout_engine("none")
            self._is_laid_out = True


class LivePanels(LiveFigure):
    """Panels of lines over one common horizontal axis, which reaches from ``x[0]`` to ``x[1]``.

    `panels` has for each quantity, which names its vertical axis, the ``limits``; if it is logarithmic, ``log=True``;
    if its lines are others than `names`, ``names``. Several lines get a legend. `n_ghosts` is how many earlier runs can
    stay visible behind them, `size` the width and height of the figure in inches.
    """

    @course_style
    def __init__(self, panels, x, xlabel, caption, names, n_ghosts=0, n_columns=1, size=(7.2, 4.6)):
        n_rows = -(-len(panels) // n_columns)
        figure, axes = new_figure(*size, n_rows, n_columns, sharex=True)
        super().__init__(figure, caption)
        self.n_ghosts = n_ghosts
        self._lines, self._crosses = {}, {}
        for panel, (quantity, kind) in zip(axes.flat, panels.items(), strict=True):
            panel.set(ylabel=quantity, xlim=x, ylim=kind["limits"])
            finish_lines(panel, x, {}, kind.get("log", False))
            panel.xaxis.set_major_locator(MaxNLocator(10 // n_columns, integer=True))
            panel.xaxis.set_major_formatter("{x:,.0f}")
            self._add_lines(panel, quantity, styles_of(kind.get("names", names)))
        for panel in axes[-1]:
            panel.set_xlabel(xlabel)
        if len(names) > 1:
            self._add_legend(names, [quantity for quantity, kind in panels.items() if "names" not in kind])

    def _add_lines(self, panel, quantity, styles):
        for ghost in range(self.n_ghosts, -1, -1):
            look = {"alpha": 0.45 * 0.75**ghost, "linewidth": 1.0} if ghost else {"alpha": 1, "linewidth": 1.8}
            for name, (color, line) in styles.items():
                (drawn,) = panel.plot([], [], color=color, linestyle=line, **look)
                self._lines[quantity, name if len(styles) > 1 else None, ghost] = self.moving(drawn)
        for number, (name, (color, _)) in enumerate(styles.items()):
            look = {"color": color, "markersize": 11, "clip_on": False}
            place = panel.get_xaxis_transform()  # the height as a share of the panel's
            (cross,) = panel.plot(np.nan, 0.95 - 0.1 * number, "X", **look, transform=place)
            self._crosses[quantity, name if len(styles) > 1 else None] = self.moving(cross)

    def _add_legend(self, names, quantities):
        handles = [self._lines[quantities[0], name, 0] for name in names]
        if len(quantities) == len(self.figure.axes):
            self.figure.legend(handles, names, loc="outside upper center", ncols=len(names), frameon=False)
        else:
            handles[0].axes.legend(handles, names, loc="upper right", ncols=len(names), frameon=False)

    def set(self, quantity, x, y, name=None, ghost=0):
        """Move the line of that name (None where a panel has one) to x and y, float arrays of shape (n,).

        What is not finite, or not positive on a logarithmic axis, is left out. `ghost` is 0 for the line itself, 1 for
        that of the run before, and so on.
        """
        line = self._lines[quantity, name, ghost]
        y = np.asarray(y, dtype=float)
        is_seen = np.isfinite(y) & ((y > 0) | (line.axes.get_yscale() != "log"))
        line.set_data(np.asarray(x), np.where(is_seen, y, np.nan))

    def cross(self, quantity, x, name=None):
        """Put a cross at the top of a panel where a line has ended for good, at `x[0]`; none if `x` is empty."""
        self._crosses[quantity, name].set_xdata(x[:1] or [np.nan])

    def places(self):
        """Return the same; the lines of the latest run are followed by its crosses, which no earlier one has."""
        lines = [[] for _ in range(self.n_ghosts + 1)]
        for (_, _, age), line in self._lines.items():
            lines[age].append(self._artists.index(line))
        return [lines[0] + [self._artists.index(cross) for cross in self._crosses.values()], *lines[1:]]
