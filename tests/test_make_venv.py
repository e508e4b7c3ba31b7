"""What the reader sees when `.ci/make_venv.py` can and cannot make the environment."""

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "make_venv.py"
AS_OLD_PYTHON = "sys.version_info = (3, 10, 2, 'final', 0)"
WITHOUT_ENSUREPIP = "sys.modules['ensurepip'] = None"


@pytest.fixture
def make_venv():
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("make_venv", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path):
    """Return a folder with the script and a small lock: one package, of which no index has the named file."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(SCRIPT, tmp_path / ".ci")
    (tmp_path / "requirements.lock").write_text(f"tqdm==4.70.1 --hash=sha256:{'0' * 64}\n")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'checkout'\nversion = '1'\n")
    return tmp_path


def run_script(checkout, before="", **environment):
    """Run the script, after a line of Python that changes its world; return the finished process."""
    code = f"import runpy, sys\n{before}\nrunpy.run_path('.ci/make_venv.py', run_name='__main__')"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    settings = {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1", **environment}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, env=inherited | settings, capture_output=True, text=True
    )


def assert_fails_with(process, *words):
    """Assert a clear error of at most six lines: these words, an exit status, no stack trace."""
    assert process.returncode == 1, process.stdout + process.stderr
    assert process.stderr.startswith("error: ")
    assert "Traceback" not in process.stdout + process.stderr
    assert len(process.stderr.splitlines()) <= 6
    for word in words:
        assert word in process.stderr


def test_an_old_python_can_read_the_script():
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_unsupported_python_is_named_with_what_is_needed(checkout):
    process = run_script(checkout, AS_OLD_PYTHON, PATH="")
    assert_fails_with(process, sys.executable, "3.11, 3.12 or 3.13", "make lab PYTHON=")
    assert not (checkout / ".venv").exists()


def test_an_unsupported_python_hands_over_to_a_supported_one(checkout):
    supported = checkout / "bin" / "python3.12"
    supported.parent.mkdir()
    supported.write_text('#!/bin/sh\necho "called with $1"\n')
    supported.chmod(0o755)
    process = run_script(checkout, AS_OLD_PYTHON, PATH=str(supported.parent))
    assert process.returncode == 0, process.stderr
    assert "using python3.12 instead" in process.stdout
    assert process.stdout.splitlines()[-1].endswith("make_venv.py")


def test_a_stand_in_with_no_python_behind_it_is_passed_over(checkout):
    stand_in = checkout / "bin" / "python3.13"
    stand_in.parent.mkdir()
    stand_in.write_text("#!/bin/sh\nexit 127\n")
    stand_in.chmod(0o755)
    assert_fails_with(run_script(checkout, AS_OLD_PYTHON, PATH=str(stand_in.parent)), "none is on PATH")


def test_a_python_without_ensurepip_says_what_to_install(checkout):
    process = run_script(checkout, WITHOUT_ENSUREPIP)
    assert_fails_with(process, "no module `ensurepip`", "sudo apt install python3-venv")


@pytest.mark.parametrize(
    "machine",
    [
        ("Darwin", "x86_64", False),
        ("Linux", "x86_64", False),
        ("Linux", "armv7l", True),
        ("Windows", "x86", False),
    ],
)
def test_a_machine_without_tensorflow_wheels_is_refused(make_venv, machine):
    with pytest.raises(make_venv.SetupError, match="is not offered for it"):
        make_venv.require_platform(*machine)


@pytest.mark.parametrize("machine", [("Darwin", "arm64", False), ("Linux", "aarch64", True)])
def test_a_machine_with_tensorflow_wheels_is_accepted(make_venv, machine):
    make_venv.require_platform(*machine)


def test_no_network_is_told_in_three_lines_and_leaves_no_stamp(checkout):
    process = run_script(checkout, PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert_fails_with(process, "the package index cannot be reached", ".venv-install.log")
    assert len(process.stderr.splitlines()) == 3
    assert "127.0.0.1" in (checkout / ".venv-install.log").read_text(encoding="utf-8")
    assert not (checkout / ".venv" / "made_from.json").exists()


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("WARNING: NewConnectionError\nERROR: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "its SHA-256 differs"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED')", "PIP_CERT"),
        (
            "Retrying after connection broken by 'ProxyError()'\nERROR: No matching distribution found for a",
            "HTTPS_PROXY",
        ),
        (
            "ERROR: No matching distribution found for tensorflow==2.21.0",
            "pip finds no tensorflow==2.21.0 for this",
        ),
        (
            "Traceback (most recent call last):\n  File 'x'\nRuntimeError: boom",
            "the last lines say\nRuntimeError: boom",
        ),
    ],
)
def test_a_failure_of_pip_is_explained(make_venv, output, meaning):
    assert meaning in make_venv.explain(output)
    assert "Traceback" not in make_venv.explain(output)


@pytest.fixture
def steps(make_venv, checkout, monkeypatch):
    """Return the list of steps that the script takes: noted, not done. Its .venv counts as working."""
    commands = []
    monkeypatch.setattr(make_venv, "run", lambda task, command: commands.append(task))
    monkeypatch.setattr(make_venv, "succeeds", lambda command: True)
    for name in ("VENV", "STAMP", "LOG", "LOCK_FILE", "REQUIREMENTS", "PYPROJECT"):
        moved = checkout / Path(getattr(make_venv, name)).relative_to(make_venv.ROOT)
        monkeypatch.setattr(make_venv, name, str(moved))
    (checkout / ".venv").mkdir()
    return commands


EVERYTHING = ["make an environment", "install requirements.lock", "install the project"]


def test_a_second_call_does_nothing(make_venv, steps):
    make_venv.set_up()
    assert steps == EVERYTHING
    steps.clear()
    make_venv.set_up()
    assert steps == []


@pytest.mark.parametrize(
    ("changed", "expected"), [("requirements.lock", EVERYTHING), ("pyproject.toml", ["install the project"])]
)
def test_only_what_changed_is_installed_again(make_venv, steps, checkout, changed, expected):
    make_venv.set_up()
    steps.clear()
    with open(checkout / changed, "a", encoding="utf-8") as file:
        file.write("# changed\n")
    make_venv.set_up()
    assert steps == expected


def test_another_python_makes_a_new_environment(make_venv, steps, checkout):
    make_venv.set_up()
    steps.clear()
    stamp = checkout / ".venv" / "made_from.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"python": "3.99"}))
    make_venv.set_up()
    assert steps == EVERYTHING


def test_a_broken_environment_is_made_anew(make_venv, steps, monkeypatch):
    make_venv.set_up()
    steps.clear()
    monkeypatch.setattr(make_venv, "succeeds", lambda command: False)
    make_venv.set_up()
    assert steps == EVERYTHING
