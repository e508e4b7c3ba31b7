"""The examples in docstrings (``>>>``) are run, and give what they say."""

import doctest
import importlib

import numpy as np
import pytest
from test_structure import MODULES

WITH_EXAMPLES = [name for name, path in MODULES.items() if ">>> " in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_give_what_they_say(name):
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    with np.printoptions(precision=4, suppress=True):
        failed, tried = doctest.testmod(importlib.import_module(name), optionflags=options)
    assert tried
    assert not failed, "its output, above, says what the example gave"
