"""The arguments of `serve` mean the same without Typer as with it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from automator.cli import commands
from automator.cli.serving import serve
from automator.cli.serving.starting import ServeArguments, read_plainly


def by_typer(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> ServeArguments | None:
    """What Typer reads; None where it says something instead."""
    read: list[ServeArguments] = []

    def start(arguments: ServeArguments) -> int:
        read.append(arguments)
        return 0

    monkeypatch.setattr(serve, "start", start)
    CliRunner().invoke(commands.program(), ["serve", *arguments])
    return read[0] if read else None


@pytest.mark.parametrize("variable", ["", "from-environment.yaml"])
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--config", "a.yaml", "--rules", "r", "--data", "d"],
        ["--config=a.yaml", "--host=0.0.0.0", "--port=0"],
        ["--host", "::1", "--port", "65535"],
        ["--port", "1", "--port", "2"],
        ["--demo", "--i-understand-plain-http"],
        ["--database", "postgresql+psycopg://me:a=b@host/name"],
        ["--database=postgresql+psycopg://me:a=b@host/name?x=1", "--demo"],
    ],
)
def test_usual_arguments_are_read_as_typer_reads_them(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], variable: str
) -> None:
    monkeypatch.setenv("AUTOMATOR_CONFIG", variable)
    plain = read_plainly(arguments)

    assert plain is not None
    assert plain == by_typer(monkeypatch, arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["-h"],
        ["--lang", "vi"],
        ["--prot", "1"],
        ["--port"],
        ["--port", "65536"],
        ["--port", "-1"],
        ["--port", "eighty"],
        ["--demo=yes"],
        ["--config", "--demo"],
        ["here"],
        ["--", "--demo"],
    ],
)
def test_what_typer_has_to_explain_is_left_to_it(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    assert read_plainly(arguments) is None


def test_without_a_variable_the_settings_file_is_not_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AUTOMATOR_CONFIG", raising=False)

    assert read_plainly(["--config", "a.yaml"]) == ServeArguments(config=Path("a.yaml"))
    assert read_plainly([]) == ServeArguments()
