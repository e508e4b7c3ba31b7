"""Images that are kept as bytes: a quarter of the memory that float32 takes, and none for a standardized copy."""

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

_ALIGNMENT = 64  # bytes; where TensorFlow wants an array to begin that it shall use without a copy


class Images(NDArrayOperatorsMixin):
    """An array of images, float32 for whoever reads it: ``images[:200]`` or ``np.asarray(images)``.

    Kept are the pixels as they are in the file; each read works out ``(pixels / 255 - shift) * scale``. What an ndarray
    can do, this can do, too (``images.mean()``, ``images - 1``), but then on all images as float32, for that moment.

    Parameters
    ----------
    pixels : uint8 array of shape (n, height, width)
    shift, scale : float32 arrays of shape (height, width), optional
        0 and 1 by default, which give brightness in [0, 1].
    """

    dtype = np.dtype(np.float32)

    def __init__(self, pixels, shift=None, scale=None):
        self.pixels = _aligned(pixels)
        self.shift = np.zeros(pixels.shape[1:], np.float32) if shift is None else shift
        self.scale = np.ones(pixels.shape[1:], np.float32) if scale is None else scale

    @property
    def shape(self):
        """The shape of the array, (n, height, width)."""
        return self.pixels.shape

    @property
    def ndim(self):
        """Its number of axes, 3."""
        return self.pixels.ndim

    def first(self, n):
        """Return the first n images, kept as bytes as well."""
        return Images(self.pixels[:n], self.shift, self.scale)

    def scaled(self, shift, scale):
        """Return these images with another shift and scale; the pixels are shared."""
        return Images(self.pixels, shift, scale)

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, key):
        if isinstance(key, tuple) or key is None or key is Ellipsis:
            return np.asarray(self)[key]
        found = np.divide(self.pixels[key], np.float32(255), dtype=np.float32)
        found -= self.shift
        found *= self.scale
        return found

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("these images are kept as bytes; as float32 they are always a copy")
        return self[:].astype(dtype or self.dtype, copy=False)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        inputs = (np.asarray(each) if isinstance(each, Images) else each for each in inputs)
        return getattr(ufunc, method)(*inputs, **kwargs)

    def __getattr__(self, name):
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(np.asarray(self), name)

    def __repr__(self):
        return f"<{len(self):,} images of {' x '.join(map(str, self.shape[1:]))} pixels, float32>"


def _aligned(pixels):
    """Return the same array at an aligned address and writable, which it may be already."""
    if pixels.ctypes.data % _ALIGNMENT == 0 and pixels.flags.c_contiguous and pixels.flags.writeable:
        return pixels
    room = np.empty(pixels.size + _ALIGNMENT, np.uint8)
    start = -room.ctypes.data % _ALIGNMENT
    aligned = room[start : start + pixels.size].reshape(pixels.shape)
    aligned[...] = pixels
    return aligned
