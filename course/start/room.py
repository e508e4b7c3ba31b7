"""The room planner: how long each lesson takes on a machine, how many learners it serves, go or no-go.

It scales what the lessons took on a reference machine (``reference.json``, which says how that was measured) by how
long the same small training takes here.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from course.start.course import STATIONS

REFERENCE = json.loads((Path(__file__).parent / "reference.json").read_text(encoding="utf-8"))
TITLES = {each.lesson: each.title for each in STATIONS}
SPEED_OF_TWO_CORES = 1.7  # of one core; `compare` trains two networks side by side, so that more cores help little
PATIENCE = 10  # minutes until the last of a class has its lesson run, where all start at once
LONG = 5  # minutes for one lesson, from which on a learner alone waits too long
KEPT_FREE = 1.0  # GiB for the browser and the system
SERVER = 0.15  # GiB of JupyterLab's server, of which a hub runs one for each learner
GO, CARE, NO_GO = "Go", "Go, with care", "No-go"


@dataclass(frozen=True)
class Room:
    """What a machine does for a class.

    Attributes
    ----------
    minutes : dict of str to float
        For each lesson the minutes that one learner waits for all of it, from top to bottom.
    by_memory : int or None
        So many kernels fit into the memory at once; None where it is not known.
    by_cores : int
        If so many learners start the longest lesson in the same moment, the last one has it after ten minutes.
    verdict : {"Go", "Go, with care", "No-go"}
    advice : tuple of str
        What stands against it, and what to do.
    """

    minutes: dict
    by_memory: int | None
    by_cores: int
    verdict: str
    advice: tuple

    def __str__(self):
        longest = max(map(len, TITLES.values())) + 3
        lines = [f"{'minutes here, from top to bottom':{longest}}"]
        lines += [f"{int(name[:2])}. {TITLES[name]:{longest}}{took:5.1f}" for name, took in self.minutes.items()]
        memory = "an unknown number" if self.by_memory is None else self.by_memory
        lines += [
            f"Learners at once: {memory} by memory ({largest_kernel():.1f} GiB for each), {self.by_cores} by cores",
            f"(all start the longest lesson at once, and the last one has it after {PATIENCE} minutes).",
            "",
            f"{self.verdict}." if not self.advice else f"{self.verdict}:",
            *(f"- {each}" for each in self.advice),
        ]
        return "\n".join(lines)


def plan_room(machine, learners=1, is_real=True, reference=REFERENCE):
    """Say what a machine does for so many learners.

    Parameters
    ----------
    machine : Machine
    learners : int
        Who share this machine, each with a kernel.
    is_real : bool
        Whether the data are Fashion-MNIST, not drawn garments.
    reference : dict
        What the lessons took elsewhere.

    Returns
    -------
    Room

    Raises
    ------
    ValueError
        If there is no learner.
    """
    if learners < 1:
        raise ValueError(f"learners={learners}: a class has one at least")
    slowness = machine.probe_seconds / reference["probe_seconds"]
    cpu_minutes = {name: took["cpu_seconds"] * slowness / 60 for name, took in reference["lessons"].items()}
    minutes = {name: took / speed_of_one_learner(machine.cores) for name, took in cpu_minutes.items()}
    by_cores = math.floor(PATIENCE * machine.cores / max(cpu_minutes.values()))
    by_memory = None
    if machine.memory is not None:
        by_memory = max(0, math.floor((machine.memory - KEPT_FREE) / largest_kernel(reference)))
    against = [
        *_memory_advice(by_memory, learners, reference),
        *_cores_advice(minutes, by_cores, learners, cpu_minutes, machine.cores),
        *([] if is_real else [_DRAWN]),
    ]
    verdict = max((weight for weight, _ in against), default=0)
    return Room(minutes, by_memory, by_cores, (GO, CARE, NO_GO)[verdict], tuple(text for _, text in against))


def largest_kernel(reference=REFERENCE):
    """Return the GiB that a learner needs at most: the largest kernel of a lesson, and a server."""
    return max(took["peak_gib"] for took in reference["lessons"].values()) + SERVER


def speed_of_one_learner(cores):
    """Return how many CPU seconds of a lesson pass in a second; from two cores on it is the same."""
    return cores if cores <= 1 else 1 + (min(cores, 2) - 1) * (SPEED_OF_TWO_CORES - 1)


_DRAWN = (
    1,
    "There is no Fashion-MNIST here: the lessons run on drawn garments. Their claims hold, their figures differ. "
    "Put the four files into one folder and its path into FASHION_MNIST_DIR (README, Data).",
)


def _memory_advice(by_memory, learners, reference):
    """Return what memory has against it, pairs of weight (1 care, 2 no-go) and advice."""
    needed = learners * largest_kernel(reference) + KEPT_FREE
    if by_memory is None:
        return [(1, f"How much memory is free this system does not tell: {needed:.0f} GiB should be.")]
    if by_memory >= learners:
        return []
    if by_memory == 0:
        text = f"Too little memory for any lesson: {needed:.1f} GiB must be free."
    else:
        text = f"Memory for {by_memory}, not for {learners}: that would need {needed:.0f} GiB."
    return [
        (
            2,
            f"{text} A kernel that finds none is killed. Shut other kernels and programs down, work in pairs, or take "
            "a machine with more of it.",
        )
    ]


def _cores_advice(minutes, by_cores, learners, cpu_minutes, cores):
    """Return what time has against it, pairs of weight (1 care, 2 no-go) and advice."""
    found, slowest = [], max(minutes, key=minutes.get)
    alone, together = minutes[slowest], learners * cpu_minutes[slowest] / cores
    if alone > LONG:
        weight = 2 if alone > 2 * PATIENCE else 1
        text = f"Slow: one lesson takes {alone:.0f} minutes even for one learner. Run it before class"
        found.append((weight, f"{text}, and read on while it runs; every figure is stored in the file."))
    if learners > max(by_cores, 1):
        text = f"If all {learners} start at once, the last one waits {together:.0f} minutes. Let"
        found.append((1, f"{text} {max(by_cores, 1)} start and the others read and predict, or work in pairs."))
    return found
