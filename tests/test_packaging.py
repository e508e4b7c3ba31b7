"""pyproject.toml, requirements.lock, environment.yml, the workflow and the README must say the same."""

import importlib.util
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
TEST_TOOLS = PROJECT["optional-dependencies"]["test"]
DIRECT = [Requirement(text) for text in PROJECT["dependencies"] + TEST_TOOLS]
PYTHONS = SpecifierSet(PROJECT["requires-python"])
SUPPORTED = [f"3.{minor}" for minor in range(30) if PYTHONS.contains(f"3.{minor}.9")]


def conda_part():
    """Return what conda itself installs, as a dict of name to version (None for any)."""
    lines = [line for line in ENVIRONMENT["dependencies"] if isinstance(line, str)]
    return {name: version or None for name, _, version in (line.partition("=") for line in lines)}


def pip_part():
    """Return the lines that conda hands to pip."""
    (pip,) = [line["pip"] for line in ENVIRONMENT["dependencies"] if isinstance(line, dict)]
    return pip


def locked():
    """Return the lock's packages: name to the list of its versions (several where markers differ)."""
    versions = {}
    for name, version in re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", LOCK):
        versions.setdefault(name, []).append(version)
    return versions


@pytest.mark.parametrize("requirement", DIRECT, ids=str)
def test_each_dependency_is_locked_once_in_its_range_and_pinned_alike_for_conda(requirement):
    (version,) = locked()[requirement.name]
    assert requirement.specifier.contains(version)
    assert f"{requirement.name}=={version}" in pip_part()


def test_the_conda_environment_holds_nothing_else():
    assert set(conda_part()) == {"python", "pip"}
    assert len(pip_part()) == len(DIRECT) + 1
    assert pip_part()[-1] == "-e ."


def test_every_line_of_the_lock_is_pinned_with_hashes_and_has_no_address():
    entries = [entry for entry in re.split(r"\n(?=\S)", LOCK) if entry.strip()]
    assert len(entries) > 100
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+ .*\\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n?)+$", entry), entry
    assert "://" not in LOCK
    assert "index" not in LOCK


def test_the_lock_holds_what_builds_the_project():
    assert "setuptools" in locked()


def test_all_files_agree_on_the_python_versions():
    spec = importlib.util.spec_from_file_location("make_venv", ROOT / ".ci" / "make_venv.py")
    make_venv = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_venv)
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    assert sorted(f"{major}.{minor}" for major, minor in make_venv.SUPPORTED) == SUPPORTED
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == [SUPPORTED[0], SUPPORTED[-1]]
    assert conda_part()["python"] in SUPPORTED


def test_the_readme_names_the_two_commands_and_the_python_versions():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"(?m)^ *make lab\b", readme)
    assert re.search(r"(?m)^ *make test\b", readme)
    for version in SUPPORTED:
        assert version in readme


def test_every_local_link_and_picture_of_the_readme_exists():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!\w+:|#)([^)#]+)", readme)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
