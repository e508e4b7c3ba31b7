"""Benchmark of the course. Not a test; `make bench-course` runs it.

Every notebook in a fresh kernel, its labs moved at the end: wall time, the kernel's CPU time, its peak resident memory,
networks trained, claims. Beside them, in the same run, the five trainings of the source written with `model.fit`, each
in a fresh process. Times depend on the machine and on what else it does: give it nothing else, and look at the ratios.

With `--store` the lessons alone, and what they took becomes the reference of the start page's room planner.
"""

import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
REFERENCE = Path(__file__).parents[1] / "course" / "start" / "reference.json"
COUNT = """from helpers.training import comparison as _training
_untold, _trained = _training.train_epochs, []
def _counted(*arguments, **options):
    _trained.append(1)
    return _untold(*arguments, **options)
_training.train_epochs = _counted"""
PROBE = "from course.start.machine import time_training"
CPU = "import time\n_cpu = time.process_time()"
MOVE_LABS = """import gc
from course.labs.lab import Lab
for _lab in [each for each in gc.get_objects() if isinstance(each, Lab)]:
    for _name, _control in _lab.controls.items():
        for _end in _control.get("options") or (_control["lowest"], _control["highest"]):
            _lab.set(**_lab.defaults | {_name: _end})
            _lab.wait()"""
MEMORY = """def peak_memory():
    try:
        with open("/proc/self/status", encoding="utf-8") as status:
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
    print(f"{'':32}{'seconds':>9}{'CPU s':>9}{'peak GiB':>10}{'networks':>10}{'claims':>8}")
    if "--store" in sys.argv:
        store_reference()
        return
    seconds = 0
    for path in sorted(NOTEBOOKS.rglob("[!.]*.ipynb")):
        seconds += measured(path)["seconds"]
    print(f"{'all notebooks':32}{seconds:9.1f}")
    seconds = 0
    for name, (hidden, standardised, epochs) in TRAININGS.items():
        script = BY_FIT.format(hidden=hidden, standardised=standardised, epochs=epochs)
        result = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
        took, peak = map(float, result.stdout.split())
        seconds += took
        print(f"{f'model.fit: {name}, {epochs} epochs':32}{took:9.1f}{'':9}{peak:10.2f}{1:10}", flush=True)
    print(f"{'these five trainings':32}{seconds:9.1f}")


def store_reference():
    """Measure the lessons beside the start page's own probe, and write what they took to its reference."""
    from course.lessons import LESSONS  # starts TensorFlow, which the measurements of all notebooks do not need
    from course.start.machine import usable_cores

    lessons = {lesson.name: measured(lesson.path) for lesson in LESSONS}
    probe = statistics.median(took["probe_seconds"] for took in lessons.values())
    kept = {
        name: {
            "cpu_seconds": round(took["cpu_seconds"] * probe / took["probe_seconds"], 1),
            "peak_gib": round(took["peak_gib"], 2),
        }
        for name, took in lessons.items()
    }
    cores = usable_cores()
    how = (
        f"tools/bench_course.py --store, on {cores:g} cores ({platform.machine()}): each lesson from top to bottom "
        "in a fresh kernel on the real data, the CPU seconds and the peak memory of that kernel, its labs moved at "
        "the end. Then the start page's probe in the same kernel: probe_seconds is the median of all, and the CPU "
        "seconds are scaled to it. To measure anew: make bench-course BENCH_FLAGS=--store."
    )
    stored = {"how": how, "cores": cores, "probe_seconds": round(probe, 2), "lessons": kept}
    REFERENCE.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


def measured(path):
    """Run a notebook, print its line of the table, and return what it took as a dict."""
    took = run_notebook(path)
    numbers = "{seconds:9.1f}{cpu_seconds:9.1f}{peak_gib:10.2f}{networks:10}{claims:8}".format(**took)
    print(f"{path.stem:32}{numbers}", flush=True)
    return took


def run_notebook(path):
    """Run a notebook; return what it took, a dict: wall and CPU seconds, GiB with labs, probe, networks, claims."""
    notebook = nbformat.read(path, as_version=4)
    claims = sum(
        line.startswith("holds: ")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        for line in output.get("data", {}).get("text/plain", "").splitlines()
    )
    notebook.cells.insert(0, new_code_cell(COUNT))
    client = NotebookClient(notebook, timeout=1800, resources={"metadata": {"path": str(path.parent)}})
    started = time.perf_counter()
    with client.setup_kernel():
        for number, cell in enumerate(list(notebook.cells)):
            client.execute_cell(cell, number)
        took = time.perf_counter() - started
        told = f"{CPU}\n{MOVE_LABS}\n{MEMORY}\n{PROBE}\nprint(_cpu, peak_memory(), len(_trained), time_training())"
        notebook.cells.append(new_code_cell(told))
        last = client.execute_cell(notebook.cells[-1], len(notebook.cells) - 1)
    cpu, peak, networks, probe = map(float, last.outputs[0].text.split())
    measured = {"seconds": took, "cpu_seconds": cpu, "peak_gib": peak, "probe_seconds": probe}
    return measured | {"networks": int(networks), "claims": claims}


if __name__ == "__main__":
    main()
