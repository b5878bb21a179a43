"""Prints text, tables, JSON and errors on the terminal, without control characters."""

import codecs
import io
import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from automator.language import ENGLISH, Translator, render_problems
from automator.model import N_, AutomatorError, Problem
from automator.model.errors import SettingsProblemsError

#: Control characters, and marks that change the direction of writing: a stranger's comment must not
#: move the cursor, rewrite earlier lines or hide its own end.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class TerminalTranslator(Translator):
    """The translator of the terminal, whose language is chosen when a command begins."""

    def choose(self, language: str, zone: tzinfo | None = None) -> None:
        """Writes everything in this language from now on, and times in this zone."""
        Translator.__init__(self, language, zone)


TRANSLATOR = TerminalTranslator(ENGLISH)

#: Shown below a page of a list that is not the last one.
GOES_ON = N_("there are more: --cursor {cursor}")
#: Shown after a sign-in link of the public address, which may not lead to this server yet.
LINK_HERE = N_("the same on this machine: {url}")


def prepare_output() -> None:
    """Flushes output after every line, and writes codes for letters that the terminal lacks.

    A journal or a pipe must get the sign-in link at once, not when the server ends months later.
    A terminal without UTF-8 must not make a command fail.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")


def visible(text: str) -> str:
    r"""`text` on one line, with every steering character written out, as in `\x1b`."""
    return _STEERING.sub(_write_out, text)


def local_time(ms: int) -> str:
    """Writes a time in milliseconds without the year, in the chosen zone or else the machine's."""
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(TRANSLATOR.zone):%m-%d %H:%M:%S}"


def time_or(moment: str | None, otherwise: str) -> str:
    """Writes a time of the API in the settings' zone; `otherwise` if there is no time."""
    return TRANSLATOR.time(moment) if moment else otherwise


def visible_lines(text: str) -> str:
    """Makes each line `visible`, and keeps the line ends."""
    return "\n".join(visible(line) for line in text.split("\n"))


def _write_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    if found[0] == "\n":
        return " ⏎ "
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def say(text: str = "") -> None:
    """Prints one or more lines for the person at the terminal."""
    print(visible_lines(text))


def say_beside(text: str) -> None:
    """Prints lines for a person on standard error, where programs do not read them."""
    print(visible_lines(text), file=sys.stderr)


def problems_in_words(problems: Iterable[Problem]) -> str:
    """Writes all problems of files, each with its position and its fix."""
    return render_problems(problems, TRANSLATOR)


def say_json(value: Any) -> None:
    """Prints one line of JSON for a program, in ASCII unless the output is UTF-8.

    Characters that control a terminal are escaped, because a person may read the line.
    """
    is_ascii = codecs.lookup(sys.stdout.encoding or "utf-8").name != "utf-8"
    line = json.dumps(value, ensure_ascii=is_ascii, separators=(",", ":"))
    print(_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", line))


def say_error(error: AutomatorError, about: str = "") -> None:
    """Prints an error's message and fix on standard error; `about` names its subject."""
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
    """Lays out rows below a header, with each column as wide as its longest cell."""
    lines = [list(header), *[[visible(cell) for cell in row] for row in rows]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
