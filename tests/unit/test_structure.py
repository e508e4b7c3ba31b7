"""Imports run one way, from the course to the helpers and never back, whatever is imported first."""

import ast
import graphlib
from pathlib import Path

from course.lessons import LESSONS

ROOT = Path(__file__).parents[2]
ORDER = [  # each may import what stands in a line above it, and its own package
    {"helpers.quiet", "helpers.memory", "helpers.progress", "helpers.checks", "helpers.claims"},
    {"helpers.data", "helpers.activations", "helpers.clipping"},
    {"helpers.signals"},
    {"helpers.training"},
    {"helpers.plotting"},
    {f"helpers.lesson{lesson.number}" for lesson in LESSONS},
    {"course.lessons"},
    {"course.labs"},
    {"course.ask"},
    {"course.start"},
    {"course.clinic"},
    {"course.site"},
]
LEVEL = {name: level for level, names in enumerate(ORDER) for name in names}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("helpers", "course")
    for path in sorted((ROOT / package).rglob("*.py"))
}
PACKAGES = [name for name, path in MODULES.items() if path.name == "__init__.py" and "." in name]


def imports_of(name, source):
    """Return the modules of helpers and course that a module imports, as in "helpers.data.load"."""
    package = name if MODULES.get(name, Path(name)).name == "__init__.py" else name.rpartition(".")[0]
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            inside = [f"{module}.{alias.name}" for alias in node.names]
            found += [each if each in MODULES else module for each in inside]
    return [each for each in found if each.split(".")[0] in ("helpers", "course")]


def room(name):
    return ".".join(name.split(".")[:2])


def wrong_ways(name, source):
    """Return the rooms that a module imports although they do not stand above its own."""
    return [
        to for to in map(room, imports_of(name, source)) if to != room(name) and LEVEL.get(to, -1) >= LEVEL[room(name)]
    ]


def test_imports_run_one_way():
    rooms = {room(name) for name in MODULES} - {"helpers", "course"}
    assert rooms - set(LEVEL) == set(), "a place in ORDER is missing"
    wrong = {name: wrong_ways(name, path.read_text(encoding="utf-8")) for name, path in MODULES.items() if "." in name}
    assert not {name: found for name, found in wrong.items() if found}


def test_the_wrong_way_is_found_however_it_is_written():
    assert wrong_ways("helpers.data.dataset", "from helpers.signals import stacked")
    assert wrong_ways("helpers.training.comparison", "def f():\n    from course import labs")
    assert wrong_ways("helpers.clipping", "from .data import standardize")
    assert not wrong_ways("course.labs.live", "import helpers.training, keras")


def test_no_modules_import_each_other():
    graph = {name: imports_of(name, path.read_text(encoding="utf-8")) for name, path in MODULES.items()}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, which names them


def test_each_package_says_which_of_its_files_to_read_first():
    for name in PACKAGES:
        folder = MODULES[name].parent
        text = ast.get_docstring(ast.parse(MODULES[name].read_text(encoding="utf-8")))
        named = [part.split("``")[0] for part in text.split("``")[1::2]]
        assert any((folder / each).exists() for each in named), name
