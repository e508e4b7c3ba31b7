"""What all labs share: controls, pictures that follow them, training in the background, lab.js and lab.css.

Read first: ``lab.py``, which says who owns what is shown; then ``live.py``, the two kinds of lab, and a lab made of it,
such as ``helpers/lessons/lesson1/labs.py``.
"""
