"""Predictions without a browser: what is displayed in each case, and what a page may do."""

import json
import shutil

import nbformat
import pytest
from lab_page import in_cell
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from notebook_files import notebook_of

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
SAID_B = f"""**You said B:** *its units are dead.* {SENTENCES["B"]}

**A is right:** *its steps are too small to see.* {SENTENCES["A"]}

- **C:** *it needs more steps.* {SENTENCES["C"]}"""
SAID_A = f"""**You said A, and A it is:** *its steps are too small to see.* {SENTENCES["A"]}

- **B:** *its units are dead.* {SENTENCES["B"]}
- **C:** *it needs more steps.* {SENTENCES["C"]}"""
NOT_ASKED = f"""**A is right:** {SENTENCES["A"]}

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


@pytest.mark.parametrize(("choice", "text"), [(None, NEUTRAL), ("A", SAID_A), ("B", SAID_B)])
def test_the_answer_speaks_to_the_choice(guess, displayed, choice, text):
    if choice:
        choose(guess, choice)
        assert guess.choice == choice
        assert displayed == []
    answer(guess, "A", **SENTENCES)
    assert markdown(displayed) == text
    assert len(displayed) == 1


def test_an_answer_that_has_been_displayed_follows_the_choice_and_the_choice_can_be_changed(guess, displayed):
    answer(guess, "A", **SENTENCES)
    for letter, text in (("B", SAID_B), ("A", SAID_A), ("B", SAID_B)):
        choose(guess, letter)
        assert markdown(displayed) == text
    assert [options["update"] for _, options in displayed] == [False, True, True, True]
    assert len({options["display_id"] for _, options in displayed}) == 1


def show_hands(prediction, **counts):
    send(prediction, {"kind": "hands", "counts": counts})


def test_the_hands_of_a_class_stand_in_the_answer_whether_they_are_counted_before_it_or_after(guess, displayed):
    show_hands(guess, A=5, B=12, C=3)
    answer(guess, "A", **SENTENCES)
    said = [f"{n} of 20 said {letter}. {SENTENCES[letter]}" for letter, n in (("A", 5), ("B", 12), ("C", 3))]
    assert all(text in markdown(displayed) for text in said)
    choose(guess, "B")
    assert markdown(displayed).startswith(f"**You said B:** *its units are dead.* {said[1]}\n\n**A is right:**")
    show_hands(guess, B=1)
    assert "1 of 1 said B." in markdown(displayed)
    assert "0 of 1 said C." in markdown(displayed)
    for nobody in ({}, {"A": 0}):
        show_hands(guess, **nobody)
        assert markdown(displayed) == SAID_B
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


def test_answers_of_two_predictions_are_updated_each_for_itself(displayed):
    first, second = (predict(question, A="yes", B="no") for question in ("One?", "Two?"))
    displayed.clear()
    answer(first, "A", A="One.", B="None.")
    answer(second, "B", A="Two.", B="None.")
    choose(first, "B")
    assert displayed[-1][1]["display_id"] == displayed[0][1]["display_id"] != displayed[1][1]["display_id"]
    assert (first.choice, second.choice) == ("B", None)


GARBAGE = [
    *(None, 3, "B", [], {}, {"kind": []}, {"kind": "choose"}, {"option": "B"}, {"kind": "?", "option": "B"}),
    *({"kind": "hands"}, {"kind": "hands", "counts": None}, {"kind": "hands", "counts": [3, 4]}),
    *({"kind": "choose", "option": option} for option in (None, "", "D", "b", "AB", 0, ["B"], {"B": 1})),
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=json.dumps)
def test_whatever_else_a_page_sends_has_no_effect_and_raises_nothing(guess, displayed, garbage, capfd, caplog):
    choose(guess, "C")
    answer(guess, "A", **SENTENCES)
    send(guess, garbage)
    if isinstance(garbage, dict):
        send(guess, garbage, "update")
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
    assert markdown(displayed) == SAID_B
    in_cell(monkeypatch, "this answer")
    for other in (guess, "B", None, ..., 3):
        answer(other, "A", **SENTENCES)
        assert markdown(displayed) == NOT_ASKED
    answer(guess, "B", A="It has other options.", B="It has.")
    assert markdown(displayed).startswith("**B is right:** It has.\n\n- **A:** It has other options.")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"A": "one"},
        {"B": "one", "C": "two"},
        {"B": "two", "A": "one"},
        dict.fromkeys("ABCDE", "many"),
        {"a": "", "b": ""},
    ],
    ids="".join,
)
def test_an_author_must_give_two_to_four_options_in_order(displayed, options):
    with pytest.raises(ValueError, match="options are A and B, A to C or A to D, in this order; these are"):
        predict("Which?", **options)
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


CELLS = [
    "from course.ask import answer, predict",
    f"guess = predict({QUESTION!r}, A='`a * b` halves', B='its units are dead', C='it needs more steps')",
    "print(1 + 1)",
    "answer(guess, 'A', A='Each layer halves it.', B='They are not.', C='They change nothing.')",
]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Return the path of a lesson that was run from top to bottom and written down, as `make notebooks` does."""
    notebook = notebook_of(CELLS)
    NotebookClient(notebook, timeout=120, store_widget_state=False, record_timing=False).execute()
    path = tmp_path_factory.mktemp("executed") / "lesson.ipynb"
    nbformat.write(notebook, path)
    return path


def test_the_stored_output_is_text_and_a_widget_without_state(executed):
    notebook = nbformat.read(executed, as_version=4)
    assert "widgets" not in notebook.metadata
    outputs = [cell.outputs for cell in notebook.cells]
    assert [len(of_cell) for of_cell in outputs] == [0, 1, 1, 1]
    asked, told = outputs[1][0], outputs[3][0]
    assert asked.data["text/markdown"].startswith(f"**Predict.** {QUESTION}\n\n- **A** `a * b` halves\n")
    assert asked.data["application/vnd.jupyter.widget-view+json"]["model_id"] not in asked.data["text/plain"]
    assert told.data["text/markdown"].startswith("**A is right:** *`a * b` halves.* Each layer halves it.\n\n- **B:**")
    assert [dict(output.metadata) for output in (asked, told)] == [{}, {}]


def test_as_a_web_page_the_question_and_its_options_are_text(executed):
    page, _ = HTMLExporter().from_filename(str(executed))
    assert f"<strong>Predict.</strong> {QUESTION}" in page
    assert "<li><strong>A</strong> <code>a * b</code> halves</li>" in page
    assert "<strong>A is right:</strong>" in page


pytest_plugins = ["pytester"]


def test_strict_nbval_passes_twice_and_notices_an_answer_that_somebody_had_chosen(executed, pytester):
    shutil.copy(executed, pytester.path)
    options = ["-p", "no:cacheprovider", "--nbval", "--nbval-current-env", "--nbval-cell-timeout=60", "lesson.ipynb"]
    for _ in range(2):
        pytester.runpytest_subprocess(*options).assert_outcomes(passed=len(CELLS))
    text = executed.read_text().replace("**A is right:**", "**You said A, and A it is:**")
    pytester.path.joinpath("lesson.ipynb").write_text(text)
    pytester.runpytest_subprocess(*options).assert_outcomes(passed=len(CELLS) - 1, failed=1)
