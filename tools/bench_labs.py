"""Benchmark of the labs, in JupyterLab in Chromium. Not a test; `make bench-labs` runs it.

Redraw labs: from a key press on a slider or menu to the frame that shows the new picture, where what it gives was
prefetched (as all places of the control are) and where it was not (a number between the places is typed); how long it
takes to prefetch all places; pictures a second while a mouse drags the slider, beside the moves a second that the
page heard of, and how long after the last move the last one came. A key that changes nothing, as an arrow at the end
of a menu, is left out.
Training labs: from the key press to the picture that says that the run is starting, and to that of its first point; to
its end; pictures a second. The recorded labs of the book, where `make book` has been run: keys and drags.
Times depend on the machine and on what else it does: give it nothing else.
"""

import contextlib
import json
import socket
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
from browser import LabInPage, Notebook, chromium, jupyter_lab
from notebook_files import notebook_of
from playwright.sync_api import TimeoutError
from websocket import create_connection

from course.lessons import LESSONS

BOOK = Path(__file__).parents[1] / "_build" / "html" / "notebooks"
MOVES = 40
SLOWEST = 2_000  # milliseconds
SETUP = """from helpers.data import load_fashion_mnist
from course.lessons import LESSONS
from inspect import signature
data = load_fashion_mnist()
makers = {name: lesson.lab(name) for lesson in LESSONS for name in lesson.labs}
def lab(name):
    return makers[name](data) if signature(makers[name]).parameters else makers[name]()"""
LABS = [f"lab('{name}')" for lesson in LESSONS for name in lesson.labs]
with socket.create_server(("127.0.0.1", 0)) as free:
    PORT = free.getsockname()[1]  # by which the browser is spoken to beside Playwright
PORT_FLAG = f"--remote-debugging-port={PORT}"
# Notes when a key is pressed, and in which frames a new picture is shown.
WATCH = """(lab) => {
    [window.pictures, window.pressed] = [[], 0];
    let isDrawn = false;
    lab.addEventListener('keydown', () => { window.pressed = performance.now(); }, true);
    const shown = () => { isDrawn = false; window.pictures.push(performance.now() - window.pressed); };
    new MutationObserver(() => { if (!isDrawn) { isDrawn = true; requestAnimationFrame(shown); } })
        .observe(lab.querySelector('.picture'), { attributeFilter: ['aria-label'] });
}"""
DRAGS = 8  # from one end to the other
MOVES_A_SECOND = 125  # as an ordinary mouse reports them
MOVES_A_DRAG = 60


def main():
    """Print a line for each lab."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        root.mkdir()
        nbformat.write(notebook_of([SETUP, *LABS]), root / "labs.ipynb")
        with jupyter_lab(root, folder) as (address, token), chromium(PORT_FLAG) as browser:
            notebook = Notebook(browser, address, token, "labs.ipynb")
            notebook.run_all(timeout=300)
            for lab in notebook.labs():
                lab.bring_into_view()
                lab.state()
                lab.root.evaluate(WATCH)
                (measure_training if lab.trains else measure_redraw)(lab)
            notebook.close()
    measure_book()


def measure_book():
    """Measure the labs that redraw on the pages of the book, opened from disk."""
    if not BOOK.exists():
        print("The book is not there: `make book`.")
        return
    with chromium(PORT_FLAG) as browser:
        tab = browser.new_page(viewport={"width": 1400, "height": 1100})
        for path in sorted(BOOK.rglob("0?_*.html")):
            tab.goto(path.as_uri())
            for place in tab.locator("[data-lab]").all():
                place.scroll_into_view_if_needed()
                lab = LabInBook(tab, place.locator(".lab"))
                if not lab.trains:
                    lab.root.evaluate(WATCH)
                    there = [time for control in controls(lab) for time in keys(lab, control)]
                    print(f"In the book, {lab.title}: key to picture {summary(there, 25)}")
                    print_drags(lab)


class LabInBook(LabInPage):
    """A recorded lab on a page of the book."""

    def __init__(self, page, root):
        root.wait_for()
        self.page, self.root = page, root
        self.title = root.get_attribute("aria-label").removeprefix("Lab: ")


def controls(lab):
    """Yield sliders and menus, with the lab reset before each."""
    for control in lab.root.locator(".slider, select").all():
        lab.button("Reset").click()
        lab.settled()
        yield control


def keys(lab, control):
    """Press arrow keys on a slider or menu; return how long the picture took after each that changed something."""
    control.focus()
    arrows = ("ArrowRight", "ArrowLeft") if control.get_attribute("type") else ("ArrowDown", "ArrowUp")
    return [time for key in np.repeat(arrows, MOVES // 2) for time in pictures(lab, control, key, pause=60)[:1]]


def measure_redraw(lab):
    """Press keys, type and drag on every slider and menu, and print how long the pictures took."""
    there, not_there, fetched = [], [], []
    for control in controls(lab):
        fetched.append(prefetch(lab, control))
        there += keys(lab, control)
    for field in lab.root.locator(".field").all():
        for step in range(1, MOVES + 1):
            before = field.input_value()
            field.fill(f"{float(before) * (1 - step / 7777):.6g}")
            not_there += pictures(lab, field, "Enter", pause=60, before=before)[:1]
    print(f"{lab.title}: key to picture where prefetched {summary(there, 25)}; where not {summary(not_there, 70)}")
    print(f"  prefetched: {', '.join(f'{n} places in {seconds:.2f} s' for n, seconds in fetched)}")
    print_drags(lab)


def print_drags(lab):
    """Drag every slider, and print how many pictures came."""
    for slider in lab.root.locator(".slider").all():
        a_second, moves, settles = drag(lab, slider)
        print(
            f"  {slider.get_attribute('name')} dragged: {a_second:.0f} pictures a second for {moves:.0f} moves, the "
            f"last one {settles:.0f} ms after the last move"
        )


def summary(times, limit):
    """Say how long pictures took."""
    if not times:
        return "(nothing lies between its places)"
    middle, most = np.percentile(times, [50, 95])
    return (
        f"median {middle:.0f} ms, 95 % within {most:.0f} ms, {np.mean(np.array(times) <= limit):.0%} within {limit} ms"
    )


def prefetch(lab, control):
    """Take a control in hand; return how many of its places were prefetched, and when the last one, in seconds."""
    known, begun = lab.shown()["prefetched"], time.perf_counter()
    control.evaluate("(control) => control.blur()")
    control.focus()
    n, last = 0, begun
    while time.perf_counter() - last < 1:
        now = lab.shown()["prefetched"] - known
        if now != n:
            n, last = now, time.perf_counter()
        time.sleep(0.005)
    return n, last - begun


def drag(lab, slider):
    """Drag a slider to and fro with the mouse, whose moves do not wait for the page.

    Returns
    -------
    pictures, moves : float
        A second; moves are those that the page was told of.
    settles : float
        Milliseconds from the last move to the last picture.
    """
    lab.button("Reset").click()
    lab.settled()
    prefetch(lab, slider)
    box, page = slider.bounding_box(), lab.page
    left, right, height = box["x"] + 0.1 * box["width"], box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2
    page.mouse.move(left, height)
    page.mouse.down()
    slider.evaluate("(slider) => { window.moves = 0; slider.addEventListener('input', () => { window.moves += 1; }); }")
    page.evaluate("[window.pictures, window.pressed] = [[], performance.now()]")
    there = np.linspace(left, right, MOVES_A_DRAG)
    seconds = move(page, [(x, height) for x in np.concatenate([there, there[::-1]] * (DRAGS // 2))])
    moves = page.evaluate("window.moves")
    page.mouse.up()
    page.wait_for_timeout(500)
    times = np.array(page.evaluate("window.pictures")) / 1000
    return np.sum(times <= seconds) / seconds, moves / seconds, 1000 * max(0, times.max() - seconds)


def move(page, places):
    """Move the mouse through places with its button held, as often as a mouse reports itself; return the seconds.

    Playwright's own mouse waits after each move until the page has done with it.
    """
    target = page.context.new_cdp_session(page).send("Target.getTargetInfo")["targetInfo"]["targetId"]
    address = f"ws://127.0.0.1:{PORT}/devtools/page/{target}"
    with contextlib.closing(create_connection(address, suppress_origin=True)) as connection:
        begun = time.perf_counter()
        for number, (x, y) in enumerate(places, start=1):
            event = {"type": "mouseMoved", "x": x, "y": y, "button": "left", "buttons": 1}
            connection.send(json.dumps({"id": number, "method": "Input.dispatchMouseEvent", "params": event}))
            time.sleep(max(0, begun + number / MOVES_A_SECOND - time.perf_counter()))
        return time.perf_counter() - begun


def measure_training(lab):
    """Press arrow keys on every slider, and print when the first picture came and when the run was over."""
    first, point, whole, rate = [], [], [], []
    for control in lab.root.locator(".slider").all():
        control.focus()
        for key in ("ArrowRight",) * 4 + ("ArrowLeft",) * 4:
            times = pictures(lab, control, key, pause=2500)
            first += times[:1]
            point += times[1:2]
            if len(times) > 3:  # otherwise the run has diverged at once
                whole.append(times[-1])
                rate.append(1000 * (len(times) - 2) / (times[-1] - times[1]))
    print(
        f"{lab.title}: key to 'starting': median {np.median(first):.0f} ms, longest {max(first):.0f} ms; "
        f"to the first point: median {np.median(point):.0f} ms, longest {max(point):.0f} ms; "
        f"whole run: median {np.median(whole):.0f} ms; {np.median(rate):.1f} pictures a second, at most {max(rate):.1f}"
    )


def pictures(lab, control, key, pause, before=None):
    """Press a key, wait for a picture and then so many milliseconds more; return when each picture was there.

    In milliseconds after the key press; a picture that has not come after two seconds counts as those. None are
    expected of a key that leaves the control as it is, or, where that is given, as it was `before`.
    """
    lab.page.evaluate("window.pictures = []")
    before = before or control.input_value()
    lab.page.keyboard.press(key)
    if control.input_value() == before:
        return []
    try:
        lab.page.wait_for_function("window.pictures.length > 0", timeout=SLOWEST)
    except TimeoutError:
        return [SLOWEST]
    lab.page.wait_for_timeout(pause)
    return lab.page.evaluate("window.pictures")


if __name__ == "__main__":
    main()
