"""What the site needs of a notebook beyond its file: descriptions as alternative text, folds with names, less code.

A page is read, and no code on it can be run. So a prediction and its answer are text without their code, and a lab is
the picture of where it opens, until a script puts its recording there (`recordings.py`).
"""

import json
import re
from html import escape

WIDGET = "application/vnd.jupyter.widget-view+json"
README_TITLE = "# How to run it"  # of a course that is the book's own title
LAB_PLACE = '<div id="{}" data-lab="{}"></div>'
STILL_NOTE = "Here you see where it opens. To move its controls,"
MOVING_NOTE = (
    'This is a recording<span class="of-data"></span>: a control goes to the nearest place that was recorded. To move '
    "it freely,"
)
LAB_NOTE = (
    f'*Lab.* <span class="still">{STILL_NOTE}</span><span class="moving">{MOVING_NOTE}</span> '
    "[run the lesson]({}README.md#two-commands)."
)
LAB_LINK = r"\[([^\]]+)\]\((#lab:[^)]+)\)"  # sets the controls of a lab
KINDS = {  # what begins a cell, or is called in it: its kind, which is its class on the page, too
    r"\A# Solution": "solution",
    r"(?m)^ *claim\(": "claim",
    r"(?m)^(\w+ = )?predict\(": "prediction",
    r"(?m)^answer\(": "answer",
}
FOLDS = {"solution": "Solution", "claim": "How this is checked"}  # what the fold of a kind says; of others:
OTHER_FOLD = "Code"


def prepare(app, docname, source):
    """Change the text of a page before it is parsed, and note down what a notebook's pictures show.

    Parameters
    ----------
    app : Sphinx
    docname : str
        As in "notebooks/01_initialization".
    source : list of str
        Its only item, the text of the file, is replaced.
    """
    if docname == "README":
        source[0] = with_site_anchors(re.sub(r"\A# .*", README_TITLE, source[0]))
    if app.env.doc2path(docname).suffix != ".ipynb":
        return
    notebook = json.loads(source[0])
    pictures = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [each for each in cell["outputs"] if not is_empty(each)]
            pictures += [alternative(each) for each in cell["outputs"] if "image/png" in each.get("data", {})]
            fold(cell)
            keep_text_of_summaries(cell)
            for data in (each.get("data", {}) for each in cell["outputs"]):
                if "text/markdown" in data:
                    data["text/markdown"] = with_site_anchors("".join(data["text/markdown"]))
            note_lab(cell, "../" * docname.count("/"))
        else:
            cell["source"] = with_site_anchors("".join(cell["source"]))
    source[0] = json.dumps(notebook)
    app.env.temp_data["alternatives"] = pictures


def is_empty(output):
    """Tell whether an output has nothing to show, as a progress bar that is done."""
    return output["output_type"] == "display_data" and not any(map("".join, output["data"].values()))


def alternative(output):
    """Return the alternative text of a picture: its description, or what a lab says of itself.

    Raises
    ------
    KeyError
        If it has neither.
    """
    if WIDGET in output["data"]:
        return "".join(output["data"]["text/plain"])
    return output["metadata"]["image/png"]["alt"]


def fold(cell):
    """Tag a cell with its kind, so that its code is folded under a name, or left out where its output says the same."""
    source, tags = "".join(cell["source"]), cell["metadata"].setdefault("tags", [])
    if cell["metadata"].get("jupyter", {}).get("source_hidden") and "hide-input" not in tags:
        tags.append("hide-input")
    kinds = [kind for begin, kind in KINDS.items() if re.search(begin, source)]
    tags += [kind for kind in kinds if kind not in tags]
    if kinds in (["prediction"], ["answer"]):
        tags.append("remove-input")
    title = FOLDS.get(kinds[0] if kinds else "", OTHER_FOLD)
    cell["metadata"]["mystnb"] = {"code_prompt_show": title, "code_prompt_hide": title}


def keep_text_of_summaries(cell):
    """Where an output is preformatted text, keep its text alone: its colours are those of a terminal."""
    for output in cell["outputs"]:
        data = output.get("data", {})
        if "".join(data.get("text/html", "")).startswith("<pre"):
            del data["text/html"]
        if "text/plain" in data:
            data["text/plain"] = re.sub(r"\x1b\[[\d;]*m", "", "".join(data["text/plain"]))


def note_lab(cell, root):
    """Below the picture of a lab make a place for its recording, and say what it is; `root` is the way to README.md."""
    for output in list(cell["outputs"]):
        if WIDGET in output.get("data", {}) and "image/png" in output["data"]:
            cell["metadata"]["tags"].append("lab")
            title = title_of_lab(alternative(output))
            cell["outputs"] += [
                {"output_type": "display_data", "metadata": {}, "data": data}
                for data in (
                    {"text/html": LAB_PLACE.format(lab_place(alternative(output)), slug(title))},
                    {"text/markdown": LAB_NOTE.format(root)},
                )
            ]


def title_of_lab(text):
    """Return the title of a lab from its alternative text."""
    return re.match(r"Lab: (.*?)\. ", text)[1]


def lab_place(text):
    """Return the anchor of a lab on its page, from its alternative text."""
    return f"lab-{slug(title_of_lab(text))}"


def slug(title):
    """Return what the recording of a lab with this title is called."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower())


def with_site_anchors(text):
    """Write the anchors of links within the course as the site has them: JupyterLab's keep capitals and punctuation.

    A link that sets a lab becomes HTML, since no place on the page has its name.
    """
    text = re.sub(LAB_LINK, lambda found: f'<a href="{escape(found[2])}">{found[1]}</a>', text)
    link = r"(\]\((?!https?:)[^)#\s]*#)([^)\s]+)(\))"
    return re.sub(link, lambda found: found[1] + re.sub(r"[^\w-]", "", found[2].lower()) + found[3], text)


def describe_pictures(app, doctree):
    """Give each picture of a notebook's outputs its alternative text."""
    alternatives = app.env.temp_data.pop("alternatives", [])
    shown = [image for image in doctree.findall(lambda node: node.tagname == "image") if is_output(image)]
    for image, text in zip(shown, alternatives, strict=True):
        image["alt"] = text


def is_output(image):
    """Tell whether an image stands in the output of a cell."""
    node = image
    while node := node.parent:
        if node.get("nb_element") == "cell_code_output":
            return True
    return False


def name_folds(app, pagename, templatename, context, doctree):
    """Let folds be called by the text that they show."""
    if "body" in context:
        context["body"] = context["body"].replace(' aria-label="Toggle hidden content"', "")


def add_labs(app, pagename, templatename, context, doctree):
    """Let a page that has labs load what moves them."""
    if "data-lab=" in context.get("body", ""):
        app.add_css_file("labs.css", priority=100)  # book.css comes after it
        app.add_js_file("labs.js", loading_method="defer")
