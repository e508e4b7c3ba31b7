"""The course as a site, as slides and as handouts; ``conf.py`` is what Sphinx reads first."""
