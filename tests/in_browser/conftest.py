"""What the browser tests share: one JupyterLab and one Chromium, however many of them run in a process."""

import shutil

import pytest
from browser import HOW_TO_GET_ONE, LOG, chromium, find_chromium, jupyter_lab, tracebacks
from notebook_files import ALL_NOTEBOOKS, FOLDER

from course.site import handouts

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="session")
def browser():
    """Start Chromium; where there is none, what needs it is skipped."""
    if find_chromium() is None:
        pytest.skip(f"there is no Chromium: {HOW_TO_GET_ONE}")
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def server(browser, tmp_path_factory):
    """Start JupyterLab on copies of lessons and words, without data and with a network that refuses everything.

    The folder `handouts` in it has the learners' edition.

    At the end no traceback may hide in its log.
    """
    root, scratch = tmp_path_factory.mktemp("lessons"), tmp_path_factory.mktemp("jupyter")
    for path in [*ALL_NOTEBOOKS, *FOLDER.glob("*.md")]:
        copy = root / path.relative_to(FOLDER)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(path, copy)
    handouts.write(root / "handouts")
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    home = {"FASHION_MNIST_DIR": None, "KERAS_HOME": str(tmp_path_factory.mktemp("home"))}
    home |= {"no_proxy": None, "NO_PROXY": None}
    with jupyter_lab(root, scratch, **proxies, **home) as (address, token):
        yield address, token, root
        assert tracebacks((scratch / LOG).read_text(encoding="utf-8", errors="replace")) == ""
