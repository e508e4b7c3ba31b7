"""What the labs of the book play: recordings made with the very labs, so that nothing is worked out twice.

Each lab is recorded at all combinations of its controls' places in `course.lessons`: many where it redraws, few where
it trains, and each run's frames keep their times. A recording is a script with a text in it (compressed JSON), since a
page that is opened from disk can load nothing else; `_labs/recorded.js` reads it and answers lab.js as a kernel does.
"""

import base64
import gzip
import inspect
import itertools
import json
import re
import time
import warnings
from pathlib import Path

from course.labs.lab import Lab
from course.labs.live import FRAME_SECONDS, STOPPED
from course.lessons import LESSONS, START
from course.site.adapt import slug
from helpers.data import load_fashion_mnist

MOST_BYTES = 1_500_000  # of a recording
ALL, FEW = "all", "few"  # how much is recorded: few is for tests, the presets and, where a lab redraws, what is around
MODEL = Path(__file__).with_name("_labs") / "recorded.js"
PLANS = [(lesson.lab(name), places) for lesson in (START, *LESSONS) for name, places in lesson.labs.items()]


def add_to_site(app, exception):
    """Write the recordings into a site that Sphinx has just built."""
    if exception is None:
        write(Path(app.outdir) / "_static", app.config.recorded)


def write(folder, extent):
    """Record all labs ("all" of each, or "few"), and write ``labs.js``, ``labs.css`` and the folder ``recordings``.

    A recording that is too large raises ValueError.
    """
    script = re.sub(r"(?m)^export default .*$", "", Lab._esm)  # a browser loads no module from disk
    script = f'(() => {{\n"use strict";\n{script}{MODEL.read_text(encoding="utf-8")}}})();\n'
    (folder / "labs.js").write_text(script, encoding="utf-8")
    (folder / "labs.css").write_text(Lab._css, encoding="utf-8")
    (folder / "recordings").mkdir(exist_ok=True)
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        data = load_fashion_mnist()  # if they are drawn, the pages say so
    for make, places in PLANS:
        recording = record(make, places, data, extent)
        text = packed(recording)
        if len(text) > MOST_BYTES:
            raise ValueError(
                f"the recording of {recording['title']!r} has {len(text):,} bytes, more than {MOST_BYTES:,}: give its "
                "controls fewer places in course/lessons.py"
            )
        (folder / "recordings" / f"{slug(recording['title'])}.js").write_text(text, encoding="utf-8")


def packed(recording):
    """Return a recording as a script that hands it over by its name."""
    plain = json.dumps(recording, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    text = base64.b64encode(gzip.compress(plain.encode(), mtime=0)).decode()
    return f'recordedLabs["{slug(recording["title"])}"]("{text}");\n'


def record(make, places, data, extent=ALL):
    """Make a lab, and record what it shows where its controls have these values, to which those of presets are added.

    The recording is a dict: what lab.js asks of a lab; ``drawn``, a list of the data's source if that was not
    Fashion-MNIST; ``places``, see `LiveFigure.places`; ``entries``, see `entry`.
    """
    arguments = [data] if inspect.signature(make).parameters else []
    lab = make(*arguments)
    try:
        controls = {name: with_places(name, about, lab, places) for name, about in lab.controls.items()}
        return {
            **{name: getattr(lab, name) for name in ("title", "caption", "scene", "presets", "defaults", "trains")},
            "controls": controls,
            "drawn": [each.source for each in arguments if not each.is_real],
            "places": lab._plot.places(),
            "entries": [entry(lab, values) for values in combinations(lab, controls, extent)],
        }
    finally:
        lab.close()


def with_places(name, about, lab, places):
    """Return what the page knows of a control, for a number with its recorded values as ``places``."""
    if about["kind"] == "choice":
        return about
    values = sorted({lab.defaults[name], *(preset[name] for preset in lab.presets.values()), *places[name]})
    return about | {"places": values, "lowest": values[0], "highest": values[-1], "step": 1}


def combinations(lab, controls, extent):
    """Return the values that are recorded, a list of dicts, each with a value for each control."""
    places = {name: about["options" if about["kind"] == "choice" else "places"] for name, about in controls.items()}
    if extent == ALL:
        return [dict(zip(places, values, strict=True)) for values in itertools.product(*places.values())]
    begun = [lab.defaults, *lab.presets.values()]
    if not lab.trains:
        begun += [values | {name: place} for values in begun for name in places for place in places[name]]
    return [dict(values) for values in dict.fromkeys(tuple(values.items()) for values in begun)]


def entry(lab, values):
    """Let a lab show these values, and return what it showed, a dict.

    It has ``values``; ``numbers``, those of the latest run at its end; ``frames``, each a list: milliseconds since the
    run began, sentence, and, where the lab trains, the sentence if it is stopped then, and how many points each line
    has by then.
    """
    caught = []

    def catch(frame):
        caught.append((time.perf_counter(), frame, lab.sentence(STOPPED) if lab.trains else None))

    lab.send = catch  # what would go to a page
    lab.set(**values)
    lab.wait()
    if lab.failure:
        raise lab.failure
    own = lab._plot.places()[0]
    numbers = [caught[-1][1]["numbers"][place] for place in own]
    if not lab.trains:
        return {"values": values, "numbers": numbers, "frames": [[0, caught[-1][1]["sentence"]]]}
    begun = caught[1][0] - FRAME_SECONDS  # what passes before the first points may be the compiler's time
    frames = []
    for at, frame, stopped in caught:
        n_points = [len(frame["numbers"][place][0]) for place in own]
        frames.append([max(0, round(1000 * (at - begun))), frame["sentence"], stopped, n_points])
    return {"values": values, "numbers": numbers, "frames": frames}
