"""Fashion-MNIST: found, downloaded and checked, or drawn where it cannot be had; and standardized."""

import contextlib
import gzip
import hashlib
import io
import math
import os
import threading
import time
import uuid
import warnings
import zlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pooch

CLASS_NAMES = tuple("T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot".split(","))
IMAGE_SIDE = 28
VALIDATION_IMAGES = 5_000
CONNECT_SECONDS = 5
READ_SECONDS = 30

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


@dataclass(frozen=True, repr=False, eq=False)
class FashionMNIST:
    """Fashion-MNIST (Xiao, Rasul & Vollgraf 2017), or garments drawn in its place.

    Attributes
    ----------
    x_train, x_valid, x_test : ndarray of shape (n, 28, 28), float32
        Images, n = 55,000 / 5,000 / 10,000: brightness in [0, 1], or standardized.
    y_train, y_valid, y_test : ndarray of shape (n,), int64
        Labels: indices into ``class_names``.
    source : str
        "Fashion-MNIST" or "drawn garments".
    folder : Path or None
        Where the files are; None for drawn garments, and for a download that could not be stored.
    class_names : tuple of 10 str
        The name of each label.

    References
    ----------
    H. Xiao, K. Rasul, R. Vollgraf (2017). Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
    Learning Algorithms. arXiv:1708.07747.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_valid: np.ndarray
    y_valid: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    source: str
    folder: Path | None = None
    class_names: tuple[str, ...] = CLASS_NAMES

    @property
    def is_real(self):
        """Whether this is Fashion-MNIST and not the drawn stand-in."""
        return self.source == "Fashion-MNIST"

    def first(self, n):
        """Return the same data with only the first n training images (1 <= n <= their number)."""
        if not 1 <= n <= len(self.x_train):
            raise ValueError(f"first({n}): ask for 1 to {len(self.x_train):,} training images")
        return replace(self, x_train=self.x_train[:n], y_train=self.y_train[:n])

    def __repr__(self):
        train, valid, test = len(self.x_train), len(self.x_valid), len(self.x_test)
        return f"<{self.source}: {train:,} training, {valid:,} validation and {test:,} test images>"


def load_fashion_mnist():
    """Load Fashion-MNIST from a named folder, Keras's cache or a download; failing these, draw garments.

    If the environment variable ``FASHION_MNIST_DIR`` is set, only the folder that it names is read. Otherwise
    Keras's cache is read (``datasets/fashion-mnist`` in ``$KERAS_HOME`` or ``~/.keras``), and what is missing
    or damaged there is downloaded into it.

    Returns
    -------
    FashionMNIST
        55,000 training, 5,000 validation (the first of the original training set) and 10,000 test images.

    Raises
    ------
    DataFileError
        If ``FASHION_MNIST_DIR`` is set and a file there is missing or damaged.

    Warns
    -----
    UserWarning
        If garments had to be drawn, or a download could not be stored in the cache.
    """
    named = os.environ.get("FASHION_MNIST_DIR")
    if named:
        return _read_named_folder(named)
    try:
        return _read_cache_or_download()
    except DownloadError as error:
        warnings.warn(
            f"These are drawn garments, not Fashion-MNIST: {error}. The lessons work with them, but their "
            f"figures differ. To bring the data by hand, put {', '.join(FILES)} in a folder and set the "
            "environment variable FASHION_MNIST_DIR to that folder.",
            stacklevel=2,
        )
    from helpers.data.garments import draw_garments  # here, because that module needs this module

    return draw_garments()


def _read_named_folder(named):
    """Read all files from the folder that FASHION_MNIST_DIR names."""
    folder = Path(named).expanduser()
    try:
        if not folder.is_dir():
            raise DataFileError("there is no such folder")
        return _assemble([_read(folder, name) for name in FILES], folder)
    except DataFileError as error:
        advice = f"copy the four files ({', '.join(FILES)}) there or unset the variable"
        raise DataFileError(f"FASHION_MNIST_DIR={named}: {error}; {advice}") from None


def _read_cache_or_download():
    """Read each file from Keras's cache; download, and store, those which are missing or damaged there."""
    home = os.environ.get("KERAS_HOME") or os.path.join("~", ".keras")
    folder = Path(home).expanduser() / "datasets" / "fashion-mnist"
    arrays, not_stored = [], None
    for name in FILES:
        try:
            arrays.append(_read(folder, name))
        except DataFileError as problem:
            content, array = _download(name, f"in {folder}, {problem}")
            arrays.append(array)
            try:
                _store(content, folder / name)
            except OSError as error:
                not_stored = error
    if not_stored:
        warnings.warn(
            f"Fashion-MNIST was downloaded but cannot be stored in {folder} ({not_stored.strerror}): it will "
            "be downloaded each time. Make that folder writable or set KERAS_HOME to a folder that is.",
            stacklevel=3,
        )
    return _assemble(arrays, None if not_stored else folder)


def _assemble(arrays, folder):
    """Make the data set of the four arrays in the order of FILES, splitting off the validation part."""
    x, y, x_test, y_test = arrays
    n = VALIDATION_IMAGES
    return FashionMNIST(x[n:], y[n:], x[:n], y[:n], x_test, y_test, "Fashion-MNIST", folder)


def _read(folder, name):
    """Read one file and check it; return its array."""
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise DataFileError(f"{name} is missing") from None
    except OSError as error:
        raise DataFileError(f"{name} cannot be read ({error.strerror})") from error
    return _decode(content, name)


def _decode(content, name):
    """Check a file's bytes and return its array: images as float32 in [0, 1], labels as int64."""
    sha256, size, shape = FILES[name]
    if content[:2] != b"\x1f\x8b":
        raise DataFileError(f"{name} is not a gzip file (it starts with {content[:15]!r})")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        sizes = f"{len(content):,} bytes where the original has {size:,}"
        raise DataFileError(f"{name} is damaged: {sizes}, SHA-256 {found[:8]}... instead of {sha256[:8]}...")
    try:
        content = gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataFileError(f"{name} cannot be unpacked ({error})") from error
    header = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">u4").tobytes()  # 8: unsigned bytes
    if not content.startswith(header) or len(content) != len(header) + math.prod(shape):
        start = f"{len(content):,} bytes that start with {content[:16].hex(' ', 4)}"
        raise DataFileError(f"{name} is not an idx array of bytes of shape {shape} ({start})")
    pixels = np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape)
    if pixels.ndim == 3:
        return np.divide(pixels, np.float32(255), dtype=np.float32)
    if pixels.max() >= len(CLASS_NAMES):
        raise DataFileError(f"{name} holds the label {pixels.max()}, but the last class is 9")
    return pixels.astype(np.int64)


def _download(name, why):
    """Return a file's bytes and its array from the first address that delivers it whole.

    All addresses are asked at once whether they have the file, so that a network which swallows every packet
    costs a few seconds and not a few for each address and each of a server's machines.
    """
    replies, problems = {}, []

    def ask(address):
        try:
            found = pooch.HTTPDownloader(timeout=CONNECT_SECONDS)(address + name, None, None, check_only=True)
            replies[address] = "" if found else "no such file"
        except (OSError, ValueError) as error:
            replies[address] = type(error).__name__

    threads = {address: threading.Thread(target=ask, args=(address,), daemon=True) for address in ADDRESSES}
    for thread in threads.values():
        thread.start()
    deadline = time.monotonic() + CONNECT_SECONDS
    for address, thread in threads.items():
        thread.join(max(0, deadline - time.monotonic()))
        problem = replies.get(address, f"no answer within {CONNECT_SECONDS} seconds")
        if not problem:
            try:
                content = _get(address, name)
                return content, _decode(content, name)
            except DataFileError as error:
                problem = str(error)
            except (OSError, ValueError) as error:
                problem = type(error).__name__
        problems.append(f"{address} ({problem})")
    raise DownloadError(f"{why}, and no address delivers it: {', '.join(problems)}")


def _get(address, name):
    """Download one file into memory, where a download that breaks off leaves nothing behind."""
    from helpers.progress import progress_bar

    content = io.BytesIO()
    with progress_bar(FILES[name][1], name, unit="B", unit_scale=True) as bar:
        download = pooch.HTTPDownloader(
            bar,
            chunk_size=2**16,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            headers={"Accept-Encoding": "identity"},  # the file as it is: a server may offer to unpack it
        )
        download(address + name, content, None)
    return content.getvalue()


def _store(content, path):
    """Write a file under a name of its own, then rename it: no reader ever sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def standardize(data):
    """Shift and scale each pixel to mean 0 and standard deviation 1 over the training images.

    The same shift and scale, x -> (x - mean) / std, are applied to the validation and test images. A pixel
    that never varies in training carries no information and becomes 0 everywhere.

    Parameters
    ----------
    data : FashionMNIST

    Returns
    -------
    FashionMNIST
        New float32 arrays; labels and the rest are shared with ``data``.
    """
    n = len(data.x_train)
    mean = data.x_train.mean(axis=0, dtype=np.float64).astype(np.float32)
    parts = {name: getattr(data, name) - mean for name in ("x_train", "x_valid", "x_test")}
    # Not np.std, which makes float64 copies of all images.
    std = np.sqrt(np.einsum("nij,nij->ij", parts["x_train"], parts["x_train"], dtype=np.float64) / n)
    varies = data.x_train.max(axis=0) > data.x_train.min(axis=0)
    scale = np.where(varies, 1 / np.where(varies, std, 1), 0).astype(np.float32)
    for images in parts.values():
        images *= scale
    return replace(data, **parts)
