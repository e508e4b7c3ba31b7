"""Memory that Python and the C library keep for later is returned to the system: a class shares one machine."""

import ctypes
import gc


def release_memory():
    """Collect what nobody refers to any more, and return free memory to the system where the C library is glibc.

    Keras models and TensorFlow graphs are cycles of many small objects, which Python would leave for later; what they
    leave behind is scattered, and glibc keeps it.
    """
    gc.collect()
    trim = getattr(_C_LIBRARY, "malloc_trim", None)
    if trim:
        trim(0)


def _c_library():
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):  # Windows
        return None


_C_LIBRARY = _c_library()
