"""Images that are kept as bytes: a quarter of the memory that float32 takes, and none for a standardized copy."""

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

_ALIGNMENT = 64  # bytes; TensorFlow uses an array without a copy if it begins at a multiple of this
_CHANGING = {"byteswap", "fill", "flat", "partition", "put", "resize", "setfield", "setflags", "sort"}
_ADVICE = "these images are kept as bytes and cannot be changed; change a copy of them, np.array(images)"


class Images(NDArrayOperatorsMixin):
    """An array of images that is kept as bytes and read as float32: ``images[:200]`` or ``np.asarray(images)``.

    Each read computes ``(pixels / 255 - shift) * scale``, of pixels of shape (n, height, width), uint8, and float32
    arrays of shape (height, width), by default 0 and 1. Whatever an ndarray can do, this can do, too (``images - 1``),
    but then all images become float32 for that moment. The images themselves cannot be changed: ``x /= 2`` makes a new
    ndarray.
    """

    __slots__ = ("pixels", "scale", "shift")  # so that `images.dtype = ...` and `images.real = ...` are errors
    dtype = np.dtype(np.float32)
    ndim = 3

    def __init__(self, pixels, shift=None, scale=None):
        self.pixels = _aligned(pixels)
        self.shift = np.zeros(pixels.shape[1:], np.float32) if shift is None else shift
        self.scale = np.ones(pixels.shape[1:], np.float32) if scale is None else scale

    @property
    def shape(self):
        """The shape of the array, (n, height, width)."""
        return self.pixels.shape

    def first(self, n):
        """Return the first n images, kept as bytes as well."""
        return Images(self.pixels[:n], self.shift, self.scale)

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, key):
        if isinstance(key, tuple) or key is None or key is Ellipsis:
            return np.asarray(self)[key]
        found = np.divide(self.pixels[key], np.float32(255), dtype=np.float32)
        found -= self.shift
        found *= self.scale
        return found

    def __setitem__(self, key, value):
        raise TypeError(_ADVICE)

    def __array__(self, dtype=None, copy=None):
        if copy is False:
            raise ValueError("these images are kept as bytes; as float32 they are always a copy")
        return self[:].astype(dtype or self.dtype, copy=False)

    def _not_in_place(self, other):
        return NotImplemented  # so that Python computes x = x + y for x += y

    __iadd__ = __isub__ = __imul__ = __imatmul__ = __itruediv__ = __ifloordiv__ = __imod__ = __ipow__ = _not_in_place

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        changed = inputs[:1] if method == "at" else kwargs.get("out", ())
        if any(isinstance(each, Images) for each in changed):
            raise TypeError(f"{ufunc.__name__}: {_ADVICE}")
        kwargs = {name: _as_array(each) for name, each in kwargs.items()}
        return getattr(ufunc, method)(*map(_as_array, inputs), **kwargs)

    def __getattr__(self, name):
        if name in _CHANGING:
            raise TypeError(f"{name}: {_ADVICE}")
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(np.asarray(self), name)

    def __repr__(self):
        return f"<{len(self):,} images of {' x '.join(map(str, self.shape[1:]))} pixels, float32>"


def _as_array(value):
    """Return images as an ndarray, and anything else as it is."""
    return np.asarray(value) if isinstance(value, Images) else value


def _aligned(pixels):
    """Return the pixels at an aligned address and writable: themselves if they are so already, else a copy."""
    if pixels.ctypes.data % _ALIGNMENT == 0 and pixels.flags.c_contiguous and pixels.flags.writeable:
        return pixels
    memory = np.empty(pixels.size + _ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % _ALIGNMENT
    aligned = memory[start : start + pixels.size].reshape(pixels.shape)
    aligned[...] = pixels
    return aligned
