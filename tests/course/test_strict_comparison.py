"""The root conftest.py: no strict comparison on drawn data, and nothing skipped where CI says so."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
CONFTEST = ROOT / "conftest.py"
OF_MAKE_TEST = re.search(r"(?m)^TEST_FLAGS \?= (.+)", (ROOT / "Makefile").read_text(encoding="utf-8"))[1].split()
HELPERS_DATA = """
from types import SimpleNamespace

def load_fashion_mnist():
    return SimpleNamespace(is_real={is_real})
"""
NOT_RUN_TESTS = """
import pytest

@pytest.mark.skip(reason="no time")
def test_skipped():
    pass

@pytest.mark.xfail
def test_expected_to_fail():
    assert False
"""
NOT_RUN_MODULE = "import pytest\n\npytest.skip('no time', allow_module_level=True)\n"


@pytest.fixture(params=[(), tuple(OF_MAKE_TEST)], ids=["one", "two"])
def processes(request):
    """Return pytest's options for one process, and for those of `make test`."""
    return request.param


@pytest.fixture
def project(pytester, monkeypatch, processes):
    """Return a small project with this conftest.py, a passing test and room for a notebook."""
    for name in ("STABLE_GRADIENTS_REQUIRE_ALL", "FASHION_MNIST_DIR"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(CONFTEST, pytester.path)
    pytester.mkpydir("helpers")
    pytester.mkdir("tests").joinpath("test_passing.py").write_text("def test_passing(): pass\n")
    pytester.mkdir("notebooks")
    (pytester.path / "helpers" / "data.py").write_text(HELPERS_DATA.format(is_real=True))
    pytester.processes = processes
    return pytester


def add_notebook(project, *cells, is_real=True):
    """Add a notebook of executed cells, given as source and stored output, and data that are real or not."""
    (project.path / "helpers" / "data.py").write_text(HELPERS_DATA.format(is_real=is_real))
    notebook = nbformat.v4.new_notebook()
    for count, (source, printed) in enumerate(cells, start=1):
        outputs = [nbformat.v4.new_output("stream", text=printed)] if printed else []
        notebook.cells.append(nbformat.v4.new_code_cell(source, execution_count=count, outputs=outputs))
    nbformat.write(notebook, project.path / "notebooks" / "lesson.ipynb")


def run_tests(project):
    """Run the project's tests as `make test` does; return the result."""
    options = ["-p", "no:cacheprovider", "--nbval", "--nbval-current-env", "--nbval-cell-timeout=60"]
    return project.runpytest_subprocess(*options, *project.processes, "tests", "notebooks")


def test_on_drawn_data_the_comparison_is_skipped_and_said_to_be(project):
    add_notebook(project, ("print('computed')", "stored\n"), is_real=False)
    result = run_tests(project)
    assert result.ret == 0
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*strict comparison of the notebooks: NOT RUN*", "*1 cells were not compared*"])


def test_on_real_data_the_kernel_gets_the_folder_and_each_wrong_cell_fails(project, monkeypatch):
    monkeypatch.setenv("FASHION_MNIST_DIR", "tests")
    right = ("import os; print(os.path.exists(os.environ['FASHION_MNIST_DIR']))", "True\n")
    wrong = ("print('computed')", "stored\n")
    raising = ("raise ValueError('boom')", "")
    add_notebook(project, right, wrong, raising, right)
    result = run_tests(project)
    assert result.ret == 1
    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines(["*run on the real Fashion-MNIST*", "*lesson.ipynb (4 cells)*"])


def test_required_means_that_drawn_data_fail(project, monkeypatch):
    monkeypatch.setenv("STABLE_GRADIENTS_REQUIRE_ALL", "1")
    add_notebook(project, ("print('computed')", "stored\n"), is_real=False)
    result = run_tests(project)
    assert result.ret == 1
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*NOT RUN*"])


def test_required_means_that_skipped_and_expected_failures_fail(project, monkeypatch):
    project.path.joinpath("tests", "test_not_run.py").write_text(NOT_RUN_TESTS)
    monkeypatch.setenv("STABLE_GRADIENTS_REQUIRE_ALL", "1")
    result = run_tests(project)
    assert result.ret == 1
    result.assert_outcomes(passed=1, errors=1, failed=1)


def test_required_means_that_a_module_that_skips_itself_fails(project, monkeypatch):
    monkeypatch.setenv("STABLE_GRADIENTS_REQUIRE_ALL", "1")
    project.path.joinpath("tests", "test_not_run.py").write_text(NOT_RUN_MODULE)
    result = run_tests(project)
    # pytest-xdist runs the other tests and then fails, too
    assert result.ret == (pytest.ExitCode.TESTS_FAILED if project.processes else pytest.ExitCode.INTERRUPTED)
    result.stdout.fnmatch_lines(["*STABLE_GRADIENTS_REQUIRE_ALL=1 asks for every test*no time*"])


def test_a_named_folder_without_the_data_stops_the_run_with_the_reason(project):
    add_notebook(project, ("print('computed')", "stored\n"))
    message = "FASHION_MNIST_DIR=/nowhere: no such folder"
    data = f"def load_fashion_mnist():\n    raise FileNotFoundError({message!r})\n"
    (project.path / "helpers" / "data.py").write_text(data)
    result = run_tests(project)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{message}*"])
    result.stdout.no_fnmatch_line("*Traceback*")
