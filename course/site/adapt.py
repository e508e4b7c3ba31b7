"""What the site needs of a notebook beyond its file: descriptions as alternative text, folds with names, less code.

A page is read, and no code on it can be run. So a prediction and its answer are text without their code, and a lab is
the picture of where it opens, until a script puts its recording there (`recordings.py`).
"""

import re
from html import escape

import nbformat
from nbconvert.filters import strip_ansi
from nbformat.v4 import new_output

WIDGET = "application/vnd.jupyter.widget-view+json"
LAB_NOTE = (
    '*Lab.* <span class="still">Here you see where it opens. To move its controls,</span>'
    '<span class="moving">This is a recording<span class="of-data"></span>: a control goes to the nearest place that '
    "was recorded. To move it freely,</span> [run the lesson]({}README.md#two-commands)."
)
UNFOLDS = "<details"  # how the HTML of claims and of captions begins
KINDS = {  # what begins a cell, or is called in it: its kind, which is its class on the page, too
    r"\A# Solution": "solution",
    r"(?m)^ *claim\(": "claim",
    r"(?m)^(\w+ = )?predict\(": "prediction",
    r"(?m)^answer\(": "answer",
}
FOLDS = {"solution": "Solution", "claim": "How this is checked"}  # what the fold of a kind says; of others "Code"


def prepare(app, docname, source):
    """Change the text of a page, the only item of `source`."""
    if docname == "README":
        source[0] = with_site_anchors(re.sub(r"\A# .*", "# How to run it", source[0]))  # its own title is the book's
    if app.env.doc2path(docname).suffix != ".ipynb":
        return
    notebook, root = nbformat.reads(source[0], as_version=4), "../" * docname.count("/")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            fold(cell)
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):  # MyST-NB takes one text for the pictures of a cell
                    cell.metadata.mystnb["image"] = {"alt": alternative(output)}
            cell.outputs = [new for old in cell.outputs if not is_empty(old) for new in adapt(old, root)]
        else:
            cell.source = with_site_anchors(cell.source)
    source[0] = nbformat.writes(notebook)


def is_empty(output):
    """Tell whether an output has nothing to show, as a progress bar that is done."""
    return output.output_type == "display_data" and not any(output.data.values())


def is_lab(output):
    """Tell whether an output is a lab; predictions are widgets, too, but have no picture."""
    return {WIDGET, "image/png"} <= output.get("data", {}).keys()


def alternative(output):
    """Return the alternative text of a picture, its description or what a lab says of itself; it must have one."""
    return output.data["text/plain"] if is_lab(output) else output.metadata["image/png"]["alt"]


def fold(cell):
    """Tag a cell with its kind, so that its code is folded under a name, or left out where its output says the same."""
    kinds = [kind for beginning, kind in KINDS.items() if re.search(beginning, cell.source)]
    added = [
        *kinds,
        *(["hide-input"] if cell.metadata.get("jupyter", {}).get("source_hidden") else []),
        *(["remove-input"] if kinds in (["prediction"], ["answer"]) else []),
        *(["lab"] if any(map(is_lab, cell.outputs)) else []),
    ]
    cell.metadata.tags = list(dict.fromkeys([*cell.metadata.get("tags", []), *added]))
    title = FOLDS.get(kinds[0] if kinds else "", "Code")
    cell.metadata.mystnb = {"code_prompt_show": title, "code_prompt_hide": title}


def adapt(output, root):
    """Return the outputs that a page shows of one; `root` is the way to README.md.

    Preformatted text is kept alone, since its colours are those of a terminal. Below the picture of a lab comes a place
    for its recording, and what that is.
    """
    data = output.get("data", {})
    stored = data.get("text/html", "")
    if stored.startswith("<pre"):
        del data["text/html"]
    elif stored.startswith(UNFOLDS):
        data["text/html"] = stored.replace(" checked on your machine: ", " checked: ", 1)  # a page checks nothing
    if "text/plain" in data:
        data["text/plain"] = strip_ansi(data["text/plain"])
    if "text/markdown" in data:
        data["text/markdown"] = with_site_anchors(data["text/markdown"])
    if not is_lab(output):
        return [output]
    place = lab_place(alternative(output))
    html = f'<div id="{place}" data-lab="{place.removeprefix("lab-")}"></div>'
    added = {"text/html": html}, {"text/markdown": LAB_NOTE.format(root)}
    return [output, *(new_output("display_data", data) for data in added)]


def lab_place(text):
    """Return the anchor of a lab on its page, from its alternative text."""
    return "lab-" + slug(re.match(r"Lab: (.*?)\. ", text)[1])


def slug(title):
    """Return what the recording of a lab with this title is called."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower())


def with_site_anchors(text):
    """Write the anchors of links within the course as the site has them: JupyterLab's keep capitals and punctuation."""
    lab_link = r"\[([^\]]+)\]\((#lab:[^)]+)\)"  # sets a lab; it becomes HTML, since no place on the page has its name
    text = re.sub(lab_link, lambda found: f'<a href="{escape(found[2])}">{found[1]}</a>', text)
    link = r"(\]\((?!https?:)[^)#\s]*#)([^)\s]+)(\))"
    return re.sub(link, lambda found: found[1] + re.sub(r"[^\w-]", "", found[2].lower()) + found[3], text)


def finish(app, pagename, templatename, context, doctree):
    """Let folds be called by the text that they show, and let a page that has labs load what moves them."""
    if pagename == app.config.root_doc:
        context["title"] = "Five lessons on training deep networks"  # the site's own name stands behind it
    if "body" in context:
        context["body"] = context["body"].replace(' aria-label="Toggle hidden content"', "")
    if "data-lab=" in context.get("body", ""):
        app.add_css_file("labs.css", priority=100)  # book.css comes after it
        app.add_js_file("labs.js", loading_method="defer")
