"""The data set in memory, and how it is standardized.

>>> CLASS_NAMES[9]
'Ankle boot'
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from helpers.data.images import Images

CLASS_NAMES = tuple("T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot".split(","))
PARTS = ("train", "valid", "test")


@dataclass(frozen=True, repr=False, eq=False)
class FashionMNIST:
    """Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747), or garments drawn in its place.

    Attributes
    ----------
    x_train, x_valid, x_test : Images of shape (n, 28, 28), float32
        n = 55,000 / 5,000 / 10,000: brightness in [0, 1], or standardized. A slice is an ndarray.
    y_train, y_valid, y_test : ndarray of shape (n,), int64
        Labels: indices into ``class_names``.
    source : str
        "Fashion-MNIST" or "drawn garments".
    folder : Path or None
        Where the files are; None for drawn garments, and for a download that could not be stored.
    class_names : tuple of 10 str
    """

    x_train: Images
    y_train: np.ndarray
    x_valid: Images
    y_valid: np.ndarray
    x_test: Images
    y_test: np.ndarray
    source: str
    folder: Path | None = None
    class_names: tuple[str, ...] = CLASS_NAMES

    def __post_init__(self):
        for part in PARTS:
            x, y = getattr(self, f"x_{part}"), getattr(self, f"y_{part}")
            are_arrays = isinstance(x, Images | np.ndarray) and isinstance(y, np.ndarray)
            if not are_arrays or x.ndim < 2 or not len(x) or y.shape != (len(x),):
                found = f"{type(x).__name__} of shape {np.shape(x)} and {type(y).__name__} of shape {np.shape(y)}"
                needed = f"x_{part} and y_{part} must be arrays of images, (n, 28, 28), and of n labels"
                raise ValueError(f"{needed}, not {found}")

    @property
    def is_real(self):
        """Whether this is Fashion-MNIST and not the drawn stand-in."""
        return self.source == "Fashion-MNIST"

    def first(self, n):
        """Return the same data with only the first n training images (1 <= n <= their number)."""
        if not 1 <= n <= len(self.x_train):
            raise ValueError(f"first({n}): ask for 1 to {len(self.x_train):,} training images")
        x = self.x_train.first(n) if isinstance(self.x_train, Images) else self.x_train[:n]
        return replace(self, x_train=x, y_train=self.y_train[:n])

    def __repr__(self):
        train, valid, test = len(self.x_train), len(self.x_valid), len(self.x_test)
        return f"<{self.source}: {train:,} training, {valid:,} validation and {test:,} test images>"


def standardize(data):
    """Shift and scale each pixel to mean 0 and standard deviation 1 over the training images of a FashionMNIST.

    The same shift and scale, x -> (x - mean) / std, are applied to the validation and test images. A pixel that never
    varies in training becomes 0 everywhere. The pixels themselves are shared with ``data``.

    >>> from helpers.data import draw_garments
    >>> round(float(standardize(draw_garments(300, 20, 20)).x_train[:, 14, 14].std()), 4)
    1.0
    """
    mean = _mean_image(data)
    squares = _sum_over_images(lambda images: np.square(images - mean, dtype=np.float64), data.x_train)
    std = np.sqrt(squares / len(data.x_train))
    varies = _sum_over_images(lambda images: images != data.x_train[0], data.x_train) > 0
    scale = np.where(varies, 1 / np.where(varies, std, 1), 0).astype(np.float32)
    return _with_images(data, mean, scale)


def center(data):
    """Return a FashionMNIST with each pixel shifted to mean 0 over the training images, its scale as it is.

    >>> from helpers.data import draw_garments
    >>> round(abs(float(center(draw_garments(300, 20, 20)).x_train.mean())), 4)
    0.0
    """
    return _with_images(data, _mean_image(data), np.float32(1))


def rescale(data, factor):
    """Return a FashionMNIST with all images multiplied by a number, or by an array of shape (28, 28).

    >>> from helpers.data import draw_garments
    >>> float(rescale(draw_garments(300, 20, 20), 255).x_train.max())
    255.0
    """
    _check_is_data_set(data)
    return _with_images(data, np.float32(0), np.float32(factor))


def _check_is_data_set(data):
    if not isinstance(data, FashionMNIST):
        raise TypeError(f"give the whole data set, as load_fashion_mnist() returns it, not {type(data).__name__}")


def _mean_image(data):
    """Return the mean of the training images, a float32 ndarray of shape (height, width)."""
    _check_is_data_set(data)
    return (_sum_over_images(lambda images: images, data.x_train) / len(data.x_train)).astype(np.float32)


def _sum_over_images(function, images):
    """Return the sum of function(images) over the first axis in float64, a thousand images at a time."""
    starts = range(0, len(images), 1_000)
    return sum(function(images[i : i + 1_000]).sum(axis=0, dtype=np.float64) for i in starts)


def _with_images(data, shift, scale):
    """Return the data with (images - shift) * scale in all three parts."""
    return replace(data, **{f"x_{part}": _transformed(getattr(data, f"x_{part}"), shift, scale) for part in PARTS})


def _transformed(images, shift, scale):
    """Return (images - shift) * scale; where images are constantly zero, shift has to be zero, too."""
    if not isinstance(images, Images):
        return (images - shift) * scale
    in_old_units = np.divide(shift, images.scale, out=np.zeros_like(images.scale), where=images.scale != 0)
    return Images(images.pixels, images.shift + in_old_units, images.scale * scale)
