"""The slides: built once from the lessons' own cells, then each deck opened from disk in Chromium and measured."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest
from book_site import findings, page
from browser import HOW_TO_GET_ONE, find_chromium
from notebook_files import FOLDER, WIDGET, code_cells, read

from course.lessons import LESSONS

ROOT = Path(__file__).parents[2]
HAS_SPHINX = importlib.util.find_spec("sphinx") is not None
if HAS_SPHINX:
    from course.site import slides
    from course.site.adapt import lab_place

SCREEN = {"width": 1280, "height": 720}
N_SLIDES = (12, 20)
LEAST = 24  # pixels: what can be read from the last row, of a screen that is 720 high
LARGER = {"alone": 1.1, "below": 1.1, "beside": 0.95}  # at least so many times its size in the notebook is a figure
FOOT = 8  # pixels below a slide's text and figure, where the progress bar is
DECKS = [lesson.name for lesson in LESSONS]  # the clinic is done at the machine

pytestmark = pytest.mark.skipif(not HAS_SPHINX, reason="the slides need the book's packages: `.ci/setup book`")
in_browser = pytest.mark.skipif(find_chromium() is None, reason=f"there is no Chromium: {HOW_TO_GET_ONE}")
each_deck = pytest.mark.parametrize("deck", DECKS)

# Of the slide in view: what runs off it, which text is small, what formula is not drawn, how large its figure is.
MEASURE = """([least, foot]) => {
  const page = Reveal.getCurrentSlide().querySelector(".page");
  const edge = page.getBoundingClientRect();
  const shown = [...page.querySelectorAll("*")].filter(
    (each) => !each.closest("aside, mjx-assistive-mml") && each.getClientRects().length);
  const isOff = (each) => {
    const box = each.getBoundingClientRect();
    return box.left < edge.left || box.top < edge.top || box.right > edge.right || box.bottom > edge.bottom - foot;
  };
  const isWide = (each) => each.tagName === "PRE" && each.scrollWidth > each.clientWidth + 1;
  const words = shown.filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const isSmall = (each) => parseFloat(getComputedStyle(each).fontSize) < least;
  const isRaw = (each) => !each.closest("code, pre") && /\\$|\\\\[a-z]/.test(each.textContent);
  const picture = page.querySelector("img");
  const name = (each) => each.outerHTML.slice(0, 80);
  return {
    layout: page.classList[1],
    size: [edge.width, edge.height],
    "runs off": shown.filter((each) => isOff(each) || isWide(each)).map(name),
    small: words.filter(isSmall).map(name),
    raw: words.filter(isRaw).map(name),
    enlarged: picture
      && Math.min(picture.clientWidth / picture.naturalWidth, picture.clientHeight / picture.naturalHeight),
    "is empty": !picture && !words.length,
  };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write the decks; return their folder."""
    site = tmp_path_factory.mktemp("site")
    (site / "_static").mkdir()
    shutil.copy(slides.MATHJAX, site / "_static")  # as Sphinx does
    assert [path.stem for path in slides.write(site / "slides")] == DECKS
    return site / "slides"


def slides_of(folder, deck):
    """Return the slides of a deck as trees, each without the speaker's notes."""
    return [slide.select(":scope > :not(aside)") for slide in page(folder / f"{deck}.html").select("section > .page")]


def words(parts):
    """Return the text of the parts of a slide, its white space alike."""
    return " ".join(" ".join(part.get_text(" ") for part in parts).split())


def place(texts, wanted):
    """Return the number of the slide on which a text stands."""
    return next(number for number, text in enumerate(texts) if wanted in text)


@each_deck
def test_it_opens_with_the_question_and_ends_with_what_to_take_along_and_the_exercises(folder, deck):
    texts = [words(slide) for slide in slides_of(folder, deck)]
    source = "\n".join(cell.source for cell in read(FOLDER / f"{deck}.ipynb").cells if cell.cell_type == "markdown")
    assert N_SLIDES[0] <= len(texts) <= N_SLIDES[1]
    assert texts[0].startswith(source.splitlines()[0].removeprefix("# "))
    assert "Stable Gradients: the lesson" in texts[0]
    assert texts[-2].startswith("Take with you")
    assert texts[-1].startswith("Exercises")
    exercises = re.findall(r"^\*\*(\d\.\d)\b(?!,)", source, re.MULTILINE)
    assert [each.get_text()[:3] for part in slides_of(folder, deck)[-1] for each in part.select("strong")] == exercises
    assert len(exercises) >= 4


@each_deck
def test_each_prediction_is_there_and_its_answer_after_it(folder, deck):
    texts = [words(slide) for slide in slides_of(folder, deck)]
    asked = [
        [output.data["text/markdown"] for output in cell.outputs if "text/markdown" in output.get("data", {})]
        for cell in code_cells(read(FOLDER / f"{deck}.ipynb"))
        if re.search(r"(?m)^(\w+ = )?predict\(", cell.source)
    ]
    questions = [text.split("\n")[0].removeprefix("**Predict.** ") for (text,) in asked]
    places = [place(texts, f"Predict. {question}") for question in questions]
    assert places == sorted(places)
    for number, (text,) in zip(places, asked, strict=True):
        options = re.findall(r"(?m)^- \*\*(\w)\*\* (.*)", text.replace("\\_", "_"))
        verdicts = [f"{letter} is right: {option}" for letter, option in options]
        (answered,) = [n for n, said in enumerate(texts) if any(verdict in said for verdict in verdicts)]
        assert all(f"{letter} {option}" in texts[number] for letter, option in options)
        assert answered >= number


@each_deck
def test_its_pictures_have_their_descriptions_and_its_notes_what_was_measured(folder, deck):
    stored = [
        output.data["text/plain"] if WIDGET in output.data else output.metadata["image/png"]["alt"]
        for cell in code_cells(read(FOLDER / f"{deck}.ipynb"))
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    pictures = [image for slide in slides_of(folder, deck) for part in slide for image in part.select("img")]
    assert len(pictures) >= 5
    assert {image["alt"] for image in pictures} <= set(stored)
    assert any(image["alt"].startswith("Lab: ") for image in pictures)
    assert "holds:" in " ".join(each.get_text() for each in page(folder / f"{deck}.html").select("aside.notes"))


@each_deck
def test_the_picture_of_a_lab_leads_to_where_it_moves(folder, deck):
    parts = [part for slide in slides_of(folder, deck) for part in slide]
    labs = [image["alt"] for part in parts for image in part.select("img") if image["alt"].startswith("Lab: ")]
    links = [link["href"] for part in parts for link in part.select("a.open")]
    assert links == [f"../notebooks/{deck}.html#{lab_place(alt)}" for alt in labs]
    assert links


@each_deck
def test_it_gives_no_solution_away_and_hides_what_is_no_message(folder, deck):
    texts = [words(slide) for slide in slides_of(folder, deck)]
    for hidden in ("# Solution", "check(", "import ", "claim(", "predict("):
        assert not any(hidden in text for text in texts), hidden


@each_deck
def test_its_metadata_are_those_that_jupyterlab_offers(deck):
    for cell in read(FOLDER / f"{deck}.ipynb").cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "skip")
        assert kind in ("slide", "subslide", "fragment", "skip", "notes")
        assert set(cell.metadata.get("slide", {}).get("show", [])) <= slides.SHOWN
        assert "slide" not in cell.metadata or kind in slides.ON_SLIDES


def markdown(source, kind="slide", **metadata):
    cell = slides.text(source, kind)
    cell.metadata.update(metadata)
    return [(part.metadata["slideshow"]["slide_type"], part.source) for part in slides.from_text(cell, kind)]


def test_a_further_heading_begins_a_further_slide_and_what_is_not_shown_is_said():
    source = "## One\n\nLong. **Short.** Longer.\n\n## Empty\n\nMore words.\n\n## Two\n\n- a\n- b [c](d.md#e)"
    assert markdown(source, "fragment") == [
        ("fragment", "## One\n\n**Short.**"),
        ("notes", "Long. **Short.** Longer."),
        ("slide", "## Two\n\n- a\n- b c"),
        ("notes", "More words."),
    ]


def test_a_slide_can_name_what_it_shows():
    source = "## One\n\n**Bold.**\n\n$$a$$\n\n| a |\n|---|"
    assert markdown(source)[0] == ("slide", source)
    assert markdown(source, slide={"show": ["heading", "formula"]}) == [
        ("slide", "## One\n\n$$a$$"),
        ("notes", "**Bold.**\n\n| a |\n|---|"),
    ]
    assert markdown("Words.\n\nMore.", slide={"show": ["formula"]}) == [("slide", "Words.\n\nMore.")]


def test_an_exercise_is_shown_by_its_first_two_sentences():
    for whole, first in {
        "**1.1** (recall) A layer has 0.5 inputs. Which? Say why.": "**1.1** (recall) A layer has 0.5 inputs. Which?",
        '**2.4 Design.** "Now." So. Well.': '**2.4 Design.** "Now." So.',
        "**1.03, 2.27, nan.** No. Exercise. So all.": "**1.03, 2.27, nan.** No. Exercise. So all.",
    }.items():
        assert slides.part_of(whole, slides.SHOWN) == first


@pytest.fixture(scope="module")
def visited(folder, browser):
    """Open each deck from disk and go through it with the arrow key; return for each what was found, in a dict."""
    return {deck: visit(browser, folder / f"{deck}.html") for deck in DECKS}


def open_deck(browser, path, **listeners):
    """Open a deck from disk; a listener is called for each event of its name."""
    tab = browser.new_page(viewport=SCREEN)
    for event, listener in listeners.items():
        tab.on(event, listener)
    tab.goto(path.as_uri(), wait_until="load")
    tab.wait_for_function("window.Reveal?.isReady()")
    return tab


def visit(browser, path):
    """Open a deck, and measure each slide with all that comes onto it."""
    requested, failed, said = [], [], []
    tab = open_deck(
        browser,
        path,
        request=lambda request: requested.append(request.url),
        requestfailed=lambda request: failed.append(request.url),
        pageerror=lambda error: said.append(str(error)),
        console=lambda message: said.append(message.text) if message.type in ("error", "warning") else None,
    )
    measured, axe = [], {}
    while not measured or not tab.evaluate("Reveal.isLastSlide() && !Reveal.availableFragments().next"):
        if measured:
            tab.keyboard.press("ArrowRight")
        while tab.evaluate("Reveal.availableFragments().next"):
            tab.keyboard.press("ArrowRight")
        measured.append(tab.evaluate(MEASURE, [LEAST, FOOT]))
        if path.stem == DECKS[0] and measured[-1]["layout"] not in axe:  # it takes long
            axe[measured[-1]["layout"]] = findings(
                tab, rules={"page-has-heading-one": {"enabled": False}}
            )  # the first has it
    found = {
        "outside": [url for url in requested if not url.startswith(("file:", "data:"))],
        "failed": failed,
        "said": said,
        "undrawn formulas": tab.locator("mjx-merror").all_inner_texts(),
        "formulas": tab.locator("mjx-container svg").count(),
        "axe": axe,
        "slides": measured,
    }
    tab.close()
    return found


def each_slide(visited, what):
    """Return what was found on the slides, by deck and number; empty findings are left out."""
    return {
        f"{deck} {number}": slide[what]
        for deck, found in visited.items()
        for number, slide in enumerate(found["slides"], start=1)
        if slide[what]
    }


@in_browser
def test_no_deck_asks_anything_of_the_network_and_nothing_fails(visited):
    for found in visited.values():
        assert found["outside"] == found["failed"] == found["said"] == []


@in_browser
def test_the_arrow_key_leads_through_all_slides(folder, visited):
    for deck, found in visited.items():
        assert len(found["slides"]) == len(slides_of(folder, deck))
        assert all(slide["size"] == [1280, 720] for slide in found["slides"])
    assert each_slide(visited, "is empty") == {}


@in_browser
def test_nothing_runs_off_a_slide(visited):
    assert each_slide(visited, "runs off") == {}


@in_browser
def test_what_runs_off_or_is_small_would_be_found(folder, browser):
    tab = open_deck(browser, folder / f"{DECKS[0]}.html")
    for style, found in (
        ("font-size: 400px", "runs off"),
        ("font-size: 20px", "small"),
        ("margin-left: -200px", "runs off"),
    ):
        tab.evaluate("(style) => { document.querySelector('.present p').style = style; }", style)
        assert tab.evaluate(MEASURE, [LEAST, FOOT])[found]
    tab.evaluate("document.querySelector('.present p').style = ''")
    assert tab.evaluate(MEASURE, [LEAST, FOOT])["runs off"] == []
    tab.close()


@in_browser
def test_everything_can_be_read_from_the_last_row(visited):
    assert each_slide(visited, "small") == {}
    for slide in (slide for found in visited.values() for slide in found["slides"] if slide["enlarged"]):
        assert slide["enlarged"] >= LARGER[slide["layout"]]


@in_browser
def test_every_formula_is_drawn(visited):
    assert each_slide(visited, "raw") == {}
    for found in visited.values():
        assert found["undrawn formulas"] == []
        assert found["formulas"]


@in_browser
def test_axe_finds_nothing_on_a_slide_of_each_layout(visited):
    assert visited[DECKS[0]]["axe"] == {layout: [] for layout in ("title", "alone", "text", "beside", "below")}


@in_browser
def test_the_speaker_has_a_view_of_the_notes(folder, browser):
    tab = open_deck(browser, folder / f"{DECKS[0]}.html")
    tab.keyboard.press("ArrowRight")
    with tab.expect_popup() as popup:
        tab.keyboard.press("s")
    notes = popup.value.locator(".speaker-controls-notes .value")
    notes.filter(has_text="Training loss").wait_for()
    popup.value.close()
    tab.close()
