"""What `make stress` and `make margins` do: longer runs, but where a notebook speaks of the beginning; margins."""

import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell
from notebook_files import notebook_of

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import stress

SET_UP = """import keras
import numpy as np
from types import SimpleNamespace
from helpers.claims import claim
from helpers.lesson5 import follow_until_it_diverges
from helpers.training import compare
x, y = np.ones((64, 5, 3), "float32"), np.zeros(64, int)  # two batches an epoch
data = SimpleNamespace(x_train=x, y_train=y, x_valid=x, y_valid=y)
def network():
    model = keras.Sequential([keras.Input((5, 3)), keras.layers.SimpleRNN(2, "relu"), keras.layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model
def epochs_of_fit(epochs):
    return len(network().fit(x, y, epochs=epochs, verbose=0).history["loss"])"""
TRAIN = """claim("epochs of fit", [epochs_of_fit(1), epochs_of_fit(2)], above=0)
settings = {"seeds": [0], "steps_per_epoch": 1, "gradient_norms": True, "verbose": 0}
epochs = compare({"net": network}, data, epochs=3, **settings).epochs
claim("epochs of a comparison", epochs, above=0)
(history,) = compare({"net": network}, data, **settings).histories["net"]
claim("steps of the only epoch", [len(norms) for norms in history["gradient_norms"]], above=0)
claim("steps of a run that is followed", len(follow_until_it_diverges(network, data, [0], 2)[0].losses), above=0)"""


def test_runs_go_on_five_times_as_long_and_for_three_epochs_but_those_about_the_beginning(tmp_path):
    beginning = new_code_cell(TRAIN, metadata={"tags": ["beginning"]})
    path = tmp_path / "small.ipynb"
    nbformat.write(notebook_of([SET_UP, TRAIN, beginning, TRAIN]), path)
    verdicts, measured = stress.run(path, stress.SETTINGS["long"])
    assert len(verdicts) == 12
    values = [values for _, values, *_ in measured]
    long = [[5, 10], [15], [6], [10]]
    assert values == [*long, [1, 2], [3], [1], [2], *long]


@pytest.mark.parametrize(
    ("values", "low", "high", "margin"),
    [
        ([1.0, 2.0, 3.0], 0, np.inf, 1),
        ([1.0, 2.0, 3.0], 0, 3.5, 0.5),
        ([1.0, 2.0, 3.0], -np.inf, 2.5, -0.5),
        ([2.0, 2.0], -np.inf, 2.5, np.inf),
        ([2.0, np.nan], -np.inf, 2.5, np.nan),
        ([2.0], 0, np.inf, np.nan),
    ],
)
def test_a_margin_is_the_distance_to_the_nearest_bound_in_standard_deviations(values, low, high, margin):
    assert stress.margin(values, low, high) == pytest.approx(margin, nan_ok=True)
