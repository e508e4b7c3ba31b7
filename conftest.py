"""What pytest needs for the notebooks: real data for the strict comparison, and no skipping where CI says so.

It lies in the root folder because pytest gives a conftest.py only the tests below its own folder, and the
notebooks are tests, too: nbval makes one of every code cell.
"""

import functools
import os
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell

collect_ignore_glob = ["notebooks/clinic_*"]  # a class's own issue of the clinic
REQUIRE_ALL = os.environ.get("STABLE_GRADIENTS_REQUIRE_ALL") == "1"
NO_REAL_DATA = "the strict comparison needs the real Fashion-MNIST"
LONGEST_FIRST = ("tests/in_browser", "notebooks", "tests/course", "tests/unit")


def pytest_configure():
    """Make FASHION_MNIST_DIR absolute, since every kernel runs in its notebook's own folder."""
    if os.environ.get("FASHION_MNIST_DIR"):
        os.environ["FASHION_MNIST_DIR"] = str(Path(os.environ["FASHION_MNIST_DIR"]).resolve())


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tell each process of pytest-xdist whether the data are real: they are looked for, and downloaded, once."""
    node.workerinput["has_real_data"] = has_real_data(node.config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Let each process of pytest-xdist take one file at a time; of the lessons in the browser one lesson at a time."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # not there without pytest-xdist

    class ByFileOrLesson(LoadFileScheduling):
        def _split_scope(self, nodeid):
            test, _, parameter = nodeid.removesuffix("]").partition("[")
            is_lesson = "/test_browser.py" in test and (config.rootpath / "notebooks" / f"{parameter}.ipynb").is_file()
            file = super()._split_scope(test)
            return f"{file} {parameter}" if is_lesson else file

    return ByFileOrLesson(config, log)


def pytest_collection_modifyitems(config, items):
    """Skip the cells of the notebooks where there is no real data to compare them on; put what takes long first."""
    by_xdist = getattr(config, "workerinput", None)
    cells = [item for item in items if isinstance(item, IPyNbCell)]
    if cells and not (by_xdist["has_real_data"] if by_xdist else has_real_data(config)):
        for cell in cells:
            cell.add_marker(pytest.mark.skip(reason=NO_REAL_DATA))
    if by_xdist:  # so that no process has nothing to do at the end
        items.sort(key=lambda item: [not item.nodeid.startswith(folder) for folder in LONGEST_FIRST])


@functools.cache
def has_real_data(config):
    """Load Fashion-MNIST, its download (if there must be one) in view, and say whether it is real."""
    from helpers.data import load_fashion_mnist  # starts TensorFlow, so only when there are notebooks

    with config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        try:
            return load_fashion_mnist().is_real
        except (OSError, ValueError) as error:
            raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport():
    """Where everything is required, a skipped or expected failure is a failure."""
    report = yield
    if REQUIRE_ALL and report.skipped:
        vars(report).pop("wasxfail", None)  # pytest does not count a failure that was expected
        report.outcome = "failed"
        report.longrepr = f"STABLE_GRADIENTS_REQUIRE_ALL=1 asks for every test to run and pass. {report.longrepr}"
    return report


pytest_make_collect_report = pytest_runtest_makereport  # the same of a module that skips itself


def pytest_terminal_summary(terminalreporter):
    """Say in view whether the notebooks were compared, which only real data allow."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    cells = {report.nodeid: report for report in reports if ".ipynb::" in getattr(report, "nodeid", "")}
    if any(NO_REAL_DATA in str(report.longrepr) for report in cells.values()):
        terminalreporter.section("strict comparison of the notebooks: NOT RUN", yellow=True)
        terminalreporter.line(f"{NO_REAL_DATA}: connect to the network or set FASHION_MNIST_DIR (see README.md).")
    elif cells:
        terminalreporter.section("strict comparison of the notebooks: run on the real Fashion-MNIST")
        terminalreporter.line(f"Compared with the stored output: {len(cells)} cells.")
