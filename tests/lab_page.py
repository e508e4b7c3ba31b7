"""What a page does with a lab, without a browser: it sends requests as messages and takes the frames that come."""

import itertools
import json
import time
from types import SimpleNamespace

import pytest

LONG = 60  # seconds after which a run that ought to have ended counts as hanging


class Page:
    """A view of a lab: numbered requests out, frames in, both as the JSON that goes over the wire.

    It has in `requests`, by number, the values that were asked for; in `frames` those that came, in `shown` the newest;
    in `prefetched` the entries that came.
    """

    _views = itertools.count()

    def __init__(self, lab):
        self.lab, self.view = lab, f"view {next(self._views)}"
        self.requests, self.frames, self.prefetched = {}, [], []
        lab.comm.publish_msg = self._receive
        self.send({"kind": "hello"})
        self.frames.clear()

    def _receive(self, kind, data=None, **_rest):
        if kind == "comm_msg" and data["method"] == "custom":
            content = json.loads(json.dumps(data["content"], allow_nan=False))
            if content.get("kind") == "prefetched":
                self.prefetched += content["entries"]
            else:
                self.shown = content
                self.frames.append(content)

    def send(self, content):
        """Send anything."""
        content = json.loads(json.dumps(content))
        self.lab._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

    def request(self, kind, values):
        """Send a request."""
        number = len(self.requests) + 1
        self.requests[number] = values
        self.send({"kind": kind, "view": self.view, "number": number, "values": values})

    @property
    def requested(self):
        """The values of the newest request, or those shown if there was none."""
        return self.requests.get(len(self.requests), self.shown["values"])

    def move(self, **values):
        """Move some of the controls."""
        self.request("set", self.requested | values)

    def prefetch(self, name, places):
        """Take hold of a control that has these places."""
        self.send({"kind": "prefetch", "control": name, "places": places, "values": self.requested})

    def press(self, text):
        """Press a button."""
        if text == "Reset":
            self.request("reset", self.lab.defaults)
        else:
            self.request("stop" if text == "Stop" else "set", self.lab.presets.get(text, self.requested))


def press(lab, text):
    """Press a button of a lab on a page that has just been opened."""
    Page(lab).press(text)


def shown(lab):
    """Return the numbers of the picture, and the sentence."""
    return lab.frame["numbers"], lab.frame["sentence"]


def settle(*labs):
    """Wait until no run goes on."""
    for lab in labs:
        assert lab.wait(LONG)


def until(condition):
    """Wait until condition() is true."""
    deadline = time.monotonic() + LONG
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail("waited in vain")
        time.sleep(0.005)


def until_running(lab):
    """Wait until the lab shows the first point of a run that goes on."""
    until(lambda: lab.frame["running"] and "starting" not in lab.frame["sentence"])


def in_cell(monkeypatch, number):
    """Let labs and predictions be made as in that cell of JupyterLab."""
    kernel = SimpleNamespace(get_parent=lambda: {"metadata": {"cellId": number}})
    monkeypatch.setattr("course.labs.lab.get_ipython", lambda: SimpleNamespace(kernel=kernel))
