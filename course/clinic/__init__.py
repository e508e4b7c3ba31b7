"""The clinic, the last notebook of the course: ten networks, each with a complaint, of which not all are ill.

Read first: ``patient.py``, what is known of each: what ails it, what shows it, what cures it. All of that is data, in
``patients_of_lessons_1_to_3.py`` and ``patients_of_lessons_4_and_5.py``; ``patients.py`` has their order.
``ward.py`` has what the notebook calls. ``chart.py`` makes a network of a chart, ``runs.py`` trains it, ``probes.py``
looks into it, ``verdict.py`` judges a treatment; ``issue.py`` disguises the patients for another class, and
``reissue.py`` writes its notebook and the key (`make clinic`).
"""

from course.clinic.ward import Clinic

__all__ = ["Clinic"]
