"""Which tracebacks in the log of JupyterLab and its kernels count."""

import subprocess
import sys

import pytest
from browser import tracebacks

# A kernel whose event loop is closed while a request waits, and the coroutine of that request then dropped.
OVERTAKEN = """import asyncio

class {kernel}:
    async def {method}(self):
        try:
            await asyncio.sleep(60)
        finally:
            {at_the_end}

async def run():
    global request
    request = {kernel}().{method}()
    request.send(None)

loop = asyncio.new_event_loop()
loop.run_until_complete(run())
loop.close()
del request
"""
HARMLESS = {"kernel": "Kernel", "method": "dispatch_control", "at_the_end": "loop.call_soon(print)"}
OTHERS = {
    "another error": {"at_the_end": "1 / 0"},
    "the same error with more to say": {"at_the_end": "raise RuntimeError('Event loop is closed: no cell has run')"},
    "another coroutine": {"method": "execute_request"},
    "another class": {"kernel": "MyKernel"},
}


def said_by_python(code):
    """Return what a Python process writes to stderr."""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "Traceback" in result.stderr
    return result.stderr


@pytest.fixture(scope="module")
def overtaken():
    """Return what Python says of a request that the kernel's shutdown has overtaken."""
    return said_by_python(OVERTAKEN.format(**HARMLESS))


def test_a_request_that_the_shutdown_has_overtaken_is_no_error(overtaken):
    assert "RuntimeError: Event loop is closed" in overtaken
    assert tracebacks("[I] Kernel shutdown\n" + 2 * overtaken + "[I] Shutting down\n") == ""


@pytest.mark.parametrize("other", OTHERS)
def test_whatever_differs_from_it_counts(other):
    said = said_by_python(OVERTAKEN.format(**HARMLESS | OTHERS[other]))
    assert tracebacks(said) == said


def test_the_traceback_of_a_cell_counts_before_and_after_it(overtaken):
    of_a_cell = said_by_python("1 / 0")
    assert tracebacks(of_a_cell + overtaken) == of_a_cell
    assert tracebacks(overtaken + of_a_cell) == of_a_cell


def test_the_error_counts_where_no_shutdown_is_named():
    said = said_by_python("import asyncio\nloop = asyncio.new_event_loop()\nloop.close()\nloop.call_soon(print)")
    assert "RuntimeError: Event loop is closed" in said
    assert tracebacks(said) == said


SHUTDOWN = "[I 07:00 ServerApp] Kernel started: 3f\n[I 07:02 ServerApp] Kernel shutdown: 3f\n"
NEXT = "[I 07:03 ServerApp] Kernel started: 41\n"
# A thread that warns while its kernel ends, when the socket that its output goes through is closed already.
LATE = """import sys, warnings, zmq
from ipykernel.iostream import IOPubThread, OutStream
from jupyter_client.session import Session

thread = IOPubThread(zmq.Context().socket(zmq.PUB))
thread.start()
sys.stderr = OutStream(Session(), thread, "stderr", watchfd=False)
thread._event_pipe.close()
try:
    warnings.warn("unclosed")
except zmq.ZMQError:
    sys.stderr = sys.__stderr__
    sys.excepthook(*sys.exc_info())
import os; os._exit(0)
"""


@pytest.fixture(scope="module")
def late():
    """Return what Python says of output for which the socket is closed."""
    return said_by_python(LATE)


def test_output_that_comes_after_the_shutdown_is_no_error(late):
    assert "ZMQError: Socket operation on non-socket" in late
    assert tracebacks(SHUTDOWN + late + NEXT) == tracebacks(SHUTDOWN + late) == ""


def test_it_counts_where_no_shutdown_is_named_and_all_else_does_there_too(late):
    of_a_cell = said_by_python("1 / 0")
    assert tracebacks(late) == late
    assert "non-socket" in tracebacks(SHUTDOWN + NEXT + late)
    assert of_a_cell in tracebacks(of_a_cell + SHUTDOWN + late)
    assert of_a_cell in tracebacks(SHUTDOWN + of_a_cell)
    assert of_a_cell in tracebacks(SHUTDOWN + late + of_a_cell)
    assert of_a_cell in tracebacks(SHUTDOWN + late + NEXT + of_a_cell)


BUFFERING = "[I 07:01 ServerApp] Starting buffering for 3f:10\n"
# A message that the server writes while the page at the other end leaves.
LEFT = """import asyncio, gc
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketProtocol13

class Leaving(WebSocketProtocol13):
    _compressor, _message_bytes_out = None, 0

    def __init__(self): pass

    def _write_frame(self, *args, **kwargs):
        sent = asyncio.get_running_loop().create_future()
        sent.set_exception({})
        return sent

async def run():
    Leaving().write_message("a frame")
    await asyncio.sleep(0.1)
    gc.collect()

asyncio.run(run())
"""


def test_a_message_to_a_page_that_is_just_being_left_is_no_error():
    left = said_by_python(LEFT.format("StreamClosedError()"))
    assert "WebSocketClosedError" in left
    assert tracebacks(NEXT + 2 * left + BUFFERING) == ""
    assert "WebSocketClosedError" in tracebacks(left + NEXT)
    of_a_cell = said_by_python("1 / 0")
    assert of_a_cell in tracebacks(left + of_a_cell + BUFFERING)
    assert of_a_cell in tracebacks(of_a_cell + left + BUFFERING)
    assert of_a_cell in tracebacks(left + BUFFERING + of_a_cell)


def test_another_error_of_such_a_message_counts():
    other = said_by_python(LEFT.format("OSError(28, 'No space left on device')"))
    assert "No space left" in tracebacks(other + BUFFERING)
