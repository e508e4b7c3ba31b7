"""pyproject.toml, uv.lock, environment.yml, the workflow and the README must say the same."""

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
GROUPS = PYPROJECT["dependency-groups"]
DIRECT = [Requirement(text) for text in PROJECT["dependencies"] + GROUPS["dev"]]
BOOK = [Requirement(text) for text in GROUPS["book"]]  # only `make book` and `make test` ask for it
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
    for package in LOCK["package"]:
        versions.setdefault(package["name"], []).append(package["version"])
    return versions


@pytest.mark.parametrize("requirement", DIRECT, ids=str)
def test_each_dependency_is_locked_once_in_its_range_and_pinned_alike_for_conda(requirement):
    (version,) = locked()[requirement.name]
    assert requirement.specifier.contains(version)
    assert f"{requirement.name}=={version}" in pip_part()


@pytest.mark.parametrize("requirement", BOOK, ids=str)
def test_what_builds_the_book_is_locked_once_in_its_range(requirement):
    (version,) = locked()[requirement.name]
    assert requirement.specifier.contains(version)


def test_the_conda_environment_holds_nothing_else():
    assert set(conda_part()) == {"python", "pip"}
    assert len(pip_part()) == len(DIRECT) + 1
    assert pip_part()[-1] == "-e ."


def test_the_lock_is_of_the_public_index_with_a_hash_for_every_file():
    libraries = [package for package in LOCK["package"] if package["source"] != {"editable": "."}]
    assert len(libraries) > 100
    for package in libraries:
        assert package["source"] == {"registry": "https://pypi.org/simple"}
        for file in [*package["wheels"], package.get("sdist", package["wheels"][0])]:
            assert file["url"].startswith("https://files.pythonhosted.org/")
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", file["hash"])


def test_the_lock_is_of_this_pyproject():
    """As `uv lock --check`, without a network: what the lock says that the project asks for is what it asks for."""
    (project,) = [package for package in LOCK["package"] if package["source"] == {"editable": "."}]
    groups = project["metadata"]["requires-dev"]
    asked = [*project["metadata"]["requires-dist"], *groups["dev"], *groups["book"]]
    assert {f"{one['name']}{one['specifier']}" for one in asked} == {str(requirement) for requirement in DIRECT + BOOK}
    assert set(groups) == set(GROUPS)
    assert SpecifierSet(LOCK["requires-python"]) == PYTHONS


def test_what_builds_the_project_comes_with_uv():
    (backend,) = PYPROJECT["build-system"]["requires"]
    uv = re.search(r"uv~=([\d.]+)", (ROOT / ".ci" / "setup").read_text(encoding="utf-8"))[1]
    assert Requirement(backend).name == "uv_build"
    assert Requirement(backend).specifier.contains(uv)
    assert SpecifierSet(PYPROJECT["tool"]["uv"]["required-version"]).contains(uv)


def test_all_files_agree_on_the_python_versions():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    setup = (ROOT / ".ci" / "setup").read_text(encoding="utf-8")
    assert f"Python {', '.join(SUPPORTED[:-1])} or {SUPPORTED[-1]}" in setup
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


UPLOT = {  # of the npm package uplot 1.6.32
    "LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}


def test_the_library_that_draws_the_labs_is_as_it_was_published():
    folder = ROOT / "course" / "labs" / "uplot"
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    assert found == UPLOT
