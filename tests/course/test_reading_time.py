"""The rule by which the minutes to read a lesson are computed, on a notebook that is made up."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_files import WIDGET
from reading_time import Size, size

from helpers.claims import to_html

FOLDED = {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}


def test_words_lines_figures_labs_and_exercises_add_up_and_what_is_folded_or_after_them_does_not_count():
    figure = new_output("display_data", {"image/png": "AAAA"})
    lab = new_output("display_data", {WIDGET: {}, "image/png": "AAAA", "text/plain": "Lab: Signals. It says."})
    lines = "holds: it is\n       measured 1; the bound: above 0"
    claim = new_output("display_data", {"text/plain": lines, "text/html": to_html([lines])})
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# A lesson\n\nAbout 25 minutes to read. $x$ [link](target.md) " + "word " * 789),
            new_code_cell("guess = predict('Which one?', A='this', B='that')", metadata=FOLDED),
            new_code_cell("x = 1\n\n" * 16, outputs=[figure, lab]),
            new_code_cell("claim('it is', x, above=0)", outputs=[claim], metadata=FOLDED),
            new_code_cell("answer(guess, 'A', A='yes', B='no')", metadata=FOLDED),
            new_markdown_cell("## Exercises\n\n" + "word " * 800 + "\n\n**1.1** Recall.\n\n**1.2** Apply."),
        ]
    )
    words = 2 + 5 + 3 + 1 + 789 + 4 + 2
    assert size(notebook) == Size(words=words, code_lines=16, figures=1, labs=1, exercises=2, predictions=1, claims=1)
    assert size(notebook).minutes == round(words / 160 + 16 / 16 + 0.75 + 2 + 2 * 2)
