"""Formats the list of commands in help: by section, with uncut summaries.

Typer would list all commands in one block and cut each summary at the width of the terminal.
"""

from typing import Any

import typer
import typer.core

from automator.cli.terminal.output import TRANSLATOR
from automator.model import N_


class CommandList(typer.core.TyperGroup):
    """A group of commands whose help has one section for each panel (Typer's `rich_help_panel`)."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - Typer's call.
        """Writes one section for each panel, and one for the commands without a panel."""
        # Every section reserves the same width for names, so that all summaries begin in one
        # column.
        widest = max(map(len, self.commands))
        for panel, commands in panels_of(self).items():
            with formatter.section(TRANSLATOR(panel)):
                formatter.write_dl(
                    [
                        (name.ljust(widest), summary_of(command.help or ""))
                        for name, command in commands
                    ]
                )


def panels_of(group: typer.core.TyperGroup) -> dict[str, list[tuple[str, Any]]]:
    """The commands of each panel with their names, in the order in which they were added."""
    panels: dict[str, list[tuple[str, Any]]] = {}
    for name, command in group.commands.items():
        panel = getattr(command, "rich_help_panel", None) or N_("Commands")
        panels.setdefault(panel, []).append((name, command))
    return panels


def summary_of(text: str) -> str:
    """Returns the first part of a help text: up to its first colon, semicolon or full stop."""
    words = " ".join(text.split("\n\n", maxsplit=1)[0].split())
    ends = [words.find(mark) for mark in (": ", "; ", ". ")]
    return words[: min((end for end in ends if end > 0), default=len(words))].rstrip(".")


def new_group(name: str, *, help: str) -> typer.Typer:  # noqa: A002 - Typer's name for it.
    """Makes a group of commands within the program, described by its help."""
    return typer.Typer(
        name=name, cls=CommandList, help=help, no_args_is_help=True, rich_markup_mode=None
    )
