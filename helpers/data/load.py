"""Fashion-MNIST: from a folder, from Keras's cache, downloaded, or drawn where it cannot be had."""

import os
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

from helpers.data import files
from helpers.data.dataset import FashionMNIST
from helpers.data.files import DataFileError, DownloadError
from helpers.data.garments import draw_garments
from helpers.data.images import Images

VALIDATION_IMAGES = 5_000


def load_fashion_mnist():
    """Load Fashion-MNIST from a named folder, Keras's cache or a download; failing these, draw garments.

    If the environment variable ``FASHION_MNIST_DIR`` is set, only the folder that it names is read. Otherwise
    Keras's cache is read (``datasets/fashion-mnist`` in ``$KERAS_HOME`` or ``~/.keras``), and what is missing
    or damaged there is downloaded into it. For example::

        data = load_fashion_mnist()
        model.fit(data.x_train, data.y_train)

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
    except OSError as error:
        warnings.warn(
            f"These are drawn garments, not Fashion-MNIST: {error}. The lessons work with them, but their "
            f"figures differ. To bring the data by hand, put {', '.join(files.FILES)} in a folder and set the "
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
        advice = f"copy the four files ({', '.join(files.FILES)}) there or unset the variable"
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
        files.download(folder, reason)
        return _read(folder)
    except DownloadError:
        raise
    except OSError as error:
        not_stored = error.strerror or error
    with tempfile.TemporaryDirectory() as elsewhere:
        files.download(Path(elsewhere), reason)
        data = replace(_read(Path(elsewhere)), folder=None)
    warnings.warn(
        f"Fashion-MNIST was downloaded but cannot be stored in {folder} ({not_stored}): it will "
        "be downloaded each time. Make that folder writable or set KERAS_HOME to a folder that is.",
        stacklevel=3,
    )
    return data


def _read(folder):
    """Read the data set from a folder, and split off the validation part."""
    x, y, x_test, y_test = files.read(folder)
    n = VALIDATION_IMAGES
    parts = Images(x[n:]), y[n:], Images(x[:n]), y[:n], Images(x_test), y_test
    return FashionMNIST(*parts, "Fashion-MNIST", folder)
