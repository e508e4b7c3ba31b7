"""A traceback in the log of JupyterLab fails the browser tests, but not one of a message that came too late."""

import pytest
from browser import tracebacks

LATE = """[I 07:02 ServerApp] Kernel shutdown: 3f
Exception ignored in: <coroutine object Kernel.dispatch_control at 0x7f3a>
Traceback (most recent call last):
  File "ipykernel/kernelbase.py", line 300, in dispatch_control
    self.log.debug("Control received")
    ~~~~~~~~~~~~~~^^^^^^^^^^^^^^^^^^^^
{error}
[I 07:03 ServerApp] Kernel started: 41
"""
HARMLESS = ["RuntimeError: Event loop is closed", "zmq.error.ZMQError: Socket operation on non-socket"]
REAL = ["ZeroDivisionError: division by zero", "RuntimeError: Event loop is closed: no cell has run"]


@pytest.mark.parametrize("error", HARMLESS)
def test_a_message_that_came_too_late_hides_no_error(error):
    late = LATE.format(error=error)
    assert tracebacks(late * 2) == ""
    for real in REAL:
        assert real in tracebacks(late + LATE.format(error=real) + late)
