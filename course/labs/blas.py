"""NumPy's matrix products in one thread, while a lab draws."""

import contextlib
import threading

from threadpoolctl import ThreadpoolController

_ONE_AT_A_TIME = threading.RLock()
_LIBRARIES = ThreadpoolController()


@contextlib.contextmanager
def one_blas_thread():
    """Let BLAS use one thread in this context; two threads are never in it at the same time.

    The number is the whole process's: of two limits that overlap, the second would take the first one's 1 for the
    number to go back to, and leave it for good.
    """
    with _ONE_AT_A_TIME, _LIBRARIES.limit(limits=1, user_api="blas"):
        yield
