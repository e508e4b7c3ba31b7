"""The room planner: how long each lesson takes on a machine, how many learners it serves, go or no-go.

It scales what the lessons took on a reference machine (``reference.json``, which says how that was measured) by how
long the same small training takes here.
"""

import json
import math
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

import numpy as np

from course.lessons import LESSONS

REFERENCE = json.loads(Path(__file__).with_name("reference.json").read_text(encoding="utf-8"))
TITLES = {lesson.name: lesson.title for lesson in LESSONS}
SPEED_OF_TWO_CORES = 1.7  # of one core; `compare` trains two networks side by side, so that more cores help little
PATIENCE = 10  # minutes until the last of a class has its lesson run, where all start at once
LONG = 5  # minutes for one lesson, from which on a learner alone waits too long
KEPT_FREE = 1.0  # GiB for the browser and the system
SERVER = 0.15  # GiB of JupyterLab's server, of which a hub runs one for each learner
GO, CARE, NO_GO = "Go", "Go, with care", "No-go"


@dataclass(frozen=True)
class Room:
    """What a machine does for a class."""

    minutes: dict  # for each lesson, by its name, that one learner waits for all of it, from top to bottom
    by_memory: int  # so many kernels fit into the memory at once
    by_cores: int  # if so many learners start the longest lesson at once, the last one has it after ten minutes
    verdict: str  # "Go", "Go, with care" or "No-go"
    advice: tuple  # what stands against it, and what to do

    def __str__(self):
        longest = max(map(len, TITLES.values())) + 3
        lines = [
            f"{'minutes here, from top to bottom':{longest}}",
            *(f"{int(name[:2])}. {TITLES[name]:{longest}}{minutes:5.1f}" for name, minutes in self.minutes.items()),
            f"Learners at once: {self.by_memory} by memory ({largest_kernel():.1f} GiB for each), {self.by_cores} by "
            "cores",
            f"(all start the longest lesson at once, and the last one has it after {PATIENCE} minutes).",
            "",
            f"{self.verdict}:" if self.advice else f"{self.verdict}.",
            *(f"- {each}" for each in self.advice),
        ]
        return "\n".join(lines)


def plan_room(machine, learners=1, is_real=True):
    """Return the `Room` that a `Machine` is for so many learners, each with a kernel.

    `is_real` tells whether the data are Fashion-MNIST, not drawn garments. `learners` that are no whole number, or less
    than 1, raise ValueError.

    Examples
    --------
    >>> from course.start.machine import Machine
    >>> plan_room(Machine(cores=32, memory=64, probe_seconds=0.6), learners=30).verdict
    'Go'
    """
    if not isinstance(learners, Integral) or learners < 1:
        raise ValueError(f"learners={learners!r}: give a whole number, 1 at least")
    slowness = machine.probe_seconds / REFERENCE["probe_seconds"]
    cpu_minutes = {name: took["cpu_seconds"] * slowness / 60 for name, took in REFERENCE["lessons"].items()}
    speed = np.interp(machine.cores, [0, 1, 2], [0, 1, SPEED_OF_TWO_CORES])
    minutes = {name: float(took / speed) for name, took in cpu_minutes.items()}
    by_cores = math.floor(PATIENCE * machine.cores / max(cpu_minutes.values()))
    by_memory = max(0, math.floor((machine.memory - KEPT_FREE) / largest_kernel()))

    no_go, care = [], []
    if by_memory < learners:
        no_go.append(_memory_advice(by_memory, learners))
    if (alone := max(minutes.values())) > LONG:
        (no_go if alone > 2 * PATIENCE else care).append(
            f"Slow: one lesson takes {alone:.0f} minutes even for one learner. Run it before class, and read on while "
            "it runs; every figure is stored in the file."
        )
    if learners > max(by_cores, 1):
        together = learners * max(cpu_minutes.values()) / machine.cores
        care.append(
            f"If all {learners} start at once, the last one waits {together:.0f} minutes. Let {max(by_cores, 1)} start "
            "and the others read and predict, or work in pairs."
        )
    if not is_real:
        care.append(
            "There is no Fashion-MNIST here: the lessons run on drawn garments. Their claims hold, their figures "
            "differ. Put the four files into one folder and its path into FASHION_MNIST_DIR (README, Data)."
        )
    return Room(minutes, by_memory, by_cores, NO_GO if no_go else CARE if care else GO, (*no_go, *care))


def largest_kernel():
    """Return the GiB that a learner needs at most: the largest kernel of a lesson, and a server."""
    return max(took["peak_gib"] for took in REFERENCE["lessons"].values()) + SERVER


def _memory_advice(by_memory, learners):
    needed = learners * largest_kernel() + KEPT_FREE
    if by_memory == 0:
        shortage = f"Too little memory for any lesson: {needed:.1f} GiB must be free."
    else:
        shortage = f"Memory for {by_memory}, not for {learners}: that would need {needed:.0f} GiB."
    return (
        f"{shortage} A kernel that finds none is killed. Shut other kernels and programs down, work in pairs, or take "
        "a machine with more of it."
    )
