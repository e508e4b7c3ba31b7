"""The checks of exercises that offer a choice of words, for one question or for each of several cases."""

_NUMBER = {3: "three", 4: "four"}


def one_of(right, wrong):
    """Return a check that accepts the string `right`; `wrong` maps each of the other choices to its hint."""
    otherwise = f"Choose one of the {_NUMBER[1 + len(wrong)]}."
    return lambda answer: None if answer == right else wrong.get(answer, otherwise)


def one_for_each(right, hints, called):
    """Return a check that accepts the dict `right`, which says for each case which of the choices is its own.

    Parameters
    ----------
    right, hints : dict of str to str
        For each case the right choice, and what to say of the first case that has another one.
    called : str
        The choices together, such as "three causes".
    """
    *names, last = right
    keys = f"{', '.join(names)} and {last}"

    def check(answer):
        if set(answer) != set(right):
            return f"Give a dict with the keys {keys}; this one has {', '.join(map(str, answer)) or 'none'}."
        unknown = [choice for choice in answer.values() if choice not in right.values()]
        if unknown:
            return f"{unknown[0]!r} is none of the {called}."
        wrong = [name for name in right if answer[name] != right[name]]
        return hints[wrong[0]] if wrong else None

    return check
