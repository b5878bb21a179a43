"""Cron lines: what each form means, and what is wrong with those that mean nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.conditions import Finding
from automator.rules.reading.cron import Cron, parse_cron
from tests.support.words import advice_on, said


def lines(text: str) -> list[str]:
    cron = parse_cron(text)
    assert isinstance(cron, Cron), cron
    return [" ".join(line) for line in cron.lines]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("0 9 * * mon-fri", ["0 9 * * mon,tue,wed,thu,fri"]),
        ("0 9 * * 1-5", ["0 9 * * mon,tue,wed,thu,fri"]),
        ("*/15 * * * *", ["0,15,30,45 * * * *"]),
        ("10-20/5 8,17 * * *", ["10,15,20 8,17 * * *"]),
        ("30/10 * * * *", ["30,40,50 * * * *"]),
        ("0 0 * * 0", ["0 0 * * sun"]),
        ("0 0 * * 7", ["0 0 * * sun"]),
        ("0 0 * * SAT-Sunday", ["0 0 * * sun,sat"]),
        ("0 0 * * fri-mon", ["0 0 * * sun,mon,fri,sat"]),
        ("0 0 * * 0-6", ["0 0 * * *"]),
        ("0 0 l jan-mar *", ["0 0 last 1,2,3 *"]),
        ("0 0 1,L December *", ["0 0 1,last 12 *"]),
        ("  0   0 1 1 *  ", ["0 0 1 1 *"]),
        ("@Daily", ["0 0 * * *"]),
        # As in every cron: the first of the month, or a Monday.
        ("0 0 1 * mon", ["0 0 1 * *", "0 0 * * mon"]),
        # With a star in front of one, both have to hold.
        ("0 0 */10 * mon", ["0 0 1,11,21,31 * mon"]),
    ],
)
def test_a_line_is_written_out(text: str, meaning: list[str]) -> None:
    assert lines(text) == meaning


@pytest.mark.parametrize(
    ("text", "marked", "words"),
    [
        ("0 9 * * mon-fry", "fry", "no day of the week"),
        ("0 25 * * *", "25", "they go from 0 to 23"),
        ("60 * * * *", "60", "they go from 0 to 59"),
        ("0 0 0 * *", "0", "they go from 1 to 31"),
        ("0 0 * 13 *", "13", "they go from 1 to 12"),
        ("*/0 * * * *", "0", "not a step"),
        ("*/90 * * * *", "90", "more than all minutes"),
        ("0 17-8 * * *", "17-8", "ends before it begins"),
        ("0 0 31 feb *", "31", "this never fires"),
        ("0 0 30,31 2 *", "30,31", "this never fires"),
        ("0 0 31 2,4,6 *", "31", "this never fires"),
        ("0 0 * *", "0 0 * *", "these are 4 fields"),
        ("5 0 9 * * *", "5 0 9 * * *", "these are 6 fields"),
        ("0 24 * * *", "24", "they go from 0 to 23"),
        ("0 9 ? * mon", "?", "no sign of cron"),
        ("@dayly", "@dayly", "no shortcut"),
        ("0 , * * *", ",", "no hour"),
        ("", "", "these are 0 fields"),
    ],
)
def test_a_mistake_is_marked_and_said_in_words(text: str, marked: str, words: str) -> None:
    fault = parse_cron(text)

    assert isinstance(fault, Finding)
    assert text[fault.offset : fault.offset + fault.length] == marked
    assert words in said(fault.reason)
    assert advice_on(fault.reason)


@pytest.mark.parametrize(("text", "every"), [("*/7 * * * *", "7m"), ("0 */5 * * *", "5h")])
def test_steps_that_do_not_divide_their_field_are_warned_of(text: str, every: str) -> None:
    cron = parse_cron(text)

    assert isinstance(cron, Cron)
    (warning,) = cron.warnings
    assert f"every: {every}" in advice_on(warning.reason)


@given(st.text(alphabet="0123456789*/-,lLmonsujaf @\t", max_size=30))
def test_every_text_is_a_cron_line_or_has_a_mistake_inside_it(text: str) -> None:
    found = parse_cron(text)

    if isinstance(found, Finding):
        assert 0 <= found.offset <= len(text)
        assert said(found.reason)
    else:
        assert all(len(line) == 5 for line in found.lines)


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("09:30", "30 9 * * *"),
        ("9h", "0 9 * * *"),
        ("21h05", "5 21 * * *"),
        ("every day at 9 am", "0 9 * * *"),
        ("hằng ngày lúc 8h tối", "0 20 * * *"),
        ("0 0 9 * * *", "0 9 * * *"),
        ("0 0 9 ? * mon-fri", "0 9 * * mon-fri"),
        ("0 9 * * 1, 3, 5", "0 9 * * 1,3,5"),
        ("0 9 * * thứ 2-6", "0 9 * * mon-fri"),
        ("0 9 * * thứ 2-cn", "0 9 * * mon-sun"),
    ],
)
def test_a_line_that_can_only_mean_another_one_is_said_as_that(text: str, better: str) -> None:
    fault = parse_cron(text)

    assert isinstance(fault, Finding)
    assert fault.reason.params["better"] == better
    assert isinstance(parse_cron(better), Cron)


@pytest.mark.parametrize("text", ["24h", "9:75", "0 0 9 * * thứ 9", "0 0 25 * * *", "x, y z, * *"])
def test_no_line_is_made_of_what_could_be_several(text: str) -> None:
    fault = parse_cron(text)

    assert isinstance(fault, Finding)
    assert "better" not in fault.reason.params
