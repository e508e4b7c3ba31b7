"""The book as a built site: what its pages hold, and what the tests of book and slides ask of them."""

from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from notebook_files import WIDGET, code_cells

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}  # by the browser, by itself


@cache
def page(path):
    """Return a page as a tree of its elements; it is read once."""
    return BeautifulSoup(Path(path).read_text(encoding="utf-8"), "html.parser")


@cache
def places(path):
    """Return the names of the places on a page to which a link can lead."""
    return {each["id"] for each in page(path).find_all(id=True)}


def descriptions(notebook):
    """Return the descriptions that are stored with the pictures of a notebook, those of labs too."""
    return [
        output.data["text/plain"] if WIDGET in output.data else output.metadata["image/png"]["alt"]
        for cell in code_cells(notebook)
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]


def pages(site):
    """Return the paths of a site's pages, sorted; what the theme brings along is none."""
    return sorted(path for path in site.rglob("*.html") if path.relative_to(site).parts[0] != "_static")


def wrong_links(site):
    """Return what leads nowhere, and what a page loads from elsewhere, as strings "page: address"."""
    found = []
    for path in pages(site):
        found += [f"{path.relative_to(site)}: {address}" for address in addresses(path) if not is_right(path, *address)]
    return found


def addresses(path):
    """Return the addresses on a page, each with whether the browser loads it by itself."""
    tree = page(path)
    found = [(link["href"], False) for link in tree.find_all("a", href=True)]
    for tag, attribute in LOADED.items():
        found += [(each[attribute], True) for each in tree.find_all(tag, {attribute: True})]
    return found


def is_right(path, address, is_loaded):
    """Tell whether an address leads to a file of the site and to a place on it, or, of a link, to another site."""
    parts = urlsplit(address)
    if parts.scheme in ("http", "https", "mailto"):
        return not is_loaded
    if parts.scheme == "data":
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return False
    if parts.fragment.startswith("lab:"):
        return target == path and bool(page(path).select("[data-lab]"))
    return not parts.fragment or unquote(parts.fragment) in places(target)


def open_page(browser, path, anchor="", **options):
    """Open a page from disk, at an anchor; return its tab, and what has failed, warned or left the disk by then."""
    tab, wrong = browser.new_page(**options), []
    is_here = ("file:", "data:", "blob:")
    tab.on("request", lambda request: None if request.url.startswith(is_here) else wrong.append(request.url))
    tab.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    tab.goto(path.as_uri() + anchor, wait_until="load")
    return tab, wrong


def findings(tab, within="html", **options):
    """Return what axe finds on a page or in a part of it: rules, each with the first element that breaks it.

    Formulas are left out: they are thousands of paths, with MathML beside them for who cannot see them.
    """
    context = {"include": [[within]], "exclude": [["mjx-container"]]}
    found = Axe().run(tab, context, {"resultTypes": ["violations"], "preload": False, **options}).response
    return [(rule["id"], len(rule["nodes"]), rule["nodes"][0]["html"]) for rule in found["violations"]]
