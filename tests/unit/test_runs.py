"""Results over several seeds: what is said of them, and when nothing can be said."""

import math

import numpy as np
import pytest

from helpers.training import Runs


def runs_of(epochs=1, **final_accuracies):
    """Return Runs in which each model ends with the given validation accuracies; NaN is a run that diverged."""
    histories = {
        name: tuple(
            {"loss": [math.nan if math.isnan(value) else 0.5], "val_accuracy": [0.1 if math.isnan(value) else value]}
            for value in values
        )
        for name, values in final_accuracies.items()
    }
    n_seeds = len(next(iter(final_accuracies.values())))
    return Runs(tuple(range(n_seeds)), epochs, histories)


@pytest.fixture
def mixed_runs():
    """Three epochs from two seeds, of which the second diverged in epoch 2; its accuracy is that of chance."""
    good = {"loss": [3.0, 2.0, 1.0], "val_accuracy": [0.5, 0.6, 0.7], "slopes": [np.array([1, 2])] * 3}
    bad = {"loss": [3.0, math.nan], "val_accuracy": [0.4, 0.1], "slopes": [np.array([3, 4])] * 2}
    return Runs((0, 1), 3, {"mixed": (good, bad)})


def test_values_have_a_row_for_each_seed_and_are_nan_after_a_run_ended(mixed_runs):
    np.testing.assert_array_equal(mixed_runs.values("mixed"), [[0.5, 0.6, 0.7], [0.4, 0.1, np.nan]])


def test_final_values_are_those_of_the_last_epoch_and_nan_where_the_run_diverged(mixed_runs):
    np.testing.assert_array_equal(mixed_runs.diverged("mixed"), [False, True])
    np.testing.assert_array_equal(mixed_runs.final("mixed"), [0.7, np.nan])
    np.testing.assert_array_equal(mixed_runs.final("mixed", "slopes"), [[1, 2], [np.nan, np.nan]])


@pytest.mark.parametrize(("loss", "val_loss"), [(0.5, math.inf), (math.nan, 0.5), (math.inf, math.nan)])
def test_a_run_has_diverged_where_one_of_its_two_losses_is_not_finite(loss, val_loss):
    good, bad = {"loss": [0.5], "val_loss": [0.5]}, {"loss": [loss], "val_loss": [val_loss]}
    np.testing.assert_array_equal(Runs((0, 1), 1, {"net": (good, bad)}).diverged("net"), [False, True])


def test_two_comparisons_of_the_same_seeds_can_be_put_together():
    both = runs_of(first=[0.5, 0.6]) | runs_of(second=[0.7, 0.8])
    assert both.names == ("first", "second")
    np.testing.assert_array_equal(both.final("second"), [0.7, 0.8])
    with pytest.raises(ValueError, match=r"seeds \(0,\) and \(0, 1\), 1 and 1 epochs"):
        runs_of(first=[0.5]) | runs_of(second=[0.7, 0.8])


def test_two_comparisons_with_a_model_of_the_same_name_are_not_put_together():
    with pytest.raises(ValueError, match="both comparisons have a model 'ReLU'"):
        runs_of(SELU=[0.5], ReLU=[0.6]) | runs_of(ReLU=[0.7])


def test_unknown_names_are_refused_with_a_list_of_those_that_there_are():
    runs = runs_of(ReLU=[0.1], ELU=[0.2])
    with pytest.raises(KeyError, match=r"'SELU'.*ReLU, ELU"):
        runs.values("SELU")
    with pytest.raises(KeyError, match=r"'SELU'.*ReLU, ELU"):
        runs.diverged("SELU")
    with pytest.raises(KeyError, match=r"'accuracy'.*loss, val_accuracy"):
        runs.final("ReLU", "accuracy")


def test_the_table_gives_mean_and_range_of_what_did_not_diverge():
    runs = runs_of(**{"leaky ReLU": [0.8, 0.9, math.nan], "ELU": [0.5, 0.6, 0.7], "deep": [math.nan] * 3})
    header, *rows = runs.table().splitlines()
    assert "val_accuracy" in header
    assert "3 seeds" in header
    assert [" ".join(row.split()) for row in rows] == [
        "leaky ReLU 0.8500 0.8000 0.9000 diverged: 1",
        "ELU 0.6000 0.5000 0.7000",
        "deep none diverged: 3",
    ]
