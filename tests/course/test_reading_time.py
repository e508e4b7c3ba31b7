"""The rule by which the minutes to read a lesson are computed, on a notebook that is made up."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_files import WIDGET
from reading_time import Size, size

from helpers.claims import to_html

FOLDED = {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}


def test_what_is_in_view_before_the_exercises_adds_up_and_they_come_on_top():
    figure = new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"})
    caption = "<details>\n<summary>Two curves, a &lt; b.</summary>\nThe full description.\n</details>"
    unfolds = new_output("display_data", {"text/html": caption, "text/plain": "The full description."})
    printed = new_output("stream", text="accuracy 0.81\n")
    lab = new_output("display_data", {WIDGET: {}, "image/png": "AAAA", "text/plain": "Lab: Signals. It says."})
    lines = "holds: it is\n       measured 1; the bound: above 0"
    claim = new_output("display_data", {"text/plain": lines, "text/html": to_html([lines])})
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# A lesson\n\nAbout 25 minutes to read. $x$ [link](target.md) " + "word " * 1_076),
            new_code_cell("guess = predict('Which one?', A='this', B='that')", metadata=FOLDED),
            new_code_cell("x = 1\n\n" * 16, outputs=[figure, unfolds, printed, lab]),
            new_code_cell("claim('it is', x, above=0)", outputs=[claim], metadata=FOLDED),
            new_code_cell("answer(guess, 'A', A='yes', B='no')", metadata=FOLDED),
            new_markdown_cell("Last.\n\n## Exercises\n\n" + "word " * 800 + "\n\n**1.1** Recall.\n\n**1.2** Apply."),
            new_code_cell("x = 1", outputs=[figure, printed]),
        ]
    )
    words = 2 + 5 + 3 + 1 + 1_076 + 4 + 4 + 2 + 8 + 2 + 1  # a title, ..., a caption, a print, the line of the claim
    assert size(notebook) == Size(words, code_lines=16, figures=1, labs=1, predictions=1, claims=1, exercises=2)
    assert size(notebook).minutes == round(1.2 * (words / 110 + 16 / 8 + 1 + 3))
    assert size(notebook).exercise_minutes == 2 * 5
