"""The lessons print the same under the arithmetic of an older processor, as far as strict nbval compares it."""

import sys
from pathlib import Path

import pytest
from notebook_files import FOLDER, name

from helpers.data import load_fashion_mnist

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import stress

CHAOTIC = [FOLDER / f"{stem}.ipynb" for stem in ("02_nonsaturating_activations", "05_gradient_clipping")]


@pytest.mark.parametrize("path", CHAOTIC, ids=name)
def test_a_lesson_whose_units_die_or_whose_runs_diverge_is_the_same_without_avx512(path):
    if not load_fashion_mnist().is_real:
        pytest.skip("the strict comparison needs the real Fashion-MNIST")
    assert stress.changed_cells(path, stress.SETTINGS["AVX2"])[1] == []
