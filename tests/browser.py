"""JupyterLab in Chromium: what the browser tests and the benchmark of the labs share."""

import contextlib
import itertools
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path

from notebook_files import README, is_lab
from playwright.sync_api import Error, sync_playwright
from playwright.sync_api import TimeoutError as PageTimeoutError

FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
LOG = "jupyter.log"
SETTINGS = README.with_name(".jupyterlab")  # those of `make lab`
PATIENCE = 120  # seconds until something that has not come counts as hanging; a test waits so long only to fail
HOW_TO_GET_ONE = (
    "install Chromium (Debian: `apt-get install chromium`; elsewhere: `.venv/bin/playwright install chromium`), "
    "or name a Chrome or Chromium in the variable CHROMIUM"
)


def find_chromium():
    """Return the path of a Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
        return path if Path(path).exists() else None


@contextlib.contextmanager
def jupyter_lab(root, scratch, **environment):
    """Start JupyterLab on the loopback interface, with a token and folders of its own; yield its address and token.

    It shows the folder `root`, and writes its settings and its log into `scratch`. `environment` are variables of the
    server and its kernels; None removes one.
    """
    token, runtime = secrets.token_hex(16), Path(scratch) / "runtime"
    folders = {"JUPYTER_RUNTIME_DIR": runtime, "JUPYTER_CONFIG_DIR": Path(scratch) / "config"}
    folders |= {"JUPYTERLAB_SETTINGS_DIR": Path(scratch) / "settings", "IPYTHONDIR": Path(scratch) / "ipython"}
    folders |= {"JUPYTERLAB_WORKSPACES_DIR": Path(scratch) / "workspaces"}
    options = ["--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root", f"--IdentityProvider.token={token}"]
    options += [
        "--LabApp.expose_app_in_browser=True",
        f"--ServerApp.root_dir={root}",
        f"--LabApp.app_settings_dir={SETTINGS}",
    ]
    variables = {**os.environ, **folders, **environment}
    variables = {name: str(value) for name, value in variables.items() if value is not None}
    with open(Path(scratch) / LOG, "wb") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        server = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
        try:
            yield _address(server, runtime, log.name), token
        finally:
            server.terminate()
            server.wait(30)


def _address(server, runtime, log):
    """Wait until the server has written down its port."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(ValueError):  # written only in part
                return f"http://127.0.0.1:{json.loads(file.read_text(encoding='utf-8'))['port']}"
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab has not started:\n{Path(log).read_text(encoding='utf-8')}")


# The end of a traceback of a message that came too late: its kernel was shut down, or its page was left.
_HARMLESS = re.compile(
    r"(?m)^( *)Traceback \(most recent call last\):\n(?:\1 .*\n)+\1(?:RuntimeError: Event loop is closed"
    r"|zmq\.error\.ZMQError: Socket operation on non-socket"
    r"|tornado\.iostream\.StreamClosedError: .*|tornado\.websocket\.WebSocketClosedError)$"
)


def tracebacks(log):
    """Return what the server and its kernels have logged around the first traceback that tells of an error, or ""."""
    rest = _HARMLESS.sub("", log.replace("\r\n", "\n"))
    found = rest.find("Traceback")
    return rest[max(found - 500, 0) :] if found >= 0 else ""


@contextlib.contextmanager
def chromium(*flags):
    """Start Chromium without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


class Notebook:
    """A notebook that is open in a page of JupyterLab."""

    _WIDGET = "window.jupyterapp?.shell.currentWidget"  # the page is loaded before JupyterLab is there

    def __init__(self, browser, address, token, path):
        self.page_errors = []  # that no script has caught
        self.outside_requests = []  # addresses that are not on this machine
        self.page = browser.new_page(viewport={"width": 1400, "height": 1100})
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("pageerror", lambda error: self.page_errors.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url, address))
        self._address = f"{address}/lab/tree/{path}?token={token}&reset"
        self._open()

    def _open(self):
        self.page.goto(self._address)
        self.page.wait_for_function(f"{self._WIDGET}?.content?.model?.cells?.length > 0")
        self.page.wait_for_function(f"{self._WIDGET}.sessionContext.session?.kernel?.status === 'idle'")

    def reload(self):
        """Save the notebook and load the page again; the kernel lives on."""
        self.page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
        self._open()

    def _note(self, url, address):
        if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:")):
            self.outside_requests.append(url)

    def command(self, name):
        """Start a command of JupyterLab and do not wait for its end."""
        self.page.evaluate(f"void window.jupyterapp.commands.execute('{name}')")

    def run_all(self, timeout):
        """Run all cells and wait for the last one, at most `timeout` seconds; none may fail."""
        self.command("notebook:clear-all-cell-outputs")
        self.page.wait_for_function(f"{self._DONE} === 0")
        self.command("notebook:run-all-cells")
        finished = f"{self._DONE} === {self._CODE}.length || {self._FAILED}"
        try:  # in the page: what the cells have shown so far is too much to be fetched again and again
            self.page.wait_for_function(finished, polling=200, timeout=1000 * timeout)
        except PageTimeoutError:
            raise TimeoutError(f"after {timeout} s {self.page.evaluate(self._DONE)} cells had run") from None
        for output in itertools.chain.from_iterable(self.outputs()):
            assert output["output_type"] != "error", f"{output['ename']}: {output['evalue']}"

    _CODE = f"Array.from({_WIDGET}.content.model.cells).filter((cell) => cell.type === 'code')"
    _DONE = f"{_CODE}.filter((cell) => cell.executionCount && cell.executionState === 'idle').length"
    _FAILED = f"""{_CODE}.some(({{ outputs }}) =>
        Array.from({{ length: outputs.length }}, (_, place) => outputs.get(place).type).includes('error'))"""

    def outputs(self):
        """Return for each code cell the list of its outputs, as notebooks store them."""
        return self.page.evaluate(f"{self._CODE}.map((cell) => cell.outputs.toJSON())")

    def labs(self):
        """Return the labs, each of which comes into view when it is used."""
        outputs = self.page.evaluate(
            f"Array.from({self._WIDGET}.content.model.cells).map((cell) => cell.outputs?.toJSON() ?? [])"
        )
        return [LabInPage(self, cell) for cell, of_cell in enumerate(outputs) if any(map(is_lab, of_cell))]

    def cell(self, number):
        """Scroll to a cell and return its place on the page."""
        self.page.evaluate(
            f"""async (number) => {{
                const notebook = {self._WIDGET}.content;
                notebook.activeCellIndex = number;
                notebook.mode = 'command';
                await notebook.scrollToItem(number, 'start');
            }}""",
            number,
        )
        place = self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{number}']")
        place.scroll_into_view_if_needed()
        return place

    def execute(self, code):
        """Run code in the kernel, past the cells, and return what it prints."""
        return self.page.evaluate(
            f"""async (code) => {{
                const future = {self._WIDGET}.sessionContext.session.kernel.requestExecute({{ code }});
                let text = '';
                future.onIOPub = (message) => {{
                    if (message.header.msg_type === 'stream') text += message.content.text;
                    if (message.header.msg_type === 'error') text += message.content.traceback.join('\\n');
                }};
                await future.done;
                return text;
            }}""",
            code,
        )

    def wait_for_labs(self):
        """Wait until the kernel has done all that was asked of it, and no thread works for a lab any more."""
        printed = self.execute(
            "import threading, time\n"
            f"deadline = time.monotonic() + {PATIENCE}\n"
            "while any(t.name == 'lab' for t in threading.enumerate()) and time.monotonic() < deadline:\n"
            "    time.sleep(0.01)\n"
            "print([t.name for t in threading.enumerate() if t.name == 'lab'])"
        )
        assert printed == "[]\n", printed

    def close(self):
        """Shut the kernel down and close the page."""
        with contextlib.suppress(Error):
            self.page.evaluate(f"{self._WIDGET}.sessionContext.shutdown()")
        self.page.close()


def button_of(lab, name):
    """Return the button of a lab with that text; where there is none, fail at once and name those that there are."""
    found = lab.get_by_role("button", name=name, exact=True)
    assert found.count() == 1, f"no button {name!r}; there are {lab.get_by_role('button').all_inner_texts()}"
    return found


def preset_of(lab, **values):
    """Return the button of the preset that sets these values and the defaults of the others; fail at once likewise."""
    wanted = json.loads(button_of(lab, "Reset").get_attribute("data-values")) | values
    presets = {
        preset.inner_text(): json.loads(preset.get_attribute("data-values"))
        for preset in lab.locator(".buttons button:not(.own)").all()
    }
    names = [name for name, sets in presets.items() if sets == wanted]
    assert names, f"no preset sets {wanted}; there are {presets}"
    return button_of(lab, names[0])


class LabInPage:
    """A lab on the page of a notebook."""

    # A number for the pixels of the picture.
    _DIGEST = """async (picture) => {
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        let digest = 7;
        for (const canvas of picture.querySelectorAll('canvas'))
            for (const level of canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)
                digest = (digest * 31 + level) | 0;
        return digest;
    }"""

    def __init__(self, notebook, cell):
        self._notebook, self._cell = notebook, cell
        self.page = notebook.page
        self.root = notebook.cell(cell).locator(".lab")
        self.title = self.root.get_attribute("aria-label").removeprefix("Lab: ")

    def bring_into_view(self):
        """Scroll to the lab."""
        self._notebook.cell(self._cell)

    @property
    def trains(self):
        """Whether a run in the background answers the controls."""
        return self.root.get_by_role("button", name="Stop").count() == 1

    def controls(self):
        """Return the sliders, fields and menus."""
        return self.root.locator("input, select").all()

    def button(self, name):
        """Return the button with that text."""
        return button_of(self.root, name)

    def preset(self, **values):
        """Return the button of the preset that sets these values and the defaults of the others."""
        return preset_of(self.root, **values)

    def sentence(self):
        """Return what the lab says."""
        return self.root.locator(".sentence").inner_text()

    def pixels(self):
        """Return a number that stands for the pixels of the picture."""
        return self.root.locator(".picture").evaluate(self._DIGEST)

    def is_running(self):
        """Tell whether a training run is going on."""
        return self.root.locator(".sentence").get_attribute("aria-busy") == "true"

    def wait_for(self, condition):
        """Wait until condition() is true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.title}: no answer; it says {self.sentence()!r}")
            time.sleep(0.02)

    # What the page shows, in one go; "controls" has for each name the value of its slider or menu, and its field's.
    _SHOWN = """(lab) => {
        const controls = {};
        for (const part of lab.querySelectorAll('input, select')) {
            const log = part.dataset.log === 'true';
            const value = part.type === 'range' ? (log ? 10 ** part.value : Number(part.value)) : part.value;
            (controls[part.name] ??= []).push(value);
        }
        return {
            controls,
            request: Number(lab.dataset.request),
            answered: Number(lab.dataset.answered),
            number: Number(lab.dataset.frame),
            values: JSON.parse(lab.dataset.values),
            running: lab.querySelector('.sentence').ariaBusy === 'true',
            sentence: lab.querySelector('.sentence').textContent,
            description: lab.querySelector('.picture').ariaLabel,
            numbers: JSON.stringify(lab.painted.numbers),
            prefetched: Number(lab.dataset.prefetched ?? 0),
            note: lab.querySelector('.note').textContent,
            pressed: Array.from(lab.querySelectorAll("button[aria-pressed=true]:not(.own)"), (it) => it.textContent),
        };
    }"""

    def shown(self):
        """Return what is on the page: frame, controls, and the numbers of the newest request and the last answer."""
        shown = self.root.evaluate(self._SHOWN)
        return shown | {"numbers": json.loads(shown["numbers"], parse_int=float)}  # 1e20 is written without its point

    def settled(self, number=0):
        """Wait until the newest request is answered, no run goes on, and frame `number` or a later one is there."""
        try:
            self.page.wait_for_function(self._SETTLED, arg=[self.root.element_handle(), number], polling=10)
        except PageTimeoutError:
            raise TimeoutError(f"{self.title}: no answer; it shows {self.shown() | {'numbers': ''}}") from None
        return self.shown()

    _SETTLED = """([lab, number]) => lab.dataset.answered === lab.dataset.request
        && Number(lab.dataset.frame) >= number && lab.querySelector('.sentence').ariaBusy !== 'true'"""

    def state(self):
        """Return pixels and sentence once the frame shown answers the newest request, and no run is going on."""
        self.settled()
        return self.pixels(), self.sentence()
