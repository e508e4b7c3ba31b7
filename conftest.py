"""What pytest needs for the notebooks: real data for the strict comparison, and no skipping where CI says so.

It lies in the root folder because pytest gives a conftest.py only the tests below its own folder, and the
notebooks are tests, too: nbval makes one of every code cell.
"""

import functools
import os
from collections import Counter
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell

REQUIRE_ALL = os.environ.get("STABLE_GRADIENTS_REQUIRE_ALL") == "1"
NOTEBOOKS = Path(__file__).parent / "notebooks"
IN_BROWSER = ("test_browser", "test_first_minute", "test_book", "test_slides")
NO_REAL_DATA = "the strict comparison needs the real Fashion-MNIST"


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
    """Let each process of pytest-xdist take one file at a time; the lessons in the browser, its longest, one by one."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling  # not there without pytest-xdist

    lessons = {path.relative_to(NOTEBOOKS).with_suffix("").as_posix() for path in NOTEBOOKS.rglob("*.ipynb")}

    class ByFileOrLesson(LoadFileScheduling):
        def _split_scope(self, nodeid):
            test, _, parameter = nodeid.removesuffix("]").partition("[")
            file = super()._split_scope(test)
            return f"{file} {parameter}" if parameter in lessons and file.endswith("test_browser.py") else file

    return ByFileOrLesson(config, log)


def pytest_collection_modifyitems(config, items):
    """Skip the cells of the notebooks where there is no real data to compare them on."""
    by_xdist = getattr(config, "workerinput", None)
    cells = [item for item in items if isinstance(item, IPyNbCell)]
    if cells and not (by_xdist["has_real_data"] if by_xdist else has_real_data(config)):
        for cell in cells:
            cell.add_marker(pytest.mark.skip(reason=NO_REAL_DATA))
    if by_xdist:  # the long ones first, so that no process has nothing to do at the end
        items.sort(key=lambda item: (item.path.name != "test_browser.py", item.path.suffix == ".py"))


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
    return refuse_skip((yield))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report():
    """Where everything is required, a module that skips itself is a failure, too."""
    return refuse_skip((yield))


def refuse_skip(report):
    """Turn a skipped report into a failed one if STABLE_GRADIENTS_REQUIRE_ALL is 1."""
    if REQUIRE_ALL and report.skipped:
        if hasattr(report, "wasxfail"):
            reason = f"expected to fail {report.wasxfail}"
            del report.wasxfail  # pytest does not count a failure that was expected
        else:
            reason = report.longrepr[2]
        report.outcome = "failed"
        report.longrepr = f"STABLE_GRADIENTS_REQUIRE_ALL=1 asks for every test to run and pass. {reason}"
    return report


def pytest_terminal_summary(terminalreporter):
    """Say in one line what the strict comparison did, and whether the browser tests were left out."""
    skipped = terminalreporter.stats.get("skipped", [])
    in_browser = [each for each in skipped if any(name in each.nodeid for name in IN_BROWSER)]
    if in_browser:
        terminalreporter.section("labs, book and slides in a browser: NOT RUN", yellow=True)
        reason = in_browser[0].longrepr[2].removeprefix("Skipped: ")
        terminalreporter.line(f"{len(in_browser)} tests were not run: {reason}.")
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    cells = [report for report in reports if ".ipynb::" in getattr(report, "nodeid", "")]
    not_compared = [cell for cell in cells if NO_REAL_DATA in str(cell.longrepr)]
    compared = Counter(cell.nodeid.split("::")[0].removeprefix("notebooks/") for cell in cells if cell.when == "call")
    if not_compared:
        terminalreporter.section("strict comparison of the notebooks: NOT RUN", yellow=True)
        terminalreporter.line(
            f"{NO_REAL_DATA}, which this machine has not got: {len(not_compared)} cells were not compared. "
            "To compare: connect to the network or set FASHION_MNIST_DIR (see README.md)."
        )
    elif compared:
        cells = ", ".join(f"{name} ({count} cells)" for name, count in sorted(compared.items()))
        terminalreporter.section("strict comparison of the notebooks: run on the real Fashion-MNIST")
        terminalreporter.line(f"Compared with the stored output: {cells}.")
