"""`import helpers` starts TensorFlow without a word, whatever is set; progress bars leave nothing behind."""

import io
import os
import subprocess
import sys

import pytest
from nbclient import NotebookClient
from notebook_files import notebook_of

from helpers.progress import progress_bar

TRAIN_NETWORKS = """
import helpers
import os
import keras, numpy as np
from keras import layers
from types import SimpleNamespace
from helpers.training import compare

x, y = np.ones((70, 5, 4), "float32"), np.zeros(70, int)
data = SimpleNamespace(x_train=x, y_train=y, x_valid=x, y_valid=y)

def train(hidden):
    def build():
        inputs = keras.Input((5, 4))
        model = keras.Model(inputs, layers.Dense(2, activation="softmax")(hidden(inputs)))
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    compare({"net": build}, data, [0], verbose=0)

def residual(inputs):
    flat = layers.Flatten()(inputs)
    return layers.ReLU()(layers.Add()([flat, layers.Dense(20)(flat)]))

for _ in range(6):  # from the fifth on TensorFlow would warn of functions that are traced again
    train(layers.Flatten())
for hidden in (layers.SimpleRNN(6, activation="relu"), residual):  # TensorFlow's remapper would fail on these
    train(hidden)  # trained in full, but after three errors in C++
os.write(2, b"end")
"""


def run_python(code, **environment):
    """Run code in a fresh interpreter; what C++ writes to file descriptor 2 is in its stderr."""
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )


def test_importing_helpers_and_training_print_nothing_on_stderr_which_works_again():
    result = run_python(TRAIN_NETWORKS)
    assert (result.stderr, result.stdout, result.returncode) == ("end", "", 0)


def test_a_failing_import_shows_what_tensorflow_wrote_and_its_error(tmp_path):
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text(
        "import os\nos.write(2, b'libcudart.so: wrong ELF class\\n')\nraise ImportError('no native module')\n",
        encoding="utf-8",
    )
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    result = run_python("import helpers", PYTHONPATH=path)
    assert result.returncode == 1
    assert result.stderr.count("libcudart.so: wrong ELF class\n") == 1
    assert result.stderr.rstrip().endswith("ImportError: no native module")


@pytest.mark.parametrize("settings", ['{"backend": "theano"}', '{"floatx": "float64", "backend": "jax"}', "{}"])
def test_another_projects_settings_of_keras_do_not_count(tmp_path, settings):
    (tmp_path / "keras.json").write_text(settings, encoding="utf-8")
    code = "from helpers.claims import claim\nimport keras\nprint(keras.backend.backend(), keras.config.floatx())"
    result = run_python(code, KERAS_HOME=str(tmp_path), KERAS_BACKEND="torch")
    assert (result.stdout, result.stderr) == ("tensorflow float32\n", "")


def test_a_file_that_hides_the_helpers_is_named(tmp_path):
    (tmp_path / "helpers.py").write_text("", encoding="utf-8")
    result = run_python(f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport course.ask")
    message = "hides the course's package `helpers`: give this file another name\n"
    assert result.stderr.endswith(f"\nImportError: {tmp_path / 'helpers.py'} {message}")


def count_to_ten(**options):
    with progress_bar(10, "counting", **options) as bar:
        for _ in range(10):
            bar.update()


def test_the_bar_is_shown_in_a_terminal_unless_disabled_and_wiped_at_the_end(monkeypatch, capfd):
    count_to_ten()
    assert capfd.readouterr() == ("", "")  # stderr is no terminal
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    count_to_ten(disable=True)
    assert terminal.getvalue() == ""
    count_to_ten(unit="step")
    assert "counting" in terminal.getvalue() and "step" in terminal.getvalue()
    *_, wiped, after = terminal.getvalue().split("\r")
    assert (wiped.strip(), after) == ("", "")


def test_a_bar_leaves_no_visible_text_in_a_notebook_when_it_is_done_broken_off_or_disabled():
    notebook = notebook_of(
        [
            "import time\nfrom helpers.progress import progress_bar",
            "with progress_bar(3, 'counting') as bar:\n    for _ in range(3):\n        bar.update(); time.sleep(0.3)",
            "bar = progress_bar(3, 'broken off')\nbar.update()\nbar.close()\nprint('after')",
            "with progress_bar(3, 'hidden', disable=True) as bar:\n    bar.update()",
        ]
    )
    NotebookClient(notebook, timeout=120).execute()
    visible = ["", "", "after\n", ""]
    for cell, text, n_outputs in zip(notebook.cells, visible, [0, 1, 2, 0], strict=True):
        shown = [each.get("text", "") + each.get("data", {}).get("text/plain", "") for each in cell.outputs]
        assert ("".join(shown), len(shown)) == (text, n_outputs)
