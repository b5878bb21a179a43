"""The command lines that the documents show."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import typer.main

from automator.cli.commands import program

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")], key=lambda path: path.as_posix()
)
#: A block for a terminal, or a command of ours in a sentence.
_SHOWN = re.compile(
    r"^ *```(?:sh|console)\n(.*?)^ *```|`(automator [^`]+)`", re.MULTILINE | re.DOTALL
)
_COMMAND = re.compile(r"(?:\$ )?(?:[A-Z_]+=\S+ )?(?:\S*/)?automator (.+)")


@dataclass(frozen=True)
class Shown:
    """A command line of a document."""

    #: The file and the number of the line.
    place: str
    #: What the document has behind `automator`.
    text: str
    #: Whether it is in a sentence or a heading, and not in a block.
    is_inline: bool

    @cached_property
    def words(self) -> list[str]:
        """The words up to a pipe, a redirection or a comment."""
        return shlex.split(re.split("[|>]", self.text)[0], comments=True)

    @cached_property
    def name(self) -> list[str]:
        """The words that name the command."""
        return self.words[: len(self.words) - len(self._command[1])]

    @property
    def command(self) -> Any:
        """The innermost command that the words name."""
        return self._command[0]

    @property
    def is_a_name(self) -> bool:
        """Whether a sentence only names the command or an option, without what belongs behind."""
        behind = self._command[1]
        return self.is_inline and all(word[0] in "-[…" for word in behind)

    @cached_property
    def _command(self) -> tuple[Any, list[str]]:
        command, behind = whole_program(), list(self.words)
        while behind and behind[0] in getattr(command, "commands", ()):
            command = command.commands[behind.pop(0)]
        return command, behind


def commands_in(document: Path) -> Iterator[Shown]:
    """The command lines of a document, in their order."""
    text = document.read_text(encoding="utf-8")
    for found in _SHOWN.finditer(text):
        block, inline = found.groups()
        number = text.count("\n", 0, found.start(1 if block else 2)) + 1
        if not block:
            lines = [" ".join((inline or "").split())]
        else:
            # A line that goes on in the next one counts as two.
            lines = re.sub(r"\\\n(.*)", r" \1\n", block).splitlines()
        for offset, line in enumerate(lines):
            if command := _COMMAND.match(line.strip()):
                place = f"{document.relative_to(ROOT).as_posix()}:{number + offset}"
                yield Shown(place, command[1], not block)


@cache
def whole_program() -> Any:
    """The program with all its commands, which takes as long to build as to start it."""
    return typer.main.get_command(program())
