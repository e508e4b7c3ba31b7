"""What all labs share: controls, pictures that follow them, training in the background, lab.js and lab.css.

Read first: ``lab.py``, which says who owns what is shown; then ``live.py``, the two kinds of lab, and a lab made of it,
such as ``lesson1.py``.
"""

from course.labs.lesson0 import factor_lab
from course.labs.lesson1 import initialization_lab
from course.labs.lesson2 import activation_lab, retraining_lab
from course.labs.lesson3 import depth_lab
from course.labs.lesson4 import batch_lab, batch_norm_lab
from course.labs.lesson5 import clipping_lab, recurrent_lab

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
