"""Every lesson run on the drawn garments, without a browser; `test_browser.py` does it in one, and asks more."""

import pytest
from browser import find_chromium
from nbclient import NotebookClient
from notebook_files import ALL_NOTEBOOKS, assert_claims_hold_on_drawn_garments, code_cells, name, read

if find_chromium() is None:

    @pytest.mark.parametrize("path", ALL_NOTEBOOKS, ids=name)
    def test_every_claim_holds_on_the_drawn_garments(path, tmp_path, monkeypatch):
        """Where there is neither a copy of the data nor a network: an empty home, and a proxy that refuses all."""
        monkeypatch.delenv("FASHION_MNIST_DIR", raising=False)
        monkeypatch.setenv("KERAS_HOME", str(tmp_path))
        for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(variable, "http://127.0.0.1:9")
        for variable in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(variable, raising=False)
        notebook = read(path)
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
        assert_claims_hold_on_drawn_garments(path, [cell.outputs for cell in code_cells(notebook)])
