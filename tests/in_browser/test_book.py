"""The book: built once from the stored outputs, then read as files, and opened from disk in Chromium."""

import dataclasses
import importlib.util
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
from book_site import findings, page, pages, wrong_links
from browser import HOW_TO_GET_ONE, find_chromium
from notebook_files import FOLDER, LESSONS, VERDICT, WIDGET, code_cells, is_lab, name, printed, read

from course.site import adapt, recordings
from helpers.data import draw_garments, load_fashion_mnist

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
AT_MOST = 15_000_000  # bytes of the whole site; with all recordings it has 1 MB more
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
    """Build the book as the Makefile does, with few recordings; return the process, and the folder of the site."""
    folder = tmp_path_factory.mktemp("book")
    options = ["--quiet", "--fail-on-warning", "--keep-going", "-c", "course/site", "-d", folder / "doctrees"]
    options += ["-D", f"recorded={recordings.FEW}"]
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
    assert "sphinx-build --quiet --fail-on-warning --keep-going -c course/site" in makefile
    assert "recorded=" not in makefile  # all


def test_its_contents_are_all_notebooks_in_their_order_the_words_and_the_guides(site):
    links = page(site / "course/site/index.html").select("article .toctree-wrapper a")
    assert [link["href"].removeprefix("../").removesuffix(".html") for link in links] == EXPECTED
    built = {path.relative_to(site).with_suffix("").as_posix() for path in book_pages(site)}
    assert built - {"index", "search"} == {*EXPECTED, "course/site/index"}


def test_it_is_small(site):
    assert sum(path.stat().st_size for path in site.rglob("*")) < AT_MOST


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site):
    assert wrong_links(site) == []


def test_a_wrong_link_would_be_found(tmp_path):
    (tmp_path / "other.html").write_text('<p id="here"></p>')
    (tmp_path / "lab.html").write_text('<a href="#lab:std=0.2"></a><div data-lab="initialization"></div>')
    right = ["other.html#here", "#top", "https://example.org", "data:,"]
    wrong = ["other.html#there", "#bottom", "none.html", "#lab:std=0.2", "lab.html#lab:std=0.2"]
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


LABS = {
    lab.data["text/plain"].split(". ")[0].removeprefix("Lab: "): path
    for path in LESSONS
    for cell in code_cells(read(path))
    for lab in cell.outputs
    if is_lab(lab)
}
PLANS = {plan.make.__name__: plan for plan in recordings.PLANS}


@pytest.fixture(scope="module")
def recorded(site):
    """Return the recordings that lie in the site, by their titles."""
    files = (site / "_static/recordings").glob("*.js")
    return {one["title"]: one for one in (recordings.unpacked(file.read_text(encoding="utf-8")) for file in files)}


@pytest.fixture(scope="module")
def data():
    """Return the data of the labs."""
    return load_fashion_mnist()


def test_each_lab_has_its_recording_on_its_page(site, recorded):
    assert set(recorded) == set(LABS)
    for title, path in LABS.items():
        assert lesson_page(site, path).select(f".tag_lab .cell_output [data-lab={recordings.slug(title)}]")
        assert (site / f"_static/recordings/{recordings.slug(title)}.js").is_file()
    without = {path for path in LESSONS if not lesson_page(site, path).select("[data-lab]")}
    assert without == set(LESSONS) - set(LABS.values())
    assert not any(page(site / f"notebooks/{name(path)}.html").select("script[src*='labs.js']") for path in without)


def test_recordings_are_small(recorded, site):
    for one in recorded.values():
        size = (site / f"_static/recordings/{recordings.slug(one['title'])}.js").stat().st_size
        n_all = math.prod(len(each.get("options") or each["places"]) for each in one["controls"].values())
        guess = size / len(one["entries"]) * n_all  # at the size of all of it
        assert 1.5 * guess < recordings.MOST_BYTES, one["title"]


def test_one_that_is_too_large_is_not_written(tmp_path, monkeypatch, data):
    monkeypatch.setattr(recordings, "PLANS", [PLANS["batch_lab"]])
    monkeypatch.setattr(recordings, "load_fashion_mnist", lambda: data)
    monkeypatch.setattr(recordings, "MOST_BYTES", 1_000)
    with pytest.raises(ValueError, match=r"'One value of a batch' has [\d,]+ bytes.*fewer places in course/lessons"):
        recordings.write(tmp_path, recordings.FEW)
    assert not list((tmp_path / "recordings").iterdir())


def test_all_are_the_combinations_of_all_places_those_of_the_presets_among_them():
    lab = PLANS["clipping_lab"].make()
    controls = {
        each: recordings.with_places(each, about, lab, PLANS["clipping_lab"]) for each, about in lab.controls.items()
    }
    wanted = recordings.asked(lab, controls, recordings.ALL)
    assert len(wanted) == 3 * 31 * 74
    assert all(preset in wanted for preset in lab.presets.values())
    assert {values["direction"] for values in wanted} >= {0, 10, 45, 77, 360}
    lab.close()


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_what_is_recorded_is_what_the_lab_shows(recorded, plan, data):
    lab = plan.make(*[data] * plan.make.__code__.co_argcount)
    one = recorded[lab.title]
    for control, places in plan.places.items():
        assert (places[0], places[-1]) == (lab.controls[control]["lowest"], lab.controls[control]["highest"])
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


def test_links_that_set_a_lab_are_left_as_they_are():
    text = adapt.with_site_anchors("Try [0.2](#lab:std=0.2,activation=ReLU); [why](#Why?), [x](y.ipynb#A:-b).")
    assert text == 'Try <a href="#lab:std=0.2,activation=ReLU">0.2</a>; [why](#why), [x](y.ipynb#a-b).'


@pytest.fixture
def opened(site, browser):
    """Return a function that opens the page of a lab from disk, scrolls to it, and returns page and lab.

    It may be given a recording in the place of the site's. At the end nothing may have failed or left the disk.
    """
    trouble, tabs = [], []

    def open_lab(title, size=DESKTOP, recording=None, **options):
        tab = browser.new_page(viewport=size, **options)
        if recording is not None:
            tab.route("**/recordings/*", lambda route: route.fulfill(body=recordings.packed(recording)))
        tabs.append(tab)
        tab.on("request", lambda request: None if request.url.startswith("file:") else trouble.append(request.url))
        tab.on("requestfailed", lambda request: trouble.append(request.url))
        tab.on("pageerror", lambda error: trouble.append(str(error)))
        tab.goto((site / f"notebooks/{name(LABS[title])}.html").as_uri())
        place = tab.locator(f"[data-lab={recordings.slug(title)}]")
        place.evaluate("(place) => place.closest('.cell').scrollIntoView()")
        lab = place.locator(".lab")
        lab.wait_for()
        return tab, lab

    yield open_lab
    for tab in tabs:
        tab.close()
    assert trouble == []


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


@in_browser
def test_controls_move_a_lab_from_disk(opened, recorded):
    tab, lab = opened("Initialization")
    recording = recorded["Initialization"]
    assert painted(lab) == played(recording)
    assert not tab.locator(".tag_lab .cell_output img").is_visible()
    said = " ".join(tab.locator(".tag_lab").inner_text().split())
    assert re.search("This is a recording( with .* garments, not Fashion-MNIST)?: a control goes", said)
    before = pixels(lab)
    slider = lab.locator("input[type=range][name=std]")
    slider.press("ArrowRight")
    assert painted(lab) == played(recording, std=0.112)
    assert pixels(lab) != before
    lab.get_by_role("button", name="level: 0.141").click()
    assert painted(lab) == played(recording, std=0.141)
    assert lab.locator(".own[aria-pressed=true], :not(.own)[aria-pressed=true]").all_inner_texts() == ["level: 0.141"]
    slider.press("ArrowLeft")
    assert painted(lab) == played(recording, std=0.126)
    slider.press("End")
    assert painted(lab) == played(recording, std=10.0)
    lab.get_by_role("button", name="fading: 0.10").click()
    layers = lab.locator("input[type=range][name=depth]")
    layers.press("Home")
    for depth in recording["controls"]["depth"]["places"]:  # all can be reached by keys
        assert painted(lab) == played(recording, depth=depth)
        layers.press("ArrowRight")
    lab.get_by_role("button", name="fading: 0.10").click()
    lab.locator("select").select_option("tanh")
    assert painted(lab) == played(recording, activation="tanh")
    lab.locator("input.field[name=depth]").fill("97")
    lab.locator("input.field[name=depth]").press("Enter")
    lab.get_by_role("button", name="Reset").click()
    assert painted(lab) == played(recording)


@in_browser
def test_what_was_not_recorded_goes_to_the_nearest_that_was(opened, recorded):
    _, lab = opened("Initialization")
    field = lab.locator("input.field[name=std]")
    for typed, near in (("0.14", 0.141), ("1e9", 10.0), ("0.0105", 0.01), ("nonsense", 0.01)):
        field.fill(typed)
        field.press("Enter")
        assert painted(lab) == played(recorded["Initialization"], std=near)
        assert float(field.input_value()) == near


@in_browser
def test_a_slider_follows_a_mouse(opened, recorded):
    tab, lab = opened("One factor, many layers")
    box = lab.locator("input[type=range][name=factor]").bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 0.14, box["y"] + box["height"] / 2)
    tab.mouse.down()
    seen = set()
    for share in (0.2, 0.4, 0.6, 0.8, 0.98):
        tab.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        values, *_ = shown = painted(lab)
        assert shown == played(recorded["One factor, many layers"], factor=values["factor"])
        seen.add(values["factor"])
    tab.mouse.up()
    assert len(seen) == 5
    assert max(seen) > 1.9


@in_browser
def test_a_run_is_played_at_the_speed_that_it_had_and_stays_as_a_ghost(opened, recorded):
    tab, lab = opened("A recurrent network on the edge")
    recording = recorded["A recurrent network on the edge"]
    assert painted(lab) == played(recording)
    lab.evaluate("""(lab) => {
      window.seen = [];
      new MutationObserver(() => seen.push([performance.now(), lab.querySelector(".sentence").textContent]))
        .observe(lab.querySelector(".sentence"), { childList: true });
    }""")
    lab.get_by_role("button", name="threshold 1", exact=True).click()
    lab.get_by_text("after 300 steps").wait_for()
    values, sentence, numbers = painted(lab)
    expected = played(recording, threshold=1.0)
    latest, before = recording["places"][:2]
    assert (values, sentence) == expected[:2]
    assert [numbers[place] for place in latest] == [expected[2][place] for place in latest]
    first = played(recording)[2]
    assert [numbers[place] for place in before] == [first[place] for place in latest[: len(before)]]
    (frames,) = [each["frames"] for each in recording["entries"] if each["values"] == values]
    seen = tab.evaluate("seen")
    assert [text for _, text in seen] == [frame[1] for frame in frames]
    assert (seen[-1][0] - seen[0][0]) == pytest.approx(frames[-1][0] - frames[0][0], rel=0.2, abs=200)


@in_browser
def test_a_run_can_be_stopped_and_forgotten(opened, recorded):
    _, lab = opened("Retrain while you watch")
    recording = recorded["Retrain while you watch"]
    lab.get_by_role("button", name="rate 0.1").click()
    lab.get_by_text("running at step").wait_for()
    lab.get_by_role("button", name="Stop").click()
    values, sentence, numbers = painted(lab)
    (frames,) = [each["frames"] for each in recording["entries"] if each["values"] == values]
    assert values["rate"] == 0.1
    assert "stopped at step" in sentence
    assert sentence in [frame[2] for frame in frames]
    lab.page.wait_for_timeout(500)
    assert painted(lab) == (values, sentence, numbers)
    lab.get_by_role("button", name="Reset").click()
    lab.get_by_text(played(recording)[1]).wait_for()
    assert painted(lab) == played(recording)


@in_browser
def test_a_link_in_the_text_sets_a_lab_though_it_comes_before_it(opened, site, browser, recorded):
    tab = browser.new_page(viewport=DESKTOP)
    tab.goto((site / "notebooks/01_initialization.html").as_uri())
    tab.locator("article h1").evaluate("(title) => { title.innerHTML = '<a href=\"#lab:std=0.2\">exploding</a>'; }")
    tab.get_by_role("link", name="exploding").click()
    lab = tab.locator(".lab")
    lab.wait_for()
    tab.locator(".lab .sentence", has_text="standard deviation 0.2").wait_for()
    assert painted(lab) == played(recorded["Initialization"], std=0.2)
    tab.close()


@in_browser
def test_what_was_recorded_with_drawn_garments_says_so(opened, recorded):
    plan = dataclasses.replace(PLANS["depth_lab"], places={"depth": [5, 10]})
    one = recordings.record(plan, draw_garments(n_train=50, n_valid=1, n_test=1), recordings.FEW)
    assert one["drawn"] == ["drawn garments"]
    assert recorded["Alpha"]["drawn"] == []  # it needs no data
    tab, _ = opened("Depth", recording=one)
    assert "This is a recording with drawn garments, not Fashion-MNIST: a" in tab.locator(".tag_lab").inner_text()


@in_browser
@pytest.mark.parametrize("what", ["no script", "no recording"])
def test_without_script_or_recording_the_stored_picture_stays(site, browser, what):
    tab = browser.new_page(viewport=DESKTOP, java_script_enabled=what != "no script")
    if what == "no recording":
        tab.route("**/recordings/*", lambda route: route.abort())
    tab.goto((site / "notebooks/01_initialization.html").as_uri())
    picture = tab.locator(".tag_lab .cell_output img")
    picture.scroll_into_view_if_needed()
    tab.wait_for_timeout(500)
    assert picture.is_visible()
    assert "Here you see where it opens." in tab.locator(".tag_lab").inner_text()
    assert "recording" not in tab.locator(".tag_lab").inner_text()
    assert tab.locator(".lab").count() == 0
    tab.close()


REMOVE_OTHERS = "(all) => all.forEach((each) => each.querySelector('.lab') || each.remove())"


@in_browser
@pytest.mark.parametrize("title", LABS)
def test_each_lab_can_be_read_on_a_phone_in_light_and_dark(opened, title):
    tab, lab = opened(title, PHONE, color_scheme="light")
    assert tab.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    tab.locator("article section > *").evaluate_all(REMOVE_OTHERS)  # axe looks at them, too, which takes long
    within = f"[data-lab={recordings.slug(title)}]"
    assert findings(tab, within) == []
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_timeout(600)  # colours fade over
    assert findings(tab, within, runOnly=["color-contrast"]) == []
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 60")
    assert len(pixels(lab)) == len(set(pixels(lab)))
    ARTEFACTS.mkdir(exist_ok=True)
    lab.screenshot(path=ARTEFACTS / f"book-lab-{recordings.slug(title)}.png")


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
    tab.wait_for_url("**/course/site/index.html")
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
    assert {path.name for path in (ROOT / "course" / "site").glob("*") if not path.name.startswith("_")} >= {
        "conf.py",
        "index.md",
    }
    assert FOLDER.parent == ROOT
