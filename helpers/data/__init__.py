"""Fashion-MNIST, or garments drawn in its place.

Read first: ``load.py``, which says where the data come from, and checks them; ``dataset.py`` has their class, `center`,
`standardize` and `rescale`, ``images.py`` the pixels, ``garments.py`` the stand-in for machines without data.
"""

from helpers.data.dataset import CLASS_NAMES, FashionMNIST, center, rescale, standardize
from helpers.data.garments import draw_garments
from helpers.data.images import Images
from helpers.data.load import DataFileError, load_fashion_mnist
