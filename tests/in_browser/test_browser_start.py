"""The start page, and the way from a word to the glossary, in JupyterLab before anything has run."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import PATIENCE, Notebook
from notebook_files import START, read
from playwright.sync_api import expect

from course.start.folklore import SAYINGS, finding_of

expect.set_options(timeout=1000 * PATIENCE)
TABLE = next(i for i, cell in enumerate(read(START).cells) if cell.source.startswith("Markdown(folklore_table"))


@pytest.fixture
def page(request, server, browser):
    """Open a notebook, the start page if none is asked for; nothing has run."""
    address, token, _ = server
    opened = Notebook(browser, address, token, getattr(request, "param", START.name))
    yield opened
    assert opened.page_errors == []
    assert opened.outside_requests == []
    opened.close()


def open_link(page, number):
    """Go to the start page and follow the link in a row of the table."""
    page.page.evaluate(f"void window.jupyterapp.commands.execute('docmanager:open', {{ path: '{START.name}' }})")
    row = page.page.locator(f".jp-NotebookPanel:visible .jp-Cell[data-windowed-list-index='{TABLE}'] tbody tr")
    row.nth(number).get_by_role("link").click()


@pytest.mark.parametrize("number", [0, len(SAYINGS) - 1])
def test_a_link_opens_the_lesson_and_pressed_again_shows_the_section(page, number):
    lesson = SAYINGS[number].lesson
    section = finding_of(SAYINGS[number])[1]
    title = read(START.with_name(f"{lesson}.ipynb")).cells[0].source.splitlines()[0].removeprefix("# ")
    page.cell(TABLE)
    open_link(page, number)
    visible = page.page.locator(".jp-NotebookPanel:visible")
    expect(visible.get_by_role("heading", name=title, level=1)).to_be_visible()
    heading = visible.get_by_role("heading", name=section).first
    heading.wait_for(state="attached")
    open_link(page, number)
    expect(heading).to_be_in_viewport()


def test_axe_finds_nothing_in_the_table_and_each_row_has_its_cells(page):
    cell = page.cell(TABLE)
    assert cell.locator("tbody tr").count() == len(SAYINGS)
    assert cell.locator("tbody td").count() == 3 * len(SAYINGS)
    cell.locator("table").evaluate("(table) => table.classList.add('axe-here')")
    found = Axe().run(page.page, context=".axe-here").response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("page", ["05_gradient_clipping.ipynb"], indirect=True)
def test_a_word_in_a_lesson_leads_to_its_entry_in_the_glossary(page):
    text = "\n".join(cell.source for cell in read(START.with_name("05_gradient_clipping.ipynb")).cells)
    glossary = START.with_name("glossary.md").read_text(encoding="utf-8").replace(" ", "-")
    links = re.findall(r"\[\*?([^]*]+)\*?\]\(glossary\.md#([a-z-]+)\)", text)
    word, entry = max(links, key=lambda link: glossary.index(f"##-{link[1]}\n"))  # whose entry is the last
    page.page.locator(".jp-Notebook a", has_text=word).first.click()
    heading = page.page.locator(".jp-MarkdownViewer h2", has_text=entry.replace("-", " "))
    expect(heading).to_be_in_viewport()
