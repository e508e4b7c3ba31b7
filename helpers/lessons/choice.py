"""The check of an exercise that offers a choice of words."""

_NUMBER = {3: "three", 4: "four"}


def one_of(right, wrong):
    """Return a check that accepts the string `right`; `wrong` maps each of the other choices to its hint."""
    otherwise = f"Choose one of the {_NUMBER[1 + len(wrong)]}."
    return lambda answer: None if answer == right else wrong.get(answer, otherwise)
