"""Numbers, and how they change, in words."""

import pytest

from course.labs.words import describe_change, format_number


def test_a_number_has_three_digits_and_reads_as_one_writes_it():
    numbers = [0, -0.0, 0.01234, 1, 9.996, 1000, 123456, 1.4e-31, 4.5e16, -0.3]
    texts = ["0", "0", "0.0123", "1", "10", "1,000", "123,000", "1.4e-31", "4.5e+16", "-0.3"]
    assert [format_number(number) for number in numbers] == texts


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (1, 10.1, "grows"),
        (1, 9.9, "stays within a factor of 10"),
        (1, 0.11, "stays within a factor of 10"),
        (1, 0.09, "shrinks"),
        (1, 0, "vanishes altogether"),
        (1, float("inf"), "becomes infinite"),
        (float("nan"), 1, "becomes infinite"),
    ],
)
def test_the_change_of_a_quantity_is_told_by_its_ends(first, last, words):
    assert words in describe_change("the signal", first, last, "up")
