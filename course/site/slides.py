"""The decks: what of a lesson stands on its slides, and what its teacher says beside them. `make slides` builds them.

A cell is on a slide if its metadata say so, as JupyterLab's property inspector sets them (`slideshow.slide_type`):
"slide" and "subslide" begin one, "fragment" joins it at the next key, "notes" is for the speaker. A cell that says
nothing is left out, so that the author of a new one need not think of slides.

What is too long for a slide goes to the speaker's notes. Of a Markdown cell a slide shows the kinds of paragraphs in
`SHOWN`, or those that `slide.show` in its metadata names (all where there are none); a further heading begins a further
slide. Of a code cell it shows the pictures, else what is printed, else the first of its code, up to two empty lines.
"""

import re
import shutil
import struct
from base64 import b64decode
from dataclasses import dataclass
from html import escape
from importlib.metadata import distribution
from pathlib import Path

import nbformat
from nbconvert.filters import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from sphinx.highlighting import PygmentsBridge
from sphinx.util.template import FileRenderer

from course.lessons import LESSONS
from course.site.adapt import KINDS, UNFOLDS, WIDGET, alternative, is_empty, lab_place

HERE = Path(__file__).parent
REVEAL = distribution("sphinx-revealjs").locate_file("sphinx_revealjs/_static/revealjs")
MATHJAX = distribution("sphinx-mathjax-offline").locate_file("sphinx-mathjax-offline/static/mathjax/tex-svg.js")
STATIC = [
    *(REVEAL / name for name in ("dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js", "LICENSE")),
    HERE / "_slides" / "slides.css",
]
BEGINNINGS = {"heading": "#", "formula": r"\$\$", "table": r"\|", "list": r"([-*]|\d+\.) "}  # of paragraphs, by kind
SHOWN = {"heading", "bold", "formula", "table", "list"}
WIDE = 63  # letters a line
LINK = re.compile(r"\[([^\]]+)\]\((?:https?:|#|[\w./]+\.(?:md|ipynb))[^)]*\)")
EXERCISE = re.compile(r"\*\*\d\.\d\b(?!,)[^*]*\*\*(?: \(\w+\))?")
CODE = PygmentsBridge("html", "a11y-high-contrast-light")


@dataclass(frozen=True)
class Part:
    """A part of a slide, or of the notes beside it."""

    kind: str  # as `slideshow.slide_type`; "-" is on the slide from the beginning
    classes: str  # of its element
    html: str
    picture: str = ""  # of a figure or a lab, a PNG in base64


def write(folder):
    """Write a deck for each lesson, with all that it loads, and a page that lists them.

    Beside `folder` lie the site's folders "_static", with MathJax, and "notebooks", where the links to lessons lead.
    """
    (folder / "_static").mkdir(parents=True, exist_ok=True)
    for file in STATIC:
        shutil.copy(file, folder / "_static")
    templates, titles = FileRenderer(HERE / "_slides"), {}
    for lesson in LESSONS:
        notebook = nbformat.read(lesson.path, as_version=4)
        titles[lesson.name] = re.match("# (.*)", notebook.cells[0].source)[1]
        slides = [(layout(slide), slide) for slide in slides_of(notebook, lesson.name)]
        about = {"title": titles[lesson.name], "slides": slides, "code_style": CODE.get_stylesheet()}
        (folder / f"{lesson.name}.html").write_text(templates.render("deck.html.j2", about), encoding="utf-8")
    (folder / "index.html").write_text(templates.render("index.html.j2", {"titles": titles}), encoding="utf-8")


def add_to_site(app, exception):
    """Write the decks into a site that Sphinx has just built."""
    if exception is None:
        write(Path(app.outdir) / "slides")


def slides_of(notebook, name):
    """Return the slides of a lesson, lists of Parts; `name` is that of its page in the book."""
    slides = []
    for cell in notebook.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "skip")
        if kind in ("slide", "subslide", "fragment", "notes"):
            for part in parts_of_text(cell, kind) if cell.cell_type == "markdown" else parts_of_code(cell, kind, name):
                if part.kind in ("slide", "subslide"):
                    slides.append([])
                slides[-1].append(part)
    slides[0].insert(1, text_part("-", f"[Stable Gradients: the lesson](../notebooks/{name}.html)", "links"))
    return slides


def layout(slide):
    """Return how the parts of a slide lie: "title", "text", a picture "alone", or with words "beside" or "below" it."""
    shown = [part for part in slide if part.kind != "notes"]
    picture = next((part.picture for part in shown if part.picture), None)
    if picture is None:
        return "title" if shown[0].html.startswith("<h1") else "text"
    if len(shown) == 1:
        return "alone"
    width, height = struct.unpack(">II", b64decode(picture[:32])[16:])  # every PNG has them there
    return "below" if width > 1.6 * height else "beside"


def divided(source, kind, kinds_shown=SHOWN):
    """Divide a text in Markdown into what its slides show and what their notes say: pairs of a kind and a text."""
    if kind == "notes":
        return [(kind, source)]
    slides, shown, notes = [], [], []
    for paragraph in re.split(r"\n\s*\n", source):
        if kind_of(paragraph) == "heading":
            if any(kind_of(each) != "heading" for each in shown):
                slides.append((kind, shown, notes))
                kind, notes = "slide", []
            shown = []
        part = part_of(paragraph, kinds_shown)
        shown += [part] if part else []
        notes += [paragraph] if part != paragraph else []
    slides.append((kind, shown, notes) if shown else (kind, notes, []))
    pairs = [pair for kind, shown, notes in slides for pair in ((kind, shown), ("notes", notes))]
    return [(kind, "\n\n".join(paragraphs)) for kind, paragraphs in pairs if paragraphs]


def kind_of(paragraph):
    """Return the kind of a paragraph as it begins, or "bold", of which a slide shows what is bold."""
    return next((kind for kind, beginning in BEGINNINGS.items() if re.match(beginning, paragraph)), "bold")


def part_of(paragraph, kinds_shown):
    """Return what a slide shows of a paragraph: two sentences of an exercise, else all of it, or what is bold in it."""
    kind = kind_of(paragraph)
    if kind not in kinds_shown:
        return ""
    if exercise := EXERCISE.match(paragraph):
        two_sentences = re.compile(r"(.*?[.?](?=\W*(\s|$))\S*){2}", re.DOTALL).match(paragraph, exercise.end())
        return paragraph[: two_sentences.end()] if two_sentences else paragraph
    if kind != "bold" or paragraph.startswith("**"):
        return paragraph
    return " ".join(re.findall(r"\*\*.+?\*\*", paragraph, re.DOTALL))


def parts_of_text(cell, kind):
    """Return the Parts of a Markdown cell."""
    kinds_shown = set(cell.metadata.get("slide", {}).get("show", SHOWN))
    pairs = divided(LINK.sub(r"\1", cell.source.strip()), kind, kinds_shown)
    return [text_part(kind, source, "exercise" if EXERCISE.search(source) else "") for kind, source in pairs]


def text_part(kind, source, classes=""):
    """Return the Part of a text in Markdown."""
    return Part(kind, f"markdown {classes}", html_of_markdown(source))


def parts_of_code(cell, kind, name):
    """Return the Parts of a code cell: what its slide shows of outputs or code, and the rest for the notes."""
    outputs = [output for output in cell.outputs if not is_empty(output)]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    texts = [output for output in outputs if "text/markdown" in output.get("data", {})]
    classes = [each for beginning, each in KINDS.items() if re.search(beginning, cell.source)]
    shown = (outputs if kind == "notes" else pictures) or texts or outputs
    notes = [Part("notes", "", "\n".join(html_of(each, name) for each in outputs if each not in shown))]
    if "answer" in classes and kind != "notes":
        verdict, _, replies = texts[0].data["text/markdown"].partition("\n\n")
        return [text_part(kind, verdict, "answer"), text_part("notes", replies), *(notes if notes[0].html else [])]
    if not shown:
        return [Part(kind, "code", CODE.highlight_block(cell.source.split("\n\n\n")[0], "ipython3"))]
    picture = ""
    if pictures:
        picture, classes = pictures[-1].data["image/png"], ["lab" if WIDGET in pictures[-1].data else "figure"]
    elif max(len(line) for output in shown for line in output.get("text", " " * WIDE).splitlines()) < WIDE:
        classes.append("narrow")
    html = "\n".join(html_of(output, name) for output in shown)
    return [Part(kind, " ".join(["code", *classes]), html, picture), *(notes if notes[0].html else [])]


def html_of(output, name):
    """Return the output of a cell as HTML; the picture of a lab leads to its place on the page of this name.

    What unfolds elsewhere, claims and descriptions, stands there whole: its plain text.
    """
    if output.output_type == "stream":
        return f"<pre>{ansi2html(output.text)}</pre>"
    data = output.data
    if "text/html" in data:
        unfolds = data["text/html"].startswith(UNFOLDS)
        return f"<p>{escape(data['text/plain'])}</p>".replace("\n", "<br>") if unfolds else data["text/html"]
    if "image/png" in data:
        text = alternative(output)
        picture = f'<img src="data:image/png;base64,{data["image/png"]}" alt="{escape(text)}">'
        page = f"../notebooks/{name}.html"
        link = f'<a class="open" href="{page}#{lab_place(text)}">Move it</a>' if WIDGET in data else ""
        return picture + link
    if "text/markdown" in data:
        return html_of_markdown(data["text/markdown"])
    return f"<pre>{ansi2html(data['text/plain'])}</pre>"


def html_of_markdown(source):
    """Return a text in Markdown as HTML; formulas stay as they are, for MathJax."""
    return MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source)
