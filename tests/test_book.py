"""The book: built once from the stored outputs, then read as files, and opened from disk in Chromium."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from book_site import findings, page, pages, wrong_links
from browser import HOW_TO_GET_ONE, find_chromium
from notebook_files import FOLDER, LESSONS, VERDICT, WIDGET, code_cells, name, printed, read

ROOT = Path(__file__).parents[1]
ARTEFACTS = ROOT / "artefacts"
AT_MOST = 15_000_000  # bytes of the whole site
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
COLOURED = ("01_initialization", "notation", "README", "search", "index")  # every kind of thing; contrast takes long
TEXTS = ["glossary", "notation"]
GUIDES = [file.stem for file in sorted(ROOT.glob("*.md"))]  # README, and the teacher's guide once there is one
EXPECTED = [
    *(f"notebooks/{name(path)}" for path in LESSONS),
    *(f"notebooks/{text}" for text in TEXTS),
    *GUIDES,
]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("sphinx") is None, reason="the book needs Sphinx: `.ci/setup book` installs it"
)
in_browser = pytest.mark.skipif(find_chromium() is None, reason=f"there is no Chromium: {HOW_TO_GET_ONE}")
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=name)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Build the book as the Makefile does; return the process, and the folder of the site."""
    folder = tmp_path_factory.mktemp("book")
    options = ["--quiet", "--fail-on-warning", "--keep-going", "-c", "book", "-d", folder / "doctrees"]
    command = [sys.executable, "-m", "sphinx", *options, ".", folder / "html"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True), folder / "html"


@pytest.fixture(scope="module")
def site(built):
    """Return the folder of the site."""
    return built[1]


def book_pages(site):
    """Return the paths of the site's pages that are no slides."""
    return [path for path in pages(site) if path.parent != site / "slides"]


def lesson_page(site, path):
    return page(site / "notebooks" / f"{name(path)}.html").select_one("article")


def test_it_is_built_without_a_warning(built):
    process, _ = built
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")


def test_the_makefile_asks_for_the_same_strictness():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "sphinx-build --quiet --fail-on-warning --keep-going -c book" in makefile


def test_its_contents_are_all_notebooks_in_their_order_the_words_and_the_guides(site):
    links = page(site / "book/index.html").select("article .toctree-wrapper a")
    assert [link["href"].removeprefix("../").removesuffix(".html") for link in links] == EXPECTED
    built = {path.relative_to(site).with_suffix("").as_posix() for path in book_pages(site)}
    assert built - {"index", "search"} == {*EXPECTED, "book/index"}


def test_it_is_small(site):
    assert sum(path.stat().st_size for path in site.rglob("*")) < AT_MOST


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    assert wrong_links(site) == []


def test_a_wrong_link_would_be_found(tmp_path):
    (tmp_path / "other.html").write_text('<p id="here"></p>')
    right = ["other.html#here", "#top", "https://example.org", "data:,"]
    wrong = ["other.html#there", "#bottom", "none.html"]
    links = "".join(f'<a id="top" href="{link}"></a>' for link in right + wrong)
    (tmp_path / "page.html").write_text(
        links + '<script src="https://example.org/x.js"></script><img src="other.html">'
    )
    found = [line.split("'")[1] for line in wrong_links(tmp_path)]
    assert found == [*wrong, "https://example.org/x.js"]


@each_lesson
def test_every_picture_has_the_description_that_is_stored_with_it(site, path):
    outputs = [
        output for cell in code_cells(read(path)) for output in cell.outputs if "image/png" in output.get("data", {})
    ]
    stored = [
        output.data["text/plain"] if WIDGET in output.data else output.metadata["image/png"]["alt"]
        for output in outputs
    ]
    shown = [image.get("alt") for image in lesson_page(site, path).select(".cell_output img")]
    assert shown == stored
    assert all(shown)


@each_lesson
def test_every_claim_is_on_the_page_as_it_is_stored(site, path):
    stored = [match.group() for cell in code_cells(read(path)) for match in VERDICT.finditer(printed(cell))]
    text = "\n".join(each.get_text() for each in lesson_page(site, path).select(".cell_output pre"))
    assert [match.group() for match in VERDICT.finditer(text)] == stored


@each_lesson
def test_the_code_that_is_folded_in_the_notebook_is_folded_or_left_out_and_no_other(site, path):
    article = lesson_page(site, path)
    folded = {block.get_text().strip() for block in article.select("details:not([open]) .cell_input pre")}
    in_view = {block.get_text().strip() for block in article.select(".cell_input pre")} - folded
    for cell in code_cells(read(path)):
        source = cell.source.strip()
        if not cell.metadata.get("jupyter", {}).get("source_hidden"):
            assert source in in_view
        elif source.startswith("# Solution") or "claim(" in source:
            assert source in folded
        else:
            assert source not in in_view


def test_a_fold_says_what_is_in_it(site):
    folds = page(site / "notebooks/01_initialization.html").select("article details")
    assert {fold.summary.p.get_text() for fold in folds} == {"Code", "How this is checked", "Solution"}
    for fold in folds:
        is_solution = fold.select_one("pre").get_text().startswith("# Solution")
        assert (fold.summary.p.get_text() == "Solution") is is_solution
        assert "aria-label" not in fold.summary.attrs


@pytest.fixture(scope="module")
def visited(site, browser):
    """Open each page from disk but the one that only leads on; return for each what was found, in a dict."""
    leads_on = site / "index.html"
    return {path.relative_to(site).as_posix(): visit(browser, path) for path in book_pages(site) if path != leads_on}


def visit(browser, path):
    """Open a page from disk, and look at it in light and dark, on a wide screen and on a phone."""
    tab = browser.new_page(viewport=DESKTOP, color_scheme="light")
    requested, failed, said = [], [], []
    tab.on("request", lambda request: requested.append(request.url))
    tab.on("requestfailed", lambda request: failed.append(request.url))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.goto(path.as_uri(), wait_until="load")
    tab.wait_for_function("!window.MathJax?.startup || window.MathJax.startup.promise.then(() => true)")
    found = {
        "outside": [url for url in requested if not url.startswith(("file:", "data:"))],
        "failed": failed,
        "said": said,
        "raw formulas": tab.locator(".math:not(:has(mjx-container svg)), mjx-merror").all_inner_texts(),
    }
    tab.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    tab.wait_for_timeout(600)  # the theme makes what scrolls reachable by keyboard, a little later than it is there
    found["axe"] = findings(tab, rules={"color-contrast": {"enabled": False}})
    found["contrast"] = findings(tab, runOnly=["color-contrast"]) if path.stem in COLOURED else []
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_timeout(600)  # colours fade over
    found["contrast in the dark"] = findings(tab, runOnly=["color-contrast"]) if path.stem in COLOURED else []
    found["is dark"] = tab.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 60")
    tab.set_viewport_size(PHONE)
    found["too wide"] = tab.evaluate("document.documentElement.scrollWidth - innerWidth")
    tab.close()
    return found


def of_all(visited, what):
    return {path: found[what] for path, found in visited.items() if found[what]}


@in_browser
def test_no_page_asks_anything_of_the_network_and_nothing_fails(visited):
    assert len(visited) >= len(EXPECTED)
    assert of_all(visited, "outside") == of_all(visited, "failed") == of_all(visited, "said") == {}


@in_browser
def test_every_formula_is_drawn(visited):
    assert of_all(visited, "raw formulas") == {}


@in_browser
def test_axe_finds_nothing(visited):
    assert of_all(visited, "axe") == {}


@in_browser
def test_everything_can_be_read_in_light_and_dark(visited):
    assert {path.split("/")[-1].removesuffix(".html") for path in visited} >= set(COLOURED)
    assert of_all(visited, "contrast") == of_all(visited, "contrast in the dark") == {}
    assert set(of_all(visited, "is dark")) == set(visited)


@in_browser
def test_no_page_is_wider_than_a_phone(visited):
    assert of_all(visited, "too wide") == {}


@in_browser
def test_the_search_finds_from_disk(site, browser):
    tab = browser.new_page(viewport=DESKTOP)
    tab.goto((site / "notebooks/01_initialization.html").as_uri())
    tab.keyboard.press("Control+k")
    tab.keyboard.type("participation ratio")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#search-results li a")
    found = [link.get_attribute("href") for link in tab.locator("#search-results li a").all()]
    tab.close()
    assert any("03_selu_deep_nets.html" in link for link in found)
    assert any("glossary.html#participation-ratio" in link for link in found)


@in_browser
def test_the_folder_opens_on_the_first_page(site, browser):
    tab = browser.new_page()
    tab.goto((site / "index.html").as_uri())
    tab.wait_for_url("**/book/index.html")
    assert tab.locator("article h1").inner_text().startswith("Stable Gradients")
    tab.close()


@in_browser
def test_on_paper_there_is_the_lesson_alone_and_no_code_is_cut_off(site, browser):
    tab = browser.new_page(viewport={"width": 700, "height": 1000})
    tab.goto((site / "notebooks/02_nonsaturating_activations.html").as_uri())
    tab.emulate_media(media="print")
    for part in (
        ".bd-sidebar-primary",
        ".bd-sidebar-secondary",
        ".bd-header-article",
        "details.hide",
        ".prev-next-area",
    ):
        assert not tab.locator(part).first.is_visible(), part
    cut_off = "(blocks) => blocks.filter((block) => block.scrollWidth > block.clientWidth + 1).length"
    assert tab.locator("article pre:visible").evaluate_all(cut_off) == 0
    tab.close()


@in_browser
def test_pictures_of_it_are_kept_to_be_looked_at(site, browser):
    ARTEFACTS.mkdir(exist_ok=True)
    for kind, size, scheme in (("desktop", DESKTOP, "light"), ("dark", DESKTOP, "dark"), ("phone", PHONE, "light")):
        tab = browser.new_page(viewport=size, color_scheme=scheme)
        tab.goto((site / "notebooks/01_initialization.html").as_uri())
        tab.wait_for_selector("mjx-container svg")
        tab.screenshot(path=ARTEFACTS / f"book-{kind}.png")
        tab.close()


def test_the_configuration_lies_in_a_folder_of_its_own():
    assert {path.name for path in (ROOT / "book").glob("*") if not path.name.startswith("_")} >= {"conf.py", "index.md"}
    assert FOLDER.parent == ROOT
