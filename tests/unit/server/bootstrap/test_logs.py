"""A record of the server's log is one line, whatever is in it."""

import logging
import sys

import pytest

from automator.server.bootstrap.logs import LineFormatter


def formatted(message: str, *, error: bool = False) -> str:
    exc_info = None
    if error:
        try:
            raise ValueError("first line\nsecond line")
        except ValueError:
            exc_info = sys.exc_info()
    record = logging.LogRecord("automator", logging.INFO, "", 0, message, (), exc_info)
    return LineFormatter().format(record)


@pytest.mark.parametrize(
    "text",
    ["x\n2026-11-24 INFO admin signed in", "\x1b[2J\x1b]0;x\x07", "\r", "\u2028", "\u202e"],
)
def test_data_in_a_record_begins_no_line_and_moves_no_cursor(text: str) -> None:
    line = formatted(f"name={text}")

    assert line.isprintable()


def test_a_traceback_stays_on_the_line_of_its_record() -> None:
    line = formatted("store.failed", error=True)

    assert "ValueError" in line
    assert "\n" not in line


def test_a_huge_record_is_cut() -> None:
    assert len(formatted("x" * 1_000_000)) == 4096
