"""Fashion-MNIST: from a folder, from Keras's cache, downloaded, or drawn where it cannot be had."""

import concurrent.futures
import gzip
import hashlib
import math
import os
import tempfile
import threading
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pooch
import requests

from helpers.data.dataset import FashionMNIST
from helpers.data.garments import draw_garments
from helpers.data.images import Images
from helpers.progress import progress_bar

VALIDATION_IMAGES = 5_000
ANSWER_SECONDS = 8  # until an address begins to deliver; three addresses that are silent take 24 s
READ_SECONDS = 30  # between two pieces of a file

# Each file as Zalando published it and Keras copied it: SHA-256, size in bytes, shape of its array.
FILES = {
    "train-images-idx3-ubyte.gz":
        ("3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 26_421_880, (60_000, 28, 28)),
    "train-labels-idx1-ubyte.gz":
        ("a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 29_515, (60_000,)),
    "t10k-images-idx3-ubyte.gz":
        ("346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 4_422_102, (10_000, 28, 28)),
    "t10k-labels-idx1-ubyte.gz":
        ("67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 5_148, (10_000,)),
}  # fmt: skip
ADDRESSES = (
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
)


class DataFileError(ValueError):
    """A file of the data set is missing, damaged or not what its name says."""


class DownloadError(OSError):
    """No address delivered a file of the data set."""


def load_fashion_mnist():
    """Load Fashion-MNIST from a named folder, Keras's cache or a download; failing these, draw garments.

    If the environment variable ``FASHION_MNIST_DIR`` is set, only the folder that it names is read. Otherwise
    Keras's cache is read (``datasets/fashion-mnist`` in ``$KERAS_HOME`` or ``~/.keras``), and what is missing
    or damaged there is downloaded into it. For example::

        data = load_fashion_mnist()
        model.fit(data.x_train, data.y_train)

    The FashionMNIST has 55,000 training, 5,000 validation (the first of the original training set) and 10,000 test
    images. A file of the named folder that is missing or damaged is a DataFileError; a UserWarning says so if garments
    had to be drawn, or a download could not be stored in the cache.
    """
    if named := os.environ.get("FASHION_MNIST_DIR"):
        return _read_named_folder(named)
    try:
        return _read_cache_or_download()
    except OSError as error:
        warnings.warn(
            f"These are drawn garments, not Fashion-MNIST: {error}. The lessons work with them, but their "
            f"figures differ. To bring the data by hand, put {', '.join(FILES)} in a folder and set the "
            "environment variable FASHION_MNIST_DIR to that folder.",
            stacklevel=2,
        )
    return draw_garments()


def _read_named_folder(named):
    """Read the data set from the folder that FASHION_MNIST_DIR names."""
    folder = Path(named).expanduser()
    try:
        if not folder.is_dir():
            raise DataFileError("there is no such folder")
        return _read(folder)
    except DataFileError as error:
        advice = f"copy the four files ({', '.join(FILES)}) there or unset the variable"
        raise DataFileError(f"FASHION_MNIST_DIR={named}: {error}; {advice}") from None


def _read_cache_or_download():
    """Read the data set from Keras's cache; first download into it what is missing or damaged there."""
    home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    folder = Path(home).expanduser() / "datasets" / "fashion-mnist"
    try:
        return _read(folder)
    except DataFileError as problem:
        reason = f"in {folder}, {problem}"
    try:
        _download(folder, reason)
        return _read(folder)
    except DownloadError:
        raise
    except OSError as error:
        not_stored = error.strerror or error
    with tempfile.TemporaryDirectory() as elsewhere:
        _download(Path(elsewhere), reason)
        data = replace(_read(Path(elsewhere)), folder=None)
    warnings.warn(
        f"Fashion-MNIST was downloaded but cannot be stored in {folder} ({not_stored}): it will "
        "be downloaded each time. Make that folder writable or set KERAS_HOME to a folder that is.",
        stacklevel=3,
    )
    return data


def _read(folder):
    """Read the data set from a folder, and split off the validation part; raise DataFileError if a file is wrong."""
    x, y, x_test, y_test = (_read_file(folder / name) for name in FILES)
    n = VALIDATION_IMAGES
    parts = Images(x[n:]), y[n:], Images(x[:n]), y[:n], Images(x_test), y_test
    return FashionMNIST(*parts, "Fashion-MNIST", folder)


def _read_file(path):
    """Return the array of one file: images (n, 28, 28) uint8, or labels (n,) int64."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataFileError(f"{path.name} is missing") from None
    except OSError as error:
        raise DataFileError(f"{path.name} cannot be read ({error.strerror})") from None
    _check(content, path.name)
    shape = FILES[path.name][2]  # for which, as for the format, the checksum vouches
    array = np.frombuffer(gzip.decompress(content), np.uint8)[-math.prod(shape) :].reshape(shape)
    return array if array.ndim == 3 else array.astype(np.int64)


def _check(content, name):
    """Raise DataFileError if the bytes of a file are not what was published."""
    sha256, size, _ = FILES[name]
    if content[:2] != b"\x1f\x8b":
        raise DataFileError(f"{name} is not a gzip file (it starts with {content[:15]!r})")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        sizes = f"{len(content):,} bytes where the original has {size:,}"
        raise DataFileError(f"{name} is damaged: {sizes}, SHA-256 {found[:8]}... instead of {sha256[:8]}...")


def _download(folder, reason):
    """Bring what is missing or damaged in a folder, from the first address that delivers it.

    Pooch writes each file under another name, checks it and renames it: no reader ever sees a part of a file. It is
    another OSError than DownloadError if the folder cannot be written.
    """
    problems = []
    for address in ADDRESSES:
        try:
            return _retrieve(address, folder)
        except (DataFileError, DownloadError) as error:
            problems.append(f"{address} ({error})")
        except (requests.RequestException, ValueError) as error:
            problems.append(f"{address} ({type(error).__name__})")
    raise DownloadError(f"{reason}, and no address delivers it: {', '.join(problems)}")


def _retrieve(address, folder):
    """Bring what is missing or damaged in a folder from one address."""
    log = pooch.get_logger()
    level = log.level
    log.setLevel("WARNING")  # the progress bar says what is downloaded
    try:
        for name, (sha256, _, _) in FILES.items():
            pooch.retrieve(address + name, f"sha256:{sha256}", name, folder, downloader=_fetch)
    finally:
        log.setLevel(level)


def _fetch(url, output_file, _):
    """Download one file for pooch, and check it."""
    name = url.rpartition("/")[2]
    with _answer(url) as answer, progress_bar(FILES[name][1], name, unit="B", unit_scale=True) as bar:
        answer.raise_for_status()
        with open(output_file, "wb") as file:
            for piece in answer.iter_content(2**16):
                bar.update(file.write(piece))
    _check(Path(output_file).read_bytes(), name)
    os.chmod(output_file, 0o644)  # pooch lets this user alone read it, but a class may share the folder


def _answer(url):
    """Return a server's answer, its body still to be read; raise what came in its place.

    A thread asks, since no timeout of requests covers a name lookup that hangs, or a server of twenty machines, each of
    which is tried for as long as the timeout.
    """
    answer = concurrent.futures.Future()

    def ask():
        options = {"headers": {"Accept-Encoding": "identity"}}  # the file as it is: a server may offer to unpack it
        if certificate := os.environ.get("SSL_CERT_FILE"):  # which uv and others heed, and requests does not
            options["verify"] = os.environ.get("REQUESTS_CA_BUNDLE", certificate)
        try:
            answer.set_result(requests.get(url, **options, timeout=(ANSWER_SECONDS, READ_SECONDS), stream=True))
        except Exception as error:  # the other thread raises it
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()  # not a pool's, for which Python would wait at its end
    try:
        return answer.result(timeout=ANSWER_SECONDS)
    except TimeoutError:
        raise DownloadError(f"no answer within {ANSWER_SECONDS} seconds") from None
