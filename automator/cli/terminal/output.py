"""Prints text without control characters, tables, JSON, and errors with their fixes."""

import codecs
import io
import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from automator.language import ENGLISH, Translator, problem_as_data, render_problems
from automator.model import N_, AutomatorError, Problem, Reason
from automator.model.errors import SettingsProblemsError

#: Control characters, and the marks that turn the direction of writing: what a stranger wrote in a
#: comment must not move the cursor, rewrite earlier lines or hide its own end.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class TerminalTranslator(Translator):
    """The translator of the terminal, whose language is chosen when a command begins."""

    def choose(self, language: str, zone: tzinfo | None = None) -> None:
        """Says everything in this language from now on, and times in this zone."""
        Translator.__init__(self, language, zone)


TRANSLATOR = TerminalTranslator(ENGLISH)

#: Beside a sign-in link of the public address, which may not lead here yet.
LINK_HERE = N_("the same on this machine: {url}")


def prepare_output() -> None:
    """Makes output appear line by line, with codes in place of letters that the terminal lacks.

    A journal or a pipe gets each line at once as well: the sign-in link of a server that runs for
    months must not wait for its end. And a terminal without UTF-8 is no reason to fail.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")


def state_word(label: str) -> str:
    """The state of a run in the chosen language."""
    return TRANSLATOR.state(label)


def visible(text: str) -> str:
    r"""`text` on one line, with every steering character written out, as in `\x1b`."""
    return _STEERING.sub(_write_out, text)


def local_time(ms: int) -> str:
    """A time in milliseconds in the chosen zone, or else that of this machine, without the year."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(TRANSLATOR.zone):%m-%d %H:%M:%S}"


def time_or(moment: str | None, otherwise: str) -> str:
    """A time of the API in the zone of the settings; `otherwise` without a time."""
    return TRANSLATOR.time(moment) if moment else otherwise


def visible_lines(text: str) -> str:
    """As `visible`, but the line ends of our own layout stay."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _write_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    if found[0] == "\n":
        return " ⏎ "
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def say(text: str = "") -> None:
    """One or more lines for the person at the terminal."""
    print(visible_lines(text))


def say_beside(text: str) -> None:
    """Lines for a person, on standard error: a program that reads the output does not get them."""
    print(visible_lines(text), file=sys.stderr)


def in_words(reason: Reason | None) -> str:
    """A reason as a sentence; "" for none."""
    return TRANSLATOR.say(reason)


def problems_in_words(problems: Iterable[Problem]) -> str:
    """All problems of files, each with its place and its fix."""
    return render_problems(problems, TRANSLATOR)


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem of a file for a program: its place, its codes and values, and their sentences."""
    return problem_as_data(problem, TRANSLATOR)


def say_json(value: Any) -> None:
    """One line of JSON for a program, valid in every encoding, with no character that steers the
    terminal of a person who reads it.
    """
    is_ascii = codecs.lookup(sys.stdout.encoding or "utf-8").name != "utf-8"
    line = json.dumps(value, ensure_ascii=is_ascii, separators=(",", ":"))
    print(_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line))


def say_error(error: AutomatorError, about: str = "") -> None:
    """Prints the message and the fix on standard error, behind the name of the thing they are
    `about`.
    """
    wrong, fix = TRANSLATOR.error(error)
    wrong = f"{about}: {wrong}" if about else wrong
    text = f"{wrong}\n  {TRANSLATOR(N_('fix'))}: {fix}" if fix else wrong
    if isinstance(error, SettingsProblemsError):
        first_line = TRANSLATOR.counted(
            "automator.yaml has {count} problem:",
            "automator.yaml has {count} problems:",
            len(error.problems),
        )
        text = f"{first_line}\n{problems_in_words(error.problems)}"
    say_beside(text)


def table(rows: Sequence[Sequence[str]], header: Sequence[str]) -> str:
    """Columns as wide as their longest cell."""
    lines = [list(header), *[[visible(cell) for cell in row] for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
