"""The set-up check and the room planner, for machines that are made up."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from notebook_files import FOLDER, LESSONS, START, is_further, name

from course.start import about_data, about_libraries, about_machine, plan_room
from course.start.machine import Machine, free_memory, probe_seconds, usable_cores
from course.start.room import CARE, GO, KEPT_FREE, NO_GO, REFERENCE, largest_kernel, speed_of_one_learner

REFERENCE_MADE_UP = {
    "probe_seconds": 1.0,
    "lessons": {
        "01_initialization": {"cpu_seconds": 60, "peak_gib": 0.85},
        "03_selu_deep_nets": {"cpu_seconds": 120, "peak_gib": 1.85},
    },
}  # with a server 2 GiB a learner at most, and two CPU minutes


def room(cores=2.0, memory=100.0, probe=1.0, learners=1, is_real=True):
    return plan_room(Machine(cores, memory, probe), learners, is_real, REFERENCE_MADE_UP)


def test_a_good_machine_for_one_learner_is_a_go_without_advice():
    planned = room()
    assert (planned.verdict, planned.advice) == (GO, ())
    assert str(planned).endswith("\nGo.")


def test_the_minutes_follow_the_speed_and_the_cores():
    assert room(cores=1).minutes == {"01_initialization": 1.0, "03_selu_deep_nets": 2.0}
    assert room(cores=1, probe=3.0).minutes["03_selu_deep_nets"] == 6.0
    assert room(cores=0.5).minutes["03_selu_deep_nets"] == 4.0
    assert room(cores=2).minutes["03_selu_deep_nets"] == pytest.approx(2 / 1.7)
    assert room(cores=64).minutes == room(cores=2).minutes
    assert 1 < speed_of_one_learner(1.5) < speed_of_one_learner(2)


@pytest.mark.parametrize(("memory", "learners"), [(0.5, 0), (2.9, 0), (3.1, 1), (4.9, 1), (5.1, 2), (61.1, 30)])
def test_so_many_learners_fit_into_the_memory(memory, learners):
    assert room(memory=memory).by_memory == learners


@pytest.mark.parametrize(("cores", "learners"), [(0.1, 0), (1, 5), (2, 10), (6, 30), (6.5, 32)])
def test_so_many_learners_are_served_within_ten_minutes(cores, learners):
    assert room(cores=cores).by_cores == learners


def test_too_little_memory_is_no_go_and_says_how_much_is_needed():
    planned = room(memory=2.0)
    assert planned.verdict == NO_GO
    assert "3.0 GiB must be free" in planned.advice[0]
    planned = room(memory=21.5, learners=30, cores=32)
    assert planned.verdict == NO_GO
    assert "Memory for 10, not for 30: that would need 61 GiB" in planned.advice[0]
    assert "pairs" in planned.advice[0]
    assert room(memory=21.5, learners=10).verdict == GO


def test_too_few_cores_for_a_class_are_go_with_care_and_say_how_long_it_takes():
    planned = room(cores=2, learners=30)
    assert planned.verdict == CARE
    assert "If all 30 start at once, the last one waits 30 minutes. Let 10 start" in planned.advice[0]
    assert room(cores=2, learners=10).verdict == GO
    assert room(cores=6, learners=30).verdict == GO


def test_a_slow_machine_is_go_with_care_and_a_very_slow_one_no_go():
    assert room(cores=1, probe=2.4).verdict == GO
    planned = room(cores=1, probe=3.0)
    assert planned.verdict == CARE
    assert planned.advice[0].startswith("Slow: one lesson takes 6 minutes")
    assert room(cores=0.5, probe=6.0).verdict == NO_GO


def test_drawn_garments_are_go_with_care_and_say_where_to_put_the_data():
    planned = room(is_real=False)
    assert planned.verdict == CARE
    assert "FASHION_MNIST_DIR" in planned.advice[0]
    assert room(is_real=False, memory=1.0).verdict == NO_GO


def test_unknown_memory_is_said_and_needs_care():
    planned = room(memory=None, learners=3)
    assert (planned.by_memory, planned.verdict) == (None, CARE)
    assert "7 GiB should be" in planned.advice[0]
    assert "an unknown number by memory" in str(planned)


def test_there_must_be_a_learner():
    with pytest.raises(ValueError, match="learners=0"):
        room(learners=0)


def test_the_page_prints_a_line_for_each_lesson_the_counts_and_the_verdict():
    lines = str(plan_room(Machine(2, 16.0, REFERENCE["probe_seconds"]))).splitlines()
    lessons = [line for line in lines if line[:1].isdigit()]
    assert [line[0] for line in lessons] == list("12345")
    assert all(0 < float(line.split()[-1]) < 10 for line in lessons)
    assert any("Learners at once" in line for line in lines)


def test_the_reference_has_each_lesson_and_says_how_it_was_measured():
    lessons = [name(path) for path in LESSONS if not is_further(path) and path != START]
    assert list(REFERENCE["lessons"]) == [lesson for lesson in lessons if lesson[:2] <= "05"]
    assert "bench_course.py" in REFERENCE["how"] and "core" in REFERENCE["how"]
    assert KEPT_FREE + largest_kernel() < 3  # a machine of 4 GiB serves one learner
    assert (FOLDER / f"{next(iter(REFERENCE['lessons']))}.ipynb").exists()


def test_the_probe_takes_longer_the_more_it_has_to_do(monkeypatch):
    from course.start import machine

    quick = probe_seconds()
    monkeypatch.setattr(machine, "PROBE_STEPS", 5 * machine.PROBE_STEPS)
    assert quick > 0
    assert machine.probe_seconds() > 1.5 * quick


MEMINFO = "MemTotal:       16777216 kB\nMemAvailable:    8388608 kB\n"
STATUS = "Name:   python\nVmHWM:  2097152 kB\nVmRSS:  1048576 kB\n"


@pytest.fixture
def system(tmp_path):
    """Return a function that writes files of the system, by their path, below a root; it returns that root."""

    def write(**files):
        for path, text in ({"proc/meminfo": MEMINFO, "proc/self/status": STATUS} | files).items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(str(text))
        return tmp_path

    return write


def in_group(path, **files):
    return {f"sys/fs/cgroup{path}/{file.replace('__', '.')}": text for file, text in files.items()}


def test_memory_without_a_limit_is_what_the_machine_has_free_and_this_process_holds(system):
    assert free_memory(system()) == 9.0
    assert free_memory(system(**{"proc/self/cgroup": "0::/user\n"}, **in_group("/user", memory__max="max"))) == 9.0


@pytest.mark.parametrize("path", ["/", "/class", "/class/seat7"])
def test_a_container_limits_the_memory_wherever_in_the_tree_it_is_set(system, path):
    limit = in_group(path.rstrip("/"), memory__max=3 * 2**30, memory__current=2 * 2**30)
    cache = in_group(path.rstrip("/"), memory__stat=f"anon 5\ninactive_file {2**29}\n")
    assert free_memory(system(**{"proc/self/cgroup": "0::/class/seat7\n"}, **limit, **cache)) == 2.5


def test_the_older_kind_of_container_limits_memory_and_cores(system):
    groups = {"proc/self/cgroup": "5:cpu,cpuacct:/seat\n4:memory:/seat\n"}
    memory = in_group("/memory/seat", memory__limit_in_bytes=2 * 2**30, memory__usage_in_bytes=2**30)
    cores = in_group("/cpu/seat", cpu__cfs_quota_us=50_000, cpu__cfs_period_us=100_000)
    root = system(**groups, **memory, **cores)
    assert free_memory(root) == 2.0
    assert usable_cores(root) == 0.5
    assert usable_cores(system(**in_group("/cpu/seat", cpu__cfs_quota_us=-1))) >= 1


def test_a_container_limits_the_cores(system):
    root = system(**{"proc/self/cgroup": "0::/seat\n"}, **in_group("/seat", cpu__max="25000 100000"))
    assert usable_cores(root) == 0.25
    assert usable_cores(system(**in_group("/seat", cpu__max="max 100000"))) >= 1


def test_where_the_system_does_not_tell_the_memory_is_unknown(tmp_path):
    assert free_memory(tmp_path) is None
    assert usable_cores(tmp_path) >= 1


def test_this_machine_has_a_core_and_memory_for_this_test():
    assert usable_cores() > 0
    if Path("/proc/meminfo").exists():
        assert 0.1 < free_memory() < 10_000


ASKED = ["tensorflow~=2.21.0", "keras~=3.15.0", "numpy~=2.4.0", "jupyterlab~=4.6.0", "tqdm~=4.70.0"]
VERSIONS = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6", "jupyterlab": "4.6.6"}


def test_the_versions_are_said_and_others_are_named():
    assert about_libraries(VERSIONS.get, ASKED).endswith("The course is written for these.")
    assert "Keras 3.15.1" in about_libraries(VERSIONS.get, ASKED)
    other = about_libraries((VERSIONS | {"keras": "3.2.0"}).get, ASKED)
    assert "written for Keras 3.15: figures may differ" in other
    assert "written for these" in about_libraries()


def test_data_and_machine_are_said():
    assert "drawn garments" in about_data(SimpleNamespace(is_real=False, folder=None))
    assert "the real images" in about_data(SimpleNamespace(is_real=True, folder=Path("data")))
    assert about_machine(Machine(1, 2.345, 1)) == "Machine: 1 core; memory that kernels can take: 2.3 GiB."
    assert about_machine(Machine(0.5, None, 1)) == "Machine: 0.5 cores; memory that kernels can take: unknown."


def test_the_page_names_no_folder_of_the_machine_that_made_its_output():
    text = json.dumps(json.loads(START.read_text(encoding="utf-8")))
    assert not any(f'"{folder}' in text or f" {folder}" in text for folder in ("/home", "/work", "/tmp", "/root"))
