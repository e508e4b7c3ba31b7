"""Two models from the same seeds: what the tests conclude, how often they are wrong, and what they say."""

import itertools
import math

import numpy as np
import pytest

from helpers.training import Runs
from helpers.training.paired import (
    SIGNIFICANCE,
    PairedDifference,
    holm_corrections,
    sign_flip_interval,
    sign_flip_p_value,
)

NOTHING, TOO_FEW, DIVERGED = "no detectable difference", "not enough seeds to tell", "a run diverged"


def runs_of(**final_accuracies):
    """Return Runs in which each model ends with the given validation accuracies; NaN is a run that diverged."""
    histories = {
        name: tuple({"loss": [value * 0 + 0.5], "val_accuracy": [np.nan_to_num(value, nan=0.1)]} for value in values)
        for name, values in final_accuracies.items()
    }
    return Runs(tuple(range(len(next(iter(final_accuracies.values()))))), 1, histories)


def tolerance(rate, n):
    """Return four standard deviations of a rate that is measured in n experiments."""
    return 4 * math.sqrt(rate * (1 - rate) / n)


@pytest.mark.parametrize("unit", [1, -1, 0.1, 1e-14, 1e9])
def test_the_p_value_is_the_share_of_signs_counted_one_by_one_in_any_unit(unit):
    """Also where differences are equal or zero."""
    rng = np.random.default_rng(0)
    draws = [rng.normal(0.4, 1, n) for n in range(1, 9)] + [rng.integers(-2, 4, n) for n in range(1, 9)]
    for differences in draws:
        means = [abs(np.mean(signs * differences)) for signs in itertools.product((-1, 1), repeat=len(differences))]
        counted = np.mean(np.array(means) >= abs(differences.mean()) - 1e-12)
        assert sign_flip_p_value(unit * differences) == pytest.approx(counted)


@pytest.mark.parametrize("function", [sign_flip_p_value, sign_flip_interval])
def test_sixteen_seeds_can_be_compared_others_are_refused(function):
    assert np.isfinite(function(np.arange(16))).all()
    for differences in (np.arange(17), [], np.ones((8, 3))):
        with pytest.raises(ValueError, match="one number a seed, of 1 to 16 seeds"):
            function(differences)


@pytest.mark.parametrize("lost", [math.nan, math.inf])
def test_a_difference_that_is_not_finite_gives_no_p_value_and_no_interval(lost):
    assert math.isnan(sign_flip_p_value([1, 2, lost]))
    assert np.isnan(sign_flip_interval([1, 2, 3, 4, 5, lost])).all()


@pytest.mark.parametrize("noise", ["normal", "exponential", "standard_cauchy"])
def test_alike_models_differ_in_at_most_five_percent_of_experiments(noise):
    """Also where lucky seeds help both models alike, and whatever the distribution."""
    rng, n, n_seeds = np.random.default_rng(0), 2_000, 8
    luck = 3 * rng.normal(size=(n, n_seeds))
    first, second = (luck + getattr(rng, noise)(size=(n, n_seeds)) for _ in range(2))
    alarms = np.mean([sign_flip_p_value(each) <= SIGNIFICANCE for each in first - second])
    exact = 2 * math.floor(SIGNIFICANCE * 2 ** (n_seeds - 1)) / 2**n_seeds
    assert alarms == pytest.approx(exact, abs=tolerance(exact, n))


@pytest.mark.parametrize("significance", [0.05, 0.2])
def test_the_interval_holds_the_means_that_the_test_does_not_reject(significance):
    for n_seeds in range(6, 13):
        differences = np.random.default_rng(n_seeds).normal(0.3, 1, n_seeds)
        low, high = sign_flip_interval(differences, significance)
        assert differences.min() <= low < differences.mean() < high <= differences.max()
        for inside in (low + 1e-6, high - 1e-6):
            assert sign_flip_p_value(differences - inside) > significance
        for outside in (low - 1e-6, high + 1e-6):
            assert sign_flip_p_value(differences - outside) <= significance


@pytest.mark.parametrize(
    ("p_values", "corrected"),
    [
        ([0.03], [0.03]),
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.02, 0.02], [0.04, 0.04]),
        ([0.4, 0.6, 0.9], [1, 1, 1]),
        ([0.01, math.nan, 0.04], [0.03, math.nan, 0.08]),
        ([], []),
    ],
)
def test_holms_correction_is_that_worked_out_by_hand(p_values, corrected):
    np.testing.assert_allclose(np.minimum(1, holm_corrections(p_values) * p_values), corrected)


def test_of_several_models_that_are_alike_one_stands_out_in_at_most_five_percent_of_experiments():
    """Their differences from one baseline depend on each other. Without a correction the rate is about twice that."""
    rng, n_experiments, n_models, n_seeds = np.random.default_rng(0), 1_000, 4, 9
    alarms = {"uncorrected": 0, "corrected": 0}
    for _ in range(n_experiments):
        results = rng.normal(size=(n_models + 1, n_seeds)) + rng.normal(size=n_seeds)
        runs = runs_of(**dict(zip("abcde", results, strict=True)))
        found = runs.against("a").values()
        alarms["corrected"] += any(each.verdict in ("ahead", "behind") for each in found)
        alarms["uncorrected"] += any(sign_flip_p_value(each.differences) <= SIGNIFICANCE for each in found)
    assert alarms["corrected"] / n_experiments <= SIGNIFICANCE + tolerance(SIGNIFICANCE, n_experiments)
    assert alarms["uncorrected"] / n_experiments > 0.09


def test_the_intervals_of_a_family_cover_all_their_true_differences_in_95_percent_of_experiments():
    """Also where the corrected p-values end at 1."""
    rng, n, covered = np.random.default_rng(2), 1_000, 0
    for _ in range(n):
        results = rng.normal(size=(6, 10)) + np.array([0.6] * 5 + [0])[:, None]
        runs = runs_of(**dict(zip("abcdez", results, strict=True)))
        ends = [runs.paired(name, "z", family=5).interval for name in "abcde"]
        covered += all(low <= 0.6 <= high for low, high in ends)
    assert covered / n >= 0.95 - tolerance(0.05, n) / 2


def test_a_family_without_a_comparison_is_refused():
    with pytest.raises(ValueError, match="family=0"):
        runs_of(one=[1.0], other=[2.0]).paired("one", "other", family=0)


def test_pairs_show_a_difference_that_is_smaller_than_the_luck_of_a_seed():
    luck = np.array([0.60, 0.68, 0.71, 0.75, 0.79, 0.83, 0.88, 0.90])
    lead = np.array([0.010, 0.012, 0.008, 0.011, 0.009, 0.010, 0.013, 0.007])
    runs = runs_of(SELU=luck + lead, ReLU=luck)
    there, back = runs.paired("SELU", "ReLU"), runs.paired("ReLU", "SELU")
    assert (there.verdict, back.verdict) == ("ahead", "behind")
    assert there.mean == pytest.approx(0.01)
    assert there.p_value == back.p_value == pytest.approx(2 / 256)
    np.testing.assert_allclose(there.differences, lead)
    assert 0.007 < there.interval[0] < 0.01 < there.interval[1] < 0.013
    assert back.interval == pytest.approx((-there.interval[1], -there.interval[0]))


@pytest.mark.parametrize("n_comparisons", [1, 2, 3, 5, 12])
def test_seeds_are_too_few_exactly_where_the_clearest_outcome_would_not_be_enough(n_comparisons):
    for n_seeds in range(1, 12):
        zeros = np.zeros(n_seeds)
        clearest = runs_of(one=zeros + 1, other=zeros).paired("one", "other", family=n_comparisons)
        alike = runs_of(one=zeros, other=zeros).paired("one", "other", family=n_comparisons)
        enough = n_comparisons * 2 / 2**n_seeds <= SIGNIFICANCE
        assert clearest.verdict == ("ahead" if enough else TOO_FEW)
        assert alike.verdict == (NOTHING if enough else TOO_FEW)
        assert np.isfinite(clearest.interval).all() == np.isfinite(alike.interval).all() == enough


def test_several_models_against_one_have_holms_p_values_and_their_order():
    zeros = np.zeros(8)
    mixed = np.array([1, 1, 1, 1, 1, 1, -2, 0.5])
    runs = runs_of(ReLU=zeros, SELU=zeros + 1, ELU=zeros - 1, tanh=mixed)
    found = runs.against("ReLU")
    assert list(found) == ["SELU", "ELU", "tanh"]
    assert [each.verdict for each in found.values()] == ["ahead", "behind", NOTHING]
    assert {each.n_comparisons for each in found.values()} == {3}
    assert [each.p_value for each in found.values()] == pytest.approx([6 / 256, 6 / 256, sign_flip_p_value(mixed)])
    assert {each.second for each in found.values()} == {"ReLU"}


def test_the_interval_leaves_out_zero_exactly_where_a_difference_is_detectable():
    rng, verdicts = np.random.default_rng(0), []
    for _ in range(100):
        lead = rng.uniform(-1.5, 1.5, (4, 1))
        runs = runs_of(base=rng.normal(size=9), **dict(zip("abcd", lead + rng.normal(size=(4, 9)), strict=True)))
        for pairs in [*runs.against("base").values(), runs.paired("a", "base", family=3)]:
            low, high = pairs.interval
            verdicts.append(pairs.verdict)
            assert pairs.verdict == ("ahead" if low > 0 else "behind" if high < 0 else NOTHING)
    assert min(verdicts.count(verdict) for verdict in ("ahead", "behind", NOTHING)) > 20


def test_models_with_a_run_that_diverged_cannot_be_compared_the_others_can():
    good = np.linspace(0.8, 0.9, 8)
    runs = runs_of(good=good, bad=np.where(np.arange(8) < 2, math.nan, 0.1), low=good - 0.5, base=good - 0.1)
    pairs = runs.paired("good", "bad")
    assert pairs.verdict == DIVERGED
    assert np.isnan([pairs.p_value, pairs.mean, *pairs.interval]).all()
    assert str(pairs) == "good and bad: a run diverged in 2 of 8 seeds"
    assert [each.verdict for each in runs.against("base").values()] == ["ahead", DIVERGED, "behind"]
    assert runs_of(one=[0.5, math.nan], other=[0.5, 0.6]).paired("one", "other").verdict == DIVERGED  # not "too few"


LEAD = np.array([0.048, 0.061, 0.054, 0.05, 0.0606, 0.0514, 0.057, 0.059])


@pytest.mark.parametrize(
    ("differences", "n_comparisons", "line"),
    [
        (LEAD, 1, "SELU is .055 above ReLU (.051 to .060, 8 paired seeds, p = .008)"),
        (-LEAD, 1, "SELU is .055 below ReLU (.051 to .060, 8 paired seeds, p = .008)"),
        (LEAD, 4, "SELU is .055 above ReLU (.048 to .061, 8 paired seeds, p = .031 for 4 comparisons)"),
        ([11, 12, 13, 14, 15, 9], 1, "SELU is 12.333 above ReLU (9.000 to 15.000, 6 paired seeds, p = .031)"),
        (LEAD[:6] / 100, 1, "SELU is .00054 above ReLU (.00048 to .00061, 6 paired seeds, p = .031)"),
        (np.ones(16), 1, "SELU is 1.000 above ReLU (1.000 to 1.000, 16 paired seeds, p < .001)"),
        (LEAD[:6] - 0.05, 1, "SELU and ReLU: no detectable difference (-.002 to .011, 6 paired seeds, p = .188)"),
        (LEAD[:6] - 0.04804, 1, "SELU and ReLU: no detectable difference (.000 to .013, 6 paired seeds, p = .062)"),
        (np.zeros(6), 1, "SELU and ReLU: no detectable difference (.000 to .000, 6 paired seeds, p = 1.000)"),
        (LEAD[:3], 1, "SELU and ReLU: not enough seeds to tell (3 of at least 6)"),
        (LEAD[:6], 3, "SELU and ReLU: not enough seeds to tell (6 of at least 7 for 3 comparisons)"),
    ],
)
def test_each_verdict_is_one_readable_line(differences, n_comparisons, line):
    pairs = PairedDifference("SELU", "ReLU", np.array(differences, float), n_comparisons, n_comparisons)
    assert str(pairs) == line
