"""Self-checks of the lessons' exercises."""
