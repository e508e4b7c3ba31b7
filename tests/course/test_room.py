"""The set-up check and the room planner, for machines that are made up."""

import math
from importlib import metadata
from types import SimpleNamespace

import psutil
import pytest

from course.lessons import LESSONS
from course.start import about_data, about_libraries, about_machine, machine, plan_room, room, this_machine
from course.start.machine import GIB, Machine, free_memory, usable_cores
from course.start.room import CARE, GO, NO_GO

MADE_UP = {
    "probe_seconds": 1.0,
    "lessons": {
        "01_initialization": {"cpu_seconds": 60, "peak_gib": 0.85},
        "03_selu_deep_nets": {"cpu_seconds": 120, "peak_gib": 1.85},
    },
}  # with a server 2 GiB a learner at most, and two CPU minutes


@pytest.fixture
def plan(monkeypatch):
    """Return a function that plans for a machine, by a reference that is made up."""
    monkeypatch.setattr(room, "REFERENCE", MADE_UP)
    return lambda cores=2.0, memory=100.0, probe=1.0, learners=1, is_real=True: plan_room(
        Machine(cores, memory, probe), learners, is_real
    )


@pytest.mark.parametrize(
    ("given", "verdict", "advice"),
    [
        ({}, GO, ""),
        ({"memory": 2.0}, NO_GO, "3.0 GiB must be free"),
        ({"memory": 21.5, "cores": 32, "learners": 30}, NO_GO, "Memory for 10, not for 30: that would need 61 GiB"),
        ({"memory": 21.5, "learners": 10}, GO, ""),
        ({"learners": 30}, CARE, "If all 30 start at once, the last one waits 30 minutes. Let 10 start"),
        ({"learners": 10}, GO, ""),
        ({"cores": 1, "probe": 2.4}, GO, ""),
        ({"cores": 1, "probe": 3.0}, CARE, "Slow: one lesson takes 6 minutes even for one learner"),
        ({"cores": 0.5, "probe": 6.0}, NO_GO, "Slow: one lesson takes 24 minutes"),
        ({"is_real": False}, CARE, "FASHION_MNIST_DIR"),
        ({"is_real": False, "memory": 1.0}, NO_GO, "FASHION_MNIST_DIR"),
    ],
)
def test_the_verdict_follows_memory_cores_speed_and_data_and_says_what_to_do(plan, given, verdict, advice):
    planned = plan(**given)
    assert planned.verdict == verdict
    assert bool(planned.advice) == bool(advice)
    assert advice in str(planned) and f"\n{verdict}{':' if advice else '.'}" in str(planned)


def test_the_minutes_follow_the_speed_and_the_cores(plan):
    assert plan(cores=1).minutes == {"01_initialization": 1.0, "03_selu_deep_nets": 2.0}
    assert plan(cores=1, probe=3.0).minutes["03_selu_deep_nets"] == 6.0
    assert plan(cores=0.5).minutes["03_selu_deep_nets"] == 4.0
    assert plan(cores=2).minutes["03_selu_deep_nets"] == pytest.approx(2 / 1.7)
    assert plan(cores=64).minutes == plan(cores=2).minutes


@pytest.mark.parametrize("learners", [0, -3, 2.5, math.nan, math.inf, "30", None])
def test_learners_are_a_whole_number_of_at_least_one(plan, learners):
    with pytest.raises(ValueError, match=f"learners={learners!r}: give a whole number"):
        plan(learners=learners)


@pytest.mark.parametrize("name", ["cores", "memory", "probe_seconds"])
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_what_a_machine_has_is_a_number_above_zero(name, value):
    with pytest.raises(ValueError, match=f"{name}={value!r}: give a number above zero"):
        Machine(**{"cores": 2, "memory": 8, "probe_seconds": 2} | {name: value})


def test_each_lesson_was_measured_and_has_its_line_and_a_machine_of_3_free_gib_serves_one_learner():
    planned = plan_room(Machine(2, 3, room.REFERENCE["probe_seconds"]))
    assert planned.verdict == GO
    lines = [line for line in str(planned).splitlines() if line[:1].isdigit()]
    assert [line[0] for line in lines] == [str(lesson.number) for lesson in LESSONS]
    assert all(0 < float(line.split()[-1]) < 10 for line in lines)


def test_this_machine_has_cores_memory_and_a_speed(monkeypatch):
    monkeypatch.setattr(machine, "PROBE_STEPS", 5)
    found = this_machine()
    assert 0 < found.cores <= psutil.cpu_count()
    assert 0.1 < found.memory < 10_000
    assert found.probe_seconds > 0


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Return a function that writes files of the system below a root and returns it; 8 GiB are free, 1 GiB is ours."""
    memory = SimpleNamespace(rss=1.5 * GIB, shared=GIB / 2)  # half a gibibyte of files that count as free already
    process = SimpleNamespace(memory_info=lambda: memory, cpu_affinity=lambda: [0, 1, 2, 3])
    monkeypatch.setattr(psutil, "Process", lambda: process)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=8 * GIB))

    def write(groups, **files):
        (tmp_path / "proc/self").mkdir(parents=True)
        (tmp_path / "proc/self/cgroup").write_text(groups, encoding="utf-8")
        for path, text in files.items():
            file = tmp_path / "sys/fs/cgroup" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(str(text), encoding="utf-8")
        return tmp_path

    return write


def test_without_a_container_cores_and_memory_are_those_of_the_machine(system):
    root = system("0::/user\n", **{"user/memory.max": "max", "user/memory.current": GIB, "user/cpu.max": "max 100000"})
    assert (usable_cores(root), free_memory(root)) == (4, 9)
    no_linux = root / "nowhere"
    assert (usable_cores(no_linux), free_memory(no_linux)) == (4, 9)


@pytest.mark.parametrize("group", ["", "class/", "class/seat7/"])
def test_a_container_limits_cores_and_memory_wherever_in_the_tree_it_does(system, group):
    files = {"memory.max": 3 * GIB, "memory.current": 2 * GIB, "memory.stat": f"anon 5\ninactive_file {GIB // 2}\n"}
    files["cpu.max"] = "25000 100000"
    root = system("0::/class/seat7\n", **{group + name: text for name, text in files.items()})
    assert (usable_cores(root), free_memory(root)) == (0.25, 2.5)


def test_the_older_kind_of_container_limits_them_too(system):
    memory = {"memory/seat/memory.limit_in_bytes": 2 * GIB, "memory/seat/memory.usage_in_bytes": GIB}
    quota = {"cpu/seat/cpu.cfs_quota_us": 50_000, "cpu/seat/cpu.cfs_period_us": 100_000}
    root = system("5:cpu,cpuacct:/seat\n4:memory:/seat\n", **memory, **quota)
    assert (usable_cores(root), free_memory(root)) == (0.5, 2)
    (root / "sys/fs/cgroup/cpu/seat/cpu.cfs_quota_us").write_text("-1", encoding="utf-8")
    assert usable_cores(root) == 4


def test_the_versions_are_said_and_others_are_named(monkeypatch):
    assert about_libraries().endswith("The course is written for these.")
    installed = metadata.version
    assert f"Keras {installed('keras')}" in about_libraries()
    monkeypatch.setattr(metadata, "version", lambda name: "3.2.0" if name == "keras" else installed(name))
    assert "written for Keras 3.15: figures may differ" in about_libraries()


def test_tensorflow_cpu_is_tensorflow(monkeypatch):
    installed = metadata.version

    def version(name):
        if name == "tensorflow":
            raise metadata.PackageNotFoundError(name)
        return installed(name.removesuffix("-cpu"))

    monkeypatch.setattr(metadata, "version", version)
    assert about_libraries().endswith("The course is written for these.")


def test_data_and_machine_are_said():
    assert "drawn garments" in about_data(SimpleNamespace(is_real=False, folder=None))
    assert "the real images" in about_data(SimpleNamespace(is_real=True, folder="data"))
    assert about_machine(Machine(1, 2.345, 1)) == "Machine: 1 core; memory that kernels can take: 2.3 GiB."
    assert about_machine(Machine(0.5, 8, 1)).startswith("Machine: 0.5 cores;")
