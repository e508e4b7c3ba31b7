"""The book: built once from the stored outputs, then read as files, and opened from disk in Chromium."""

import base64
import gzip
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import PurePosixPath

import pytest
from book_site import descriptions, findings, open_page, page, pages, wrong_links
from browser import button_of, preset_of
from notebook_files import ALL_NOTEBOOKS, FOLDER, VERDICT, code_cells, is_lab, name, read, verdicts

from course.site import adapt, recordings
from helpers.data import draw_garments, load_fashion_mnist

ROOT = FOLDER.parent
AT_MOST = 15_000_000  # bytes of the whole site; with all recordings it has 1 MB more
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
EVERY_KIND = ("01_initialization", "notation", "README", "search", "index")  # of page; to look at colours takes long
EXPECTED = [
    *(f"notebooks/{name(path)}" for path in ALL_NOTEBOOKS),
    *("notebooks/glossary", "notebooks/notation"),
    *(file.stem for file in sorted(ROOT.glob("*.md"))),
]
STORED_LABS = [  # name of the function, title, and the notebook in which it stands
    (re.findall(r"(\w+)_lab\(", cell.source)[-1], lab.data["text/plain"].split(". ")[0].removeprefix("Lab: "), path)
    for path in ALL_NOTEBOOKS
    for cell in code_cells(read(path))
    for lab in cell.outputs
    if is_lab(lab)
]
LABS = {title: path for _, title, path in STORED_LABS}
TITLES = {name: title for name, title, _ in STORED_LABS}
PLANS = {make.__name__: (make, places) for make, places in recordings.PLANS}

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("sphinx") is None, reason="the book needs Sphinx: `.ci/setup book` installs it"
)
each_lesson = pytest.mark.parametrize("path", ALL_NOTEBOOKS, ids=name)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the book as the Makefile does, but with few recordings; return the folder of the site."""
    folder = tmp_path_factory.mktemp("book")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    options = re.search(r"sphinx-build (.*) -d _build/doctrees \. _build/html", makefile)[1].split()
    command = [sys.executable, "-m", "sphinx", *options, "-d", folder / "doctrees", "-D", f"recorded={recordings.FEW}"]
    process = subprocess.run(
        [*command, ".", folder / "html"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert "--fail-on-warning" in options
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    return folder / "html"


def lesson_page(site, path):
    return page(site / "notebooks" / f"{name(path)}.html").select_one("article")


def test_its_contents_are_all_notebooks_in_their_order_the_words_and_the_guides(site):
    links = page(site / "course/site/index.html").select("article .toctree-wrapper a")
    assert [link["href"].removeprefix("../../").removesuffix(".html") for link in links] == EXPECTED
    assert page(site / "course/site/index.html").title.get_text().count("Stable Gradients") == 1
    built = {path.relative_to(site).with_suffix("").as_posix() for path in pages(site)}
    assert {each for each in built if not each.startswith("slides/")} == {
        *EXPECTED,
        *("course/site/index", "index", "search"),
    }


def test_it_is_small_and_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    assert sum(path.stat().st_size for path in site.rglob("*")) < AT_MOST
    assert wrong_links(site) == []


@each_lesson
def test_every_picture_has_the_description_that_is_stored_with_it(site, path):
    shown = [image.get("alt") for image in lesson_page(site, path).select(".cell_output img")]
    assert shown == descriptions(read(path))
    assert all(shown)


@each_lesson
def test_every_claim_is_on_the_page_as_it_is_stored(site, path):
    stored = [verdict for cell in code_cells(read(path)) for verdict in verdicts(cell)]
    text = "\n".join(each.get_text() for each in lesson_page(site, path).select(".cell_output details"))
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
    folds = page(site / "notebooks/01_initialization.html").select("article details.hide")
    assert {fold.summary.p.get_text() for fold in folds} == {"Code", "How this is checked", "Solution"}
    for fold in folds:
        is_solution = fold.select_one("pre").get_text().startswith("# Solution")
        assert (fold.summary.p.get_text() == "Solution") is is_solution
        assert "aria-label" not in fold.summary.attrs


def test_links_that_set_a_lab_are_left_as_they_are():
    text = adapt.with_site_anchors("Try [0.2](#lab:std=0.2,activation=ReLU); [why](#Why?), [x](y.ipynb#A:-b).")
    assert text == 'Try <a href="#lab:std=0.2,activation=ReLU">0.2</a>; [why](#why), [x](y.ipynb#a-b).'


@pytest.mark.parametrize("stem", [*EXPECTED, "course/site/index", "search"])
def test_a_page_opens_from_disk_complete_for_everyone_and_on_a_phone(site, browser, stem):
    tab, wrong = open_page(browser, site / f"{stem}.html", viewport=DESKTOP, color_scheme="light")
    tab.wait_for_function("!window.MathJax?.startup || window.MathJax.startup.promise.then(() => true)")
    assert tab.locator(".math:not(:has(mjx-container svg)), mjx-merror").all_inner_texts() == []
    tab.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    tab.wait_for_timeout(600)  # the theme makes what scrolls reachable by keyboard, a little later than it is there
    with_colours = stem.split("/")[-1] in EVERY_KIND
    assert findings(tab, rules={"color-contrast": {"enabled": with_colours}}) == []
    if with_colours:
        tab.emulate_media(color_scheme="dark")
        tab.wait_for_timeout(600)  # colours fade over
        assert findings(tab, runOnly=["color-contrast"]) == []
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 60")
    tab.set_viewport_size(PHONE)
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert wrong == []
    tab.close()


@pytest.fixture(scope="module")
def recorded(site):
    """Return the recordings that lie in the site, by their titles."""
    texts = [file.read_text(encoding="utf-8") for file in (site / "_static/recordings").glob("*.js")]
    packed = [re.search(r'\("(.*)"\)', text)[1] for text in texts]
    return {each["title"]: each for each in (json.loads(gzip.decompress(base64.b64decode(text))) for text in packed)}


@pytest.fixture(scope="module")
def data():
    """Return the data of the labs."""
    return load_fashion_mnist()


def test_each_lab_has_its_recording_on_its_page(site, recorded):
    assert set(recorded) == set(LABS)
    for title, path in LABS.items():
        assert lesson_page(site, path).select(f".tag_lab .cell_output [data-lab={adapt.slug(title)}]")
        assert (site / f"_static/recordings/{adapt.slug(title)}.js").is_file()
    for path in ALL_NOTEBOOKS:
        loads = page(site / f"notebooks/{name(path)}.html").select("script[src*='labs.js']")
        assert bool(loads) == (path in LABS.values())


def test_one_that_is_too_large_is_not_written(tmp_path, monkeypatch, data):
    monkeypatch.setattr(recordings, "PLANS", [PLANS["batch_lab"]])
    monkeypatch.setattr(recordings, "load_fashion_mnist", lambda: data)
    monkeypatch.setattr(recordings, "MOST_BYTES", 1_000)
    with pytest.raises(ValueError, match=rf"'{TITLES['batch']}' has [\d,]+ bytes.*fewer places in course/lessons"):
        recordings.write(tmp_path, recordings.FEW)
    assert not list((tmp_path / "recordings").iterdir())


def test_all_are_the_combinations_of_all_places_those_of_the_presets_among_them():
    make, places = PLANS["clipping_lab"]
    lab = make()
    controls = {each: recordings.with_places(each, about, lab, places) for each, about in lab.controls.items()}
    combinations = recordings.combinations(lab, controls, recordings.ALL)
    assert len(combinations) == 3 * 31 * 74
    assert all(preset in combinations for preset in lab.presets.values())
    assert {values["direction"] for values in combinations} >= {0, 10, 45, 77, 360}
    lab.close()


@pytest.mark.parametrize("name", PLANS)
def test_what_is_recorded_is_what_the_lab_shows(recorded, name, data):
    make, places = PLANS[name]
    lab = make(*[data] * make.__code__.co_argcount)
    one = recorded[lab.title]
    for control, values in places.items():
        assert (values[0], values[-1]) == (lab.controls[control]["lowest"], lab.controls[control]["highest"])
    entries = one["entries"]
    for entry in entries[:1] if lab.trains else entries[:: len(entries) // 7]:
        if not lab.trains:
            lab.set(**entry["values"])
        assert entry["values"] == lab.values
        assert entry["frames"][-1][1] == lab.frame["sentence"]
        shown = json.loads(json.dumps(lab.frame["numbers"]))
        assert entry["numbers"] == [shown[place] for place in one["places"][0]]
    lab.close()


def test_a_recorded_run_grows_from_nothing_to_its_end(recorded):
    runs = [entry for one in recorded.values() if one["trains"] for entry in one["entries"]]
    assert len(runs) >= 15
    for run in runs:
        times, sentences, stopped, counts = zip(*run["frames"], strict=True)
        assert list(times) == sorted(times)
        assert times[-1] < 60_000
        assert "starting" in sentences[0]
        assert "stopped before its first step" in stopped[0]
        assert not any(counts[0])
        assert list(counts[-1]) == [len(x) for x, _ in run["numbers"]]
        assert all(list(line) == sorted(line) for line in zip(*counts, strict=True))


@pytest.fixture
def opened(site, browser):
    """Return a function that opens the page of a lab from disk, scrolls to it, and returns page and lab.

    It may be given a recording in the place of the site's. At the end nothing may have failed or left the disk.
    """
    opened = []

    def open_lab(title, size=DESKTOP, recording=None, **options):
        context = browser.new_context(viewport=size, **options)
        if recording is not None:
            context.route("**/recordings/*", lambda route: route.fulfill(body=recordings.packed(recording)))
        opened.append(open_page(context, site / f"notebooks/{name(LABS[title])}.html"))
        tab, _ = opened[-1]
        place = tab.locator(f"[data-lab={adapt.slug(title)}]")
        place.evaluate("(place) => place.closest('.cell').scrollIntoView()")
        lab = place.locator(".lab")
        lab.wait_for()
        return tab, lab

    yield open_lab
    for tab, wrong in opened:
        tab.context.close()
        assert wrong == []


def painted(lab):
    """Return what a lab on a page shows: values, sentence, numbers."""
    found = lab.evaluate("(lab) => ({values: JSON.parse(lab.dataset.values), ...lab.painted})")
    assert lab.locator(".sentence").inner_text() == found["sentence"]
    assert found["sentence"] in lab.locator(".picture").get_attribute("aria-label")
    return found["values"], found["sentence"], found["numbers"]


def played(recording, **values):
    """Return the same of a recording at its end, for values that differ from the lab's defaults."""
    values = recording["defaults"] | values
    (entry,) = [entry for entry in recording["entries"] if entry["values"] == values]
    numbers = ["" if look["share"] == "xy" else [[], []] for look in recording["scene"]["moving"]]
    for place, line in zip(recording["places"][0], entry["numbers"], strict=True):
        numbers[place] = line
    return values, entry["frames"][-1][1], numbers


def pixels(lab):
    return lab.locator("canvas").evaluate_all("(all) => all.map((canvas) => canvas.toDataURL())")


def test_controls_move_a_lab_from_disk(opened, recorded):
    tab, lab = opened(TITLES["initialization"])
    recording = recorded[TITLES["initialization"]]
    assert painted(lab) == played(recording)
    assert not tab.locator(".tag_lab .cell_output img").is_visible()
    note = " ".join(tab.locator(".tag_lab").inner_text().split())
    assert re.search("This is a recording( with .* garments, not Fashion-MNIST)?: a control goes", note)
    before = pixels(lab)
    slider, layers = (lab.locator(f"input[type=range][name={control}]") for control in ("std", "depth"))
    slider.press("ArrowRight")
    assert painted(lab) == played(recording, std=0.112)
    assert pixels(lab) != before
    he = preset_of(lab, std=0.141)
    he.click()
    assert painted(lab) == played(recording, std=0.141)
    assert lab.locator(".own[aria-pressed=true], :not(.own)[aria-pressed=true]").all_inner_texts() == [he.inner_text()]
    slider.press("End")
    assert painted(lab) == played(recording, std=10.0)
    preset_of(lab).click()
    layers.press("Home")
    for depth in recording["controls"]["depth"]["places"]:  # all can be reached by keys
        assert painted(lab) == played(recording, depth=depth)
        layers.press("ArrowRight")
    preset_of(lab).click()
    lab.locator("select").select_option("tanh")
    assert painted(lab) == played(recording, activation="tanh")
    button_of(lab, "Reset").click()
    assert painted(lab) == played(recording)


def test_what_was_not_recorded_goes_to_the_nearest_that_was(opened, recorded):
    _, lab = opened(TITLES["initialization"])
    field = lab.locator("input.field[name=std]")
    for typed, near in (("0.14", 0.141), ("1e9", 10.0), ("0.0105", 0.01), ("nonsense", 0.01)):
        field.fill(typed)
        field.press("Enter")
        assert painted(lab) == played(recorded[TITLES["initialization"]], std=near)
        assert float(field.input_value()) == near


def test_a_run_is_played_frame_by_frame_and_stays_as_a_ghost(opened, recorded):
    tab, lab = opened(TITLES["recurrent"])
    recording = recorded[TITLES["recurrent"]]
    assert painted(lab) == played(recording)
    lab.evaluate("""(lab) => {
      window.seen = [];
      new MutationObserver(() => seen.push(lab.querySelector(".sentence").textContent))
        .observe(lab.querySelector(".sentence"), { childList: true });
    }""")
    expected = played(recording, threshold=1.0)
    preset_of(lab, threshold=1.0).click()
    lab.get_by_text(expected[1]).wait_for()
    values, sentence, numbers = painted(lab)
    latest, before = recording["places"][:2]
    assert (values, sentence) == expected[:2]
    assert [numbers[place] for place in latest] == [expected[2][place] for place in latest]
    first = played(recording)[2]
    assert [numbers[place] for place in before] == [first[place] for place in latest[: len(before)]]
    (frames,) = [each["frames"] for each in recording["entries"] if each["values"] == values]
    assert tab.evaluate("seen") == [frame[1] for frame in frames]


def test_a_run_can_be_stopped_and_forgotten(opened, recorded):
    _, lab = opened(TITLES["retraining"])
    recording = recorded[TITLES["retraining"]]
    preset_of(lab, rate=0.001).click()
    lab.get_by_text("running at step").wait_for()
    button_of(lab, "Stop").click()
    values, sentence, numbers = painted(lab)
    (frames,) = [each["frames"] for each in recording["entries"] if each["values"] == values]
    assert values["rate"] == 0.001
    assert "stopped at step" in sentence
    assert sentence in [frame[2] for frame in frames]
    lab.page.wait_for_timeout(500)
    assert painted(lab) == (values, sentence, numbers)
    button_of(lab, "Reset").click()
    lab.get_by_text(played(recording)[1]).wait_for()
    assert painted(lab) == played(recording)


def test_a_link_in_the_text_sets_a_lab_though_it_comes_before_it(site, browser, recorded):
    tab, wrong = open_page(browser, site / "notebooks/01_initialization.html", viewport=DESKTOP)
    tab.locator("article h1").evaluate("(title) => { title.innerHTML = '<a href=\"#lab:std=0.2\">exploding</a>'; }")
    tab.get_by_role("link", name="exploding", exact=True).click()
    tab.locator(".lab .sentence", has_text="standard deviation 0.2").wait_for()
    assert painted(tab.locator(".lab")) == played(recorded[TITLES["initialization"]], std=0.2)
    assert wrong == []
    tab.close()


def test_an_address_may_name_a_lab_whose_panels_stand_on_one_line(site, browser):
    title = TITLES["retraining"]
    path = site / f"notebooks/{name(LABS[title])}.html"
    tab, wrong = open_page(browser, path, f"#lab-{adapt.slug(title)}", viewport=DESKTOP)
    tab.locator(".lab .sentence").wait_for()
    tab.wait_for_function("document.querySelector('[data-lab]').getBoundingClientRect().top >= 0")
    assert tab.locator("[data-lab]").evaluate("(lab) => lab.getBoundingClientRect().top") < DESKTOP["height"] / 4
    ends = tab.locator(".u-over").evaluate_all("(all) => all.map((panel) => panel.getBoundingClientRect().bottom)")
    assert len(ends) == 3
    assert max(ends) - min(ends) < 1
    assert wrong == []
    tab.close()


def test_what_was_recorded_with_drawn_garments_says_so(opened, recorded):
    make, _ = PLANS["depth_lab"]
    one = recordings.record(make, {"depth": [5, 10]}, draw_garments(n_train=50, n_valid=1, n_test=1), recordings.FEW)
    assert one["drawn"] == ["drawn garments"]
    assert recorded[TITLES["activation"]]["drawn"] == []  # it needs no data
    tab, _ = opened(TITLES["depth"], recording=one)
    assert "This is a recording with drawn garments, not Fashion-MNIST: a" in tab.locator(".tag_lab").inner_text()


@pytest.mark.parametrize("language", ["C", "en-US@posix"])
def test_a_browser_whose_language_is_no_language_tag_shows_labs_and_draws_them(site, browser, language):
    context = browser.new_context(viewport=DESKTOP)
    context.add_init_script(f"Object.defineProperty(navigator, 'language', {{ get: () => '{language}' }})")
    tab, wrong = open_page(context, site / f"notebooks/{name(LABS[TITLES['initialization']])}.html")
    tab.locator("[data-lab]").evaluate("(place) => place.closest('.cell').scrollIntoView()")
    tab.locator(".lab canvas").first.wait_for()
    assert wrong == []
    context.close()


def test_a_page_that_takes_the_arrow_keys_does_not_take_them_from_a_lab(opened):
    """Notebook 7 does: it listens at the document, before the lab does, and suppresses what the keys would do."""
    tab, lab = opened(TITLES["initialization"])
    tab.evaluate("document.addEventListener('keydown', (event) => event.preventDefault(), true)")
    before = painted(lab)
    lab.locator("input[type=range][name=std]").press("ArrowRight")
    assert painted(lab) != before


@pytest.mark.parametrize("what", ["no script", "no recording"])
def test_without_script_or_recording_the_stored_picture_stays(site, browser, what):
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=what != "no script")
    context.route("**/recordings/*", lambda route: route.abort())
    tab, _ = open_page(context, site / "notebooks/01_initialization.html")
    picture = tab.locator(".tag_lab .cell_output img")
    picture.scroll_into_view_if_needed()
    tab.wait_for_timeout(500)
    assert picture.is_visible()
    assert "Here you see where it opens." in tab.locator(".tag_lab").inner_text()
    assert "recording" not in tab.locator(".tag_lab").inner_text()
    assert tab.locator(".lab").count() == 0
    context.close()


REMOVE_OTHERS = "(all) => all.forEach((each) => each.querySelector('.lab') || each.remove())"


@pytest.mark.parametrize("title", LABS)
def test_each_lab_can_be_read_on_a_phone_in_light_and_dark(opened, title):
    tab, lab = opened(title, PHONE, color_scheme="light")
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    tab.locator("article section > *").evaluate_all(REMOVE_OTHERS)  # axe looks at them, too, which takes long
    within = f"[data-lab={adapt.slug(title)}]"
    assert findings(tab, within) == []
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_timeout(600)  # colours fade over
    assert findings(tab, within, runOnly=["color-contrast"]) == []
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 60")
    assert len(pixels(lab)) == len(set(pixels(lab)))


def test_the_search_finds_from_disk(site, browser):
    tab, _ = open_page(browser, site / "notebooks/01_initialization.html", viewport=DESKTOP)
    tab.keyboard.press("Control+k")
    tab.keyboard.type("dead unit")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#search-results li a")
    found = [link.get_attribute("href") for link in tab.locator("#search-results li a").all()]
    tab.close()
    assert any("02_nonsaturating_activations.html" in link for link in found)
    assert any("glossary.html#dead-unit" in link for link in found)


def test_the_folder_opens_on_the_first_page(site, browser):
    tab, _ = open_page(browser, site / "index.html")
    tab.wait_for_url("**/course/site/index.html")
    assert tab.locator("article h1").inner_text().startswith("Stable Gradients")
    tab.close()


ALONE = """(all, shown) => {
    for (const each of all[shown].parentElement.children) each.hidden = each !== all[shown];
    all[shown].style.breakBefore = 'auto';
}"""


def test_each_part_of_the_guide_begins_a_page_and_has_three(site, browser):
    tab, _ = open_page(browser, site / "TEACHING.html", viewport=DESKTOP)
    tab.emulate_media(media="print")
    parts = tab.locator("article section section[id^=lesson-]")
    assert parts.count() == 5
    breaks = "(all) => all.map((part) => getComputedStyle(part).breakBefore)"
    assert parts.evaluate_all(breaks) == ["page"] * 5
    for number in range(5):
        parts.evaluate_all(ALONE, number)
        paper = tab.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "10mm"))
        assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 3, number + 1
    tab.close()


def test_what_leads_back_to_the_top_can_be_read(site, browser):
    tab, _ = open_page(browser, site / "notebooks/01_initialization.html", viewport=PHONE, color_scheme="light")
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        tab.mouse.wheel(0, 3000)
        tab.wait_for_timeout(300)
        tab.mouse.wheel(0, -400)
        tab.locator("#pst-back-to-top").wait_for()
        tab.wait_for_timeout(600)  # colours fade over
        assert findings(tab, "#pst-back-to-top", runOnly=["color-contrast"]) == []
    tab.close()


def test_a_class_s_own_clinic_beside_the_lessons_is_no_page():
    from course.site import conf

    stems = ("00_start_here", "clinic", "clinic_4711", "clinic_4711_solved", "Untitled", "further/01_initialization")
    paths = [PurePosixPath(f"notebooks/{stem}.ipynb") for stem in stems]
    taken = [path.stem for path in paths if any(map(path.match, conf.include_patterns))]
    assert taken == ["00_start_here", "clinic", "01_initialization"]


def test_on_paper_there_is_the_lesson_alone_and_no_code_is_cut_off(site, browser):
    size = {"width": 700, "height": 1000}
    tab, _ = open_page(browser, site / "notebooks/02_nonsaturating_activations.html", viewport=size)
    tab.emulate_media(media="print")
    others = (".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article", "details.hide", ".prev-next-area")
    for part in others:
        assert not tab.locator(part).first.is_visible(), part
    cut_off = "(blocks) => blocks.filter((block) => block.scrollWidth > block.clientWidth + 1).length"
    assert tab.locator("article pre:visible").evaluate_all(cut_off) == 0
    tab.close()
