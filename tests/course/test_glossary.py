"""The lessons agree with the glossary and with the page of notation."""

import re

import pytest
from notebook_files import ALL_NOTEBOOKS, FOLDER, FURTHER, name, read

from course.lessons import LESSONS

GLOSSARY = (FOLDER / "glossary.md").read_text(encoding="utf-8")
NOTATION = (FOLDER / "notation.md").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"(?ms)^## ([^\n]+)\n\n(.+?)\n(?=\n## |\Z)", GLOSSARY))
COURSE = [*(lesson.path for lesson in LESSONS), FURTHER / "06_what_networks_do_today.ipynb"]
LINK = r"\[\*?{}\*?\]\((?:\.\./)?glossary\.md#{}\)"
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(?!\s)([^$]+?)(?<!\s)\$", re.DOTALL)
WITHOUT_MEANING = set(  # of its own: layout, relations, functions that carry their name
    "approx arccos binom cdot cdots dots frac hat infty le left ln lVert overline pm propto qquad quad right rVert sim "
    "sqrt sum tanh tfrac times underbrace Bigl Bigr".split()
)


def texts(path):
    """Return the Markdown cells of a notebook."""
    return [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]


def prose(text):
    """Return a text without code, formulas, headings, and links that do not lead to the glossary."""
    text = re.sub(r"(?s)```.*?```|`[^`]*`", " ", text)
    text = FORMULA.sub(" ", text)
    text = re.sub(r"(?m)^#.*$", " ", text)
    return re.sub(r"\[[^\]]*\]\((?!(?:\.\./)?glossary\.md)[^)]*\)", " ", text)


def pattern(term):
    """Return a pattern for a term as it may stand in a text: in either number and case, broken by the end of a line."""
    words = r"\s+".join(re.escape(word) for word in term.split())
    return rf"(?i:{words}s?)"


def first_use(term):
    """Return the lesson that is the first to use a term, and whether it links to the glossary there; or None."""
    use = re.compile(rf"(?<![\w-]){pattern(term)}(?![\w-])")
    link = re.compile(LINK.format(pattern(term), term.replace(" ", "-")))
    for path in COURSE:
        for text in map(prose, texts(path)):
            if found := use.search(text):
                linked = link.search(text)
                return path.stem, bool(linked and linked.start() <= found.start() < linked.end())
    return None


def symbols(text):
    """Return the letters in the formulas of a text: a set, as in {"a", "n_{in}", "eta", "Var"}."""
    found = set()
    for formula in map("".join, FORMULA.findall(re.sub(r"(?s)```.*?```|`[^`]*`", " ", text))):
        formula = re.sub(r"\\text\{[^}]*\}|\\mathrm\{(?!Var\})\w+\}", " ", formula)  # words, which say what they are
        for one in re.findall(r"\\mathrm\{(Var)\}|([a-zA-Z]_\{[a-z]{2,}\})|\\([a-zA-Z]+)|([a-zA-Z])", formula):
            found.add("".join(one))
    return found - WITHOUT_MEANING


EXPLAINED = symbols("\n".join(re.findall(r"(?m)^\| (\$.+?) \| ", NOTATION)))  # what has a row of its own
USED = {name(path): set().union(*map(symbols, texts(path))) for path in ALL_NOTEBOOKS}


@pytest.mark.parametrize("term", ENTRIES)
def test_an_entry_leads_to_a_lesson_that_uses_it(term):
    (lesson,) = re.findall(r"\[(?:lesson|further) \d\]\(((?:further/)?\w+\.ipynb)\)", ENTRIES[term])
    use = re.compile(rf"(?<![\w-]){pattern(term)}(?![\w-])")
    assert any(use.search(prose(each)) for each in texts(FOLDER / lesson))


@pytest.mark.parametrize("term", ENTRIES)
def test_a_term_is_linked_where_the_course_first_uses_it(term):
    lesson, is_linked = first_use(term)
    assert is_linked, lesson


@pytest.mark.parametrize("path", ALL_NOTEBOOKS, ids=name)
def test_links_to_words_and_symbols_lead_to_an_entry(path):
    for text in texts(path):
        for target in re.findall(r"\]\((?:\.\./)?glossary\.md#([^)]*)\)", text):
            assert target.replace("-", " ") in ENTRIES or target in ENTRIES


@pytest.mark.parametrize("path", ALL_NOTEBOOKS, ids=name)
def test_every_letter_in_a_formula_is_on_the_page_of_notation(path):
    assert USED[name(path)] - EXPLAINED == set()


def test_entries_are_in_their_order_and_every_letter_on_the_page_of_notation_is_used():
    assert list(ENTRIES) == sorted(ENTRIES) == re.findall(r"(?m)^## (.+)$", GLOSSARY)
    assert EXPLAINED - set().union(*USED.values()) == set()
