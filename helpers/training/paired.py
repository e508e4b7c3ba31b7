"""What can be said of two models that were trained from the same seeds, pair by pair.

With the same seed two models start from the same weights and see the same batches, so that what a lucky seed gives to
both cancels in the difference. The tests count outcomes and suppose no distribution.
"""

import math
from dataclasses import dataclass

import numpy as np

SIGNIFICANCE = 0.05
MOST_PAIRS = 16  # 65,536 choices of signs


@dataclass(frozen=True)
class PairedDifference:
    """The difference between the results of two models, `first` and `second`, that were trained from the same seeds.

    >>> PairedDifference("ELU", "ReLU", np.array([1.0, 2.0, 3.0])).mean
    2.0

    Attributes
    ----------
    differences : float64 ndarray of shape (n_seeds,)
        For each seed the result of the first minus that of the second; NaN where one of the two runs diverged.
    n_comparisons : int
        So many differences are looked at together; the more, the likelier chance alone makes one of them large.
    correction : float
        What the p-value is therefore multiplied by: `n_comparisons` by Bonferroni's method, at most that by Holm's.
    """

    first: str
    second: str
    differences: np.ndarray
    n_comparisons: int = 1
    correction: float = 1.0

    @property
    def mean(self):
        """Mean of the differences; NaN if a run diverged."""
        return float(np.mean(self.differences))

    @property
    def p_value(self):
        """The corrected p-value of the exact test, at most 1; NaN if a run diverged."""
        return float(np.minimum(1, self.correction * sign_flip_p_value(self.differences)))

    @property
    def interval(self):
        """The mean differences that the test, with its correction, does not reject: a pair of float.

        It leaves out 0 exactly where a difference is detectable. By Bonferroni's method all intervals of a family
        cover the true differences in at least 95 % of all experiments, by Holm's each one does. It is infinite where
        there are not enough seeds, and NaN if a run diverged.
        """
        if self.verdict == "not enough seeds to tell":
            return -math.inf, math.inf
        return sign_flip_interval(self.differences, SIGNIFICANCE / self.correction)

    @property
    def verdict(self):
        """What the seeds say of the first model: "ahead" if its results are detectably higher (also a loss), "behind".

        Otherwise "no detectable difference"; "not enough seeds to tell" where not even the clearest outcome could be
        told from chance, and "a run diverged" where the models cannot be compared.
        """
        if not np.isfinite(self.differences).all():
            return "a run diverged"
        if len(self.differences) < _seeds_needed(self.n_comparisons):
            return "not enough seeds to tell"
        if self.p_value > SIGNIFICANCE:
            return "no detectable difference"
        return "ahead" if self.mean > 0 else "behind"

    def __str__(self):
        n_seeds = len(self.differences)
        comparisons = "" if self.n_comparisons == 1 else f" for {self.n_comparisons} comparisons"
        if self.verdict == "a run diverged":
            n_lost = np.sum(~np.isfinite(self.differences))
            return f"{self.first} and {self.second}: a run diverged in {n_lost} of {n_seeds} seeds"
        if self.verdict == "not enough seeds to tell":
            needed = f"{n_seeds} of at least {_seeds_needed(self.n_comparisons)}{comparisons}"
            return f"{self.first} and {self.second}: not enough seeds to tell ({needed})"
        sign = -1 if self.verdict == "behind" else 1
        numbers = sign * self.mean, *sorted(sign * end for end in self.interval)
        size, *ends = (_plain(number, _decimals(*numbers)) for number in numbers)
        p_value = "p < .001" if self.p_value < 0.001 else f"p = {_plain(self.p_value)}"
        measured = f"({' to '.join(ends)}, {n_seeds} paired seeds, {p_value}{comparisons})"
        if self.verdict == "no detectable difference":
            return f"{self.first} and {self.second}: no detectable difference {measured}"
        return f"{self.first} is {size} {'below' if sign < 0 else 'above'} {self.second} {measured}"


def _seeds_needed(n_comparisons):
    """Return from how many seeds on 2 / 2^n, the smallest p-value that there is, can survive the correction."""
    return math.ceil(math.log2(2 * n_comparisons / SIGNIFICANCE))


def _plain(number, decimals=3):
    """Write a number without the 0 before its point."""
    text = f"{round(number, decimals) + 0.0:.{decimals}f}"  # + 0.0 makes 0 of -0
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _decimals(*numbers):
    """Return how many decimals to write: three, or more if the largest would have fewer than two digits then."""
    largest = max(map(abs, numbers))
    return max(3, 1 - math.floor(math.log10(largest))) if largest else 3


def sign_flip_p_value(differences):
    """Return the p-value of Fisher's exact test of signs for 1 to 16 paired differences of mean 0.

    If the two models of a pair were alike, each difference might as well have come out with the other sign. The p-value
    is the share of the 2^n choices of signs whose mean is at least as far from 0; NaN if a difference is not finite.
    R. A. Fisher (1935), The Design of Experiments, section 21.
    """
    differences = _checked(differences)
    if not np.isfinite(differences).all():
        return math.nan
    total = differences.sum()
    flipped = total - 2 * _subset_sums(differences)
    rounding = 1e-9 * np.abs(differences).sum()  # so that equal sums count as equal
    return float(np.mean(np.abs(flipped) >= abs(total) - rounding))


def sign_flip_interval(differences, significance=SIGNIFICANCE):
    """Return the lowest and the highest mean of 1 to 16 differences that the exact test of signs does not reject.

    A mean m is tested by the signs of the differences minus m. Flipping some of them makes the sum larger exactly if
    their own mean is below m, so that the interval goes from one of the means of all subsets to another: for six
    differences, at 5 %, their range. It supposes that they scatter symmetrically around the true mean. The ends are
    infinite if the test could reject nothing, and NaN if a difference is not finite.
    J. A. Hartigan (1969), Using Subsample Values as Typical Values.
    """
    differences = _checked(differences)
    if not np.isfinite(differences).all():
        return math.nan, math.nan
    n_extreme = math.floor(significance * 2 ** (len(differences) - 1))  # on each side
    if not n_extreme:
        return -math.inf, math.inf
    means = np.sort(_subset_sums(differences)[1:] / _subset_sums(np.ones_like(differences))[1:])
    return float(means[n_extreme - 1]), float(means[-n_extreme])


def _checked(differences):
    differences = np.asarray(differences, dtype=float)
    if differences.ndim != 1 or not 1 <= len(differences) <= MOST_PAIRS:
        raise ValueError(
            f"differences have shape {differences.shape}; give one number a seed, of 1 to {MOST_PAIRS} seeds"
        )
    return differences


def _subset_sums(values):
    """Return the sum of each subset, first that of the empty one, a float64 ndarray of shape (2^n,)."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums, sums + value])
    return sums


def holm_corrections(p_values):
    """Return the factors by which Holm's method corrects n p-values for their number.

    To call significant what is then at most 5 % raises a false alarm anywhere among them in at most 5 % of all
    experiments, however the tests depend on each other. The factor is n for the smallest, n - 1 for the next and so on,
    or more, so that no product is smaller than the one before; a p-value that is NaN counts, and its factor is NaN.
    S. Holm (1979), A Simple Sequentially Rejective Multiple Test Procedure.
    """
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values)  # NaN comes last
    stepwise = np.arange(len(p_values), 0, -1) * p_values[order]
    corrections = np.empty_like(p_values)
    corrections[order] = np.maximum.accumulate(stepwise) / p_values[order]
    return corrections
