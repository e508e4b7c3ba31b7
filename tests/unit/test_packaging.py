"""pyproject.toml, uv.lock, environment.yml, the workflow, the README and the imports must say the same."""

import ast
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
GROUPS = {name: [Requirement(text) for text in texts] for name, texts in PYPROJECT["dependency-groups"].items()}
RUNTIME = [Requirement(text) for text in PROJECT["dependencies"]]
DEVELOPMENT = [*RUNTIME, *GROUPS["dev"]]
ALL = [*DEVELOPMENT, *GROUPS["book"]]  # only `make book` and `make test-all` ask for the group "book"
PYTHONS = SpecifierSet(PROJECT["requires-python"])
SUPPORTED = [f"3.{minor}" for minor in range(30) if PYTHONS.contains(f"3.{minor}.9")]

NOT_IMPORTED = {  # what is used by other means than an import
    "ipywidgets": "JupyterLab shows widgets by it",
    "jupyterlab": "make lab",
    "ruff": "make test",
    "sphinx": "make book",
    "myst-nb": "course/site/conf.py names it, as it does the next ones",
    "sphinx-book-theme": "the theme of the book",
    "sphinx-mathjax-offline": "its formulas",
    "sphinx-revealjs": "its slides",
}


def names(requirements):
    return {requirement.name for requirement in requirements}


def locked(name):
    """Return the version that the lock names; there must be one for all machines."""
    (version,) = [package["version"] for package in LOCK["package"] if package["name"] == name]
    return version


def test_conda_and_binder_get_the_versions_of_the_lock():
    *from_conda, from_pip = ENVIRONMENT["dependencies"]
    assert [each.partition("=")[0] for each in from_conda] == ["python", "pip"]
    assert from_pip["pip"] == [*(f"{each.name}=={locked(each.name)}" for each in DEVELOPMENT), "-e ."]


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
    in_lock = [*project["metadata"]["requires-dist"], *groups["dev"], *groups["book"]]
    assert {f"{one['name']}{one['specifier']}" for one in in_lock} == {str(requirement) for requirement in ALL}
    assert set(groups) == set(GROUPS)
    assert SpecifierSet(LOCK["requires-python"]) == PYTHONS


def may_import(file):
    """Return the distributions that are sure to be installed where a file is used."""
    if file.startswith("course/site"):
        return names(RUNTIME + GROUPS["book"])
    return names(RUNTIME if file.startswith(("helpers", "course")) else DEVELOPMENT)


def test_every_import_is_a_declared_dependency_and_every_dependency_is_used():
    folders = ("helpers", "course", "tests", "tools")
    files = [ROOT / "conftest.py", *(file for folder in folders for file in (ROOT / folder).rglob("*.py"))]
    ignored = {"helpers", "course", *(file.stem for file in files)} | sys.stdlib_module_names
    providers, used, undeclared = importlib.metadata.packages_distributions(), set(), []
    for path in files:
        file, modules = path.relative_to(ROOT).as_posix(), set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                modules.add(node.module.split(".")[0])
        # Without the group `book`, its packages are not here to be asked; theirs are named as their modules.
        imported = {canonicalize_name(providers.get(module, [module])[0]) for module in modules - ignored}
        used |= imported
        undeclared += [f"{file}: {name}" for name in imported - may_import(file)]
    assert undeclared == []
    assert names(ALL) - used - set(NOT_IMPORTED) == set()
    assert set(NOT_IMPORTED) <= names(ALL)


def test_what_builds_the_project_comes_with_uv():
    (backend,) = PYPROJECT["build-system"]["requires"]
    uv = re.search(r"uv~=([\d.]+)", (ROOT / ".ci" / "setup").read_text(encoding="utf-8"))[1]
    assert Requirement(backend).name == "uv_build"
    assert Requirement(backend).specifier.contains(uv)
    assert SpecifierSet(PYPROJECT["tool"]["uv"]["required-version"]).contains(uv)


def test_all_files_agree_on_the_python_versions():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))
    setup = (ROOT / ".ci" / "setup").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"Python {', '.join(SUPPORTED[:-1])} or {SUPPORTED[-1]}" in setup
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == [SUPPORTED[0], SUPPORTED[-1]]
    assert ENVIRONMENT["dependencies"][0].removeprefix("python=") in SUPPORTED
    assert [version for version in SUPPORTED if version not in readme] == []


def test_what_the_readme_points_to_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!\w+:|#)([^)#]+)", readme)
    targets = re.findall(r"(?m)(?:^ *|`)make ([a-z-]+)", readme)
    assert links and {"lab", "test"} <= set(targets)
    assert [link for link in links if not (ROOT / link).exists()] == []
    assert [target for target in targets if f"\n{target}:" not in makefile] == []


def test_a_checkout_of_windows_has_the_line_ends_of_the_others(tmp_path):
    git = ["git", "-c", "core.autocrlf=true", "-c", "advice.detachedHead=false"]
    subprocess.run([*git, "clone", "--quiet", "--no-checkout", ROOT, tmp_path / "clone"], check=True)
    (tmp_path / "clone/.gitattributes").write_bytes((ROOT / ".gitattributes").read_bytes())
    files = [".ci/setup", "Makefile", "course/labs/lab.css", "course/labs/uplot/uPlot.iife.min.js"]
    subprocess.run([*git, "checkout", "--quiet", "HEAD", "--", *files], cwd=tmp_path / "clone", check=True)
    assert [file for file in files if b"\r\n" in (tmp_path / "clone" / file).read_bytes()] == []


def test_make_lab_runs_the_courses_own_kernel_also_where_a_reader_has_another_and_as_root(tmp_path):
    """JupyterLab takes the kernel of the reader's home before that of an environment which another user owns."""
    kernel = tmp_path / "data/kernels/python3"
    kernel.mkdir(parents=True)
    another = {"argv": ["another"], "display_name": "Python 3 (ipykernel)", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(another), encoding="utf-8")
    printed = subprocess.check_output(["make", "--dry-run", "lab"], cwd=ROOT, encoding="utf-8")
    command = printed[printed.index("JUPYTER_PATH=") :].replace("\\\n", "")
    assert ("--allow-root" in command) is (os.getuid() == 0)
    others = {"JUPYTER_DATA_DIR": str(tmp_path / "data"), "JUPYTER_PREFER_ENV_PATH": "0"}
    jupyter = f'"{Path(sys.executable).with_name("jupyter")}"'
    listing = f"{command.partition('.venv/bin/jupyter')[0]} {jupyter} kernelspec list --json"
    found = subprocess.check_output(listing, shell=True, cwd=ROOT, env=os.environ | others, encoding="utf-8")
    assert json.loads(found)["kernelspecs"]["python3"]["spec"]["argv"][0] != "another"


UPLOT = {  # of the npm package uplot 1.6.32
    "LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
    "uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}


def test_the_library_that_draws_the_labs_is_as_it_was_published():
    folder = ROOT / "course" / "labs" / "uplot"
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    assert found == UPLOT
