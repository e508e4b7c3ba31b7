"""The self-check of the start page's exercise: it returns None for a right answer, otherwise a hint."""

from course.ask.forms import as_number


def _halvings(answer):
    layers = as_number(answer, "a number of layers")
    if layers == 20:
        return None
    if layers == 19:
        hint = "2 to the power of 19 is 524,288: nearly two millionths are left."
    elif layers == 500_000:
        hint = "That adds up halves. Each layer halves what the layer below has left."
    elif 19 < layers < 20:
        hint = "A network has whole layers: after how many is it less for the first time?"
    else:
        hint = (
            f"After {layers:g} layers 1 / 2**{layers:g} is left. "
            "Which power of 2 is above a million for the first time?"
        )
    return f"Got {layers:g}, expected a number of layers. {hint}"


CHECKS = {"0.1": _halvings}
