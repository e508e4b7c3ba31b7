"""Do the lessons hold elsewhere, and by how much? No test of every day; `make stress` and `make margins` run it.

`stress.py` runs notebooks in other settings and fails if something does not hold there. The settings come in groups:

seeds   every seed of the notebook shifted
isa     other arithmetic: older instruction sets, one thread, no oneDNN. On the real data strict nbval compares
noise   each initial weight times 1 + 1e-6 times a normal draw: what another machine does to a chaotic run
drawn   the drawn garments; `isa` and `noise` are run on them, too
recipe  no notebook: the recorded table of further part 6, measured again with other seeds (`todays_recipe.py`)
long    every run five times as long, and for three epochs at least (`longer.py`). A cell whose runs are about the
        beginning, as its sentences say, has the tag "beginning": its runs stay as they are. It takes hours

Strict nbval compares what the cells print; elsewhere the verdict of each claim counts. `stress.py --margins` runs the
notebooks as they are, and lists how far each claim is from its bound, in standard deviations of what was measured.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from notebook_files import ALL_NOTEBOOKS, code_cells, name, printed, read, tags, verdicts  # noqa: E402 (it lies with the tests)

BEGINNING = "beginning"  # the tag of a cell whose runs are about the beginning of training
NOWHERE = "http://127.0.0.1:9"
DRAWN = {"FASHION_MNIST_DIR": "", "KERAS_HOME": None, "http_proxy": NOWHERE, "https_proxy": NOWHERE}
ARITHMETIC = {
    "SSE4.1": {"ONEDNN_MAX_CPU_ISA": "SSE41", "XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2", "OPENBLAS_CORETYPE": "Nehalem"},
    "AVX2": {"ONEDNN_MAX_CPU_ISA": "AVX2", "XLA_FLAGS": "--xla_cpu_max_isa=AVX2", "OPENBLAS_CORETYPE": "Haswell"},
    "one thread": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"},
    "no oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "0"},
}


@dataclass(frozen=True)
class Setting:
    """What is different when a notebook is run.

    Attributes
    ----------
    group : str
    environment : dict of str to str or None
        Of the kernel, beside the present one; None for an empty folder.
    seed_shift : int
        Added to each seed.
    noise_seed : int or None
        Of the factors 1 + 1e-6 z, z standard normal, by which each initial weight is multiplied.
    is_long : bool
        Whether training goes on for longer.
    is_strict : bool
        Whether strict nbval compares; else the claims' verdicts count.
    """

    group: str
    environment: dict = field(default_factory=dict)
    seed_shift: int = 0
    noise_seed: int | None = None
    is_long: bool = False
    is_strict: bool = False


SETTINGS = {
    **{f"seeds + {shift:,}": Setting("seeds", seed_shift=shift) for shift in (1_000, 2_000, 3_000, 4_000)},
    **{which: Setting("isa", arithmetic, is_strict=True) for which, arithmetic in ARITHMETIC.items()},
    **{f"{which}, drawn": Setting("isa", arithmetic | DRAWN) for which, arithmetic in ARITHMETIC.items()},
    **{f"noise {seed}": Setting("noise", noise_seed=seed) for seed in (1, 2)},
    **{f"noise {seed}, drawn": Setting("noise", DRAWN, noise_seed=seed) for seed in (1, 2)},
    "drawn": Setting("drawn", DRAWN),
    "long": Setting("long", is_long=True),
}
GROUPS = list(dict.fromkeys(setting.group for setting in SETTINGS.values()))
RECIPE, OF_THE_RECIPE = "recipe", "further/06_what_networks_do_today"
RECIPE_PROGRAM = ROOT / "tools" / "todays_recipe.py"
SHIFT = """import helpers
import keras
import numpy as np
_set_random_seed, _default_rng = keras.utils.set_random_seed, np.random.default_rng
keras.utils.set_random_seed = lambda seed: _set_random_seed(seed + {shift})
np.random.default_rng = lambda seed=None: _default_rng(seed + {shift} if isinstance(seed, int) else seed)"""
NOISE = """import helpers
import keras
import numpy as np
_noise, _add_weight = np.random.default_rng({seed}), keras.layers.Layer.add_weight
def _add_noisy_weight(layer, *arguments, **options):
    variable = _add_weight(layer, *arguments, **options)
    if "float" in str(variable.dtype):
        variable.assign(variable * (1 + 1e-6 * _noise.standard_normal(variable.shape)).astype("float32"))
    return variable
keras.layers.Layer.add_weight = _add_noisy_weight"""
LONG = f"""import helpers
import sys
sys.path.append({str(ROOT / "tools")!r})
import longer as _longer"""
TELL = """import json
from helpers.claims import checked_claims
print(json.dumps([[sentence, values.tolist(), low, high] for sentence, values, low, high in checked_claims]))"""


def run(path, setting):
    """Run a notebook in a kernel of its own.

    Parameters
    ----------
    path : Path
    setting : Setting

    Returns
    -------
    verdicts : list of str
        The line of each claim.
    measured : list of [str, list of float, float, float]
        For each claim with a bound its sentence, what was measured, and between which numbers that must lie.
    """
    notebook = read(path)
    if setting.noise_seed is not None:
        notebook.cells.insert(0, new_code_cell(NOISE.format(seed=setting.noise_seed)))
    if setting.seed_shift:
        notebook.cells.insert(0, new_code_cell(SHIFT.format(shift=setting.seed_shift)))
    if setting.is_long:
        notebook.cells = [new_code_cell(LONG), *(part for cell in notebook.cells for part in with_its_length(cell))]
    notebook.cells.append(new_code_cell(TELL))
    with tempfile.TemporaryDirectory() as empty:
        environment = {key: empty if value is None else value for key, value in setting.environment.items()}
        timeout = None if setting.is_long else 1800
        client = NotebookClient(notebook, timeout=timeout, resources={"metadata": {"path": str(path.parent)}})
        client.execute(env=os.environ | environment)
    *cells, last = code_cells(notebook)
    return [verdict for cell in cells for verdict in verdicts(cell)], json.loads(printed(last))


def with_its_length(cell):
    """Return a cell, between two that switch the longer training off and on where it is about the beginning."""
    if BEGINNING not in tags(cell):
        return [cell]
    return [new_code_cell("_longer.is_on = False"), cell, new_code_cell("_longer.is_on = True")]


def broken_claims(path, setting):
    """Run a notebook, and return how many claims it makes, and a line for each that does not hold."""
    found, measured = run(path, setting)
    measured = {sentence: [float(f"{value:.3g}") for value in values] for sentence, values, *_ in measured}
    broken = [verdict for verdict in found if verdict.startswith("does not hold here")]
    return len(found), [f"{verdict}  {measured.get(verdict.partition(': ')[2], '')}" for verdict in broken]


def changed_cells(path, setting):
    """Compare a notebook by strict nbval; return how many cells that are, and a line for each that differs."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "--color=no", str(path)]
    environment = os.environ | setting.environment
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8")
    if result.returncode > 1 or "NOT RUN" in result.stdout:
        raise RuntimeError(f"pytest could not compare {name(path)}:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    lines = [line.strip() for line in result.stdout.splitlines() if re.match(r"\s+[-+] |FAILED ", line)]
    return len(code_cells(read(path))), lines


def stress(paths, settings):
    """Run notebooks in each setting, print what does not hold, and return how many lines that are."""
    n_lines = 0
    for setting in settings:
        check, unit = (changed_cells, "cells") if SETTINGS[setting].is_strict else (broken_claims, "claims")
        for path in paths:
            n_checked, lines = check(path, SETTINGS[setting])
            n_lines += len(lines)
            print(
                f"{setting}, {name(path)}: {n_checked} {unit}, {'all hold' if not lines else 'not all hold'}",
                flush=True,
            )
            for line in lines:
                print(f"    {line}", flush=True)
    return n_lines


def margin(values, low, high):
    """Return how far the nearest value is from its bound in standard deviations of the values, below 0 if beyond it.

    It is infinite where all values are the same, and NaN where there is only one, or one that is not finite.
    """
    values = np.array(values)
    if len(values) < 2 or not np.isfinite(values).all():
        return np.nan
    distance = min((values - low).min(), (high - values).min())
    spread = values.std(ddof=1)
    return float(distance / spread) if spread else float(np.copysign(np.inf, distance))


def list_margins(paths):
    """Print the margin of each claim of the notebooks, the tightest first."""
    found = [
        (margin(*numbers), name(path), sentence)
        for path in paths
        for sentence, *numbers in run(path, Setting("as it is"))[1]
    ]
    measured = sorted(each for each in found if each[0] == each[0])
    print("standard deviations to the bound, for each claim that was measured more than once")
    for deviations, notebook, sentence in measured:
        print(f"{deviations:8.1f}  {notebook}: {sentence}")
    print(f"{len(found) - len(measured)} claims have a single value")


def main():
    """Read the command line, and do what it asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--margins", action="store_true", help="list margins instead")
    choices = [*GROUPS, *SETTINGS, RECIPE]
    everything = [*GROUPS, RECIPE]
    parser.add_argument(
        "--settings", nargs="+", choices=choices, default=everything, metavar="SETTING", help=str(choices)
    )
    parser.add_argument("notebooks", nargs="*", help='parts of names, such as "01_" (all, if there is none)')
    options = parser.parse_args()
    paths = [path for path in ALL_NOTEBOOKS if any(part in name(path) for part in options.notebooks or [""])]
    if options.margins:
        list_margins(paths)
    else:
        chosen = [which for which, it in SETTINGS.items() if {which, it.group} & set(options.settings)]
        n_lines = stress(paths, chosen)
        if RECIPE in options.settings and any(name(path) == OF_THE_RECIPE for path in paths):
            n_lines += subprocess.run([sys.executable, RECIPE_PROGRAM, "check"], cwd=ROOT).returncode
        sys.exit(n_lines > 0)


if __name__ == "__main__":
    main()
