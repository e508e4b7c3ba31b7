"""What notebooks import has an example in its docstring; those that can be run without data are, and are true."""

import ast
import doctest
import importlib
import inspect

import numpy as np
import pytest
from notebook_files import ALL_NOTEBOOKS, code_cells, read
from test_structure import MODULES

WITH_EXAMPLES = [name for name, path in MODULES.items() if ">>> " in path.read_text(encoding="utf-8")]


def imported_by_notebooks():
    """Return the names that notebooks import from helpers and course, each with its module, once."""
    found = set()
    for path in ALL_NOTEBOOKS:
        for cell in code_cells(read(path)):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in ("helpers", "course"):
                    found |= {(node.module, alias.name) for alias in node.names}
    return sorted(found)


def test_each_function_that_notebooks_import_has_an_example():
    assert imported_by_notebooks()
    without = []
    for module, name in imported_by_notebooks():
        imported = getattr(importlib.import_module(module), name)
        text = inspect.getdoc(imported) or ""
        if callable(imported) and ">>> " not in text and "or example" not in text:
            without.append(f"{module}.{name}")
    assert without == []


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_give_what_they_say(name):
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    with np.printoptions(precision=4, suppress=True):
        failed, tried = doctest.testmod(importlib.import_module(name), optionflags=options)
    assert tried
    assert not failed, "its output, above, says what the example gave"
