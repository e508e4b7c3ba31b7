"""What a reader sees first: `make lab` in a browser, with a home where JupyterLab never ran."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from browser import PATIENCE

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", "")
OPTIONS = re.search(r"bin/jupyter lab (.*)\$\(LAB_FLAGS\)", MAKEFILE)[1].split()


@pytest.fixture
def address(tmp_path):
    """Start JupyterLab as the Makefile does, in a new home; return the address that it prints."""
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, "--no-browser", "--port=0", "--allow-root"]
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    log = tmp_path / "log"
    with log.open("wb") as file:
        server = subprocess.Popen(command, cwd=ROOT, env=variables | {"HOME": str(tmp_path)}, stdout=file, stderr=file)
    try:
        deadline = time.monotonic() + PATIENCE
        while not (addresses := re.findall(r"http://127\.0\.0\.1:\S+\?token=\w{48}", log.read_text(encoding="utf-8"))):
            assert server.poll() is None and time.monotonic() < deadline, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield addresses[0]
    finally:
        server.terminate()
        server.wait(30)


def test_the_start_page_is_open_nothing_is_asked_and_only_lessons_and_their_words_are_listed(address, browser):
    page = browser.new_page()
    page.goto(address)
    page.locator(".jp-NotebookPanel:visible h1").first.wait_for(timeout=1000 * PATIENCE)
    page.wait_for_timeout(2000)  # what asks comes a little later than the page
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "first-minute.png")
    assert page.locator(".jp-NotebookPanel:visible h1").first.inner_text().startswith("Start here")
    assert page.locator(".jp-Dialog, .Toastify__toast, .jp-Launcher").all_inner_texts() == []
    listed = page.locator(".jp-DirListing-itemName").all_inner_texts()
    page.close()
    lessons = [path.name for pattern in ("*.ipynb", "*.md", "further") for path in (ROOT / "notebooks").glob(pattern)]
    assert sorted(listed) == sorted(lessons)
