"""Numbers and their course in words."""

import pytest

from course.labs.words import course, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (0.01234, "0.0123"),
        (1, "1"),
        (9.996, "10"),
        (1000, "1,000"),
        (123456, "123,000"),
        (1.4e-31, "1.4e-31"),
        (4.5e16, "4.5e+16"),
        (-0.3, "-0.3"),
    ],
)
def test_a_number_has_three_digits_and_reads_as_one_writes_it(value, text):
    assert number(value) == text


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
def test_the_course_of_a_quantity_is_told_by_its_ends(first, last, words):
    assert words in course("the signal", first, last, "up")
