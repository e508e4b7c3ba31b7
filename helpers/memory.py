"""Memory that Python and the C library keep for later is returned to the system: a class shares one machine."""

import ctypes
import gc

try:
    _malloc_trim = ctypes.CDLL(None).malloc_trim
except (AttributeError, OSError, TypeError):  # another C library than glibc; Windows
    _malloc_trim = None


def release_memory():
    """Collect what nobody refers to any more, and return free memory to the system where the C library is glibc.

    Keras models and TensorFlow graphs are cycles of many small objects, which Python would leave for later; what they
    leave behind is scattered, and glibc keeps it.
    """
    gc.collect()
    if _malloc_trim:
        _malloc_trim(0)
