"""What makes the lessons a course: questions and checks, labs, the clinic, the start page, and the site.

What a lesson needs to compute and to draw is in `helpers`, which imports nothing from here.
"""

import helpers  # noqa: F401 (first of all, so that TensorFlow starts in silence)
