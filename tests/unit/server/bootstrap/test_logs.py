"""A record of the server's log is one line, whatever is in it."""

import json
import logging
import sys

import psycopg
import pytest

from automator.model import AutomatorError, Problem, StoreUnavailableError
from automator.reasons.attempts.actions import cancels_all
from automator.reasons.database import database_unreached, store_is_closed
from automator.reasons.problems.shape import shape_missing_key
from automator.server.bootstrap.process import JsonFormatter, LineFormatter

PROBLEM = Problem(
    file="price.yaml",
    line=5,
    column=1,
    reason=shape_missing_key(part="a rule", key="id"),
    code="missing-key",
)


def formatted(message: str, *arguments: object, error: bool = False, as_json: bool = False) -> str:
    exc_info = None
    if error:
        try:
            raise ValueError("first line\nsecond line")
        except ValueError:
            exc_info = sys.exc_info()
    record = logging.LogRecord("automator", logging.INFO, "", 0, message, arguments, exc_info)
    return (JsonFormatter() if as_json else LineFormatter()).format(record)


@pytest.mark.parametrize(
    "text",
    [
        "x\n2026-11-24 INFO admin signed in",
        "\x1b[2J\x1b]0;x\x07",
        "\r",
        "\u2028",
        "\u202e",
        "\u061c",
        "\u200f",
    ],
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


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (store_is_closed(), "the store is closed (store_is_closed); fix: Start the server again."),
        (
            StoreUnavailableError(database_unreached()),
            (
                "the database cannot be reached (store_unavailable); fix: Check the database"
                " server and its address; a running server connects again by itself."
            ),
        ),
        (AutomatorError("no disk {name}", name="sda", code="gone"), "no disk sda (gone)"),
        (psycopg.OperationalError("it is gone\n\tIs it running?"), "it is gone Is it running?"),
        ([cancels_all(), 3], "cancels the waiting follow-ups (cancels_all); 3"),
        (7, "7"),
    ],
)
def test_a_record_says_reasons_and_errors_in_words(value: object, said: str) -> None:
    assert formatted("work.failed work=%r: %s", "x", value).endswith(
        f" INFO work.failed work='x': {said}"
    )


def test_a_record_names_a_problem_of_a_file_as_the_commands_do() -> None:
    line = formatted("rules.refused first: %s", PROBLEM)

    assert "first: price.yaml:5: a rule has no 'id', which it needs [missing-key]" in line


def test_a_record_as_json_has_its_code_and_its_values_with_their_types() -> None:
    line = formatted(
        "token.not_renewed connection=%s times=%d who=%r: %s",
        *("shop", 3, "hoà\n"),
        StoreUnavailableError(database_unreached()),
        as_json=True,
    )

    said = json.loads(line)
    assert line.isprintable()
    assert (said["level"], said["code"]) == ("INFO", "token.not_renewed")
    assert said["values"] == {
        "connection": "shop",
        "times": 3,
        "who": "hoà\n",
        "reason": "store_unavailable",
    }
    assert said["text"].startswith("token.not_renewed connection=shop times=3 who='hoà")
    assert "the database cannot be reached" in said["text"]
    assert said["time"].endswith("Z")


def test_a_record_as_json_is_one_bounded_line_with_its_traceback() -> None:
    line = formatted("store.failed name=%s", "\u2028x" * 1_000_000, error=True, as_json=True)

    said = json.loads(line)
    assert line.isprintable()
    assert "ValueError: first line\nsecond line" in said["traceback"]
    assert len(line) < 100_000


def test_a_record_of_a_library_without_a_code_is_said_as_json_too() -> None:
    said = json.loads(formatted("it is gone", as_json=True))

    assert (said["code"], said["text"], said["values"]) == (None, "it is gone", {})
