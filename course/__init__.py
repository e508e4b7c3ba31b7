"""What makes the lessons a course: questions and checks, labs, the clinic, the start page, and the site.

What a lesson needs to compute and to draw is in `helpers`, which imports nothing from here.
"""

import helpers  # first of all, so that TensorFlow starts in silence

if not hasattr(helpers, "__path__"):  # no package
    raise ImportError(f"{helpers.__file__} hides the course's package `helpers`: give this file another name")
