"""What the labs of the book play: recordings made with the very labs, so that nothing is worked out twice.

Each lab is recorded at all combinations of its controls' places in `PLANS`: many where it redraws, few where it trains,
and each run's frames keep their times. A recording is a script with a text in it (compressed JSON), since a page that
is opened from disk can load nothing else; `_labs/recorded.js` reads it and answers lab.js as a kernel does.
"""

import base64
import gzip
import inspect
import itertools
import json
import re
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

from course.labs.live import FRAME_SECONDS, STOPPED
from course.lessons import LESSONS, START
from course.site.adapt import slug
from helpers.data import load_fashion_mnist

MOST_BYTES = 1_500_000  # of a recording
ALL, FEW = "all", "few"  # how much is recorded: few is for tests, the presets and, where a lab redraws, what is around
HERE = Path(__file__).parent
LABS = HERE.parent / "labs"
SCRIPTS = [LABS / "uplot/uPlot.iife.min.js", LABS / "picture.js", LABS / "lab.js", HERE / "_labs/recorded.js"]
STYLES = [LABS / "uplot/uPlot.min.css", LABS / "lab.css"]


@dataclass(frozen=True)
class Plan:
    """How a lab is recorded.

    Attributes
    ----------
    make : callable
        Returns the lab; it takes the data, if it needs them.
    places : dict of str to list of float
        For each control that is a number the values that are recorded; those of the presets are added.
    """

    make: callable
    places: dict


PLANS = [Plan(lesson.lab(name), places) for lesson in (START, *LESSONS) for name, places in lesson.labs.items()]


def write(folder, extent):
    """Record all labs, and write recordings, script and style sheet.

    Parameters
    ----------
    folder : Path
        It gets ``labs.js``, ``labs.css``, and a folder ``recordings``.
    extent : {"all", "few"}

    Raises
    ------
    ValueError
        If a recording is too large.
    """
    (folder / "labs.js").write_text(script(), encoding="utf-8")
    (folder / "labs.css").write_text(together(STYLES), encoding="utf-8")
    (folder / "recordings").mkdir(exist_ok=True)
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        data = load_fashion_mnist()  # if they are drawn, the pages say so
    for plan in PLANS:
        recording = record(plan, data, extent)
        text = packed(recording)
        if len(text) > MOST_BYTES:
            raise ValueError(
                f"the recording of {recording['title']!r} has {len(text):,} bytes, more than {MOST_BYTES:,}: give its "
                "controls fewer places in course/lessons.py"
            )
        (folder / "recordings" / f"{slug(recording['title'])}.js").write_text(text, encoding="utf-8")


def add_to_site(app, exception):
    """Write the recordings into a site that Sphinx has just built."""
    if exception is None:
        write(Path(app.outdir) / "_static", app.config.recorded)


def script():
    """Return the labs' script as a classic one: a browser loads no module from disk."""
    module = together(SCRIPTS)
    return '(() => {\n"use strict";\n' + re.sub(r"(?m)^export default .*\n", "", module) + "})();\n"


def together(files):
    """Return the texts of several files as one."""
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def packed(recording):
    """Return a recording as a script that hands it over by its name."""
    plain = json.dumps(recording, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    text = base64.b64encode(gzip.compress(plain.encode(), mtime=0)).decode()
    return f'recordedLabs["{slug(recording["title"])}"]("{text}");\n'


def unpacked(text):
    """Return the recording that a script hands over."""
    return json.loads(gzip.decompress(base64.b64decode(re.search(r'\("(.*)"\)', text)[1])))


def record(plan, data, extent=ALL):
    """Make a lab, and record what it shows.

    Parameters
    ----------
    plan : Plan
    data : FashionMNIST
    extent : {"all", "few"}

    Returns
    -------
    dict
        What lab.js asks of a lab (``title``, ``scene``, ``controls``, ...); ``drawn``, a list of what it was recorded
        with if that was not Fashion-MNIST; ``places``, see `LivePlot.places`; ``entries``, each with ``values``,
        ``numbers``, which are those of the latest run at its end, and its ``frames``, each of these a list:
        milliseconds since the run began, sentence, and, where the lab trains, the sentence if it is stopped then, and
        how many points each line has by then.
    """
    needed = [data] if inspect.signature(plan.make).parameters else []
    lab = plan.make(*needed)
    try:
        controls = {name: with_places(name, about, lab, plan) for name, about in lab.controls.items()}
        return {
            **{name: getattr(lab, name) for name in ("title", "caption", "scene", "presets", "defaults", "trains")},
            "controls": controls,
            "drawn": [each.source for each in needed if not each.is_real],
            "places": lab._plot.places(),
            "entries": [entry(lab, values) for values in asked(lab, controls, extent)],
        }
    finally:
        lab.close()


def with_places(name, about, lab, plan):
    """Return what the page knows of a control, for a number with its recorded values as ``places``."""
    if about["kind"] == "choice":
        return about
    places = sorted({lab.defaults[name], *(values[name] for values in lab.presets.values()), *plan.places[name]})
    return about | {"places": places, "lowest": places[0], "highest": places[-1], "step": 1}


def asked(lab, controls, extent):
    """Return the values that are recorded, a list of dicts, each with a value for each control."""
    places = {name: about["options" if about["kind"] == "choice" else "places"] for name, about in controls.items()}
    begun = [lab.defaults, *lab.presets.values()]
    if extent == ALL:
        return [dict(zip(places, values, strict=True)) for values in itertools.product(*places.values())]
    if not lab.trains:
        begun += [values | {name: place} for values in begun for name in places for place in places[name]]
    return [dict(values) for values in dict.fromkeys(tuple(values.items()) for values in begun)]


def entry(lab, values):
    """Let a lab show these values, and return what it showed; see `record`."""
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
    frames = [
        [
            max(0, round(1000 * (at - begun))),
            frame["sentence"],
            stopped,
            [len(frame["numbers"][place][0]) for place in own],
        ]
        for at, frame, stopped in caught
    ]
    return {"values": values, "numbers": numbers, "frames": frames}
