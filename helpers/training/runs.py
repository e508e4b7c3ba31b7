"""Results of several models trained from several seeds."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from helpers.training.paired import SIGNIFICANCE, PairedDifference, holm, sign_flip_p_value

MOST_SPLITS = 200_000  # exact up to ten seeds a model


def at_rate(name, rate):
    """Return what a model's runs at a learning rate are called; its own name where the rate is its builder's (None)."""
    return name if rate is None else f"{name}, {rate}"


@dataclass(frozen=True)
class Difference:
    """The difference between the results of two models.

    Attributes
    ----------
    first, second : str
        Names of the models.
    mean : float
        Mean of the first minus mean of the second.
    p_value : float
        Share of the ways to deal the same results out to the two models that give a difference at least as large:
        Pitman's exact permutation test, two-sided.
    """

    first: str
    second: str
    mean: float
    p_value: float

    @property
    def detectable(self):
        """Whether chance alone would give such a difference in at most 5 % of cases."""
        return self.p_value <= SIGNIFICANCE

    def __str__(self):
        if math.isnan(self.p_value):
            return f"{self.first} and {self.second}: cannot be compared, a run diverged"
        if not self.detectable:
            return f"{self.first} and {self.second}: no detectable difference"
        order = "above" if self.mean > 0 else "below"
        return f"{self.first} is {abs(self.mean):.3f} {order} {self.second}"


@dataclass(frozen=True)
class Runs:
    """Histories of several models, each trained once from each seed.

    Attributes
    ----------
    seeds : tuple of int
    epochs : int
        Epochs that were asked for; a run that diverged has fewer in its history.
    histories : dict of str to tuple of dict
        For each model, one Keras history dict per seed.
    """

    seeds: tuple
    epochs: int
    histories: dict

    @property
    def names(self):
        """The models' names, in the order in which they were trained."""
        return tuple(self.histories)

    def __or__(self, other):
        """Return the models of two comparisons together; ValueError unless they have the same seeds and epochs."""
        if (self.seeds, self.epochs) != (other.seeds, other.epochs):
            raise ValueError(f"seeds {self.seeds} and {other.seeds}, {self.epochs} and {other.epochs} epochs")
        return Runs(self.seeds, self.epochs, self.histories | other.histories)

    def values(self, name, key="val_accuracy"):
        """Return a quantity over training.

        Parameters
        ----------
        name : str
            Name of the model.
        key : str
            ``loss``, ``val_accuracy``, ``seconds``, or what ``measure`` returned.

        Returns
        -------
        float64 ndarray of shape (n_seeds, epochs, ...)
            NaN after the epoch in which a run diverged.

        Raises
        ------
        KeyError
            If there is no such model or quantity; the message lists those that there are.
        """
        if name not in self.histories:
            raise KeyError(f"no model {name!r}; there are {', '.join(self.names)}")
        known = self.histories[name][0]
        if key not in known:
            raise KeyError(f"no quantity {key!r}; there are {', '.join(known)}")
        curves = [np.asarray(history[key], dtype=float) for history in self.histories[name]]
        padded = np.full((len(curves), self.epochs, *curves[0].shape[1:]), np.nan)
        for row, curve in zip(padded, curves, strict=True):
            row[: len(curve)] = curve
        return padded

    def final(self, name, key="val_accuracy"):
        """Return a quantity after the last epoch, shape (n_seeds, ...); NaN where the run diverged."""
        values = self.values(name, key)[:, -1].copy()
        values[self.diverged(name)] = np.nan
        return values

    def at_rates(self, name, rates, key="val_accuracy"):
        """Return `final` for a model that was trained at several learning rates, shape (n_seeds, n_rates, ...)."""
        return np.stack([self.final(at_rate(name, rate), key) for rate in rates], axis=1)

    def diverged(self, name):
        """Return for each seed whether its loss stopped being finite, a bool ndarray of shape (n_seeds,)."""
        last = [
            [history[key][-1] for key in ("loss", "val_loss") if key in history] for history in self.histories[name]
        ]
        return ~np.isfinite(last).all(axis=1)

    def paired(self, first, second, key="val_accuracy", family=1):
        """Compare the final results of two models seed by seed.

        Parameters
        ----------
        first, second : str
            Names of two models.
        key : str
            A scalar quantity.
        family : int
            How many such comparisons belong together; the p-value is multiplied by it (Bonferroni's correction).

        Returns
        -------
        PairedDifference
            It takes six seeds to tell anything: five differences have the same sign by chance in 2 of 32 cases.

        Raises
        ------
        ValueError
            If there are more than 16 seeds, or more than one number a seed.
        """
        differences = self.final(first, key) - self.final(second, key)
        p_value = float(np.minimum(1, family * sign_flip_p_value(differences)))
        return PairedDifference(first, second, differences, p_value, family)

    def against(self, baseline, names=None, key="val_accuracy"):
        """Compare the final results of several models with those of one, seed by seed.

        Parameters
        ----------
        baseline : str
            Name of the model that the others are compared with.
        names : sequence of str, optional
            Of the others; all that there are by default.
        key : str
            A scalar quantity.

        Returns
        -------
        dict of str to PairedDifference
            For each of the others, with p-values corrected for their number by Holm's method.

        Raises
        ------
        ValueError
            If there are more than 16 seeds, or more than one number a seed.
        """
        names = [name for name in self.names if name != baseline] if names is None else names
        differences = [self.final(name, key) - self.final(baseline, key) for name in names]
        p_values = holm([sign_flip_p_value(each) for each in differences])
        return {
            name: PairedDifference(name, baseline, each, float(p_value), len(names))
            for name, each, p_value in zip(names, differences, p_values, strict=True)
        }

    def difference(self, first, second, key="val_accuracy"):
        """Compare the final results of two models without regard to their seeds.

        Parameters
        ----------
        first, second : str
            Names of two models.
        key : str
            A scalar quantity.

        Returns
        -------
        Difference
            With fewer than four seeds nothing can be detected: even a complete separation of three results from
            three others comes about by chance in 2 of 20 cases.
        """
        results = self.final(first, key), self.final(second, key)
        return Difference(first, second, results[0].mean() - results[1].mean(), permutation_p_value(*results))

    def table(self, key="val_accuracy"):
        """Return the final results as text: one line per model with mean and range over the seeds."""
        width = max(len(name) for name in self.names)
        lines = [f"{'':{width}}   mean   lowest  highest   ({key}, {len(self.seeds)} seeds)"]
        for name in self.names:
            final = self.final(name, key)
            trained = final[np.isfinite(final)]
            columns = ["none", "", ""]
            if len(trained):
                columns = [f"{number:.4f}" for number in (trained.mean(), trained.min(), trained.max())]
            numbers = "  ".join(f"{column:>7}" for column in columns)
            failed = f"   diverged: {self.diverged(name).sum()}" if self.diverged(name).any() else ""
            lines.append(f"{name:{width}} {numbers}{failed}")
        return "\n".join(lines)


def permutation_p_value(first, second):
    """Test whether two samples differ in their means, by Pitman's exact permutation test.

    Parameters
    ----------
    first, second : float arrays of shape (n,) and (m,)

    Returns
    -------
    float
        Share of all splits of the pooled values into n and m whose means differ at least as much; NaN if a value
        is not finite.

    Raises
    ------
    ValueError
        If there are more than 200,000 splits (ten seeds each give 184,756).

    References
    ----------
    E. J. G. Pitman (1937), Significance tests which may be applied to samples from any populations.
    """
    pooled = np.concatenate([first, second])
    n_splits = math.comb(len(pooled), len(first))
    if n_splits > MOST_SPLITS:
        raise ValueError(f"{len(first)} and {len(second)} values can be split in {n_splits} ways; give fewer seeds")
    if not np.isfinite(pooled).all():
        return math.nan
    chosen = np.array(list(itertools.combinations(range(len(pooled)), len(first))))
    sums = pooled[chosen].sum(axis=1)
    differences = sums / len(first) - (pooled.sum() - sums) / len(second)
    observed = np.mean(first) - np.mean(second)
    rounding = 1e-12 * np.abs(pooled).max()  # so that equal splits count as equal
    return float(np.mean(np.abs(differences) >= abs(observed) - rounding))
