"""Predictions: the reader chooses an option before the measurement, and the answer after it speaks to the choice.

The kernel owns the choice. The page (predict.js) sends ``{"kind": "choose", "option": "B"}``, and, where a class has
shown hands, ``{"kind": "hands", "counts": {"A": 5, "B": 12}}``. Nothing else that it may send has any effect; the
kernel tells every view what is chosen and counted, and rewrites the answer that has been displayed. Both are kept in
the kernel alone; in a notebook that is saved they stand in the answer's output, as does all that a cell has displayed.
"""

import re
import secrets
import threading
from pathlib import Path

import anywidget
import traitlets
from IPython.display import display

from course.labs.lab import close_previous, running_cell

LETTERS = "ABCD"
MOST_HANDS = 9_999  # for an option
_MARKUP = re.compile(r"([\\*_\[\]<>&#|~])")  # what Markdown would not show as it is


def predict(question, /, **options):
    """Display a question with lettered options, of which the reader chooses one by click or by key.

    The choice can be changed at any time, and the answer follows: nothing is scored. When the cell runs again, it
    begins anew, with nothing chosen. Without a kernel, question and options are text.

    Parameters
    ----------
    question : str
    **options : str
        ``A="...", B="..."``, two to four. Question and options are plain text, in which `code` may stand between
        backticks; no formulas ("the mean of a²", not "$E[a^2]$"), and no other Markdown.

    Returns
    -------
    Prediction
        To be handed to `answer`, in the cell after the measurement.

    Raises
    ------
    ValueError
        If there are not two to four options with the first letters of the alphabet, or where there is a formula.

    Examples
    --------
    In a cell of its own, the answer in a later one::

        guess = predict("What keeps it there?", A="its steps are too small to see", B="its units are dead")
        answer(guess, "A")
    """
    _check_letters("options", options)
    for text in (question, *options.values()):
        if "$" in text:  # escaped, too, it would be one where JupyterLab renders the text
            raise ValueError(f"a button shows no formula; write this without one: {text}")
    prediction = Prediction(question, options)
    display(prediction)
    return prediction


def answer(guess, right, /, **sentences):
    """Display which option is right, and one sentence for each; first of all the one for what the reader has said.

    Whoever has not guessed reads the right one first. Whoever chooses only afterwards sees this answer change.

    Parameters
    ----------
    guess : Prediction
        What `predict` has returned.
    right : str
        The letter of the right option.
    **sentences : str
        ``A="...", B="..."``: for each option a sentence, in Markdown; for a wrong one, why people think so, too.

    Raises
    ------
    ValueError
        If there is a sentence too few or too many, or none for the option that is said to be right.
    """
    _check_letters("sentences", sentences)
    if right not in sentences:
        raise ValueError(f"the right option is {right!r}, and the sentences are for {', '.join(sentences)}")
    cell = running_cell()
    if isinstance(guess, Prediction) and not guess.is_answered_elsewhere(cell):
        if sentences.keys() != guess.options.keys():
            raise ValueError(
                f"the prediction has the options {', '.join(guess.options)}, and the answer has sentences for "
                f"{', '.join(sentences)}. (Run the cell with the prediction first, then this one.)"
            )
        guess.display_answer(right, sentences, cell)
    else:  # the cell with its prediction was left out
        text = f"{answer_text(None, right, dict.fromkeys(sentences, ''), sentences)}\n\n{_NOT_ASKED}"
        display(_as_markdown_output(text), raw=True)


_NOT_ASKED = "*To see what you would have said, run the cell with the prediction first, then this one again.*"


class Prediction(anywidget.AnyWidget):
    """A question with lettered options; `predict` makes it.

    Attributes
    ----------
    question : str
    options : dict of str to str
        By letter.
    choice : str or None
        The letter that is chosen.
    hands : dict of str to int
        By letter, how many in a class have chosen it; letters without a count are left out.
    """

    _esm = Path(__file__).with_name("predict.js")
    _css = Path(__file__).with_name("predict.css")
    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.Dict().tag(sync=True)
    choice = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    hands = traitlets.Dict().tag(sync=True)
    missed = traitlets.Bool(False).tag(sync=True)  # by a page that was opened after the answer had been displayed

    def __init__(self, question, options):
        self._answer = self._cell_of_answer = None
        self._display_id = secrets.token_hex(16)
        self._lock = threading.Lock()  # messages of the page come in a thread of their own
        close_previous(self, f"prediction: {question}")
        super().__init__(question=question, options=options)
        self.on_msg(self._received)

    def is_answered_elsewhere(self, cell):
        """Tell whether another cell than this one has displayed the answer."""
        return self._answer is not None and self._cell_of_answer != cell

    def display_answer(self, right, sentences, cell=None):
        """Display the answer, which from now on follows the choice."""
        with self._lock:
            self._answer, self._cell_of_answer = (right, sentences), cell
            self._send_answer(update=False)
            self.send_state("missed")  # every page that is there has got it

    def _received(self, _widget, message, _buffers):
        """Take the reader's choice or the class's counts, and let the answer follow."""
        match message:
            case {"kind": "choose", "option": str(option)} if option in self.options:
                self._take(choice=option)
            case {"kind": "hands", "counts": dict(counts)}:
                self._take(hands={letter: counts[letter] for letter in self.options if _is_count(counts.get(letter))})

    def _take(self, **said):
        with self._lock:
            for name, value in said.items():
                setattr(self, name, value)
            if self._answer:
                self._send_answer(update=True)

    def set_state(self, sync_data):
        """Take nothing from a page but the choice and the counts, which come as messages."""

    def _send_answer(self, update):
        right, sentences = self._answer
        text = answer_text(self.choice, right, self.options, sentences, self.hands)
        display(_as_markdown_output(text), raw=True, display_id=self._display_id, update=update)

    def get_state(self, key=None, drop_defaults=False):
        """Return traits by name; all of them, as a new page asks, with what it has missed."""
        state = super().get_state(key, drop_defaults)
        return state | {"missed": self._answer is not None} if key is None else state

    def _repr_mimebundle_(self, **kwargs):
        """Put the text beside the widget, for a reader without a kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        options = [f"- **{letter}** {_in_markdown(option)}" for letter, option in self.options.items()]
        markdown = "\n".join([f"**Predict.** {_in_markdown(self.question)}", "", *options])
        plain = "\n".join(
            [f"Predict. {self.question}", *(f"{letter}  {text}" for letter, text in self.options.items())]
        )
        return bundle | {"text/markdown": markdown, "text/plain": plain}, metadata


def answer_text(choice, right, options, sentences, hands=None):
    """Return the answer in Markdown.

    Parameters
    ----------
    choice : str or None
        The letter that the reader has chosen.
    right : str
    options, sentences : dict of str to str
        By letter; an empty option is left out.
    hands : dict of str to int, optional
        By letter, how many in a class have said so; if there is one, each option has its share.
    """
    hands = hands or {}
    n_hands = sum(hands.values())
    others = [letter for letter in sentences if letter not in (choice, right)]

    def told(head, letter):
        option = options[letter] and f"*{_ended(_in_markdown(options[letter]))}*"
        share = n_hands and f"{hands.get(letter, 0)} of {n_hands} said {letter}."
        return " ".join(part for part in (f"**{head}**", option, share, sentences[letter]) if part)

    if choice is None:
        first = [told(f"{right} is right:", right)]
    elif choice == right:
        first = [told(f"You said {right}, and {right} it is:", right)]
    else:
        first = [told(f"You said {choice}:", choice), told(f"{right} is right:", right)]
    rest = [f"- {told(f'{letter}:', letter)}" for letter in others]
    return "\n\n".join([*first, *(["\n".join(rest)] if rest else [])])


def _check_letters(what, texts):
    """Raise ValueError if these are not two to four, with the first letters of the alphabet."""
    if not 2 <= len(texts) <= len(LETTERS) or "".join(texts) != LETTERS[: len(texts)]:
        raise ValueError(f"{what} are A and B, A to C or A to D, in this order; these are {', '.join(texts) or 'none'}")


def _is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_HANDS


def _in_markdown(text):
    """Return plain text as Markdown that shows it as it is, but for `code` between backticks."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(part if place % 2 else _MARKUP.sub(r"\\\1", part) for place, part in enumerate(parts))


def _ended(sentence):
    """Return the sentence with a full stop, if it has no end."""
    return sentence if sentence[-1] in ".?!" else f"{sentence}."


def _as_markdown_output(text):
    return {"text/markdown": text, "text/plain": text}
