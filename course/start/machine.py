"""What a class must know of the machine it is on: cores, memory, speed, within the limits of a container."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import psutil

from helpers.training import Settings, Trainer, batch_orders

GIB = 2**30
PROBE_STEPS = 1_000


@dataclass(frozen=True)
class Machine:
    """What a class has at hand."""

    cores: float  # that this process may use; a container's quota can be a fraction
    memory: float  # GiB that kernels can still take, this process's own among them
    probe_seconds: float  # CPU seconds of `time_training`

    def __post_init__(self):
        for name, value in vars(self).items():
            if not 0 < value < math.inf:
                raise ValueError(f"{name}={value!r}: give a number above zero")


def this_machine():
    """Return the cores, the free memory and the speed of this machine, a `Machine`; takes a few seconds.

    For example::

        machine = this_machine()
    """
    return Machine(usable_cores(), free_memory(), time_training())


def time_training():
    """Return the CPU seconds that it takes to build a network of two hidden layers and train it for 1,000 steps.

    The better of two tries; a first one, not counted, starts TensorFlow. CPU seconds, because they depend less on what
    else the machine does meanwhile.
    """
    rng, dense, seconds = np.random.default_rng(0), keras.layers.Dense, []
    x, y = rng.random((2_000, 28, 28), dtype=np.float32), rng.integers(0, 10, 2_000)
    for n_steps in (10, PROBE_STEPS, PROBE_STEPS):
        started = time.process_time()
        hidden = [dense(n_units, "relu", kernel_initializer="he_normal") for n_units in (300, 100)]
        model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), *hidden, dense(10, "softmax")])
        model.compile(keras.optimizers.SGD(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
        trainer = Trainer(model, x, y, Settings(n_steps=n_steps))
        trainer.epoch(next(batch_orders(len(x), trainer.batch_size, 0, n_steps)))
        seconds.append(time.process_time() - started)
    return min(seconds[1:])


def usable_cores(root=Path("/")):
    """Return how many cores this process may use: those it is bound to, or a container's quota, if that is less."""
    process = psutil.Process()
    bound = len(process.cpu_affinity()) if hasattr(process, "cpu_affinity") else psutil.cpu_count() or 1
    return min([float(bound), *map(_core_quota, _control_groups(root, "cpu"))])


def free_memory(root=Path("/")):
    """Return the GiB that kernels can take, with what this process has: of the machine, or of its container."""
    left = [psutil.virtual_memory().available, *map(_memory_left, _control_groups(root, "memory"))]
    own = psutil.Process().memory_info()  # free once its kernel is shut down; pages of files count as free already
    return (min(left) + own.rss - getattr(own, "shared", 0)) / GIB


# psutil tells what the machine has, and not what a container may use of it: these limits stand in the files of the
# control groups, which Linux has in two versions (cgroup v1 and v2).


def _control_groups(root, controller):
    """Return the folders of the control groups that this process is in, of both versions, and of those around them."""
    folders = []
    for line in (_read(root / "proc/self/cgroup") or "").splitlines():
        number, names, path = line.split(":", 2)
        if number == "0" or controller in names.split(","):
            top = root / "sys/fs/cgroup" / ("" if number == "0" else controller)
            inner = top / path.strip("/")
            folders += [inner, *(above for above in inner.parents if above == top or top in above.parents)]
    return folders


def _core_quota(group):
    """Return the cores that a control group grants; infinity where it sets no limit."""
    older = f"{_read(group / 'cpu.cfs_quota_us') or -1} {_read(group / 'cpu.cfs_period_us')}"
    quota, period = (_read(group / "cpu.max") or older).split()
    return int(quota) / int(period) if quota.isdigit() else math.inf


def _memory_left(group):
    """Return the bytes that a control group has left, its cache of files among them; infinity without a limit."""
    limit = _read(group / "memory.max") or _read(group / "memory.limit_in_bytes") or "max"
    used = _read(group / "memory.current") or _read(group / "memory.usage_in_bytes")
    if used is None or not limit.isdigit():
        return math.inf
    statistics = dict(line.split() for line in (_read(group / "memory.stat") or "").splitlines())
    return int(limit) - int(used) + int(statistics.get("inactive_file", 0))


def _read(path):
    """Return the text of a file of the system, stripped; None where there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
