"""What does each part of today's recipe do? Each is removed once, alone, and gets the best of several learning rates.

The network and its training are those of `notebooks/further/06_what_networks_do_today.ipynb`: its cells with the tag
"recipe" are executed here, so that there is one definition, in the reader's view. Each change is trained for one epoch

- from one seed at learning rates half a decade apart, and further where the best is at an end;
- from six seeds at its best learning rate;
- from three seeds at ten times the learning rate that is best for the full recipe;

and a few of them for three epochs, too, from six seeds at the learning rate that is best for one.

`todays_recipe.py measure` writes a line for each run into a file, and leaves out what is there already: it can be
stopped, and two at once, each with other changes and one thread, take half the time (a quarter of an hour on two
quiet cores). `store` makes of the lines the table that the notebook shows. `check` measures with other seeds, and says
what differs from that table.
"""

import argparse
import json
import math
import os
import platform
import sys
import time
from functools import cache, partial
from importlib import metadata
from pathlib import Path

import keras
import numpy as np
from keras import layers

from helpers.data import load_fashion_mnist
from helpers.training import Settings, Trainer, batch_orders
from helpers.training.comparison import train_epochs

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "notebooks" / "further" / "06_what_networks_do_today.ipynb"
TABLE = ROOT / "course" / "recipe.json"
RUNS = ROOT / "_build" / "recipe.jsonl"
BATCH, STEPS_PER_EPOCH = 64, 859
SEEDS, LARGE_SEEDS, OTHER_SEEDS = range(6), range(3), range(1000, 1003)
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03)
FIRST_RATES, LARGE_RATE = (0.001, 0.003, 0.01), 0.03
OF_THE_NETWORK = ("norm", "kind", "residual", "start", "activation")
FULL = "full recipe"
EPOCHS, LONGER_EPOCHS = 1, 3
LONGER = (FULL, "no normalization", "no residual connections", "constant learning rate")
CHANGES = {
    FULL: {},
    "no normalization": {"norm": None},
    "normalization after the sum": {"norm": "after"},
    "no residual connections": {"residual": False},
    "branches of ordinary size": {"start": 1.0},
    "ReLU": {"activation": "relu"},
    "no weight decay": {"weight_decay": 0.0},
    "no warm-up": {"warm_up": 0},
    "constant learning rate": {"decay": False},
    "no clipping": {"clip": None},
    "RMS norm": {"kind": layers.RMSNormalization},
    "SwiGLU": {"activation": "swiglu"},
    "no residual connections, ordinary size": {"residual": False, "start": 1.0},
    "after the sum, ordinary size": {"norm": "after", "start": 1.0},
    "after the sum, ordinary size, no warm-up": {"norm": "after", "start": 1.0, "warm_up": 0},
}


@cache
def definitions():
    """Execute the cells of the notebook that define the network and its training; return what they define, a dict."""
    found = {"keras": keras, "layers": layers, "partial": partial}
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if "recipe" in cell["metadata"].get("tags", []):
            exec("".join(cell["source"]), found)
    return found


def build(change, rate, epochs):
    """Return a compiled model with this change, at a learning rate that may be a keras.Variable."""
    options = CHANGES[change]
    of_network = {name: value for name, value in options.items() if name in OF_THE_NETWORK}
    of_training = {name: value for name, value in options.items() if name not in OF_THE_NETWORK}
    return definitions()["prepare"](definitions()["network"](**of_network), rate, epochs, **of_training)


class Measured:
    """The runs of a change: those that the file has, and those that are measured now."""

    def __init__(self, change, data=None, file=None, epochs=EPOCHS):
        self.change, self.epochs, self.data, self.file = change, epochs, data, file
        runs = [run for run in lines_of(file) if (run["change"], run["epochs"]) == (change, epochs)] if file else []
        self.accuracy = {(run["rate"], run["seed"]): run["accuracy"] for run in runs}
        self.rate = keras.Variable(0.001, trainable=False)  # a variable: one program serves for all learning rates
        self.trainer = None

    def run(self, rate, seed):
        """Return the validation accuracy after each epoch, a list of float; train if that is not known."""
        if (rate, seed) not in self.accuracy:
            self.accuracy[rate, seed] = found = self.train(rate, seed)
            line = {"change": self.change, "epochs": self.epochs, "rate": rate, "seed": seed, "accuracy": found}
            print(json.dumps(line), flush=True)
            if self.file:
                with self.file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(line) + "\n")
        return self.accuracy[rate, seed]

    def train(self, rate, seed):
        """Train from a seed, which decides the weights and the order of the images; return as `run` does."""
        if self.data is None:
            raise SystemExit(
                f"{self.change}: no run at {rate} from seed {seed} in {self.file}; `measure` goes on there"
            )
        keras.utils.set_random_seed(seed)
        model = build(self.change, self.rate, self.epochs)
        if self.trainer is None:
            self.trainer = Trainer(model, self.data.x_train, self.data.y_train, Settings(BATCH, n_steps=math.inf))
        else:
            self.trainer.start_from(model)
        self.rate.assign(rate)
        orders = batch_orders(len(self.data.x_train), BATCH, seed, STEPS_PER_EPOCH)
        history = train_epochs(self.trainer, self.data, self.epochs, orders)
        return [round(each, 4) for each in history["val_accuracy"]]

    def best_rate(self):
        """Return the learning rate at which the first seed ends highest, with lower results on both sides."""
        tried, missing = {}, FIRST_RATES
        while missing:
            tried |= {rate: self.run(rate, SEEDS[0])[-1] for rate in missing}
            best = RATES.index(max(tried, key=tried.get))
            missing = [rate for rate in RATES[max(0, best - 1) : best + 2] if rate not in tried]
        return RATES[best]


def lines_of(file):
    """Return the runs of a file, a list of dict."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def measure(changes, file):
    """Train what is not in the file yet."""
    data = load_fashion_mnist()
    if not data.is_real:
        raise SystemExit("The table is about Fashion-MNIST; set FASHION_MNIST_DIR to the folder of its files.")
    file.parent.mkdir(parents=True, exist_ok=True)
    for change in changes:
        row_of(change, file, data)


def row_of(change, file, data=None):
    """Return the row of a change in the table, a dict; without data all of its runs must be in the file."""
    measured = Measured(change, data, file)
    best = measured.best_rate()
    row = {
        "rate": best,
        "accuracy": [measured.run(best, seed) for seed in SEEDS],
        "accuracy at 0.03": [measured.run(LARGE_RATE, seed) for seed in LARGE_SEEDS],
        "search": {str(rate): accuracy for (rate, seed), accuracy in measured.accuracy.items() if seed == SEEDS[0]},
    }
    if change in LONGER:
        longer = Measured(change, data, file, LONGER_EPOCHS)
        row["accuracy, three epochs"] = [longer.run(best, seed) for seed in SEEDS]
    return row


def table_of(file):
    """Return the table of the runs of a file: a dict that says how it was measured, and what."""
    return {
        "command": "python tools/todays_recipe.py measure",
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, one thread a run",
        "versions": {name: metadata.version(name) for name in ("tensorflow", "keras", "numpy")},
        "changes": {change: row_of(change, file) for change in CHANGES},
    }


def store(file):
    """Write the table of the runs of a file where the notebook finds it: a line for each change."""
    table = table_of(file)
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in table.pop("changes").items())
    head = ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in table.items())
    TABLE.write_text(f'{{\n{head},\n "changes": {{\n{rows}\n }}\n}}\n', encoding="utf-8")


def final(runs):
    """Return the last accuracy of each run in percent, an array of shape (n_runs,)."""
    return 100 * np.array([run[-1] for run in runs])


def disagreements(table, again):
    """Compare two measurements of the changes; return a line for each change whose effect is not the same.

    Parameters
    ----------
    table : dict
        By change the row of the stored table.
    again : dict
        By change the runs with other seeds: the accuracy after each epoch, a list for each seed.

    The effect is the difference to the full recipe, seed by seed. Two ranges of it agree if they overlap.
    """
    found = []
    for change in again.keys() - {FULL}:
        stored = final(table[change]["accuracy"]) - final(table[FULL]["accuracy"])
        measured = final(again[change]) - final(again[FULL])
        if measured.min() > stored.max() or measured.max() < stored.min():
            ranges = [f"{each.min():.1f} to {each.max():.1f}" for each in (stored, measured)]
            found.append(f"{change}: {ranges[0]} percentage points in the table, now {ranges[1]}")
    return sorted(found)


def check():
    """Train each change from three other seeds at its stored learning rate; print and count what does not agree."""
    rows, data = json.loads(TABLE.read_text(encoding="utf-8"))["changes"], load_fashion_mnist()
    again = {}
    for change, row in rows.items():
        measured = Measured(change, data)
        again[change] = [measured.run(row["rate"], seed) for seed in OTHER_SEEDS]
    lines = disagreements(rows, again)
    print(f"today's recipe: {len(rows)} rows, {'not all agree' if lines else 'all agree'}", *lines, sep="\n    ")
    return len(lines)


def main():
    """Read the command line, and do what it asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["measure", "store", "check"])
    parser.add_argument("changes", nargs="*", default=list(CHANGES), help="names of changes to measure (all)")
    parser.add_argument("--runs", type=Path, default=RUNS, help="the file with a line for each run")
    options = parser.parse_args()
    if unknown := set(options.changes) - set(CHANGES):
        parser.error(f"no change {sorted(unknown)[0]!r}; there are {list(CHANGES)}")
    if options.task == "check":
        sys.exit(check() > 0)
    if options.task == "measure":
        measure(options.changes, options.runs)
    else:
        store(options.runs)


if __name__ == "__main__":
    main()
