"""The slides: built once from the lessons' own cells, then each deck opened from disk in Chromium and measured."""

import importlib.util
import re
import shutil

import pytest
from book_site import descriptions, findings, open_page, page
from notebook_files import code_cells, read
from reading_time import calls

from course.lessons import LESSONS

HAS_SPHINX = importlib.util.find_spec("sphinx") is not None
if HAS_SPHINX:
    from course.site import slides
    from course.site.adapt import lab_place

pytestmark = pytest.mark.skipif(not HAS_SPHINX, reason="the slides need the book's packages: `.ci/setup book`")
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)  # the clinic has no slides

LEAST = 24  # pixels: what can be read from the last row, of a screen that is 720 high
LARGER = {"alone": 1.1, "below": 1.1, "beside": 0.95}  # at least so many times its size in the notebook is a figure
FOOT = 8  # pixels below a slide's text and figure, where the progress bar is

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
    wrong: {
      "runs off": shown.filter((each) => isOff(each) || isWide(each)).map(name),
      small: words.filter(isSmall).map(name),
      "raw formula": words.filter(isRaw).map(name),
      empty: picture || words.length ? [] : ["nothing is on it"],
    },
    enlarged: picture
      && Math.min(picture.clientWidth / picture.naturalWidth, picture.clientHeight / picture.naturalHeight),
  };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write the decks; return their folder."""
    site = tmp_path_factory.mktemp("site")
    (site / "_static").mkdir()
    shutil.copy(slides.MATHJAX, site / "_static")  # as Sphinx does
    slides.write(site / "slides")
    return site / "slides"


@pytest.fixture
def deck(folder, lesson):
    """Return the slides of a deck as trees, each as the list of its parts without the speaker's notes."""
    pages = page(folder / f"{lesson.name}.html").select("section > .page")
    return [each.select(":scope > :not(aside)") for each in pages]


@pytest.fixture
def texts(deck):
    """Return the text of each slide, its white space alike."""
    return [" ".join(" ".join(part.get_text(" ") for part in parts).split()) for parts in deck]


@each_lesson
def test_it_opens_with_the_question_and_ends_with_what_to_take_along_and_the_exercises(deck, texts, lesson):
    source = "\n".join(cell.source for cell in read(lesson.path).cells if cell.cell_type == "markdown")
    assert 12 <= len(texts) <= 20
    assert texts[0].startswith(source.splitlines()[0].removeprefix("# "))
    assert "Stable Gradients: the lesson" in texts[0]
    assert texts[-2].startswith(("Take with you", "What to use"))
    assert texts[-1].startswith("Exercises")
    exercises = re.findall(r"^\*\*(\d\.\d)\b(?!,)", source, re.MULTILINE)
    assert [each.get_text()[:3] for part in deck[-1] for each in part.select("strong")] == exercises != []


@each_lesson
def test_each_prediction_is_there_and_its_answer_after_it(texts, lesson):
    questions = [call.args[0].value for cell in code_cells(read(lesson.path)) for call in calls(cell.source, "predict")]
    places = [[number for number, text in enumerate(texts) if f"Predict. {each}" in text] for each in questions]
    answered = [number for number, text in enumerate(texts) for _ in re.findall(r"\b[A-D] is right: ", text)]
    assert [len(each) for each in places] == [1] * len(questions)
    assert places == sorted(places)
    assert len(answered) == len(questions)
    assert all(number <= answer for (number,), answer in zip(places, answered, strict=True))


@each_lesson
def test_pictures_have_their_descriptions_those_of_labs_lead_to_where_they_move(deck, lesson):
    shown = [image["alt"] for parts in deck for part in parts for image in part.select("img")]
    links = [link["href"] for parts in deck for part in parts for link in part.select("a.open")]
    assert len(shown) >= 5
    assert set(shown) <= set(descriptions(read(lesson.path)))
    labs = [text for text in shown if text.startswith("Lab: ")]
    assert links == [f"../notebooks/{lesson.name}.html#{lab_place(text)}" for text in labs] != []


@each_lesson
def test_notes_say_what_was_measured_and_slides_give_no_solution_away(folder, texts, lesson):
    notes = [each.get_text() for each in page(folder / f"{lesson.name}.html").select("aside.notes")]
    assert any("holds:" in note for note in notes)
    hidden = ("# Solution", "check(", "import ", "claim(", "predict(")
    assert [text for text in texts if any(each in text for each in hidden)] == []


@each_lesson
def test_its_metadata_are_those_that_are_understood(lesson):
    for cell in read(lesson.path).cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "skip")
        assert kind in ("slide", "subslide", "fragment", "skip", "notes")
        assert set(cell.metadata.get("slide", {}).get("show", [])) <= slides.SHOWN


def test_a_further_heading_begins_a_further_slide_and_what_is_not_shown_is_said():
    source = "## One\n\nLong. **Short.** Longer.\n\n## Empty\n\nMore words.\n\n## Two\n\n- a\n- b"
    assert slides.divided(source, "fragment") == [
        ("fragment", "## One\n\n**Short.**"),
        ("notes", "Long. **Short.** Longer."),
        ("slide", "## Two\n\n- a\n- b"),
        ("notes", "More words."),
    ]


def test_a_slide_can_name_what_it_shows():
    source = "## One\n\n**Bold.**\n\n$$a$$\n\n| a |\n|---|"
    assert slides.divided(source, "slide") == [("slide", source)]
    assert slides.divided(source, "slide", {"heading", "formula"}) == [
        ("slide", "## One\n\n$$a$$"),
        ("notes", "**Bold.**\n\n| a |\n|---|"),
    ]
    assert slides.divided("Words.\n\nMore.", "slide", {"formula"}) == [("slide", "Words.\n\nMore.")]


@pytest.mark.parametrize(
    ("whole", "first"),
    {
        "**1.1** (recall) A layer has 0.5 inputs. Which? Say why.": "**1.1** (recall) A layer has 0.5 inputs. Which?",
        '**2.4 Design.** "Now." So. Well.': '**2.4 Design.** "Now." So.',
        "**1.03, 2.27, nan.** No. Exercise. So all.": "**1.03, 2.27, nan.** No. Exercise. So all.",
    }.items(),
)
def test_an_exercise_is_shown_by_its_first_two_sentences(whole, first):
    assert slides.part_of(whole, slides.SHOWN) == first


@pytest.fixture(scope="module")
def visited(folder, browser):
    """Open each deck from disk and go through it with the arrow key; return for each what was found, in a dict."""
    return {lesson.name: visit(browser, folder / f"{lesson.name}.html") for lesson in LESSONS}


def open_deck(browser, path):
    """Open a deck from disk; return its tab, and the list of what goes wrong there."""
    tab, wrong = open_page(browser, path, viewport={"width": 1280, "height": 720})
    tab.wait_for_function("window.Reveal?.isReady()")
    return tab, wrong


def visit(browser, path):
    """Open a deck, and measure each slide with all that comes onto it."""
    tab, wrong = open_deck(browser, path)
    measured, axe = [], {}
    while not measured or not tab.evaluate("Reveal.isLastSlide() && !Reveal.availableFragments().next"):
        if measured:
            tab.keyboard.press("ArrowRight")
        while tab.evaluate("Reveal.availableFragments().next"):
            tab.keyboard.press("ArrowRight")
        measured.append(tab.evaluate(MEASURE, [LEAST, FOOT]))
        if path.stem == LESSONS[0].name and measured[-1]["layout"] not in axe:  # it takes long
            only_first = {"page-has-heading-one": {"enabled": False}}
            axe[measured[-1]["layout"]] = findings(tab, rules=only_first)
    formulas = tab.locator("mjx-container svg").count() - tab.locator("mjx-merror").count()
    tab.close()
    return {"wrong": wrong, "formulas": formulas, "axe": axe, "slides": measured}


@each_lesson
def test_nothing_fails_or_is_asked_of_the_network_and_the_arrow_key_leads_through_all_slides(visited, deck, lesson):
    found = visited[lesson.name]
    assert found["wrong"] == []
    assert found["formulas"] > 0
    assert [slide["size"] for slide in found["slides"]] == [[1280, 720]] * len(deck)


@each_lesson
def test_nothing_runs_off_a_slide_and_everything_can_be_read_from_the_last_row(visited, lesson):
    for number, slide in enumerate(visited[lesson.name]["slides"], start=1):
        assert {what: found for what, found in slide["wrong"].items() if found} == {}, number
        if slide["enlarged"]:
            assert slide["enlarged"] >= LARGER[slide["layout"]], number


def test_axe_finds_nothing_on_a_slide_of_each_layout(visited):
    assert visited[LESSONS[0].name]["axe"] == {layout: [] for layout in ("title", "alone", "text", "beside", "below")}


def test_the_speaker_has_a_view_of_the_notes(folder, browser):
    tab, _ = open_deck(browser, folder / f"{LESSONS[0].name}.html")
    tab.keyboard.press("ArrowRight")
    with tab.expect_popup() as popup:
        tab.keyboard.press("s")
    popup.value.locator(".speaker-controls-notes .value").filter(has_text="Training loss").wait_for()
    popup.value.close()
    tab.close()
