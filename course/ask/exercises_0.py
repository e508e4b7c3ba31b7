"""The self-check of the start page's exercise: it returns None for a right answer, otherwise a hint."""

from course.ask.forms import as_number

MILLION = 1_000_000


def _halvings(answer):
    layers = as_number(answer, "a number of layers")
    if layers == 20:
        return None
    return f"Got {layers:g}, expected a number of layers. {_hint(layers)}"


def _hint(layers):
    if layers == 19:
        return "2 to the power of 19 is 524,288: nearly two millionths are left."
    if layers == MILLION // 2:
        return "That adds up halves. Each layer halves what the layer below has left."
    if 19 < layers < 20:
        return "A network has whole layers: after how many is it less for the first time?"
    return f"After {layers:g} layers 1 / 2**{layers:g} is left. Which power of 2 is above a million for the first time?"


CHECKS = {"0.1": _halvings}
