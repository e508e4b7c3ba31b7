"""The interactive labs: one call in a notebook each."""
