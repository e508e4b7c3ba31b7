"""`.ci/setup`, which `make` calls first, with a stand-in for uv: what it does, and what it says when uv fails."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = """#!/bin/sh
[ "$1" = cache ] && exit
echo "$@" >>calls
[ -n "$UV_ERROR" ] && { echo "$UV_ERROR" >&2; exit 2; }
mkdir -p .venv/bin && ln -sf /bin/sh .venv/bin/python
"""


@pytest.fixture
def checkout(tmp_path):
    """Return a folder with what the script reads, and with the uv that is first on PATH."""
    folder = tmp_path / "checkout"
    for name in (".ci/setup", "uv.lock", "pyproject.toml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").write_text(UV, encoding="utf-8")
    (tmp_path / "bin" / "uv").chmod(0o755)
    return folder


def set_up(folder, *groups, **variables):
    """Run the script; return its process and what uv was asked for since the folder was made."""
    path = f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHON": "", "UV_ERROR": "", **variables, "PATH": path}
    command = [folder / ".ci" / "setup", *groups]
    process = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False)
    calls = folder / "calls"
    return process, calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []


def test_uv_is_called_once_and_again_when_something_changed(checkout):
    assert set_up(checkout)[1] == ["sync --frozen"]
    process, calls = set_up(checkout)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    assert calls == ["sync --frozen"]
    (checkout / "uv.lock").write_text("changed", encoding="utf-8")
    assert len(set_up(checkout)[1]) == 2
    (checkout / ".venv" / "bin" / "python").unlink()  # as when the Python behind it was removed
    assert len(set_up(checkout)[1]) == 3
    assert set_up(checkout, PYTHON="python3.12")[1][3:] == ["sync --frozen --python python3.12"]


def test_a_moved_environment_is_made_anew(checkout):
    set_up(checkout)
    (checkout / ".venv" / "old").touch()
    moved = checkout.rename(checkout.parent / "moved here")
    assert len(set_up(moved)[1]) == 2
    assert not (moved / ".venv" / "old").exists()


def test_a_group_is_added_when_it_is_asked_for_and_stays(checkout):
    set_up(checkout)
    assert set_up(checkout, "book", UV_ERROR="No space left")[0].returncode == 1
    assert set_up(checkout, "book")[1][-1] == "sync --frozen --group book"  # it could not be added before
    n_calls = len(set_up(checkout, "book")[1])
    (checkout / "uv.lock").write_text("changed", encoding="utf-8")
    assert set_up(checkout)[1][n_calls:] == ["sync --frozen --group book"]


@pytest.mark.parametrize(
    ("error", "explanation"),
    [
        ("cause: failed to write: No space left on device (os error 28)", "the disk is full"),
        ("`tensorflow` can't be installed because it doesn't have a wheel", "cannot run TensorFlow"),
        ("cause: error sending request\ncause: dns error", "HTTPS_PROXY"),
        ("cause: error sending request\ncause: invalid peer certificate: UnknownIssuer", "SSL_CERT_FILE"),
        ("Failed to download https://github.com/astral-sh/python-build-standalone", "3.13 was not found"),
        ("something new", "its own words"),
    ],
)
def test_a_failure_is_explained_and_leaves_no_mark(checkout, error, explanation):
    process, calls = set_up(checkout, UV_ERROR=error)
    assert process.returncode == 1
    assert error in process.stderr
    assert explanation in process.stderr.partition("error: ")[2]
    assert len(calls) == 2  # it tries once more
    assert not (checkout / ".venv" / "made-from").exists()


def test_where_uv_is_too_old_and_pip_is_missing_the_reader_is_told_where_to_get_one(checkout):
    (checkout.parent / "bin" / "uv").write_text("#!/bin/sh\nexit 2\n", encoding="utf-8")
    process, _ = set_up(checkout, PYTHON="false")
    assert process.returncode == 1
    assert "https://docs.astral.sh/uv/" in process.stderr
    assert not list(checkout.glob(".uv*"))
