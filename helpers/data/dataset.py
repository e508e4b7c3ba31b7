"""The data set in memory, and how it is standardized."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

CLASS_NAMES = tuple("T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot".split(","))


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
