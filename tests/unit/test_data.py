"""Loading Fashion-MNIST from every source and through every kind of damage; its drawn stand-in."""

import contextlib
import gzip
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from helpers.data import DataFileError, center, draw_garments, files, load, load_fashion_mnist, rescale, standardize

ROOT = Path(__file__).resolve().parents[2]
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = files.FILES
TINY_SHAPES = {TRAIN_IMAGES: (60, 28, 28), TRAIN_LABELS: (60,), TEST_IMAGES: (20, 28, 28), TEST_LABELS: (20,)}
HTML = b"<!DOCTYPE html><html><body>Please log in to the school network</body></html>"
# `import helpers` starts TensorFlow, which would take seconds in each process and hide the memory of loading.
WITHOUT_TENSORFLOW = f"""
import sys, types
helpers = types.ModuleType("helpers")
helpers.__path__ = [{str(ROOT / "helpers")!r}]
sys.modules["helpers"] = helpers
"""


def idx_file(array, code=8):
    """Write an array of unsigned bytes in the gzipped idx format."""
    header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(header + array.astype(np.uint8).tobytes(), mtime=0)


def entry(content, shape):
    return hashlib.sha256(content).hexdigest(), len(content), shape


def flip_bit(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


DAMAGES = {
    "truncated": lambda content: content[: len(content) // 2],
    "one bit flipped": flip_bit,
    "not gzip": gzip.decompress,
    "web page": lambda content: HTML,
    "empty": lambda content: b"",
}


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch):
    """Fail a test that looks up any host but this one."""
    asked = []
    original = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        if host not in ("127.0.0.1", "localhost"):
            asked.append(host)
            raise socket.gaierror(f"tests may not contact {host}")
        return original(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield
    assert not asked


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """Replace Fashion-MNIST by a tiny data set, with an empty cache and no address; return its files."""
    rng = np.random.default_rng(1)
    arrays = {
        name: rng.integers(0, 256 if len(shape) == 3 else 10, shape, np.uint8) for name, shape in TINY_SHAPES.items()
    }
    tiny = {name: idx_file(array) for name, array in arrays.items()}
    monkeypatch.setattr(files, "FILES", {name: entry(tiny[name], TINY_SHAPES[name]) for name in tiny})
    monkeypatch.setattr(load, "VALIDATION_IMAGES", 10)
    monkeypatch.setattr(files, "ADDRESSES", ())
    monkeypatch.setattr(load, "draw_garments", lambda: drawn_tiny)
    monkeypatch.delenv("FASHION_MNIST_DIR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tiny


drawn_tiny = draw_garments(20, 10, 10)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "keras" / "datasets" / "fashion-mnist"


class Server(ThreadingHTTPServer):
    """A server on this machine whose first path component says how it behaves."""

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = files
        self.requests = []
        self.stopped = threading.Event()

    def address(self, behaviour):
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"


class Handler(BaseHTTPRequestHandler):
    """It refuses HEAD, as some servers and proxies do: only a GET tells whether a file can be had."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        _, behaviour, name = self.path.split("/")
        self.server.requests.append((behaviour, name))
        if behaviour == "silent":
            self.server.stopped.wait(30)
            return
        if behaviour == "late":
            time.sleep(0.5)
        body = HTML if behaviour == "web-page" else self.server.files[name]
        status = {"missing": 404, "broken": 500}.get(behaviour, 200)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status == 200:
            half = len(body) // 2
            self.wfile.write(body[:half])
            if behaviour == "slow":
                time.sleep(0.05)
            if behaviour != "breaks-off":
                self.wfile.write(body[half:])


@pytest.fixture
def server(tiny):
    server = Server(tiny)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.stopped.set()
    server.shutdown()
    thread.join()
    server.server_close()


def put(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def closed_address():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/"


def real_folder():
    """Return the folder with the real data, or skip the test; fail it where everything is required."""
    keras_home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    shared, of_keras = ROOT.parent / "shared" / "fashion-mnist", Path(keras_home, "datasets", "fashion-mnist")
    for folder in (os.environ.get("FASHION_MNIST_DIR"), shared, of_keras):
        if folder and all((Path(folder) / name).is_file() for name in files.FILES):
            return Path(folder)
    message = "the real Fashion-MNIST is not here: set FASHION_MNIST_DIR to the folder with its four files"
    if os.environ.get("STABLE_GRADIENTS_REQUIRE_ALL") == "1":
        pytest.fail(message)
    pytest.skip(message)


# The real data


def test_real_data_is_what_was_published(monkeypatch):
    folder = real_folder()
    monkeypatch.setenv("FASHION_MNIST_DIR", str(folder))
    data = load_fashion_mnist()
    assert data.is_real and data.source == "Fashion-MNIST" and data.folder == folder
    for x, y, n in (
        (data.x_train, data.y_train, 55_000),
        (data.x_valid, data.y_valid, 5_000),
        (data.x_test, data.y_test, 10_000),
    ):
        assert x.shape == (n, 28, 28) and x.dtype == np.float32 and x.min() == 0 and x.max() == 1
        assert y.shape == (n,) and y.dtype == np.int64
    raw = gzip.decompress((folder / TRAIN_IMAGES).read_bytes())
    first = np.frombuffer(raw, np.uint8, offset=16, count=784).reshape(28, 28)
    np.testing.assert_array_equal(data.x_valid[0] * 255, first)  # the first images are for validation
    assert data.class_names[data.y_valid[0]] == "Ankle boot"
    np.testing.assert_array_equal(np.bincount(np.r_[data.y_train, data.y_valid]), np.full(10, 6_000))
    np.testing.assert_array_equal(np.bincount(data.y_test), np.full(10, 1_000))
    mean = (data.x_train.mean(dtype=float) * 55 + data.x_valid.mean(dtype=float) * 5) / 60
    assert mean == pytest.approx(0.2860, abs=5e-5)  # as often published


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from Linux's /proc")
@pytest.mark.parametrize("call", ["load_fashion_mnist()", "standardize(load_fashion_mnist())", "draw_garments()"])
def test_peak_memory_above_the_imports(call, monkeypatch):
    if "load" in call:
        monkeypatch.setenv("FASHION_MNIST_DIR", str(real_folder()))
    script = f"""{WITHOUT_TENSORFLOW}
from helpers.data import draw_garments, load_fashion_mnist, standardize

def memory(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name))

before = memory("VmRSS")
data = {call}
print(memory("VmRSS") - before, memory("VmHWM") - before)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    resident, peak = map(float, result.stdout.split())
    images = 70_000 * 784 / 2**20  # as bytes
    assert 0.95 * images < resident < 1.5 * images  # less, and the measurement sees nothing
    assert peak < 3.5 * images  # the file, what is unpacked from it, and the images


# A folder that is named


def test_named_folder_serves(tiny, monkeypatch, tmp_path):
    put(tmp_path / "mine", tiny)
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path / "mine"))
    data = load_fashion_mnist()
    assert data.folder == tmp_path / "mine"
    pixels = np.frombuffer(gzip.decompress(tiny[TRAIN_IMAGES]), np.uint8, offset=16).reshape(60, 28, 28)
    np.testing.assert_array_equal(data.x_train, pixels[10:] / np.float32(255))
    np.testing.assert_array_equal(data.x_valid, pixels[:10] / np.float32(255))
    labels = np.frombuffer(gzip.decompress(tiny[TEST_LABELS]), np.uint8, offset=8)
    np.testing.assert_array_equal(data.y_test, labels)


def assert_named_folder_fails(folder, *words):
    with pytest.raises(DataFileError) as caught:
        load_fashion_mnist()
    message = str(caught.value)
    for word in (f"FASHION_MNIST_DIR={folder}", "copy the four files", "unset the variable", *words):
        assert word in message
    assert caught.value.__cause__ is None and caught.value.__suppress_context__  # one error, not a chain


def test_named_folder_that_does_not_exist(tiny, server, cache, monkeypatch, tmp_path):
    put(cache, tiny)
    monkeypatch.setattr(files, "ADDRESSES", (server.address("good"),))
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path / "nowhere"))
    assert_named_folder_fails(tmp_path / "nowhere", "no such folder")
    assert not server.requests  # it never falls on to the next source


@pytest.mark.parametrize("name", TINY_SHAPES)
def test_named_folder_without_a_file(name, tiny, cache, monkeypatch, tmp_path):
    put(cache, tiny)
    put(tmp_path, {other: content for other, content in tiny.items() if other != name})
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path))
    assert_named_folder_fails(tmp_path, f"{name} is missing")


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", [TRAIN_IMAGES, TEST_LABELS])
def test_named_folder_with_a_damaged_file(name, damage, tiny, monkeypatch, tmp_path):
    bad = DAMAGES[damage](tiny[name])
    put(tmp_path, {**tiny, name: bad})
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path))
    gzipped = damage in ("truncated", "one bit flipped")
    assert_named_folder_fails(tmp_path, f"{name} is damaged" if gzipped else f"{name} is not a gzip file")
    assert contents(tmp_path)[name] == bad  # the file is the reader's: it stays as it is


def test_named_folder_with_a_folder_for_a_file(tiny, monkeypatch, tmp_path):
    put(tmp_path, tiny)
    (tmp_path / TEST_IMAGES).unlink()
    (tmp_path / TEST_IMAGES).mkdir()
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path))
    assert_named_folder_fails(tmp_path, f"{TEST_IMAGES} cannot be read")


IMAGES = np.zeros((60, 28, 28))
WRONG_FORMATS = {
    "too few images": (TRAIN_IMAGES, idx_file(IMAGES[:59]), "(60, 28, 28)"),
    "other size of images": (TRAIN_IMAGES, idx_file(np.zeros((60, 14, 56))), "(60, 28, 28)"),
    "labels in place of images": (TRAIN_IMAGES, idx_file(np.zeros(60 * 784)), "(60, 28, 28)"),
    "not unsigned bytes": (TRAIN_IMAGES, idx_file(IMAGES, code=9), "(60, 28, 28)"),
    "bytes missing": (TRAIN_IMAGES, gzip.compress(gzip.decompress(idx_file(IMAGES))[:-1]), "(60, 28, 28)"),
    "bytes too many": (TRAIN_IMAGES, gzip.compress(gzip.decompress(idx_file(IMAGES)) + b"0"), "(60, 28, 28)"),
    "header cut": (TRAIN_LABELS, gzip.compress(b"\0\0\x08"), "(60,)"),
    "broken gzip stream": (TRAIN_IMAGES, idx_file(IMAGES)[:-9], "cannot be unpacked"),
    "broken gzip block": (TRAIN_IMAGES, idx_file(IMAGES)[:10] + b"\xff" * 9, "cannot be unpacked"),
    "label out of range": (TRAIN_LABELS, idx_file(np.full(60, 10)), "label 10"),
}


@pytest.mark.parametrize("wrong", WRONG_FORMATS)
def test_right_checksum_but_wrong_format(wrong, tiny, monkeypatch, tmp_path):
    name, content, word = WRONG_FORMATS[wrong]
    monkeypatch.setitem(files.FILES, name, entry(content, TINY_SHAPES[name]))
    put(tmp_path, {**tiny, name: content})
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path))
    assert_named_folder_fails(tmp_path, name, word)


# Keras's cache and the download


@pytest.mark.parametrize("variable", ["KERAS_HOME", "HOME"])
def test_copy_that_keras_fetched_serves(variable, tiny, monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv(variable, str(tmp_path / "k"))
    home = tmp_path / "k" if variable == "KERAS_HOME" else tmp_path / "k" / ".keras"
    put(home / "datasets" / "fashion-mnist", tiny)
    assert load_fashion_mnist().folder == home / "datasets" / "fashion-mnist"


def test_download_fills_the_cache_once_and_in_silence(tiny, server, cache, monkeypatch, capfd, recwarn):
    monkeypatch.setattr(files, "ADDRESSES", (server.address("good"),))
    data = load_fashion_mnist()
    assert data.is_real and data.folder == cache
    assert contents(cache) == tiny
    asked = len(server.requests)
    again = load_fashion_mnist()
    assert len(server.requests) == asked
    np.testing.assert_array_equal(again.x_train, data.x_train)
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


BAD_ADDRESSES = ["missing", "broken", "breaks-off", "web-page", "silent", "closed"]


def bad_address(kind, server):
    return closed_address() if kind == "closed" else server.address(kind)


@pytest.mark.parametrize("kind", BAD_ADDRESSES)
def test_bad_address_then_the_next(kind, tiny, server, cache, monkeypatch, recwarn):
    monkeypatch.setattr(files, "ADDRESSES", (bad_address(kind, server), server.address("late")))
    start = time.monotonic()
    assert load_fashion_mnist().is_real
    assert time.monotonic() - start < 5  # a silent address is not waited for
    assert contents(cache) == tiny
    assert not recwarn.list


@pytest.mark.parametrize("kind", BAD_ADDRESSES)
def test_only_bad_addresses_then_drawn_garments(kind, tiny, server, cache, monkeypatch):
    addresses = (bad_address(kind, server), closed_address())
    monkeypatch.setattr(files, "ADDRESSES", addresses)
    monkeypatch.setattr(files, "ANSWER_SECONDS", 0.5)
    start = time.monotonic()
    with pytest.warns(UserWarning) as caught:
        data = load_fashion_mnist()
    assert time.monotonic() - start < 3
    assert not data.is_real and data.folder is None
    (warning,) = caught
    assert warning.filename == __file__  # it points at the call, not into the helpers
    for word in ("drawn garments, not Fashion-MNIST", "FASHION_MNIST_DIR", *addresses, *tiny):
        assert word in str(warning.message)
    assert {name for _, name in server.requests} <= {TRAIN_IMAGES}  # the other files are not tried
    assert not cache.exists() or not list(cache.iterdir())


def test_an_address_that_is_not_needed_is_let_go(tiny, server, monkeypatch):
    monkeypatch.setattr(files, "ADDRESSES", (server.address("good"), server.address("late")))
    before = threading.active_count()
    content, _ = files.download(TRAIN_IMAGES, "")
    assert content == tiny[TRAIN_IMAGES]
    for _ in range(100):
        if threading.active_count() <= before:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the connections are still open")


def test_hanging_name_lookup_costs_seconds(tiny, monkeypatch):
    lookup_ends = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: lookup_ends.wait(10) and [])
    monkeypatch.setattr(files, "ANSWER_SECONDS", 0.3)  # no timeout of requests covers the lookup
    monkeypatch.setattr(files, "ADDRESSES", ("http://127.0.0.1:1/", "http://127.0.0.1:2/"))
    start = time.monotonic()
    with pytest.warns(UserWarning, match=r"no answer within 0\.3 seconds"):
        assert not load_fashion_mnist().is_real
    assert time.monotonic() - start < 3
    lookup_ends.set()


@pytest.mark.parametrize("damage", DAMAGES)
def test_bad_cached_file_is_replaced(damage, tiny, server, cache, monkeypatch, recwarn):
    put(cache, {**tiny, TEST_IMAGES: DAMAGES[damage](tiny[TEST_IMAGES])})
    monkeypatch.setattr(files, "ADDRESSES", (server.address("good"),))
    assert load_fashion_mnist().is_real
    assert contents(cache) == tiny
    assert {name for _, name in server.requests} == {TEST_IMAGES}
    assert not recwarn.list


def test_bad_cached_file_without_network_is_named(tiny, cache):
    put(cache, {**tiny, TEST_LABELS: HTML})
    with pytest.warns(UserWarning, match=f"{TEST_LABELS} is not a gzip file"):
        assert not load_fashion_mnist().is_real


def test_unwritable_cache_still_gives_the_data(tiny, server, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("a file where a folder should be stops root, too")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file" / "keras"))
    monkeypatch.setattr(files, "ADDRESSES", (server.address("good"),))
    with pytest.warns(UserWarning, match="cannot be stored in .*file.keras.*set KERAS_HOME") as caught:
        data = load_fashion_mnist()
    assert len(caught) == 1 and caught[0].filename == __file__
    assert data.is_real and data.folder is None
    assert len(data.x_train) == 50


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_interrupted_storing_leaves_nothing(error, tiny, server, cache, monkeypatch):
    def stop(*args):
        raise error

    monkeypatch.setattr(files, "ADDRESSES", (server.address("good"),))
    monkeypatch.setattr(files.os, "replace", stop)
    with contextlib.suppress(KeyboardInterrupt), pytest.warns(UserWarning, match="No space left"):
        load_fashion_mnist()
    assert contents(cache) == {}


def test_eight_processes_at_once(tiny, server, cache, tmp_path):
    table = {name: files.FILES[name] for name in tiny}
    script = f"""{WITHOUT_TENSORFLOW}
import json, pathlib, time
from helpers.data import files, load
table = json.loads({json.dumps(table)!r})
files.FILES = {{name: (sha256, size, tuple(shape)) for name, (sha256, size, shape) in table.items()}}
files.ADDRESSES = ({server.address("breaks-off")!r}, {server.address("slow")!r})
load.VALIDATION_IMAGES = 10
print("ready", flush=True)
while not pathlib.Path({str(tmp_path / "go")!r}).exists():
    time.sleep(0.002)
print(load.load_fashion_mnist())
"""
    start = [sys.executable, "-W", "error", "-c", script]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    processes = [subprocess.Popen(start, **pipes) for _ in range(8)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 8
    (tmp_path / "go").touch()
    outputs = [process.communicate(timeout=30)[0] for process in processes]
    assert outputs == ["<Fashion-MNIST: 50 training, 10 validation and 20 test images>\n"] * 8
    assert contents(cache) == tiny
    slow = [name for behaviour, name in server.requests if behaviour == "slow"]
    assert len(slow) > len(tiny)  # or they did not load at the same time


def test_module_does_not_need_tensorflow():
    script = f"{WITHOUT_TENSORFLOW}\nimport helpers.data\nprint({{'tensorflow', 'keras'}} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"


# The data set's own methods


def test_repr_is_short_and_names_no_path():
    assert repr(drawn_tiny) == "<drawn garments: 20 training, 10 validation and 10 test images>"


def test_first_shortens_only_the_training_part():
    some = drawn_tiny.first(7)
    np.testing.assert_array_equal(some.x_train, drawn_tiny.x_train[:7])
    np.testing.assert_array_equal(some.y_train, drawn_tiny.y_train[:7])
    assert some.x_valid is drawn_tiny.x_valid and some.y_test is drawn_tiny.y_test


@pytest.mark.parametrize("n", [0, -1, 21])
def test_first_refuses_what_is_not_there(n):
    with pytest.raises(ValueError, match=rf"first\({n}\).*1 to 20"):
        drawn_tiny.first(n)


def test_standardize_uses_the_training_part_only():
    data = draw_garments(500, 100, 100)
    result = standardize(data)
    mean, std = data.x_train.mean(0, dtype=float), data.x_train.std(0, dtype=float)
    varies = np.ptp(data.x_train, axis=0) > 0
    assert 600 < varies.sum() < 784  # some pixels of the edge are always black
    for name in ("x_train", "x_valid", "x_test"):
        before, after = getattr(data, name), getattr(result, name)
        assert after.dtype == np.float32
        assert not after[:, ~varies].any()
        expected = (before - mean)[:, varies] / std[varies]
        np.testing.assert_allclose(after[:, varies], expected, rtol=1e-4, atol=1e-5)
    assert data.x_train.min() == 0 and data.x_train.max() == 1  # the original is untouched
    assert result.y_train is data.y_train and result.source == data.source


def test_standardize_turns_a_constant_pixel_to_zero_wherever_it_lies():
    x_train = drawn_tiny.x_train.copy()
    x_train[:, 14, 14] = 0.1  # its mean in floating point need not be exactly 0.1
    result = standardize(replace(drawn_tiny, x_train=x_train))
    for x in (result.x_train, result.x_valid, result.x_test):
        assert np.isfinite(x).all()
        assert not x[:, 14, 14].any()


@pytest.mark.parametrize("prepare", [standardize, center])
def test_standardized_once_more_the_images_are_the_same_and_still_bytes(prepare):
    data = draw_garments(500, 100, 100)
    once, result = standardize(data), standardize(prepare(data))
    for name in ("x_train", "x_valid", "x_test"):
        assert getattr(result, name).pixels is getattr(data, name).pixels
        np.testing.assert_allclose(getattr(result, name)[:], getattr(once, name)[:], rtol=1e-4, atol=1e-5)


def test_center_shifts_by_the_training_mean_and_scales_nothing():
    data = draw_garments(500, 100, 100)
    result = center(data)
    mean = data.x_train.mean(0, dtype=float)
    for name in ("x_train", "x_valid", "x_test"):
        before, after = getattr(data, name), getattr(result, name)
        assert after.dtype == np.float32
        np.testing.assert_allclose(after[:], before - mean, atol=1e-6)
    assert data.x_train.min() == 0 and data.x_train.max() == 1  # the original is untouched
    assert result.y_train is data.y_train and result.source == data.source


@pytest.mark.parametrize("prepare", [lambda data: data, center])
def test_rescale_multiplies_every_image(prepare):
    data = prepare(draw_garments(500, 100, 100))
    result = rescale(data, 1.5)
    for name in ("x_train", "x_valid", "x_test"):
        before, after = getattr(data, name), getattr(result, name)
        assert after.dtype == np.float32
        np.testing.assert_allclose(after[:], 1.5 * before[:], atol=1e-6)
    assert result.y_train is data.y_train and result.source == data.source


def test_rescale_multiplies_an_array_too():
    x_train = drawn_tiny.x_train.copy()
    np.testing.assert_allclose(rescale(replace(drawn_tiny, x_train=x_train), 2).x_train, 2 * x_train)


# The drawn garments


def test_drawn_garments_depend_on_the_seed_alone():
    one, same, other = (draw_garments(300, 20, 20, seed=seed) for seed in (3, 3, 4))
    for name in ("x_train", "y_train", "x_valid", "y_valid", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(one, name), getattr(same, name))
        assert not np.array_equal(getattr(one, name), getattr(other, name))
    assert not np.array_equal(one.x_valid, one.x_test)


@pytest.fixture(scope="module")
def garments():
    return draw_garments()


def test_drawn_garments_look_like_the_real_data_to_a_program(garments):
    assert not garments.is_real and garments.source == "drawn garments" and garments.folder is None
    for part, n in (("train", 55_000), ("valid", 5_000), ("test", 10_000)):
        x, y = getattr(garments, f"x_{part}"), getattr(garments, f"y_{part}")
        assert x.shape == (n, 28, 28) and x.dtype == np.float32 and x.min() == 0 and x.max() == 1
        assert y.shape == (n,) and y.dtype == np.int64
        np.testing.assert_array_equal(np.bincount(y), np.full(10, n // 10))
    x = garments.x_test
    np.testing.assert_array_equal(np.rint(x * 255).astype(np.uint8) / np.float32(255), x)
    assert x.mean() == pytest.approx(0.286, abs=0.04)  # Fashion-MNIST's own values
    assert x.std() == pytest.approx(0.353, abs=0.04)
    assert (x == 0).mean() == pytest.approx(0.50, abs=0.06)
    assert len(np.unique(garments.y_train[:50])) == 10  # shuffled


def test_drawn_garments_do_not_repeat(garments):
    assert len(np.unique(garments.x_train[:5_000].reshape(5_000, -1), axis=0)) == 5_000


def linear_softmax_accuracy(data, epochs=10, rate=0.01, batch=32):
    """Train softmax regression by plain SGD in NumPy; return its validation accuracy."""
    x, x_valid = (images.reshape(len(images), -1) for images in (data.x_train, data.x_valid))
    one_hot = np.eye(10, dtype=np.float32)[data.y_train]
    kernel, bias = np.zeros((784, 10), np.float32), np.zeros(10, np.float32)
    rng = np.random.default_rng(0)
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch):
            some = order[start : start + batch]
            logits = x[some] @ kernel + bias
            p = np.exp(logits - logits.max(axis=1, keepdims=True))
            error = (p / p.sum(axis=1, keepdims=True) - one_hot[some]) * np.float32(rate / len(some))
            kernel -= x[some].T @ error
            bias -= error.sum(axis=0)
    return np.mean((x_valid @ kernel + bias).argmax(axis=1) == data.y_valid)


def leaky_relu_net_accuracy(data, epochs=10):
    """Train the LeakyReLU network of lesson 2; return its validation accuracy."""
    import keras

    keras.utils.set_random_seed(42)
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten()])
    for units in (300, 100):
        model.add(keras.layers.Dense(units, kernel_initializer="he_normal"))
        model.add(keras.layers.LeakyReLU())
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.SGD(1e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=True,
        steps_per_execution=100,
    )
    model.fit(data.x_train, data.y_train, batch_size=32, epochs=epochs, verbose=0)
    return model.evaluate(data.x_valid, data.y_valid, verbose=0)[1]


def test_drawn_garments_are_as_hard_as_useful(garments):
    assert 0.75 < linear_softmax_accuracy(garments) < 0.85
    assert 0.80 < leaky_relu_net_accuracy(garments) < 0.90
