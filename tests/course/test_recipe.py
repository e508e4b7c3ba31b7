"""The recorded table of further part 6: complete, and of the changes that the program measures."""

import itertools
import json
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import todays_recipe as recipe  # noqa: E402 (it lies with the tools)


@pytest.fixture(scope="module")
def table():
    return json.loads(recipe.TABLE.read_text(encoding="utf-8"))


def test_the_table_has_six_seeds_of_each_change_at_the_learning_rate_that_its_search_found(table):
    assert list(table["changes"]) == list(recipe.CHANGES)
    for change, row in table["changes"].items():
        assert (len(row["accuracy"]), len(row["accuracy at 0.03"])) == (6, 3)
        assert (change in recipe.LONGER) == (len(row.get("accuracy, three epochs", [])) == 6)
        tried = {float(rate): accuracy[-1] for rate, accuracy in row["search"].items()}
        assert row["rate"] == max(tried, key=tried.get), change
        place = recipe.RATES.index(row["rate"])
        assert set(recipe.RATES[max(0, place - 1) : place + 2]) <= set(tried), "a neighbour was not tried"


def description(change):
    """Return what a change can alter: operations, activation functions, the size of the weights, the optimizer."""
    keras.utils.set_random_seed(0)
    model = recipe.build(change, 0.003, epochs=1)
    kinds = [type(each).__name__ for each in model.operations]
    activations = [each.activation.__name__ for each in model.operations if hasattr(each, "activation")]
    size = round(sum(float(np.abs(weight).sum()) for weight in model.get_weights()))
    optimizer = {name: value for name, value in model.optimizer.get_config().items() if name != "name"}
    return kinds, activations, size, optimizer


def test_each_change_alters_the_network_or_its_training_and_no_two_are_the_same():
    found = [description(change) for change in recipe.CHANGES]
    assert not [pair for pair in itertools.combinations(found, 2) if pair[0] == pair[1]]


def test_other_seeds_disagree_with_the_table_only_where_the_ranges_of_the_difference_do_not_overlap():
    table = {recipe.FULL: {"accuracy": [[0.9], [0.88]]}, "worse": {"accuracy": [[0.8], [0.79]]}}
    table["same"] = {"accuracy": [[0.89], [0.89]]}
    again = {recipe.FULL: [[0.9], [0.9]], "worse": [[0.9], [0.91]], "same": [[0.905], [0.9]]}
    assert recipe.disagreements(table, again) == ["worse: -10.0 to -9.0 percentage points in the table, now 0.0 to 1.0"]
