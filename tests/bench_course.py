"""Benchmark of the course. Not a test; `make bench-course` runs it.

Every notebook in a fresh kernel, its labs moved at the end: wall time, the kernel's peak resident memory, networks
trained, claims. Beside them, in the same run, the five trainings of the source written with `model.fit`, each in a
fresh process. Times depend on the machine and on what else it does: give it nothing else, and look at the ratios.
"""

import subprocess
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
COUNT = """from helpers.training import run as _training
_untold, _trained = _training._run, []
def _counted(*arguments, **options):
    _trained.append(1)
    return _untold(*arguments, **options)
_training._run = _counted"""
MOVE_LABS = """import gc
from helpers.labs.lab import Lab
for _lab in [each for each in gc.get_objects() if isinstance(each, Lab)]:
    for _name, _control in _lab.controls.items():
        for _end in _control.get("options") or (_control["lowest"], _control["highest"]):
            _lab.reset()
            _lab.set(**{_name: _end})
            _lab.wait()"""
MEMORY = """def peak_memory():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 2**20
    except FileNotFoundError:  # no Linux
        return float("nan")
"""
TRAININGS = {  # hidden layers, standardised, epochs
    "LeakyReLU": ("[x for n in (300, 100) for x in (dense(n, 'he_normal'), layers.LeakyReLU())]", False, 10),
    "PReLU": ("[x for n in (300, 100) for x in (dense(n, 'he_normal'), layers.PReLU())]", False, 10),
    "batch norm": ("[norm()] + [x for n in (300, 100) for x in (dense(n, 'he_normal', 'elu'), norm())]", False, 10),
    "100 x SELU": ("[dense(n, 'lecun_normal', 'selu') for n in [300] + 99 * [100]]", True, 5),
    "100 x ReLU": ("[dense(n, 'he_normal', 'relu') for n in [300] + 99 * [100]]", True, 5),
}
BY_FIT = (
    MEMORY
    + """
import time
import keras, numpy as np
from keras import layers
from helpers.data import load_fashion_mnist, standardize

def dense(n, initializer, activation=None):
    return layers.Dense(n, activation=activation, kernel_initializer=initializer)

norm = layers.BatchNormalization
data = standardize(load_fashion_mnist()) if {standardised} else load_fashion_mnist()
x, x_valid = np.asarray(data.x_train), np.asarray(data.x_valid)
started = time.perf_counter()
model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), *{hidden}, layers.Dense(10, "softmax")])
model.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, data.y_train, epochs={epochs}, validation_data=(x_valid, data.y_valid), verbose=0)
print(time.perf_counter() - started, peak_memory())"""
)


def main():
    """Print a line for each notebook and for each of the source's trainings."""
    print(f"{'':32}{'seconds':>9}{'peak GiB':>10}{'networks':>10}{'claims':>8}")
    seconds = 0
    for path in sorted(NOTEBOOKS.rglob("[0-9]*.ipynb")):
        took, peak, networks, claims = run_notebook(path)
        seconds += took
        print(f"{path.stem:32}{took:9.1f}{peak:10.2f}{networks:10}{claims:8}", flush=True)
    print(f"{'all notebooks':32}{seconds:9.1f}")
    seconds = 0
    for name, (hidden, standardised, epochs) in TRAININGS.items():
        script = BY_FIT.format(hidden=hidden, standardised=standardised, epochs=epochs)
        result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        took, peak = map(float, result.stdout.split())
        seconds += took
        print(f"{f'model.fit: {name}, {epochs} epochs':32}{took:9.1f}{peak:10.2f}{1:10}", flush=True)
    print(f"{'these five trainings':32}{seconds:9.1f}")


def run_notebook(path):
    """Run a notebook; return its seconds from the kernel's start, peak GiB with labs, networks trained, claims."""
    notebook = nbformat.read(path, as_version=4)
    claims = sum(
        line.startswith("holds: ")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        for line in output.get("text", "").splitlines()
    )
    notebook.cells.insert(0, new_code_cell(COUNT))
    client = NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": str(path.parent)}})
    started = time.perf_counter()
    with client.setup_kernel():
        for number, cell in enumerate(list(notebook.cells)):
            client.execute_cell(cell, number)
        took = time.perf_counter() - started
        notebook.cells.append(new_code_cell(f"{MOVE_LABS}\n{MEMORY}\nprint(peak_memory(), len(_trained))"))
        last = client.execute_cell(notebook.cells[-1], len(notebook.cells) - 1)
    peak, networks = last.outputs[0].text.split()
    return took, float(peak), int(networks), claims


if __name__ == "__main__":
    main()
