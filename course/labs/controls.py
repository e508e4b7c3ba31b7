"""The controls of a lab, by name. What they look like in the browser stands in lab.js."""

import math
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Number:
    """A slider and a field for the same number.

    Attributes
    ----------
    label : str
        Its name for the reader, and for a screen reader.
    default, lowest, highest : float
    step : float
        Of the slider; on a logarithmic scale in powers of ten. The field takes any number between the ends.
    log : bool
        Whether the slider's scale is logarithmic; `lowest` is then positive.
    whole : bool
        Whether the number is an integer.
    """

    label: str
    default: float
    lowest: float
    highest: float
    step: float
    log: bool = False
    whole: bool = False

    def cleaned(self, value):
        """Return the value that a request for `value` gives: within the ends, or the default if it is no number."""
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return self.default
        if math.isnan(number):
            return self.default
        number = min(max(number, self.lowest), self.highest)
        return round(number) if self.whole else number

    def description(self):
        """Return what the browser needs to know."""
        return asdict(self) | {"kind": "number"}


@dataclass(frozen=True)
class Choice:
    """A menu.

    Attributes
    ----------
    label : str
        Its name for the reader, and for a screen reader.
    options : tuple of str
    default : str
    """

    label: str
    options: tuple
    default: str

    def cleaned(self, value):
        """Return `value` if it is an option, otherwise the default."""
        return value if value in self.options else self.default

    def description(self):
        """Return what the browser needs to know."""
        return asdict(self) | {"kind": "choice"}
