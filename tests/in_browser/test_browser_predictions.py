"""Predictions as readers see them: in JupyterLab, in Chromium."""

import re
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import PATIENCE, Notebook
from notebook_files import notebook_of
from playwright.sync_api import expect

ARTEFACTS = Path(__file__).parents[2] / "artefacts"
SETUP, PREDICT, MEASURE, ANSWER = range(4)
CELLS = [
    "from course.ask import answer, predict",
    'guess = predict("What keeps `it` at 2.30?", A="its steps * 2 _halve_ <b> and `a`", B="its units are dead")',
    "print(1 + 1)",
    'answer(guess, "A", A="Each layer halves $E[a^2]$.", B="Both have `dead` ones.")',
]
CELL_SOURCE = f"window.jupyterapp.shell.currentWidget.content.model.cells.get({MEASURE}).sharedModel"
LONG = "a-word-that-is-much-longer-than-a-phone-is-wide-and-cannot-be-broken-anywhere-but-within " + "word " * 40

expect.set_options(timeout=1000 * PATIENCE)


@pytest.fixture(params=[CELLS], ids=["lesson"])
def notebook(request, server, browser):
    """Open a notebook that asks, measures and answers; nothing has run."""
    address, token, root = server
    nbformat.write(notebook_of(request.param), root / "prediction.ipynb")
    opened = Notebook(browser, address, token, "prediction.ipynb")
    yield opened
    assert opened.page_errors == []
    assert opened.outside_requests == []
    opened.close()


def prediction(notebook):
    """Return the widget, in view."""
    return notebook.cell(PREDICT).get_by_role("group", name="What keeps it at 2.30?")


def option(notebook, letter):
    """Return the button of an option."""
    return prediction(notebook).get_by_role("button", name=re.compile(f"^{letter} "))


def answer_text(notebook):
    """Return what is displayed below the cell with the answer."""
    return notebook.cell(ANSWER).locator(".jp-RenderedMarkdown")


def assert_chosen(notebook, letter):
    """Check that the page shows this choice, and no other, and that the kernel holds it."""
    for each in "AB":
        expect(option(notebook, each)).to_have_attribute("aria-pressed", str(each == letter).lower())
    assert notebook.execute("print(guess.choice)") == f"{letter}\n"


def assert_axe_finds_nothing(page):
    found = Axe().run(page, context=".prediction").response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("keys", [("b",), ("a", "Tab", "Space")], ids="-".join)
def test_by_keyboard_alone_the_reader_goes_chooses_and_reads_the_answer(notebook, keys):
    notebook.cell(SETUP)
    notebook.page.keyboard.press("Shift+Enter")
    notebook.page.keyboard.press("Shift+Enter")  # the cell with the prediction
    expect(option(notebook, "A")).to_be_visible()
    n_cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    notebook.cell(PREDICT)
    notebook.page.keyboard.press("Tab")
    expect(option(notebook, "A")).to_be_focused()
    for key in (*keys, "x", "d", "d"):  # the last ones are JupyterLab's, for cutting and deleting cells
        notebook.page.keyboard.press(key)
    expect(option(notebook, "B")).to_be_focused()
    assert_chosen(notebook, "B")
    notebook.page.keyboard.press("ArrowDown")
    notebook.page.keyboard.press("Shift+Enter")
    notebook.page.keyboard.press("Shift+Enter")
    expect(answer_text(notebook)).to_contain_text("You said B: its units are dead. Both have dead ones.")
    expect(answer_text(notebook)).to_contain_text("A is right: its steps * 2 _halve_ <b> and a. Each layer halves")
    assert_chosen(notebook, "B")
    assert notebook.page.locator(".jp-Notebook .jp-Cell").count() == n_cells + 1  # a new last cell


def test_whoever_runs_all_first_and_then_clicks_sees_the_answer_follow_and_may_begin_anew(notebook):
    for _ in range(2):
        notebook.run_all(timeout=PATIENCE)
        expect(answer_text(notebook)).to_contain_text("A is right:")
        assert "You said" not in answer_text(notebook).inner_text()
        assert_chosen(notebook, None)
        for letter, text in (("B", "You said B:"), ("A", "You said A, and A it is:")):
            option(notebook, letter).click()
            expect(answer_text(notebook)).to_contain_text(text)
            assert_chosen(notebook, letter)
    assert [len(outputs) for outputs in notebook.outputs()] == [0, 1, 1, 1]
    counted = "import gc\nprint(sum(type(it).__name__ == 'Prediction' and bool(it.comm) for it in gc.get_objects()))"
    assert notebook.execute(counted) == "1\n"


def test_a_choice_made_while_cells_run_shows_at_once_and_is_heard_after_them(notebook):
    notebook.page.evaluate(f"{CELL_SOURCE}.setSource('import time; time.sleep(5)')")
    notebook.command("notebook:run-all-cells")
    option(notebook, "B").click()
    expect(option(notebook, "B")).to_have_attribute("aria-pressed", "true")
    expect(notebook.cell(MEASURE).locator(".jp-InputPrompt")).to_have_text("[*]:")
    expect(answer_text(notebook)).to_contain_text("You said B:")
    assert_chosen(notebook, "B")


def test_a_page_that_is_loaded_again_shows_the_choice_and_says_how_to_get_the_answer(notebook):
    notebook.run_all(timeout=PATIENCE)
    option(notebook, "B").click()
    expect(answer_text(notebook)).to_contain_text("You said B:")
    notebook.reload()
    assert_chosen(notebook, "B")
    expect(answer_text(notebook)).to_contain_text("You said B:")
    status = prediction(notebook).get_by_role("status")
    expect(status).to_have_text("You say B.")
    option(notebook, "A").click()
    expect(status).to_have_text("You say A. The answer below is an earlier one: run its cell again.")
    notebook.cell(ANSWER)
    notebook.page.keyboard.press("Shift+Enter")
    expect(answer_text(notebook)).to_contain_text("You said A, and A it is:")
    expect(status).to_have_text("You say A.")
    option(notebook, "B").click()
    expect(answer_text(notebook)).to_contain_text("You said B:")


def test_the_hands_of_a_class_are_counted_by_keyboard_and_stand_in_the_answer(notebook):
    notebook.run_all(timeout=PATIENCE)
    n_cells = notebook.page.locator(".jp-Notebook .jp-Cell").count()
    place, page = prediction(notebook), notebook.page
    assert not place.get_by_label("A", exact=True).is_visible()  # a lone learner is not bothered
    assert_axe_finds_nothing(page)
    option(notebook, "B").focus()
    for key in ("Tab", "Enter", "Tab", "5", "a", "Backspace", "Tab", "1", "2"):
        page.keyboard.press(key)
    expect(answer_text(notebook)).to_contain_text("5 of 17 said A. Each layer halves")
    expect(answer_text(notebook)).to_contain_text("12 of 17 said B. Both have")
    expect(place.locator(".total")).to_have_text("17 in all. The answer says how many said what.")
    assert_axe_finds_nothing(page)
    assert_chosen(notebook, None)  # letters in a field choose nothing, and are no commands
    assert notebook.execute("print(guess.hands)") == "{'A': 5, 'B': 12}\n"
    assert page.locator(".jp-Notebook .jp-Cell").count() == n_cells
    place.get_by_label("A", exact=True).fill("many")
    expect(answer_text(notebook)).to_contain_text("12 of 12 said B.")
    option(notebook, "A").focus()
    expect(place.get_by_label("A", exact=True)).to_have_value("")
    widgets = page.evaluate("window.jupyterapp.shell.currentWidget.content.model.getMetadata('widgets') ?? null")
    assert widgets is None


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing_in_each_theme(notebook, theme):
    notebook.run_all(timeout=PATIENCE)
    notebook.page.evaluate("(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
    notebook.page.wait_for_function(f"document.body.dataset.jpThemeName === '{theme}'")
    prediction(notebook)
    assert_axe_finds_nothing(notebook.page)
    option(notebook, "B").click()
    assert_chosen(notebook, "B")
    assert_axe_finds_nothing(notebook.page)
    ARTEFACTS.mkdir(exist_ok=True)
    prediction(notebook).screenshot(path=ARTEFACTS / f"prediction-{theme.lower().replace(' ', '-')}.png")
    notebook.page.evaluate("window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })")
    notebook.page.wait_for_function("document.body.dataset.jpThemeName === 'JupyterLab Light'")


@pytest.mark.parametrize("notebook", [[CELLS[0], f"predict({LONG!r}, A={LONG!r}, B='no')\nNone"]], indirect=True)
def test_on_a_page_as_narrow_as_a_phone_nothing_is_cut_off(notebook):
    notebook.run_all(timeout=PATIENCE)
    place = notebook.cell(PREDICT).locator(".prediction")
    place.evaluate("(it) => Object.assign(it.parentElement.style, { width: '360px', display: 'block' })")
    widths = place.evaluate(
        "(it) => [it, ...it.querySelectorAll('*')].map((part) => [part.className, part.scrollWidth, part.clientWidth,"
        " part.getBoundingClientRect().right - it.parentElement.getBoundingClientRect().left])"
    )
    assert len(widths) > 10
    for name, needed, width, right in widths:
        assert needed <= width or not width, name  # text within a line has no width of its own
        assert right <= 360, name
