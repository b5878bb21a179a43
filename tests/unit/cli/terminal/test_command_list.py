"""Help lists the commands by purpose, and cuts no summary."""

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from automator.cli.commands import program
from automator.cli.terminal.command_list import panels_of, summary_of


def test_every_command_of_the_program_has_a_section() -> None:
    panels = panels_of(get_command(program()))

    assert "Commands" not in panels
    assert all(2 < len(commands) < 10 for commands in panels.values())


def test_no_summary_is_cut() -> None:
    shown = " ".join(CliRunner().invoke(program(), ["--help"]).output.split())

    assert "..." not in shown.replace("[ARGS]...", "")
    for commands in panels_of(get_command(program())).values():
        for name, command in commands:
            assert f"{name} {summary_of(command.help)}" in shown


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Print the version.", "Print the version"),
        ("Show the runs, newest last: when and why.", "Show the runs, newest last"),
        ("Erase a person; it cannot\nbe undone.\n\nMore.", "Erase a person"),
        ("Run the tests. They are\nin the files.", "Run the tests"),
        ("Read a time such as 08:00 from\na file.", "Read a time such as 08:00 from a file"),
        ("", ""),
    ],
)
def test_a_summary_is_the_first_statement(text: str, summary: str) -> None:
    assert summary_of(text) == summary
