"""Results of several models trained from several seeds."""

from dataclasses import dataclass

import numpy as np

from helpers.checks import check_counts
from helpers.training.paired import PairedDifference, holm_corrections, sign_flip_p_value


def at_rate(name, rate):
    """Return what a model's runs at a learning rate are called; its own name where the rate is its builder's (None)."""
    return name if rate is None else f"{name}, {rate}"


@dataclass(frozen=True)
class Runs:
    """Histories of several models, each trained once from each seed.

    For each model there is a tuple of one dict per seed: name of a quantity to its values after each epoch. A run that
    diverged has fewer than `epochs`.

    >>> history = {"loss": [0.9, 0.7], "val_accuracy": [0.6, 0.8]}
    >>> runs = Runs(seeds=(0, 1), epochs=2, histories={"ReLU": (history, history)})
    >>> runs.values("ReLU")
    array([[0.6, 0.8],
           [0.6, 0.8]])
    >>> runs.final("ReLU", "loss")
    array([0.7, 0.7])
    """

    seeds: tuple
    epochs: int
    histories: dict

    @property
    def names(self):
        """The models' names, in the order in which they were trained."""
        return tuple(self.histories)

    def __or__(self, other):
        """Return the models of two comparisons together; ValueError for other seeds or epochs, or a name of both."""
        if (self.seeds, self.epochs) != (other.seeds, other.epochs):
            raise ValueError(f"seeds {self.seeds} and {other.seeds}, {self.epochs} and {other.epochs} epochs")
        both = [name for name in self.names if name in other.histories]
        if both:
            raise ValueError(f"both comparisons have a model {both[0]!r}; give each model a name of its own")
        return Runs(self.seeds, self.epochs, self.histories | other.histories)

    def _of(self, name):
        if name not in self.histories:
            raise KeyError(f"no model {name!r}; there are {', '.join(self.names)}")
        return self.histories[name]

    def values(self, name, key="val_accuracy"):
        """Return a quantity over training, a float64 ndarray of shape (n_seeds, epochs, ...).

        The key is ``loss``, ``val_accuracy``, ``seconds``, or what ``measure`` returned. NaN after the epoch in which a
        run diverged. KeyError if there is no such model or quantity; it lists those that there are.
        """
        histories = self._of(name)
        if key not in histories[0]:
            raise KeyError(f"no quantity {key!r}; there are {', '.join(histories[0])}")
        curves = [np.asarray(history[key], dtype=float) for history in histories]
        padded = np.full((len(curves), self.epochs, *curves[0].shape[1:]), np.nan)
        for row, curve in zip(padded, curves, strict=True):
            row[: len(curve)] = curve
        return padded

    def final(self, name, key="val_accuracy"):
        """Return a quantity after the last epoch, shape (n_seeds, ...); NaN where the run diverged."""
        values = self.values(name, key)[:, -1]
        values[self.diverged(name)] = np.nan
        return values

    def at_rates(self, name, rates, key="val_accuracy"):
        """Return `final` for a model that was trained at several learning rates, shape (n_seeds, n_rates, ...)."""
        check_counts(n_rates=len(rates))
        return np.stack([self.final(at_rate(name, rate), key) for rate in rates], axis=1)

    def diverged(self, name):
        """Return for each seed whether its loss stopped being finite, a bool ndarray of shape (n_seeds,)."""
        last = [[history[key][-1] for key in ("loss", "val_loss") if key in history] for history in self._of(name)]
        return ~np.isfinite(last).all(axis=1)

    def paired(self, first, second, family=1):
        """Compare the final validation accuracies of two models seed by seed; return a PairedDifference.

        The p-value is multiplied by the family, the number of comparisons that belong together (Bonferroni's
        correction). It takes six seeds to tell anything: five differences have the same sign by chance in 2 of 32
        cases. ValueError if there are more than 16 seeds, or the family is smaller than 1.
        """
        if family < 1:
            raise ValueError(f"family={family}; give the number of comparisons, this one included")
        return PairedDifference(first, second, self.final(first) - self.final(second), family, family)

    def against(self, baseline):
        """Compare the final validation accuracies of all others with the baseline's, each as in `paired`.

        Return a dict of str to PairedDifference, with p-values corrected for their number by Holm's method.
        """
        names = [name for name in self.names if name != baseline]
        differences = [self.final(name) - self.final(baseline) for name in names]
        corrections = holm_corrections([sign_flip_p_value(each) for each in differences])
        return {
            name: PairedDifference(name, baseline, each, len(names), correction)
            for name, each, correction in zip(names, differences, corrections, strict=True)
        }

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
