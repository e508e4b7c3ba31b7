"""The four files of Fashion-MNIST: read, checked, downloaded, stored."""

import contextlib
import gzip
import hashlib
import io
import math
import os
import queue
import threading
import time
import uuid
import zlib

import numpy as np
import requests

from helpers.progress import progress_bar

N_CLASSES = 10
ANSWER_SECONDS = 10  # until an address begins to deliver
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


def read(folder, name):
    """Read one file and check it.

    Parameters
    ----------
    folder : Path
    name : str
        One of `FILES`.

    Returns
    -------
    ndarray
        As `decode` returns it.

    Raises
    ------
    DataFileError
        If it is missing, cannot be read, or is not what was published.
    """
    try:
        content = (folder / name).read_bytes()
    except FileNotFoundError:
        raise DataFileError(f"{name} is missing") from None
    except OSError as error:
        raise DataFileError(f"{name} cannot be read ({error.strerror})") from error
    return decode(content, name)


def decode(content, name):
    """Check a file's bytes and unpack them.

    Returns
    -------
    ndarray
        Pixels as uint8, of shape (n, 28, 28), or labels as int64, of shape (n,).

    Raises
    ------
    DataFileError
        If the bytes are not what was published.
    """
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
        return pixels
    if pixels.max() >= N_CLASSES:
        raise DataFileError(f"{name} holds the label {pixels.max()}, but the last class is 9")
    return pixels.astype(np.int64)


def download(name, why):
    """Return a file's bytes and its array from the first address that delivers it whole.

    All addresses are asked at once, so that a network which swallows every packet costs a few seconds and not a few
    for each address and each of a server's machines.

    Parameters
    ----------
    name : str
        One of `FILES`.
    why : str
        Why it is needed, for the error.

    Returns
    -------
    content : bytes
    array : ndarray

    Raises
    ------
    DownloadError
    """
    answers, finished, problems = queue.SimpleQueue(), threading.Event(), dict.fromkeys(ADDRESSES)

    def ask(address):
        try:
            with requests.get(
                address + name,
                headers={"Accept-Encoding": "identity"},  # the file as it is: a server may offer to unpack it
                timeout=(ANSWER_SECONDS, READ_SECONDS),
                stream=True,
            ) as answer:
                answers.put((address, answer))
                finished.wait()  # then the connection is closed
        except (OSError, ValueError) as error:
            answers.put((address, error))

    for address in ADDRESSES:
        threading.Thread(target=ask, args=(address,), daemon=True).start()
    try:
        deadline = time.monotonic() + ANSWER_SECONDS
        with contextlib.suppress(queue.Empty):
            for _ in ADDRESSES:
                address, answer = answers.get(timeout=max(0, deadline - time.monotonic()))
                try:
                    content = _body(answer, name)
                    return content, decode(content, name)
                except DataFileError as error:
                    problems[address] = str(error)
                except (OSError, ValueError) as error:
                    problems[address] = type(error).__name__
    finally:
        finished.set()
    silent = f"no answer within {ANSWER_SECONDS} seconds"
    found = ", ".join(f"{address} ({problem or silent})" for address, problem in problems.items())
    raise DownloadError(f"{why}, and no address delivers it: {found}")


def _body(answer, name):
    """Download what an address has answered into memory; raise what has come instead of an answer."""
    if isinstance(answer, Exception):
        raise answer
    answer.raise_for_status()
    content = io.BytesIO()
    with progress_bar(FILES[name][1], name, unit="B", unit_scale=True) as bar:
        for piece in answer.iter_content(2**16):
            bar.update(content.write(piece))
    return content.getvalue()


def store(content, path):
    """Write a file under a name of its own, then rename it: no reader ever sees a part of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
