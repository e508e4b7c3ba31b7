"""`import helpers` starts TensorFlow without a word, and progress bars leave nothing behind."""

import io
import os
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.progress import progress_bar

TRAIN_SIX_MODELS = """
import helpers
import os
import keras, numpy as np
from types import SimpleNamespace
from helpers.training import train

x, y = np.eye(40, dtype="float32"), np.zeros(40, int)
data = SimpleNamespace(x_train=x, y_train=y, x_valid=x, y_valid=y)
for _ in range(6):
    model = keras.Sequential([keras.Input((40,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    train(model, data, epochs=1)
print(len(model.get_weights()))
os.write(2, b"end")
"""

TRAIN_A_NETWORK = """
import helpers
import os
import keras, numpy as np
from keras import layers
from types import SimpleNamespace
from helpers.training import train

x, y = np.ones((70, 5, 4), "float32"), np.zeros(70, int)
data = SimpleNamespace(x_train=x, y_train=y, x_valid=x, y_valid=y)
inputs = keras.Input((5, 4))
flat = layers.Flatten()(inputs)
hidden = {hidden}
model = keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden))
model.compile("sgd", "sparse_categorical_crossentropy")
history = train(model, data, epochs=1)
print(sorted(history.history))
model.evaluate(x, y, verbose=0)
os.write(2, b"end")
"""


def run_python(code, **environment):
    """Run code in a fresh interpreter; what C++ writes to file descriptor 2 is in its stderr."""
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )


class FakeTerminal(io.StringIO):
    def isatty(self):
        return True


def count_to_ten(**options):
    with progress_bar(10, "counting", **options) as bar:
        for _ in range(10):
            bar.update()


def test_importing_helpers_and_training_six_models_prints_nothing_on_stderr_which_works_again():
    result = run_python(TRAIN_SIX_MODELS)
    assert result.stderr == "end"
    assert result.stdout == "2\n"
    assert result.returncode == 0


@pytest.mark.parametrize(
    "hidden",
    [
        "layers.SimpleRNN(6, activation='relu')(inputs)",
        "layers.ReLU()(layers.Add()([flat, layers.Dense(20)(flat)]))",
    ],
    ids=["recurrent", "residual"],
)
def test_training_and_evaluating_a_recurrent_or_residual_relu_network_prints_nothing_on_stderr(hidden):
    """TensorFlow's remapper fails on these: trained and evaluated in full, but after three errors in C++."""
    result = run_python(TRAIN_A_NETWORK.format(hidden=hidden))
    assert result.stderr == "end"
    assert result.stdout == "['loss', 'seconds', 'val_loss']\n"
    assert result.returncode == 0


def test_a_failing_import_shows_what_tensorflow_wrote_and_its_error(tmp_path):
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text(
        "import os\nos.write(2, b'libcudart.so: wrong ELF class\\n')\nraise ImportError('no native module')\n"
    )
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    result = run_python("import helpers", PYTHONPATH=path)
    assert result.returncode == 1
    assert result.stderr.count("libcudart.so: wrong ELF class\n") == 1
    assert result.stderr.rstrip().endswith("ImportError: no native module")


def test_tensorflow_imported_before_is_left_alone():
    result = run_python(
        "import sys, types\n"
        "sys.modules['tensorflow'] = types.ModuleType('tensorflow')\n"
        "import helpers; print(vars(sys.modules['tensorflow']).get('constant'))"
    )
    assert result.stderr == ""
    assert result.stdout == "None\n"


def test_the_bar_is_silent_where_stderr_is_no_terminal(capfd):
    count_to_ten()
    assert capfd.readouterr() == ("", "")


def test_the_bar_shows_description_and_unit_in_a_terminal_and_is_wiped_at_the_end(monkeypatch):
    terminal = FakeTerminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    count_to_ten(unit="step")
    assert "counting" in terminal.getvalue()
    assert "step" in terminal.getvalue()
    assert terminal.getvalue().split("\r")[-1] == ""
    assert terminal.getvalue().split("\r")[-2].strip() == ""


def test_a_disabled_bar_is_silent_in_a_terminal_too(monkeypatch):
    terminal = FakeTerminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    count_to_ten(disable=True)
    assert terminal.getvalue() == ""


@pytest.fixture(scope="module")
def executed_cells():
    """Execute four cells in a kernel; return them with the outputs that a stored notebook would have."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(source)
        for source in (
            "import time\nfrom helpers.progress import progress_bar",
            "with progress_bar(3, 'counting') as bar:\n    for _ in range(3):\n        bar.update(); time.sleep(0.3)",
            "bar = progress_bar(3, 'broken off')\nbar.update()\nbar.close()\nprint('after')",
            "with progress_bar(3, 'hidden', disable=True) as bar:\n    bar.update()",
        )
    ]
    shown = []

    def remember(cell, cell_index, execute_reply):
        shown.append(cell_index)

    NotebookClient(notebook, timeout=120, kernel_name="python3", on_cell_executed=remember).execute()
    assert shown == [0, 1, 2, 3]
    return notebook.cells


def visible_text(cell):
    return "".join(output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in cell.outputs)


def test_importing_helpers_in_a_notebook_leaves_no_output(executed_cells):
    assert executed_cells[0].outputs == []


def test_a_finished_bar_leaves_no_visible_text_in_a_notebook(executed_cells):
    assert visible_text(executed_cells[1]) == ""
    assert [output.output_type for output in executed_cells[1].outputs] == ["display_data"]


def test_a_bar_broken_off_leaves_only_what_is_printed_after_it(executed_cells):
    assert visible_text(executed_cells[2]) == "after\n"


def test_a_disabled_bar_leaves_no_output_in_a_notebook(executed_cells):
    assert executed_cells[3].outputs == []
