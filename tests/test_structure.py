"""Imports among the helpers run one way, whatever is imported first."""

import ast
import graphlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = [  # each may import what stands in a line above it, and its own package
    {"quiet", "memory", "progress", "claims"},
    {"data", "activations", "layers", "clipping"},
    {"signals"},
    {"training"},
    {"plotting"},
    {"labs"},
    {"lessons"},
]
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}
MODULES = sorted((ROOT / "helpers").rglob("*.py"))
NAMES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES
}  # of modules and packages


def imported_helpers(source, package):
    """Return what a module imports from helpers, as in "helpers.data.files".

    Parameters
    ----------
    source : str
    package : str
        Of the module, in case its imports are relative.
    """
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            names += [f"{module}.{alias.name}" if f"{module}.{alias.name}" in NAMES else module for alias in node.names]
    return [name for name in names if name.startswith("helpers.")]


def problems(place, source):
    """Return what a module, at a place such as "signals/models.py", imports although it may not."""
    parts = Path(place).with_suffix("").parts
    wanted = {name.split(".")[1] for name in imported_helpers(source, ".".join(["helpers", *parts[:-1]]))}
    return [name for name in wanted - {parts[0]} if LEVEL[name] >= LEVEL[parts[0]]]


def test_every_module_has_its_place_in_the_order():
    found = {path.relative_to(ROOT / "helpers").parts[0].removesuffix(".py") for path in MODULES}
    assert found - {"__init__"} == set(LEVEL)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_imports_a_later_one(path):
    place = path.relative_to(ROOT / "helpers")
    if place.parts == ("__init__.py",):
        assert imported_helpers(path.read_text(), "helpers") == ["helpers.quiet"]
    else:
        assert not problems(place, path.read_text())


def test_no_modules_import_each_other():
    graph = {}
    for name, path in NAMES.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        graph[name] = imported_helpers(path.read_text(), package)
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names them


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("data/dataset.py", "from helpers.signals import stacked"),
        ("signals/models.py", "def f():\n    import helpers.plotting.base"),
        ("training/run.py", "from helpers import labs"),
        ("labs/live.py", "from ..lessons.lesson1 import labs"),
        ("layers.py", "from .data import standardize"),
    ],
)
def test_the_wrong_way_is_found_however_it_is_written(place, source):
    assert len(problems(place, source)) == 1


@pytest.mark.parametrize(
    ("place", "source"),
    [("data/dataset.py", "from .files import read"), ("labs/live.py", "import helpers.training, keras")],
)
def test_the_right_way_is_not(place, source):
    assert not problems(place, source)


@pytest.mark.parametrize("path", sorted(ROOT.glob("helpers/*/__init__.py")), ids=lambda path: path.parent.name)
def test_a_package_says_which_of_its_files_to_read_first(path):
    text = ast.get_docstring(ast.parse(path.read_text()))
    assert "Read first: ``" in text
    first = text.split("Read first: ``")[1].split("``")[0]
    assert (path.parent / first).exists()
