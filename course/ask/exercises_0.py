"""The self-check of the start page's exercise: it returns None for a right answer, otherwise a hint."""

import numpy as np

from course.ask.choice import is_near

CHECKS = {
    "0.1": is_near(
        20,
        {
            19: "2 to the power of 19 is 524,288: nearly two millionths are left.",
            np.log2(1e6): "A network has whole layers: after how many is it less for the first time?",
            500_000: "That adds up halves. Each layer halves what the layer below has left.",
        },
        "Each layer halves what is left. Which power of 2 is above a million for the first time?",
        "a number of layers",
        rtol=1e-3,
    ),
}
