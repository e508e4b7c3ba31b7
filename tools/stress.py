"""Do the claims hold elsewhere, and by how much? No test; `make stress` and `make margins` run it.

`stress.py` runs notebooks with other seeds, one thread, other arithmetic and the drawn garments, names each claim that
does not hold there, and fails if there is one. `stress.py --margins` runs them once as they are and lists how far each
claim with a bound is from it, in standard deviations of what was measured, the tightest first.
"""

import argparse
import json
import os
import sys
import tempfile

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell
from notebook_files import LESSONS, VERDICT, code_cells, name, printed, read

NOWHERE = "http://127.0.0.1:9"
DRAWN = {"FASHION_MNIST_DIR": "", "KERAS_HOME": None, "http_proxy": NOWHERE, "https_proxy": NOWHERE}
SETTINGS = {  # by name: how much is added to each seed, and the kernel's environment
    "as it is": (0, {}),
    **{f"seeds + {shift:,}": (shift, {}) for shift in (1_000, 2_000, 3_000, 4_000)},
    "one thread": (0, {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}),
    "AVX2, no oneDNN": (0, {"TF_ENABLE_ONEDNN_OPTS": "0", "XLA_FLAGS": "--xla_cpu_max_isa=AVX2"}),
    "drawn garments": (0, DRAWN),
}
SHIFT = """import helpers
import keras
import numpy as np
_shift = {shift}
_set_random_seed, _default_rng = keras.utils.set_random_seed, np.random.default_rng
keras.utils.set_random_seed = lambda seed: _set_random_seed(seed + _shift)
np.random.default_rng = lambda seed=None: _default_rng(seed + _shift if isinstance(seed, int) else seed)"""
TELL = """import json
from helpers.claims import checked_claims
print(json.dumps([[each.sentence, each.margin, each.values.tolist()] for each in checked_claims]))"""


def run(path, shift=0, environment=()):
    """Run a notebook.

    Parameters
    ----------
    path : Path
    shift : int
        Added to each seed.
    environment : dict of str to str or None
        For its kernel, beside the present one; None for an empty folder.

    Returns
    -------
    verdicts : list of str
        The line of each claim.
    margins : list of [str, float, list of float]
        For each claim with a bound its sentence, its margin and what was measured.
    """
    notebook = read(path)
    notebook.cells.insert(0, new_code_cell(SHIFT.format(shift=shift)))
    notebook.cells.append(new_code_cell(TELL))
    with tempfile.TemporaryDirectory() as empty:
        given = {key: empty if value is None else value for key, value in dict(environment).items()}
        client = NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": str(path.parent)}})
        client.execute(env=os.environ | given)
    *cells, last = code_cells(notebook)
    verdicts = [match.group() for cell in cells for match in VERDICT.finditer(printed(cell))]
    return verdicts, json.loads(printed(last))


def stress(paths, settings):
    """Run notebooks in each setting, print what does not hold, and return how many claims that are."""
    n_turned = 0
    for path in paths:
        for setting in settings:
            verdicts, margins = run(path, *SETTINGS[setting])
            turned = [verdict for verdict in verdicts if verdict.startswith("does not hold here")]
            n_turned += len(turned)
            print(f"{name(path)}, {setting}: {len(verdicts)} claims, {len(turned)} do not hold", flush=True)
            measured = {sentence: values for sentence, _, values in margins}
            for verdict in turned:
                values = measured.get(verdict.partition(": ")[2], [])
                print(f"    {verdict}  {[float(f'{value:.3g}') for value in values]}", flush=True)
    return n_turned


def list_margins(paths):
    """Print the margin of each claim of the notebooks, the tightest first."""
    found = [(margin, name(path), sentence) for path in paths for sentence, margin, _ in run(path)[1]]
    told = sorted(each for each in found if each[0] == each[0])
    print("standard deviations to the bound, for each claim that was measured more than once")
    for margin, notebook, sentence in told:
        print(f"{margin:8.1f}  {notebook}: {sentence}")
    print(f"{len(found) - len(told)} claims have a single value")


def main():
    """Read the command line, and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--margins", action="store_true", help="list margins instead")
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS), metavar="SETTING")
    parser.add_argument("notebooks", nargs="*", help='parts of names, such as "01_" (all, if there is none)')
    options = parser.parse_args()
    paths = [path for path in LESSONS if any(part in name(path) for part in options.notebooks or [""])]
    if options.margins:
        list_margins(paths)
    else:
        sys.exit(stress(paths, options.settings) > 0)


if __name__ == "__main__":
    main()
