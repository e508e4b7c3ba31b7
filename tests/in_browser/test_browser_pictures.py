"""The pictures of the labs, in JupyterLab, in Chromium: drawn in the page, prefetched, compared, set by links."""

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import Notebook
from nbformat.v4 import new_markdown_cell
from notebook_files import notebook_of

SETUP = """import threading, time
from helpers.data import draw_garments
from course.labs import points
from course.labs import initialization_lab
from course.labs import activation_lab, retraining_lab
points.EPOCHS, points.N_IMAGES = 1, 800
data = draw_garments(10_000, 500, 10)
def hold(lab):
    with lab._lock:
        time.sleep(9)"""
LINKS = """[large](#lab:std=0.2,depth=50), [sigmoid](#lab:activation=sigmoid), [alpha](#lab:alpha=1),
[far too large](#lab:std=1e9), [infinite](#lab:std=1e400),
[per cent](#lab:activation=50%), [nonsense](#lab:std=abc), [no such control](#lab:colour=red)"""


@pytest.fixture(scope="module")
def notebook(server, browser):
    """Open a notebook with two labs that redraw, links below each, and a lab that trains."""
    address, token, root = server
    cells = [
        SETUP,
        "first = initialization_lab(data)\nfirst",
        new_markdown_cell(LINKS),
        "second = activation_lab()\nsecond",
        "third = retraining_lab(data)\nthird",
    ]
    nbformat.write(notebook_of(cells), root / "pictures.ipynb")
    opened = Notebook(browser, address, token, "pictures.ipynb")
    opened.run_all(timeout=240)
    yield opened
    assert opened.outside_requests == []
    assert opened.page_errors == []
    opened.close()


@pytest.fixture
def lab(notebook):
    """Return the first lab, as it opens."""
    (lab, *_) = notebook.labs()
    lab.bring_into_view()
    lab.button("Reset").click()
    lab.settled()
    return lab


def test_what_was_prefetched_is_shown_while_the_kernel_does_not_answer_and_the_lab_says_that_it_waits(notebook, lab):
    slider = lab.root.locator(".slider").first
    slider.focus()
    lab.wait_for(lambda: lab.shown()["prefetched"] >= 250)
    picture, sentence = lab.state()
    notebook.execute("threading.Thread(target=hold, args=(first,)).start()")
    for _ in range(5):
        notebook.page.keyboard.press("ArrowRight")
    shown = lab.shown()
    assert shown["answered"] < shown["request"]
    assert "standard deviation 0.112:" in shown["sentence"] != sentence
    assert shown["description"].endswith(shown["sentence"])
    assert lab.pixels() != picture
    lab.button("Reset").click()
    assert lab.shown()["sentence"] == sentence
    for _ in range(5):
        slider.press("ArrowRight")
    assert lab.shown()["sentence"] == shown["sentence"]
    lab.wait_for(lambda: "the kernel is busy" in lab.shown()["note"])
    after = lab.settled()
    assert (after["sentence"], after["numbers"], after["note"]) == (shown["sentence"], shown["numbers"], "")


def test_compare_keeps_the_curves_pale_behind_the_others_until_it_is_pressed_again_or_reset(notebook, lab):
    compare, before = lab.button("Compare"), lab.shown()
    first = lab.pixels()
    compare.press("Enter")
    assert compare.get_attribute("aria-pressed") == "true"
    assert lab.pixels() != first  # the pale band lies around the line
    lab.preset(std=0.2).click()
    both, shown = lab.state()[0], lab.settled()
    assert lab.root.locator(".compared").inner_text() == f"Pale, for comparison: {before['sentence']}"
    assert f"for comparison: {before['sentence']} {shown['sentence']}" in shown["description"]
    found = Axe().run(notebook.page, context=".lab").response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
    compare.press("Space")
    alone = lab.pixels()
    assert alone != both
    assert compare.get_attribute("aria-pressed") == "false"
    assert lab.root.locator(".compared").inner_text() == ""
    assert "comparison" not in lab.shown()["description"]
    compare.click()
    lab.button("Reset").click()
    assert lab.state()[0] == first
    assert compare.get_attribute("aria-pressed") == "false"


def test_a_run_can_be_compared_too(notebook):
    *_, trained = notebook.labs()
    trained.bring_into_view()
    before = trained.settled()
    trained.button("Compare").click()
    trained.preset(rate=0.001).click()
    after = trained.settled()
    assert after["sentence"] != before["sentence"] in after["description"]
    trained.button("Compare").click()
    trained.button("Train").click()
    trained.button("Compare").click()  # what is compared is a result, and no run that has hardly begun
    compared = trained.root.locator(".compared").inner_text()
    trained.settled()
    assert "starting" not in compared
    assert "running" not in compared
    assert compared.startswith("Pale, for comparison: leaky ReLU")
    trained.button("Reset").click()
    trained.settled()


def test_a_run_of_which_nothing_is_heard_any_more_is_doubted(notebook):
    *_, trained = notebook.labs()
    trained.bring_into_view()
    before = trained.settled()
    # The page waits for 20 seconds; the test does not.
    sooner = "(act, time, ...rest) => window.later(act, time === 20000 ? 500 : time, ...rest)"
    notebook.page.evaluate(f"window.later = window.setTimeout; window.setTimeout = {sooner}")
    # What a page has seen last of a kernel that died in the middle of a run.
    notebook.execute("third.send(third.frame | {'number': third.frame['number'] + 1, 'running': True})")
    trained.wait_for(lambda: "the kernel is busy, or it is gone" in trained.shown()["note"])
    assert trained.is_running()
    notebook.page.evaluate("window.setTimeout = window.later")
    trained.button("Reset").click()
    after = trained.settled()
    assert (after["sentence"], after["note"]) == (before["sentence"], "")


def link(notebook, text):
    """Return the link of that text, in view."""
    return notebook.cell(2).get_by_role("link", name=text, exact=True)


def test_a_link_sets_the_controls_that_it_names_and_no_others(notebook, lab):
    link(notebook, "large").click()
    assert lab.settled()["values"] == {"activation": "ReLU", "std": 0.2, "depth": 50}
    link(notebook, "sigmoid").press("Enter")
    shown = lab.settled()
    assert shown["values"] == {"activation": "sigmoid", "std": 0.2, "depth": 50}
    assert shown["controls"]["activation"] == ["sigmoid"]
    for far in ("far too large", "infinite"):
        lab.button("Reset").click()
        link(notebook, far).click()
        shown = lab.settled()
        assert shown["values"]["std"] == 10.0
        assert shown["controls"]["std"] == [10.0, "10"]
    for nothing in ("nonsense", "no such control", "per cent"):
        link(notebook, nothing).click()
        assert lab.root.locator(".failed").count() == 0
    lab.settled()


def test_a_link_means_the_lab_that_has_its_controls_wherever_it_stands(notebook, lab):
    _, second, _ = notebook.labs()
    link(notebook, "alpha").click()
    second.bring_into_view()
    assert second.settled()["values"] == {"alpha": 1.0}
    assert lab.shown()["values"]["std"] == 0.1


def test_a_picture_is_as_wide_as_the_page_allows_and_no_wider_on_a_narrow_one(notebook, lab):
    page = notebook.page
    try:
        for width in (1400, 700, 620):  # of which JupyterLab itself takes some 370
            page.set_viewport_size({"width": width, "height": 1100})
            page.wait_for_timeout(300)
            over, widths = lab.root.evaluate(
                """(lab) => [lab.querySelector('.picture').scrollWidth - lab.querySelector('.picture').clientWidth,
                    Array.from(lab.querySelectorAll('canvas'), (canvas) => canvas.clientWidth)]"""
            )
            assert over <= 0, width
            assert len(set(widths)) == 1
            assert widths[0] > 150
    finally:
        page.set_viewport_size({"width": 1400, "height": 1100})
