"""A silent start for TensorFlow."""

import contextlib
import importlib
import os
import sys
import tempfile


@contextlib.contextmanager
def _stderr_caught():
    """Catch what C and C++ code writes to file descriptor 2; write it out after all if the block raises."""
    sys.stderr.flush()
    real_stderr = os.dup(2)
    with tempfile.TemporaryFile() as caught:
        os.dup2(caught.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(real_stderr, 2)
            caught.seek(0)
            os.write(2, caught.read())
            raise
        finally:
            os.dup2(real_stderr, 2)
            os.close(real_stderr)


def import_tensorflow_silently():
    """Import TensorFlow and start its CPU device without the lines that its C++ code logs.

    Those lines ignore ``TF_CPP_MIN_LOG_LEVEL``, so the file descriptor itself is redirected while TensorFlow starts.
    If the import fails, what was caught is written to stderr and the error is raised.
    """
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _stderr_caught():
        tensorflow = importlib.import_module("tensorflow")
        start = tensorflow.function(lambda: tensorflow.constant(0), jit_compile=True)
        start()  # the device and XLA log at their start, too
