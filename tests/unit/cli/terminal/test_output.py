"""What the commands print cannot steer a terminal and says what it must."""

import json
from contextlib import redirect_stdout
from io import StringIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from automator.cli.terminal.output import say_error, say_json, table, visible, visible_lines
from automator.engine.replay.filter_syntax import run_filter
from automator.model import UsageError


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;x\x07", "\\x1b[2J\\x1b]0;x\\x07"),
        ("x\r\nadmin signed in", "x\\x0d ⏎ admin signed in"),
        ("gi\u202eá", "gi\\u202eá"),
        ("dòng một\u2028dòng hai", "dòng một\\u2028dòng hai"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_text_from_outside_cannot_steer_the_terminal(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


def test_vietnamese_text_and_emoji_stay_as_they_are() -> None:
    assert visible("Áo này giá bao nhiêu ạ? 👗") == "Áo này giá bao nhiêu ạ? 👗"


@given(st.text())
def test_any_text_becomes_one_line_without_control_characters(text: str) -> None:
    shown = visible(text)

    assert shown.splitlines() in ([], [shown])
    assert not any(letter < " " or "\x7f" <= letter <= "\x9f" for letter in shown)


@given(st.text())
@example("\x9b31m gi\u202eá \u061c\u200f\u2028")
def test_json_holds_every_text_and_no_control_character(text: str) -> None:
    with redirect_stdout(StringIO()) as printed:
        say_json({"text": text})

    line = printed.getvalue()
    assert json.loads(line) == {"text": text}
    assert visible(line[:-1]) == line[:-1]


def test_our_own_line_ends_stay() -> None:
    assert visible_lines("one\ntwo\x1b") == "one\ntwo\\x1b"


def test_columns_are_as_wide_as_their_longest_cell() -> None:
    assert table([["a", "long cell"], ["bcd", "x\x1b"]], ["id", "text"]) == (
        "id   text\na    long cell\nbcd  x\\x1b"
    )


def test_an_error_is_said_in_the_chosen_language(
    in_vietnamese: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        run_filter({"reason": "{x}"}, 0)

    say_error(caught.value)

    assert capsys.readouterr().err == (
        "không có lý do '{x}'\n  cách sửa: `automator help reasons` và"
        " /help/reference/reasons.html liệt kê mọi mã.\n"
    )
    assert caught.value.message == "there is no reason '{x}'"
