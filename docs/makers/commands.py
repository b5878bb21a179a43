"""The commands, with their arguments and options."""

import inspect
from collections.abc import Iterator
from typing import Any

import typer.main

from automator.cli.commands import program
from automator.cli.terminal.command_list import panels_of
from docs.makers.models import cell


def all_commands() -> list[tuple[str, Any]]:
    """Every command that does something, with the words that call it."""
    return list(_commands_below(typer.main.get_command(program()), "automator"))


def _commands_below(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, below in inner.items():
        yield from _commands_below(below, f"{path} {name}")


def commands_text(_: str) -> str:
    """A section for each command, under the panels of the help."""
    parts = []
    for panel, commands in panels_of(typer.main.get_command(program())).items():
        parts.append(f"## {panel}\n")
        for name, command in commands:
            below = _commands_below(command, f"automator {name}")
            parts += [_command_section(path, inner) for path, inner in below]
    return "\n".join(parts)


def _command_section(path: str, command: Any) -> str:
    arguments = [_argument(p) for p in command.params if p.param_type_name == "argument"]
    lines = [f"### `{' '.join([path, *arguments])}`", "", inspect.cleandoc(command.help)]
    rows = [_parameter_row(p) for p in command.params if p.name != "help"]
    if rows:
        lines += ["", "| | |", "|---|---|", *rows]
    return "\n".join([*lines, ""])


def _argument(parameter: Any) -> str:
    name = parameter.metavar or str(parameter.name).upper()
    many = f"{name}…" if parameter.nargs == -1 else name
    return many if parameter.required else f"[{many}]"


def _parameter_row(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        label = parameter.metavar or str(parameter.name).upper()
    else:
        label = ", ".join(parameter.opts)
    default = parameter.default
    shown = (
        f" Default: `{default}`."
        if parameter.show_default and default not in (None, False, "", (), [])
        else ""
    )
    return f"| `{label}` | {cell(parameter.help or '')}{shown} |"
