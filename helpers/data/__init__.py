"""Fashion-MNIST, or garments drawn in its place.

Read first: ``dataset.py``, which loads and standardizes; ``garments.py`` draws the stand-in for machines without data.
"""

from helpers.data.dataset import (
    CLASS_NAMES,
    DataFileError,
    DownloadError,
    FashionMNIST,
    load_fashion_mnist,
    standardize,
)
from helpers.data.garments import draw_garments

__all__ = [
    "CLASS_NAMES",
    "DataFileError",
    "DownloadError",
    "FashionMNIST",
    "draw_garments",
    "load_fashion_mnist",
    "standardize",
]
