"""The clinic, the last notebook of the course: ten networks, each with a complaint, and the learner finds out why.

Read ``patients.py`` first: it says what is known of a patient. The ten patients are data, in ``patients.toml``.
``ward.py`` has what the notebook calls. ``chart.py`` builds the network of a chart, ``trainings.py`` trains it,
``probes.py`` measures it, and ``verdict.py`` judges a treatment. ``course/site/reissue.py`` writes the notebook for
another class.
"""

from course.clinic.ward import Clinic

__all__ = ["Clinic"]
