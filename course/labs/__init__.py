"""The labs: pictures that follow their controls, and trainings that the reader watches.

Read first a lab, such as ``factor.py``; then ``lab.py``, the widget that all are made of, and ``live.py``, the two
kinds.
"""

from course.labs.activation import activation_lab
from course.labs.batch import batch_lab
from course.labs.batch_norm import batch_norm_lab
from course.labs.clipping import clipping_lab
from course.labs.depth import depth_lab
from course.labs.factor import factor_lab
from course.labs.initialization import initialization_lab
from course.labs.recurrent import recurrent_lab
from course.labs.retraining import retraining_lab

__all__ = [
    "activation_lab",
    "batch_lab",
    "batch_norm_lab",
    "clipping_lab",
    "depth_lab",
    "factor_lab",
    "initialization_lab",
    "recurrent_lab",
    "retraining_lab",
]
