"""Predictions: the reader chooses an option before the measurement, and the answer after it speaks to the choice.

The kernel owns the choice. The page (predict.js) sends ``{"kind": "choose", "option": "B"}``, and, where a class has
shown hands, ``{"kind": "hands", "counts": {"A": 5, "B": 12}}``. Nothing else that it may send has any effect; the
kernel tells every page what is chosen and counted, and updates the answer that has been displayed.
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
NO_PREDICTION = "*To see what you would have said, run the cell with the prediction first, then this one again.*"


def predict(question, /, **options):
    """Display a question with two to four lettered options; return the prediction, which `answer` takes.

    The reader chooses one by click or by key, and may choose another at any time; the answer follows. When the cell
    runs again, nothing is chosen. Question and options are plain text, in which `code` may stand between backticks.
    ValueError is raised if the letters are not the first of the alphabet, or where there is a formula. For example::

        guess = predict("What keeps it there?", A="its steps are too small to see", B="its units are dead")
    """
    _check_letters("options", options)
    for text in (question, *options.values()):
        if "$" in text:  # escaped, too, it would be one where JupyterLab renders the text
            raise ValueError(f"a button shows no formula; write this without one: {text}")
    prediction = Prediction(question, options)
    display(prediction)
    return prediction


def answer(guess, right, /, **sentences):
    """Display which option of a prediction is right, and a sentence on each: first on the one that is chosen.

    `guess` is what `predict` has returned, `right` a letter. The sentences are in Markdown, one for each option; that
    on a wrong one says why people think so, too. ValueError is raised if there is a sentence too few or too many, or
    none for the right option. For example::

        answer(guess, "A", A="Each layer halves the signal.", B="Both networks have the same dead units.")
    """
    _check_letters("sentences", sentences)
    if right not in sentences:
        raise ValueError(f"the right option is {right!r}, and the sentences are for {', '.join(sentences)}")
    cell = running_cell()
    if not isinstance(guess, Prediction) or guess.cell_of_answer not in (None, cell):  # its own cell was left out
        text = answer_text(None, right, dict.fromkeys(sentences, ""), sentences)
        display(_as_output(f"{text}\n\n{NO_PREDICTION}"), raw=True)
        return
    if sentences.keys() != guess.options.keys():
        raise ValueError(
            f"the prediction has the options {', '.join(guess.options)}, and the answer has sentences for "
            f"{', '.join(sentences)}. (Run the cell with the prediction first, then this one.)"
        )
    guess.display_answer(right, sentences, cell)


class Prediction(anywidget.AnyWidget):
    """A question with lettered options; `predict` makes it."""

    _esm = Path(__file__).with_name("predict.js")
    _css = Path(__file__).with_name("predict.css")
    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.Dict().tag(sync=True)  # by letter
    choice = traitlets.Unicode(None, allow_none=True).tag(sync=True)  # the letter that is chosen
    hands = traitlets.Dict().tag(sync=True)  # by letter, how many in a class have chosen it, where they are counted
    missed = traitlets.Bool(False).tag(sync=True)  # by a page that was opened after the answer had been displayed

    def __init__(self, question, options):
        self._answer = self.cell_of_answer = None
        self._display_id = secrets.token_hex(16)
        self._lock = threading.Lock()  # messages of the page come in a thread of their own
        close_previous(self, f"prediction: {question}")
        super().__init__(question=question, options=options)
        self.on_msg(self._receive)

    def display_answer(self, right, sentences, cell):
        """Display the answer, which from now on follows the choice."""
        with self._lock:
            self._answer, self.cell_of_answer = (right, sentences), cell
            self._send_answer(update=False)
            self.send_state("missed")  # every page that is there has got it

    def set_state(self, sync_data):
        """Take nothing from a page; the choice and the counts come as messages."""

    def get_state(self, key=None, drop_defaults=False):
        """Return traits by name; all of them, as a new page asks, with what it has missed."""
        state = super().get_state(key, drop_defaults)
        return state | {"missed": self._answer is not None} if key is None else state

    def _receive(self, _widget, message, _buffers):
        """Take the reader's choice or the class's counts, and let the answer follow."""
        with self._lock:
            match message:
                case {"kind": "choose", "option": str(option)} if option in self.options:
                    self.choice = option
                case {"kind": "hands", "counts": dict(counts)}:
                    self.hands = {letter: counts[letter] for letter in self.options if _is_count(counts.get(letter))}
                case _:
                    return
            if self._answer:
                self._send_answer(update=True)

    def _send_answer(self, update):
        text = answer_text(self.choice, self._answer[0], self.options, self._answer[1], self.hands)
        display(_as_output(text), raw=True, display_id=self._display_id, update=update)

    def _repr_mimebundle_(self, **kwargs):
        """Put the text beside the widget, for a reader without a kernel."""
        bundle, metadata = super()._repr_mimebundle_(**kwargs)
        options = [f"- **{letter}** {_in_markdown(option)}" for letter, option in self.options.items()]
        plain = [f"Predict. {self.question}", *(f"{letter}  {text}" for letter, text in self.options.items())]
        markdown = [f"**Predict.** {_in_markdown(self.question)}", "", *options]
        return bundle | {"text/markdown": "\n".join(markdown), "text/plain": "\n".join(plain)}, metadata


def answer_text(choice, right, options, sentences, hands=None):
    """Return the answer in Markdown for a letter that is chosen (or None) and the right one.

    `options` and `sentences` are dicts by letter, of which an empty option is left out; so is `hands`, if a class has
    shown them, and then each option has its share.
    """
    hands = hands or {}
    n_hands = sum(hands.values())

    def paragraph(head, letter):
        option = options[letter] and f"*{_with_full_stop(_in_markdown(options[letter]))}*"
        share = n_hands and f"{hands.get(letter, 0)} of {n_hands} said {letter}."
        return " ".join(part for part in (f"**{head}**", option, share, sentences[letter]) if part)

    if choice == right:
        paragraphs = [paragraph(f"You said {right}, and {right} it is:", right)]
    else:
        paragraphs = [paragraph(f"You said {choice}:", choice)] if choice else []
        paragraphs.append(paragraph(f"{right} is right:", right))
    others = [f"- {paragraph(f'{letter}:', letter)}" for letter in sentences if letter not in (choice, right)]
    return "\n\n".join([*paragraphs, *(["\n".join(others)] if others else [])])


def _check_letters(what, texts):
    """Raise ValueError if these are not two to four, with the first letters of the alphabet."""
    if not 2 <= len(texts) <= len(LETTERS) or "".join(texts) != LETTERS[: len(texts)]:
        raise ValueError(f"{what} are A and B, A to C or A to D, in this order; these are {', '.join(texts) or 'none'}")


def _is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_HANDS


def _in_markdown(text):
    """Return plain text as Markdown that shows it as it is, but for `code` between backticks."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        part if place % 2 else re.sub(r"([\\*_\[\]<>&#|~])", r"\\\1", part) for place, part in enumerate(parts)
    )


def _with_full_stop(sentence):
    return sentence if sentence[-1] in ".?!" else f"{sentence}."


def _as_output(text):
    return {"text/markdown": text, "text/plain": text}
