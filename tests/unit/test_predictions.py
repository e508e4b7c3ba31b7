"""Predictions without a browser: what is displayed in each case, and what a page may do."""

import json

import pytest
from lab_page import in_cell

from course.ask import answer, predict, predictions

QUESTION = "What keeps it there?"
OPTIONS = {"A": "its steps are too small to see", "B": "its units are dead", "C": "it needs more steps"}
SENTENCES = {
    "A": "Each layer halves the $E[a^2]$.",
    "B": "Both networks have the same dead units; people think so because ReLU is famous for them.",
    "C": "Ten times as many change nothing; people think so because it often helps.",
}
NEUTRAL = f"""**A is right:** *its steps are too small to see.* {SENTENCES["A"]}

- **B:** *its units are dead.* {SENTENCES["B"]}
- **C:** *it needs more steps.* {SENTENCES["C"]}"""
CHOSEN_B = f"""**You said B:** *its units are dead.* {SENTENCES["B"]}

**A is right:** *its steps are too small to see.* {SENTENCES["A"]}

- **C:** *it needs more steps.* {SENTENCES["C"]}"""
CHOSEN_A = f"""**You said A, and A it is:** *its steps are too small to see.* {SENTENCES["A"]}

- **B:** *its units are dead.* {SENTENCES["B"]}
- **C:** *it needs more steps.* {SENTENCES["C"]}"""
WITHOUT_PREDICTION = f"""**A is right:** {SENTENCES["A"]}

- **B:** {SENTENCES["B"]}
- **C:** {SENTENCES["C"]}

*To see what you would have said, run the cell with the prediction first, then this one again.*"""


@pytest.fixture
def displayed(monkeypatch):
    """Return the list of what is displayed, to which an update belongs, too."""
    everything = []
    monkeypatch.setattr(predictions, "display", lambda thing, **options: everything.append((thing, options)))
    return everything


@pytest.fixture
def guess(displayed):
    """Return a prediction that has been displayed, and forget the display."""
    prediction = predict(QUESTION, **OPTIONS)
    displayed.clear()
    return prediction


def send(prediction, content, method="custom"):
    """Send a message as the page does."""
    data = {"method": method, "content" if method == "custom" else "state": json.loads(json.dumps(content))}
    prediction._handle_msg({"content": {"data": data | {"buffer_paths": []}}, "buffers": []})


def choose(prediction, letter):
    send(prediction, {"kind": "choose", "option": letter})


def show_hands(prediction, **counts):
    send(prediction, {"kind": "hands", "counts": counts})


def markdown(displayed):
    """Return the Markdown of the last thing displayed, which is its plain text, too."""
    bundle, options = displayed[-1]
    assert options["raw"]
    assert bundle["text/plain"] == bundle["text/markdown"]
    return bundle["text/markdown"]


def test_a_prediction_displays_itself_as_a_widget_with_its_text_beside_it(displayed):
    prediction = predict("Is `x` * 2 < 3?", A="it is `a * b`", B="_no_ <b>")
    assert [thing for thing, _ in displayed] == [prediction]
    assert prediction.choice is None
    bundle, _ = prediction._repr_mimebundle_()
    assert bundle == {
        "application/vnd.jupyter.widget-view+json": {
            "model_id": prediction.model_id,
            "version_major": 2,
            "version_minor": 1,
        },
        "text/markdown": r"""**Predict.** Is `x` \* 2 \< 3?

- **A** it is `a * b`
- **B** \_no\_ \<b\>""",
        "text/plain": "Predict. Is `x` * 2 < 3?\nA  it is `a * b`\nB  _no_ <b>",
    }


def test_an_answer_speaks_to_the_choice_and_follows_it(guess, displayed):
    answer(guess, "A", **SENTENCES)
    assert markdown(displayed) == NEUTRAL
    for letter, text in (("B", CHOSEN_B), ("A", CHOSEN_A), ("B", CHOSEN_B)):
        choose(guess, letter)
        assert guess.choice == letter
        assert markdown(displayed) == text
    assert [options["update"] for _, options in displayed] == [False, True, True, True]
    assert len({options["display_id"] for _, options in displayed}) == 1


def test_a_choice_before_the_answer_displays_nothing_until_then(guess, displayed):
    choose(guess, "B")
    assert displayed == []
    answer(guess, "A", **SENTENCES)
    assert markdown(displayed) == CHOSEN_B


def test_the_hands_of_a_class_stand_in_the_answer_whether_they_are_counted_before_it_or_after(guess, displayed):
    show_hands(guess, A=5, B=12, C=3)
    answer(guess, "A", **SENTENCES)
    shares = [f"{n} of 20 said {letter}. {SENTENCES[letter]}" for letter, n in (("A", 5), ("B", 12), ("C", 3))]
    assert all(share in markdown(displayed) for share in shares)
    choose(guess, "B")
    assert markdown(displayed).startswith(f"**You said B:** *its units are dead.* {shares[1]}\n\n**A is right:**")
    show_hands(guess, B=1)
    assert "1 of 1 said B." in markdown(displayed)
    assert "0 of 1 said C." in markdown(displayed)
    for nobody in ({}, {"A": 0}):
        show_hands(guess, **nobody)
        assert markdown(displayed) == CHOSEN_B
    assert [options["update"] for _, options in displayed] == [False, True, True, True, True]


def test_only_whole_counts_of_the_options_are_taken(guess):
    show_hands(guess, A=5, B="12", C=True, D=3, E=None)
    assert guess.hands == {"A": 5}
    show_hands(guess, A=-1, B=10**6, C=0.5)
    assert guess.hands == {}
    assert guess.choice is None


def test_with_two_options_nothing_is_left_to_be_listed(displayed):
    two = predict("Which?", A="this one.", B="that one?")
    answer(two, "B", A="No.", B="Yes.")
    assert markdown(displayed) == "**B is right:** *that one?* Yes.\n\n- **A:** *this one.* No."
    choose(two, "A")
    assert markdown(displayed) == "**You said A:** *this one.* No.\n\n**B is right:** *that one?* Yes."


GARBAGE = [
    *(None, 3, "B", [], {}, {"kind": []}, {"kind": "choose"}, {"option": "B"}, {"kind": "?", "option": "B"}),
    *({"kind": "hands"}, {"kind": "hands", "counts": None}, {"kind": "hands", "counts": [3, 4]}),
    *({"kind": "choose", "option": option} for option in (None, "", "D", "b", "AB", 0, ["B"], {"B": 1})),
]


def test_whatever_else_a_page_sends_has_no_effect_and_raises_nothing(guess, displayed, capfd, caplog):
    choose(guess, "C")
    answer(guess, "A", **SENTENCES)
    for garbage in GARBAGE:
        send(guess, garbage)
        send(guess, garbage if isinstance(garbage, dict) else {"choice": garbage}, "update")
    send(guess, {"choice": "Z", "options": {}, "question": 3, "layout": None, "hands": {"A": 1}}, "update")
    assert (guess.choice, guess.options, guess.question, guess.hands) == ("C", OPTIONS, QUESTION, {})
    assert len(displayed) == 1
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_a_page_that_is_opened_gets_the_choice_and_whether_the_answer_was_displayed_before(guess, displayed):
    sent = []
    guess.comm.publish_msg = lambda kind, data=None, **rest: sent.append(data)
    choose(guess, "B")
    assert sent[-1]["state"] == {"choice": "B"}
    assert (guess.get_state()["choice"], guess.get_state()["missed"]) == ("B", False)
    answer(guess, "A", **SENTENCES)
    assert sent[-1]["state"] == {"missed": False}  # of the pages that were there
    assert (guess.get_state()["choice"], guess.get_state()["missed"]) == ("B", True)


def test_a_cell_that_runs_again_begins_anew_and_closes_what_it_made_before(displayed, monkeypatch):
    made = []
    for cell in ("predictions a", "predictions a", "predictions b"):
        in_cell(monkeypatch, cell)
        made += [predict("One?", A="yes", B="no"), predict("Two?", A="yes", B="no")]
        choose(made[0], "B")
    assert [prediction.comm is None for prediction in made] == [True, True, False, False, False, False]
    assert [prediction.choice for prediction in made[2:]] == [None] * 4
    answer(made[0], "A", A="Yes.", B="No.")  # late, and of no harm
    assert "You said B" in markdown(displayed)


def test_where_the_cell_with_the_prediction_was_left_out_the_answer_says_so(guess, displayed, monkeypatch):
    in_cell(monkeypatch, "the answer before")
    choose(guess, "B")
    answer(guess, "A", **SENTENCES)
    answer(guess, "A", **SENTENCES)  # the same cell, run again
    assert markdown(displayed) == CHOSEN_B
    in_cell(monkeypatch, "this answer")
    for other in (guess, "B", None, ..., 3):
        answer(other, "A", **SENTENCES)
        assert markdown(displayed) == WITHOUT_PREDICTION
    answer(guess, "B", A="It has other options.", B="It has.")
    assert markdown(displayed).startswith("**B is right:** It has.\n\n- **A:** It has other options.")


@pytest.mark.parametrize("letters", ["", "A", "BC", "BA", "ABCDE", "ab"])
def test_an_author_must_give_two_to_four_options_in_order(displayed, letters):
    with pytest.raises(ValueError, match="options are A and B, A to C or A to D, in this order; these are"):
        predict("Which?", **dict.fromkeys(letters, "this one"))
    assert displayed == []


def test_a_formula_is_refused_for_a_button_cannot_show_it(displayed):
    with pytest.raises(ValueError, match=r"a button shows no formula; write this without one: \$E\[a\^2\]\$"):
        predict("Which?", A="$E[a^2]$", B="another")
    assert displayed == []


@pytest.mark.parametrize(
    ("right", "sentences", "message"),
    [
        ("D", SENTENCES, "the right option is 'D', and the sentences are for A, B, C"),
        ("A", {"A": "Yes.", "B": "No."}, "the options A, B, C, and the answer has sentences for A, B"),
        ("A", SENTENCES | {"D": "No."}, "the options A, B, C, and the answer has sentences for A, B, C, D"),
        ("A", {"A": "Yes.", "C": "No."}, "sentences are A and B, A to C"),
    ],
)
def test_an_author_must_give_a_sentence_for_each_option(guess, displayed, right, sentences, message):
    with pytest.raises(ValueError, match=message):
        answer(guess, right, **sentences)
    assert displayed == []
