"""The self-check of the start page's exercise: it returns None for a right answer, otherwise a hint."""

MILLION = 1_000_000


def _halvings(answer):
    if isinstance(answer, str):
        return "Give a number, without quotes."
    if answer == 20:
        return None
    if answer == 19:
        return "2 to the power of 19 is 524,288: nearly two millionths are left."
    if answer == MILLION // 2:
        return "That adds up halves. Each layer halves what the layer below has left."
    if 19 < answer < 20:
        return "A network has whole layers: after how many is it less for the first time?"
    return f"After {answer} layers 1 / 2**{answer} is left. Which power of 2 is above a million for the first time?"


CHECKS = {"0.1": _halvings}
