"""The decks: what of a lesson stands on its slides, and what its teacher says beside them. `make slides` builds them.

A cell is on a slide if its metadata say so, as JupyterLab's property inspector sets them (`slideshow.slide_type`):
"slide" and "subslide" begin one, "fragment" joins it at the next key, "notes" is for the speaker. A cell that says
nothing is left out, so that who writes a new one need not think of the slides.

What is too long for a slide goes to the speaker's notes. Of a Markdown cell a slide shows the kinds of paragraphs in
`SHOWN`, or those that `slide.show` in its metadata names (all where there are none); a further heading begins a further
slide. Of a code cell it shows the pictures, else what is printed, else the first of its code, up to two empty lines.
"""

import re
import shutil
import struct
from base64 import b64decode
from html import escape
from importlib.metadata import distribution
from pathlib import Path

import nbformat
from nbconvert.exporters import SlidesExporter

from course.lessons import LESSONS
from course.site.adapt import KINDS, WIDGET, alternative, is_empty, lab_place

HERE = Path(__file__).parent
REVEAL = distribution("sphinx-revealjs").locate_file("sphinx_revealjs/_static/revealjs")
MATHJAX = distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax/tex-svg.js")
STATIC = [
    *(REVEAL / name for name in ("dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js", "LICENSE")),
    HERE / "_slides" / "slides.css",
]
ON_SLIDES = ("slide", "subslide", "fragment")
BEGINS = {"heading": "#", "formula": r"\$\$", "table": r"\|", "list": r"([-*]|\d+\.) "}  # of a paragraph, by its kind
SHOWN = {"heading", "bold", "formula", "table", "list"}
CONTENTS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stable Gradients: slides</title>
<link rel="stylesheet" href="_static/slides.css">
</head>
<body class="contents">
<main>
<h1>Slides</h1>
<ul>
{}
</ul>
<p>Keys: right and left to go on and back, S for the speaker's notes, O for all slides, F for the full screen. The
decks are made of <a href="../course/site/index.html">the lessons' own cells</a>.</p>
</main>
</body>
</html>
"""
WIDE = 63  # letters a line
LINK = re.compile(r"\[([^\]]+)\]\((?:https?:|#|[\w./]+\.(?:md|ipynb))[^)]*\)")
EXERCISE = re.compile(r"\*\*\d\.\d\b(?!,)[^*]*\*\*(?: \(\w+\))?")


def write(folder):
    """Write a deck for each lesson that has slides, with all that it loads.

    Parameters
    ----------
    folder : Path
        It is made if there is none. Beside it lie the site's folders "_static", with MathJax, and "notebooks", where
        the link to the lesson leads.

    Returns
    -------
    list of Path
        The decks.
    """
    (folder / "_static").mkdir(parents=True, exist_ok=True)
    for file in STATIC:
        shutil.copy(file, folder / "_static")
    exporter = SlidesExporter(extra_template_basedirs=[str(HERE)], template_name="_slides", exclude_anchor_links=True)
    titles = {}
    for path in (lesson.path for lesson in LESSONS):
        deck = deck_of(nbformat.read(path, as_version=4), path.stem)
        if deck.cells:
            titles[folder / f"{path.stem}.html"] = deck.metadata["title"]
            (folder / f"{path.stem}.html").write_text(exporter.from_notebook_node(deck)[0], encoding="utf-8")
    links = "\n".join(f'<li><a href="{path.name}">{escape(title)}</a></li>' for path, title in titles.items())
    (folder / "index.html").write_text(CONTENTS.format(links), encoding="utf-8")
    return [*titles]


def add_to_site(app, exception):
    """Write the decks into a site that Sphinx has just built."""
    if exception is None:
        write(Path(app.outdir) / "slides")


def deck_of(notebook, name):
    """Return a notebook of what is on a lesson's slides and in their notes; `name` is that of the lesson's page."""
    cells = []
    for cell in notebook.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type")
        if kind in (*ON_SLIDES, "notes"):
            cells += from_text(cell, kind) if cell.cell_type == "markdown" else from_code(cell, kind, name)
    deck = nbformat.v4.new_notebook(cells=cells)
    if cells:
        deck.metadata["title"] = re.match("# (.*)", cells[0].source)[1]
        cells.insert(1, text(f"[Stable Gradients: the lesson](../notebooks/{name}.html)", "-", "links"))
    for slide in slides(cells):
        slide[0].metadata["layout"] = layout(slide)
    return deck


def from_text(cell, kind):
    """Return the cells into which a Markdown cell goes: for each of its slides what is shown, and what is said."""
    source = LINK.sub(r"\1", cell.source.strip())
    if kind == "notes":
        return [text(source, kind)]
    wanted = set(cell.metadata.get("slide", {}).get("show", SHOWN))
    cells, shown, said = [], [], []
    for paragraph in re.split(r"\n\s*\n", source):
        if kind_of(paragraph) == "heading":
            if any(kind_of(part) != "heading" for part in shown):
                cells += beside(shown, kind, said)
                kind, said = "slide", []
            shown = []
        part = part_of(paragraph, wanted)
        shown += [part] if part else []
        said += [paragraph] if part != paragraph else []
    return cells + (beside(shown, kind, said) if shown else beside(said, kind))


def kind_of(paragraph):
    """Return the kind of a paragraph as it begins, or "bold", of which a slide shows what is bold."""
    return next((kind for kind, begin in BEGINS.items() if re.match(begin, paragraph)), "bold")


def part_of(paragraph, wanted):
    """Return what a slide that wants these kinds shows of a paragraph; nothing is an empty string.

    Of an exercise that is two sentences, of a paragraph that begins in bold all of it, of any other what is bold in it.
    """
    kind = kind_of(paragraph)
    if kind not in wanted:
        return ""
    if exercise := EXERCISE.match(paragraph):
        return exercise[0] + beginning(paragraph[exercise.end() :])
    if kind != "bold" or paragraph.startswith("**"):
        return paragraph
    return " ".join(re.findall(r"\*\*.+?\*\*", paragraph, re.DOTALL))


def beginning(words):
    """Return the first two sentences, or all where there are fewer."""
    found = re.match(r"(.*?[.?](?=\W*(\s|$))\S*){2}", words, re.DOTALL)
    return found[0] if found else words


def from_code(cell, kind, name):
    """Return the cells into which a code cell goes: what is shown of its outputs or code, and what is said.

    The picture of a lab gets a link to its place on the page of this name, where it moves.
    """
    outputs = [output for output in cell.outputs if not is_empty(output)]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    worded = [output for output in outputs if "text/markdown" in output.get("data", {})]
    tags = [name for begin, name in KINDS.items() if re.search(begin, cell.source)] or ["printed"]
    for picture in pictures:
        picture.metadata["image/png"] = {"alt": alternative(picture)}
        tags = ["lab" if WIDGET in picture.data else "figure"]
        if tags == ["lab"]:
            picture.metadata["image/png"]["link"] = f"../notebooks/{name}.html#{lab_place(alternative(picture))}"
    for output in (*pictures, *worded):
        output.data.pop(WIDGET, None)
    if kind == "notes":
        return [code(cell, outputs, kind, tags)]
    shown = pictures or worded or outputs
    said = [output for output in outputs if output not in shown]
    if "answer" in tags:
        verdict, *replies = worded[0].data["text/markdown"].split("\n\n")
        return [text(verdict, kind, "answer"), text("\n\n".join(replies), "notes"), code(cell, said, "notes")]
    made = code(cell, shown, kind, [*tags, "narrow"] if shown and is_narrow(shown) else tags)
    if not shown:
        made.source = cell.source.split("\n\n\n")[0]
        made.metadata["shows_code"] = True
    return [made, *([code(cell, said, "notes")] if said else [])]


def is_narrow(outputs):
    """Tell whether what is printed leaves room for larger letters."""
    return max(len(line) for output in outputs for line in output.get("text", " " * WIDE).splitlines()) < WIDE


def text(source, kind, *tags):
    """Return a Markdown cell of a deck."""
    return nbformat.v4.new_markdown_cell(source, metadata={"slideshow": {"slide_type": kind}, "tags": [*tags]})


def code(cell, outputs, kind, tags=()):
    """Return a code cell of a deck, with these outputs of a lesson's cell."""
    metadata = {"slideshow": {"slide_type": kind}, "tags": [*tags]}
    return nbformat.v4.new_code_cell(cell.source, outputs=outputs, metadata=metadata)


def beside(shown, kind, said=()):
    """Return the cell of the paragraphs that are shown, and that of those that are said beside it."""
    tags = ["exercise"] if any(map(EXERCISE.match, shown)) else []
    cells = [text("\n\n".join(shown), kind, *tags)]
    return [*cells, text("\n\n".join(said), "notes")] if said else cells


def slides(cells):
    """Return the slides of a deck, each as the list of its cells."""
    found = []
    for cell in cells:
        if cell.metadata["slideshow"]["slide_type"] in ("slide", "subslide"):
            found.append([])
        found[-1].append(cell)
    return found


def layout(slide):
    """Return how the parts of a slide lie: "title", "text", a picture "alone", or with words "beside" or "below" it."""
    shown = [cell for cell in slide if cell.metadata["slideshow"]["slide_type"] != "notes"]
    pictures = [cell.outputs[0].data["image/png"] for cell in shown if {"figure", "lab"} & {*cell.metadata["tags"]}]
    if not pictures:
        return "title" if shown[0].source.startswith("# ") else "text"
    if len(shown) == 1:
        return "alone"
    width, height = struct.unpack(">II", b64decode(pictures[0][:32])[16:])
    return "below" if width > 1.6 * height else "beside"
