"""The teacher's guide: its page for each lesson, and the tables on it."""

import re

from notebook_files import FOLDER

GUIDE = FOLDER.parent / "TEACHING.md"


def pages(guide):
    """Return the guide's page of each lesson, by number."""
    _, *parts = re.split(r"(?m)^## (?:Lesson (\d)\.)?.*$", guide)
    return {int(number): page for number, page in zip(parts[::2], parts[1::2], strict=True) if number}


def rows(page, head):
    """Return the rows of the table whose head begins with these words: lists of cells, as text."""
    table = re.search(rf"(?m)^\| {re.escape(head)}.*\n\|[-|: ]+\n((?:\|.*\n?)+)", page)
    lines = table[1].splitlines() if table else []
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]
