"""The clinic, the last notebook of the course: ten networks, each with a complaint, of which not all are ill.

Read first: ``patients.py``, what is known of a patient; the ten themselves are data, in ``patients.toml``. ``ward.py``
has what the notebook calls. ``chart.py`` makes a network of a chart, ``trainings.py`` trains it, ``probes.py`` looks
into it, ``verdict.py`` judges a treatment. ``course/site/reissue.py`` writes the notebook for another class.
"""

from course.clinic.ward import Clinic

__all__ = ["Clinic"]
