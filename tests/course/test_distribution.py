"""What `make test` gives to one of its two processes, so that neither has nothing to do while the other works."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from notebook_files import LESSONS, name

MAKEFILE = Path(__file__).parents[2] / "Makefile"


def part_of(request, nodeid, dist="loadfile"):
    """Return to which part of the work the test belongs."""
    config = SimpleNamespace(getvalue={"dist": dist, "tx": ["2*popen"]}.get)
    scheduler = request.config.hook.pytest_xdist_make_scheduler(config=config, log=None)
    return scheduler and scheduler._split_scope(nodeid)


def test_it_is_what_make_test_asks_for():
    assert "--dist=loadfile --no-loadscope-reorder" in MAKEFILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_a_lesson_in_the_browser_is_a_part_of_its_own_with_all_its_tests(request, path):
    tests = [f"tests/test_browser.py::{test}[{name(path)}]" for test in ("test_every_claim_holds", "test_fast_moves")]
    (part,) = {part_of(request, test) for test in tests}
    others = [f"tests/test_browser.py::test_every_claim_holds[{name(other)}]" for other in LESSONS if other != path]
    others += ["tests/test_browser.py::test_after_200_bursts[0-redrawn]", f"tests/test_notebooks.py::t[{name(path)}]"]
    assert part not in {part_of(request, other) for other in others}


def test_every_other_file_stays_together(request):
    for file in ("tests/test_browser.py", "tests/test_browser_predictions.py", "tests/test_plotting.py"):
        assert {part_of(request, f"{file}::{test}") for test in ("test_a", "test_a[0-redrawn]", "test_b[x]")} == {file}
    lesson = f"notebooks/{name(LESSONS[0])}.ipynb"
    assert {part_of(request, f"{lesson}::Cell {number}") for number in range(3)} == {lesson}


def test_another_distribution_is_left_alone(request):
    assert part_of(request, "tests/test_browser.py::test_a", dist="load") is None
