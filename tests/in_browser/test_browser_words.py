"""From a word in a lesson to its sentence in the glossary, in JupyterLab."""

import pytest
from browser import HOW_TO_GET_ONE, Notebook, find_chromium

pytestmark = pytest.mark.skipif(find_chromium() is None, reason=f"there is no Chromium: {HOW_TO_GET_ONE}")


def test_a_word_leads_to_its_entry_in_the_glossary_as_a_page(server, browser):
    address, token, _ = server
    notebook = Notebook(browser, address, token, "05_gradient_clipping.ipynb")
    notebook.page.locator(".jp-Notebook a", has_text="recurrent network").first.click()
    entry = notebook.page.locator(".jp-MarkdownViewer h2", has_text="recurrent network")
    entry.wait_for()
    in_view = "(entry) => { const { top } = entry.getBoundingClientRect(); return top >= 0 && top < innerHeight; }"
    notebook.page.wait_for_function(in_view, arg=entry.element_handle())
    assert notebook.outside_requests == []
    notebook.close()
