"""What a class must know of the machine it is on: cores, memory, speed, within the limits of a container."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np

from helpers.training import train

GIB = 2**30
PROBE_STEPS = 1_000


@dataclass(frozen=True)
class Machine:
    """What a class has at hand.

    Attributes
    ----------
    cores : float
        That this process may use; a container's quota can be a fraction.
    memory : float or None
        GiB that kernels can still take, this process's own among them; None where the system does not tell.
    probe_seconds : float
        CPU seconds of `probe_seconds`.
    """

    cores: float
    memory: float | None
    probe_seconds: float


def this_machine():
    """Measure this machine; takes a few seconds.

    Returns
    -------
    Machine
    """
    return Machine(usable_cores(), free_memory(), probe_seconds())


def probe_seconds():
    """Return the CPU seconds that it takes to build a network of two hidden layers and train it for 1,000 steps.

    The better of two tries; a first one, not counted, starts TensorFlow. CPU seconds, because they depend less on what
    else the machine does meanwhile.
    """
    rng = np.random.default_rng(0)
    x, y = rng.random((2_000, 28, 28), dtype=np.float32), rng.integers(0, 10, 2_000)
    data = SimpleNamespace(x_train=x, y_train=y, x_valid=x[:100], y_valid=y[:100])
    seconds = []
    for n_steps in (10, PROBE_STEPS, PROBE_STEPS):
        started = time.process_time()
        _train_small_network(data, n_steps)
        seconds.append(time.process_time() - started)
    return min(seconds[1:])


def _train_small_network(data, n_steps):
    dense = keras.layers.Dense
    hidden = [dense(n_units, "relu", kernel_initializer="he_normal") for n_units in (300, 100)]
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), *hidden, dense(10, "softmax")])
    model.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    train(model, data, steps_per_epoch=n_steps, verbose=0)


def usable_cores(root=Path("/")):
    """Return how many cores this process may use: those it is bound to, or a container's quota, if that is less.

    Parameters
    ----------
    root : Path
        Where the system's own files are looked for.

    Returns
    -------
    float
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = []
    for group in _control_groups(root, "cpu"):
        quota, period = (_read(group / "cpu.max") or "max 100000").split()
        if quota == "max":  # or the older kind of group
            quota, period = _read(group / "cpu.cfs_quota_us") or "-1", _read(group / "cpu.cfs_period_us") or "100000"
        if int(quota) > 0:
            quotas.append(int(quota) / int(period))
    return min([float(bound), *quotas])


def free_memory(root=Path("/")):
    """Return the GiB that kernels can take, with what this process has: of the machine, or of its container.

    Parameters
    ----------
    root : Path
        Where the system's own files are looked for.

    Returns
    -------
    float or None
        None where the system does not tell (it is no Linux).
    """
    meminfo = _read(root / "proc/meminfo")
    if meminfo is None:
        return None
    lines = dict(line.split(":") for line in meminfo.splitlines() if ":" in line)
    free = [1024 * int(lines["MemAvailable"].split()[0])]
    for group in _control_groups(root, "memory"):
        limit = _number(group / "memory.max", group / "memory.limit_in_bytes")
        used = _number(group / "memory.current", group / "memory.usage_in_bytes")
        if limit is not None and used is not None:
            free.append(limit - used + _file_cache(group))
    return (min(free) + _own_memory(root)) / GIB


def _control_groups(root, controller):
    """Return the folders of the control groups that this process is in, the innermost first; both kinds of them."""
    folders = []
    for line in (_read(root / "proc/self/cgroup") or "").splitlines():
        number, names, path = line.split(":", 2)
        if number == "0" or controller in names.split(","):
            top = root / "sys/fs/cgroup" / ("" if number == "0" else controller)
            inner = top / path.strip("/")
            folders += [inner, *(above for above in inner.parents if above == top or top in above.parents)]
    return folders


def _read(path):
    """Return the text of a file of the system, stripped; None where there is none."""
    try:
        return path.read_text().strip()
    except OSError:
        return None


def _number(*paths):
    """Return the number in the first of the files that has one; None where there is no limit."""
    texts = [text for text in map(_read, paths) if text and text.isdigit()]
    return int(texts[0]) if texts else None


def _file_cache(group):
    """Return the bytes of files that the group holds and gives back when memory is wanted."""
    pairs = (line.split() for line in (_read(group / "memory.stat") or "").splitlines())
    return next((int(value) for name, value in pairs if name == "inactive_file"), 0)


def _own_memory(root):
    """Return the bytes that this process holds, which are free again once its kernel is shut down."""
    status = _read(root / "proc/self/status") or ""
    return next((1024 * int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)
