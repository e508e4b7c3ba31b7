"""Loading Fashion-MNIST from every source and through every kind of damage; its drawn stand-in."""

import contextlib
import gzip
import hashlib
import os
import socket
import subprocess
import sys
import threading
import warnings
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import keras
import numpy as np
import pooch
import pytest
import requests

from helpers.data import DataFileError, center, draw_garments, load, load_fashion_mnist, rescale, standardize

ROOT = Path(__file__).resolve().parents[2]
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = load.FILES
TINY_SHAPES = {TRAIN_IMAGES: (60, 28, 28), TRAIN_LABELS: (60,), TEST_IMAGES: (20, 28, 28), TEST_LABELS: (20,)}
CLOSED = "http://127.0.0.1:1/"  # where nobody listens
HTML = b"<!DOCTYPE html><html><body>Please log in to the school network</body></html>"
drawn_tiny = draw_garments(20, 10, 10)


def idx_file(array):
    """Write an array of unsigned bytes in the gzipped idx format."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return gzip.compress(header + array.tobytes(), mtime=0)


@pytest.fixture
def tiny(monkeypatch, tmp_path):
    """Replace Fashion-MNIST by a tiny data set, with an empty cache and no address; return its files."""
    rng = np.random.default_rng(1)
    tiny = {name: idx_file(rng.integers(0, 10, shape, np.uint8)) for name, shape in TINY_SHAPES.items()}
    table = {name: (hashlib.sha256(tiny[name]).hexdigest(), len(tiny[name]), TINY_SHAPES[name]) for name in tiny}
    monkeypatch.setattr(load, "FILES", table)
    monkeypatch.setattr(load, "VALIDATION_IMAGES", 10)
    monkeypatch.setattr(load, "ADDRESSES", ())
    monkeypatch.setattr(load, "draw_garments", lambda: drawn_tiny)
    monkeypatch.delenv("FASHION_MNIST_DIR", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")
    return tiny


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "keras" / "datasets" / "fashion-mnist"


class Server(ThreadingHTTPServer):
    """A server on this machine whose first path component says how it behaves."""

    daemon_threads = True

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.requests, self.stopped = files, [], threading.Event()

    def address(self, behaviour):
        return CLOSED if behaviour == "closed" else f"http://127.0.0.1:{self.server_port}/{behaviour}/"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        _, behaviour, name = self.path.split("/")
        self.server.requests.append((behaviour, name))
        if behaviour == "silent":  # who waits long enough gets the file after all, which the tests see
            self.server.stopped.wait(60)
        body = HTML if behaviour == "web-page" else self.server.files[name]
        self.send_response(404 if behaviour == "missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        if behaviour != "breaks-off":
            self.wfile.write(body[len(body) // 2 :])


@pytest.fixture
def server(tiny, monkeypatch):
    with Server(tiny) as server:
        monkeypatch.setattr(load, "ADDRESSES", (server.address("good"),))
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        yield server
        server.stopped.set()
        server.shutdown()


def write_files(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


# The real data


@pytest.fixture
def real_data(monkeypatch):
    monkeypatch.setattr(load, "ADDRESSES", ())
    with warnings.catch_warnings(action="ignore"):
        data = load_fashion_mnist()
    if not data.is_real:
        pytest.skip("the real Fashion-MNIST is not here: set FASHION_MNIST_DIR to the folder with its four files")
    return data


def assert_shapes_and_counts_are_those_of_fashion_mnist(data):
    for part, n in (("train", 55_000), ("valid", 5_000), ("test", 10_000)):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        assert x.shape == (n, 28, 28) and x.dtype == np.float32 and x.min() == 0 and x.max() == 1
        assert y.shape == (n,) and y.dtype == np.int64
    np.testing.assert_array_equal(np.bincount(np.r_[data.y_train, data.y_valid]), np.full(10, 6_000))
    np.testing.assert_array_equal(np.bincount(data.y_test), np.full(10, 1_000))


def test_real_data_is_what_was_published(real_data):
    assert_shapes_and_counts_are_those_of_fashion_mnist(real_data)
    assert real_data.source == "Fashion-MNIST"
    assert real_data.class_names[real_data.y_valid[0]] == "Ankle boot"
    mean = (real_data.x_train.mean(dtype=float) * 55 + real_data.x_valid.mean(dtype=float) * 5) / 60
    assert mean == pytest.approx(0.2860, abs=5e-5)  # as often published


MEMORY = """
import sys, types
helpers = types.ModuleType("helpers")  # the real one starts TensorFlow, which would hide the memory of loading
helpers.__path__ = ["helpers"]
sys.modules["helpers"] = helpers
from helpers.data import draw_garments, load_fashion_mnist, standardize

def memory(name):
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name))

before = memory("VmRSS")
data = {call}
print(memory("VmRSS") - before, memory("VmHWM") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from Linux's /proc")
@pytest.mark.parametrize("call", ["standardize(load_fashion_mnist())", "draw_garments()"])
def test_peak_memory_above_the_imports(call, real_data):
    command = [sys.executable, "-c", MEMORY.format(call=call)]
    environment = os.environ | {"FASHION_MNIST_DIR": str(real_data.folder)}
    printed = subprocess.check_output(command, cwd=ROOT, env=environment, encoding="utf-8")
    resident, peak = map(float, printed.split())
    images = 70_000 * 784 / 2**20  # as bytes
    assert 0.95 * images < resident < 1.5 * images  # less, and the measurement sees nothing
    assert peak < 3.5 * images  # the file, what is unpacked from it, and the images


# A folder that is named


def test_named_folder_serves(tiny, monkeypatch, tmp_path):
    write_files(tmp_path / "mine", tiny)
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path / "mine"))
    data = load_fashion_mnist()
    assert data.folder == tmp_path / "mine"
    pixels = np.frombuffer(gzip.decompress(tiny[TRAIN_IMAGES]), np.uint8, offset=16).reshape(60, 28, 28)
    np.testing.assert_array_equal(data.x_train, pixels[10:] / np.float32(255))
    np.testing.assert_array_equal(data.x_valid, pixels[:10] / np.float32(255))
    labels = np.frombuffer(gzip.decompress(tiny[TEST_LABELS]), np.uint8, offset=8)
    np.testing.assert_array_equal(data.y_test, labels)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-20])


def replace_by_folder(path):
    path.unlink()
    path.mkdir()


PROBLEMS = {
    f"{TEST_IMAGES} is missing": Path.unlink,
    f"{TEST_IMAGES} is damaged": truncate,
    f"{TEST_IMAGES} is not a gzip file": lambda path: path.write_bytes(HTML),
    f"{TEST_IMAGES} cannot be read": replace_by_folder,
    "there is no such folder": lambda path: path.parent.rename(path.parent.with_name("elsewhere")),
}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_wrong_named_folder_is_an_error_that_says_what_to_do(problem, tiny, cache, server, monkeypatch, tmp_path):
    write_files(cache, tiny)
    write_files(tmp_path / "mine", tiny)
    PROBLEMS[problem](tmp_path / "mine" / TEST_IMAGES)
    monkeypatch.setenv("FASHION_MNIST_DIR", str(tmp_path / "mine"))
    with pytest.raises(DataFileError) as caught:
        load_fashion_mnist()
    for words in (f"FASHION_MNIST_DIR={tmp_path / 'mine'}", problem, "copy the four files", "unset the variable"):
        assert words in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__  # one error, not a chain
    assert not server.requests  # nor is any other source asked


# Keras's cache and the download


@pytest.mark.parametrize("variable", ["KERAS_HOME", "HOME"])
def test_copy_that_keras_fetched_serves(variable, tiny, monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv(variable, str(tmp_path / "k"))
    home = tmp_path / "k" if variable == "KERAS_HOME" else tmp_path / "k" / ".keras"
    write_files(home / "datasets" / "fashion-mnist", tiny)
    assert load_fashion_mnist().folder == home / "datasets" / "fashion-mnist"


def test_download_fills_the_cache_once_and_in_silence(tiny, server, cache, capfd, recwarn):
    level = pooch.get_logger().level
    data = load_fashion_mnist()
    assert data.is_real and data.folder == cache
    assert contents(cache) == tiny
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in cache.iterdir())  # a class may share them
    n_requests = len(server.requests)
    np.testing.assert_array_equal(load_fashion_mnist().x_train, data.x_train)
    assert len(server.requests) == n_requests
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list
    assert pooch.get_logger().level == level  # a learner's own downloads say what they said before


@pytest.mark.parametrize(
    ("variables", "certificate"),
    [
        ({"SSL_CERT_FILE": "network.pem"}, "network.pem"),
        ({"SSL_CERT_FILE": "network.pem", "REQUESTS_CA_BUNDLE": "own.pem"}, "own.pem"),
        ({}, None),
    ],
)
def test_a_certificate_that_serves_uv_serves_the_download_too(tiny, server, cache, monkeypatch, variables, certificate):
    get, used = requests.get, []
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(
        requests, "get", lambda *url, **options: used.append(options.pop("verify", None)) or get(*url, **options)
    )
    assert load_fashion_mnist().is_real
    assert set(used) == {certificate}


@pytest.mark.parametrize("kind", ["missing", "breaks-off", "web-page", "silent", "closed"])
def test_where_an_address_does_not_deliver_the_next_does(kind, tiny, server, cache, monkeypatch, recwarn):
    monkeypatch.setattr(load, "ADDRESSES", (server.address(kind), server.address("good")))
    monkeypatch.setattr(load, "ANSWER_SECONDS", 1)
    assert load_fashion_mnist().is_real
    assert contents(cache) == tiny
    assert not recwarn.list


def test_where_no_address_delivers_garments_are_drawn_and_the_cache_stays_as_it_is(tiny, server, cache, monkeypatch):
    bad = {**tiny, TEST_LABELS: HTML}
    write_files(cache, bad)
    addresses = (server.address("web-page"), CLOSED)
    monkeypatch.setattr(load, "ADDRESSES", addresses)
    with pytest.warns(UserWarning) as caught:
        data = load_fashion_mnist()
    assert not data.is_real and data.folder is None
    (warning,) = caught
    assert warning.filename == __file__  # it points at the call, not into the helpers
    problem = f"drawn garments, not Fashion-MNIST: in {cache}, {TEST_LABELS} is not a gzip file"
    for words in (problem, "FASHION_MNIST_DIR", *addresses, *tiny):
        assert words in str(warning.message)
    assert contents(cache) == bad


def test_a_hanging_name_lookup_is_given_up(tiny, monkeypatch):
    lookup_ends = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: lookup_ends.wait(60) and [])
    monkeypatch.setattr(load, "ANSWER_SECONDS", 0.3)  # no timeout of requests covers the lookup
    monkeypatch.setattr(load, "ADDRESSES", (CLOSED,))
    with pytest.warns(UserWarning, match=r"no answer within 0\.3 seconds"):
        assert not load_fashion_mnist().is_real
    lookup_ends.set()


def test_a_bad_file_in_the_cache_is_replaced_and_no_other(tiny, server, cache, recwarn):
    write_files(cache, {**tiny, TEST_IMAGES: gzip.compress(b"half a file")})
    assert load_fashion_mnist().is_real
    assert contents(cache) == tiny
    assert {name for _, name in server.requests} == {TEST_IMAGES}
    assert not recwarn.list


def test_where_the_cache_cannot_be_written_the_data_are_there_all_the_same(tiny, server, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("a file where a folder should be stops root, too", encoding="utf-8")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file" / "keras"))
    with pytest.warns(UserWarning, match="cannot be stored in .*file.keras.*set KERAS_HOME") as caught:
        data = load_fashion_mnist()
    assert len(caught) == 1 and caught[0].filename == __file__
    assert data.is_real and data.folder is None
    assert len(data.x_train) == 50


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_download_leaves_nothing(error, tiny, server, cache, monkeypatch):
    def stop(*args):
        raise error

    monkeypatch.setattr(load.os, "chmod", stop)  # when the file is complete, but not yet under its name
    with contextlib.suppress(KeyboardInterrupt), pytest.warns(UserWarning, match="No space left"):
        assert not load_fashion_mnist().is_real
    assert contents(cache) == {}


# The data set's own methods


def test_first_shortens_only_the_training_part():
    some = drawn_tiny.first(7)
    np.testing.assert_array_equal(some.x_train, drawn_tiny.x_train[:7])
    np.testing.assert_array_equal(some.y_train, drawn_tiny.y_train[:7])
    assert some.x_valid is drawn_tiny.x_valid and some.y_test is drawn_tiny.y_test


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
    once, result = standardize(drawn_tiny), standardize(prepare(drawn_tiny))
    for name in ("x_train", "x_valid", "x_test"):
        assert getattr(result, name).pixels is getattr(drawn_tiny, name).pixels
        np.testing.assert_allclose(getattr(result, name)[:], getattr(once, name)[:], rtol=1e-4, atol=1e-5)


def test_center_shifts_by_the_training_mean_and_rescale_multiplies():
    data = replace(drawn_tiny, x_test=drawn_tiny.x_test[:])  # an array in place of Images will do
    centered, larger = center(data), rescale(center(data), 1.5)
    signs = np.where(np.arange(784) % 2, -1, 1).reshape(28, 28)
    flipped = rescale(center(data), signs)  # each pixel by its own number
    mean = data.x_train.mean(0, dtype=float)
    for name in ("x_train", "x_valid", "x_test"):
        expected = getattr(data, name) - mean
        np.testing.assert_allclose(getattr(centered, name)[:], expected, atol=1e-6)
        np.testing.assert_allclose(getattr(larger, name)[:], 1.5 * expected, atol=1e-6)
        np.testing.assert_allclose(getattr(flipped, name)[:], signs * expected, atol=1e-6)
        assert getattr(larger, name).dtype == np.float32


WRONG = {
    r"y_train .* not Images of shape \(20, 28, 28\) and list": {"y_train": list(drawn_tiny.y_train)},
    r"x_valid .* not ndarray of shape \(9, 28, 28\)": {"x_valid": drawn_tiny.x_valid[:9]},
    r"x_test .* not ndarray of shape \(0, 28, 28\)": {"x_test": drawn_tiny.x_test[:0], "y_test": drawn_tiny.y_test[:0]},
}


@pytest.mark.parametrize("message", WRONG)
def test_parts_that_do_not_fit_together_are_refused(message):
    with pytest.raises(ValueError, match=message):
        replace(drawn_tiny, **WRONG[message])


def test_too_few_or_too_many_images_are_refused():
    for n in (0, 21):
        with pytest.raises(ValueError, match=rf"first\({n}\): ask for 1 to 20"):
            drawn_tiny.first(n)


def test_a_part_in_place_of_the_whole_data_set_is_refused():
    for prepare in (standardize, center, lambda data: rescale(data, 2)):
        with pytest.raises(TypeError, match=r"whole data set, .*, not Images"):
            prepare(drawn_tiny.x_train)


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
    assert_shapes_and_counts_are_those_of_fashion_mnist(garments)
    x = garments.x_test
    np.testing.assert_array_equal(np.rint(x * 255).astype(np.uint8) / np.float32(255), x)
    assert x.mean() == pytest.approx(0.286, abs=0.04)  # Fashion-MNIST's own values
    assert x.std() == pytest.approx(0.353, abs=0.04)
    assert (x == 0).mean() == pytest.approx(0.50, abs=0.06)
    assert len(np.unique(garments.y_train[:50])) == 10  # shuffled
    assert len(np.unique(x[:2_000].reshape(2_000, -1), axis=0)) == 2_000  # none twice


def accuracy(data, hidden_units, rate):
    """Train a network of LeakyReLU layers, or linear softmax, for 10 epochs; return its validation accuracy."""
    keras.utils.set_random_seed(42)
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten()])
    for units in hidden_units:
        model.add(keras.layers.Dense(units, kernel_initializer="he_normal"))
        model.add(keras.layers.LeakyReLU())
    model.add(keras.layers.Dense(10, activation="softmax"))
    optimizer, loss = keras.optimizers.SGD(rate), "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=True, steps_per_execution=100)
    model.fit(data.x_train, data.y_train, batch_size=32, epochs=10, verbose=0)
    return model.evaluate(data.x_valid, data.y_valid, verbose=0)[1]


def test_drawn_garments_are_as_hard_as_useful(garments):
    assert 0.75 < accuracy(garments, (), 0.01) < 0.85
    assert 0.80 < accuracy(garments, (300, 100), 0.001) < 0.90
