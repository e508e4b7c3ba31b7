"""The course as a site that needs no network: the settings of Sphinx. `make book` builds it from the stored outputs.

The root of the repository is Sphinx's source folder, since the pages are the notebooks, the README and the guide where
they are. What a page needs and the notebook's file does not say is in `adapt.py`.
"""

from course.site import adapt, recordings, slides

project = "Stable Gradients"
author = "the authors of Stable Gradients"
language = "en"
root_doc = "course/site/index"
NOTEBOOKS = ["notebooks/0*.ipynb", "notebooks/clinic.ipynb", "notebooks/further/0*.ipynb"]  # and no copies beside them
include_patterns = ["*.md", "course/site/index.md", "notebooks/*.md", *NOTEBOOKS]
exclude_patterns = [".*", "_build", "artefacts"]  # not to look into

extensions = ["myst_nb", "sphinx.ext.mathjax"]
nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]  # its picture or text instead
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
myst_dmath_double_inline = True

mathjax_path = slides.MATHJAX.name  # one file, which draws its glyphs: no font to load
mathjax3_config = {"options": {"enableMenu": False}, "svg": {"fontCache": "global"}}

html_theme = "sphinx_book_theme"
html_title = project
html_theme_options = {
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # the search stands beside the pages already
    "home_page_in_toc": True,
}
html_context = {"default_mode": "auto"}
html_sidebars = {"**": ["search-button-field.html", "sbt-sidebar-nav.html"]}
html_static_path = ["_static", str(slides.MATHJAX)]
html_extra_path = ["_root"]
html_css_files = ["book.css"]
html_copy_source = False
html_use_index = False
html_show_sourcelink = False
html_show_search_summary = False  # it fetches pages, which no browser allows from disk
html_show_copyright = False


def setup(app):
    """Let `adapt` see each notebook before it is parsed, and each page's HTML; add the rest.

    `-D recorded=few` records less, for tests.
    """
    app.add_config_value("recorded", recordings.ALL, "html", str)
    app.connect("source-read", adapt.prepare)
    app.connect("html-page-context", adapt.finish)
    app.connect("build-finished", slides.add_to_site)
    app.connect("build-finished", recordings.add_to_site)
