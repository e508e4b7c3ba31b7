"""Benchmark of the labs, in JupyterLab in Chromium. Not a test; `make bench-labs` runs it.

Redraw labs: from a key press on a slider to the new picture, decoded and in the page, over all sliders and menus.
A key that changes nothing, as an arrow at the end of a menu does, is not counted. Training labs: from the key press to
the picture that says that the run is starting, and to that of its first point; to its end; pictures a second.
Times depend on the machine and on what else it does: give it nothing else.
"""

import tempfile
from pathlib import Path

import nbformat
import numpy as np
from browser import Notebook, chromium, jupyter_lab
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import TimeoutError

MOVES = 40
SLOWEST = 2_000  # milliseconds
SETUP = """from helpers.data import load_fashion_mnist
from helpers.lessons.lesson1 import initialization_lab
from helpers.lessons.lesson2 import activation_lab, retraining_lab
from helpers.lessons.lesson3 import depth_lab
from helpers.lessons.lesson4 import batch_lab, batch_norm_lab
from helpers.lessons.lesson5 import clipping_lab, recurrent_lab
data = load_fashion_mnist()"""
LABS = """initialization_lab(data)
activation_lab()
retraining_lab(data)
depth_lab(data)
batch_lab()
batch_norm_lab(data)
clipping_lab()
recurrent_lab(data)"""
# Notes when a key is pressed, and when a picture has been decoded and swapped in.
WATCH = """(lab) => {
    window.pictures = [];
    lab.addEventListener('keydown', () => { window.pressed = performance.now(); }, true);
    lab.querySelector('img').addEventListener('load', () => window.pictures.push(performance.now() - window.pressed));
}"""


def main():
    """Print a line for each lab."""
    with tempfile.TemporaryDirectory() as folder:
        cells = [new_code_cell(SETUP), *map(new_code_cell, LABS.splitlines())]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        root = Path(folder) / "root"
        root.mkdir()
        nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), root / "labs.ipynb")
        with jupyter_lab(root, folder) as (address, token), chromium() as browser:
            notebook = Notebook(browser, address, token, "labs.ipynb")
            notebook.run_all(timeout=300)
            for lab in notebook.labs():
                lab.bring_into_view()
                lab.state()
                lab.root.evaluate(WATCH)
                (measure_training if lab.trains else measure_redraw)(lab)
            notebook.close()


def measure_redraw(lab):
    """Press arrow keys on every slider and menu, and print how long the pictures took."""
    times = []
    for control in lab.root.locator(".slider, select").all():
        control.focus()
        keys = ("ArrowRight", "ArrowLeft") if control.get_attribute("type") else ("ArrowDown", "ArrowUp")
        for key in np.repeat(keys, MOVES // 2):
            times += pictures(lab, control, key, pause=60)
    middle, most = np.percentile(times, [50, 95])
    within = np.mean(np.array(times) <= 60)
    print(f"{lab.title}: key to picture: median {middle:.0f} ms, 95 % within {most:.0f} ms; {within:.0%} within 60 ms")


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


def pictures(lab, control, key, pause):
    """Press a key, wait for a picture and then so many milliseconds more; return when each picture was there.

    In milliseconds after the key press; a picture that has not come after two seconds counts as those. None are
    expected of a key that leaves the control as it is.
    """
    lab.page.evaluate("window.pictures = []")
    before = control.input_value()
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
