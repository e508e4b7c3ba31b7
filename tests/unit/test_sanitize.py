"""What strict nbval compares of a printed result: all but the figures that a training run has measured."""

import configparser
import re
from pathlib import Path

import numpy as np
import pytest

from helpers.claims import claim, to_html
from helpers.training import Runs

RULES = configparser.ConfigParser()
RULES.read(Path(__file__).parents[1] / "nbval_sanitize.cfg", encoding="utf-8")


def compared(text):
    for rule in RULES.sections():
        text = re.sub(RULES[rule]["regex"], RULES[rule]["replace"], text)
    return text


def results(**final):
    """Return a comparison whose models end at these accuracies, one for each seed."""
    histories = {name: tuple({"val_accuracy": [value]} for value in values) for name, values in final.items()}
    return Runs(tuple(range(len(next(iter(final.values()))))), 1, histories)


@pytest.mark.parametrize("form", [str, lambda text: to_html([text])], ids=["text", "HTML"])
def test_of_a_claim_all_but_the_figures_measured(form, capsys):
    def line(value, sentence="it grows", **bound):
        claim(sentence, value, **bound)
        return compared(form(capsys.readouterr().out))

    assert line([1, 2], above=0) == line(3, above=0) == line([1e5, np.pi], above=0)
    assert len({line(1, above=0), line(1, above=0.5), line(-1, above=0), line(1, below=2)}) == 4
    paired = "it is 0.{} above the other, no detectable difference (-.1 to 0.{}, 6 paired seeds, p {})"
    assert line(True, paired.format(1, 3, "= .05")) == line(True, paired.format(2, 4, "< .001"))


def test_of_a_table_the_names_and_the_number_of_seeds():
    table = compared(results(ReLU=[0.95, 0.97], SELU=[0.8, 0.81]).table())
    assert table == compared(results(ReLU=[0.9501, 0.96], SELU=[0.79, 0.82]).table())
    assert table != compared(results(ReLU=[0.95, 0.97], ELU=[0.8, 0.81]).table())
    assert table != compared(results(ReLU=[0.95, 0.97, 0.96], SELU=[0.8, 0.81, 0.8]).table())


def test_of_a_paired_difference_its_direction_and_its_verdict():
    def line(differences):
        base = np.linspace(0.5, 0.6, len(differences))
        return compared(str(results(a=base + differences, b=base).paired("a", "b")))

    above = line(np.array([0.2, 0.21, 0.22, 0.2, 0.19, 0.21]))
    assert above == line(np.array([0.1, 0.21, 0.32, 0.2, 0.19, 0.21]))
    assert above != line(-np.array([0.2, 0.21, 0.22, 0.2, 0.19, 0.21]))
    unclear = line(np.array([0.2, -0.21, 0.22, -0.2, 0.19, -0.21]))
    assert "no detectable difference" in unclear and unclear == line(np.array([0.1, -0.11, 0.12, -0.1, 0.2, -0.21]))
