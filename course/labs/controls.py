"""The controls of a lab. What they look like in the browser stands in lab.js."""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Slider:
    """A slider and a field for the same number; the field takes any number between the ends."""

    label: str  # its name for the reader, and for a screen reader
    default: float
    lowest: float
    highest: float
    step: float  # of the slider; on a logarithmic scale in powers of ten
    log: bool = False  # whether the slider's scale is logarithmic; `lowest` is then positive
    whole: bool = False  # whether the number is an integer
    kind: str = field(default="number", init=False)

    def checked(self, value):
        """Return `value` as a number of this control; raise ValueError if it is none between the ends."""
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not self.lowest <= number <= self.highest:  # NaN, too
            raise ValueError(f"{self.label}: {value!r} is not a number from {self.lowest:g} to {self.highest:g}")
        return round(number) if self.whole else number

    def nearest(self, value):
        """Return the number nearest to `value` that is allowed, or the default if a page has sent something else."""
        is_number = isinstance(value, (int, float)) and not value != value  # NaN is not itself
        return self.checked(min(max(value, self.lowest), self.highest)) if is_number else self.default


@dataclass(frozen=True)
class Menu:
    """A menu of texts, `options`, with the name `label` for the reader and for a screen reader."""

    label: str
    options: tuple
    default: str
    kind: str = field(default="choice", init=False)

    def checked(self, value):
        """Return `value`; raise ValueError if it is no option."""
        if value not in self.options:
            raise ValueError(f"{self.label}: {value!r} is not one of {', '.join(self.options)}")
        return value

    def nearest(self, value):
        """Return `value` if it is an option, otherwise the default."""
        return value if value in self.options else self.default
