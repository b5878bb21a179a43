"""How the command line ends: exit codes, and words instead of tracebacks."""

import sqlite3
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from automator.cli import commands, main
from automator.cli.commands import Language
from automator.cli.terminal.help import with_language_first
from automator.cli.terminal.output import TRANSLATOR
from automator.cli.terminal.paths import named_config, zone_of
from automator.language import ENGLISH, LANGUAGES
from automator.model import AutomatorError, SettingsError, UsageError
from tests.support.commands import command
from tests.support.store import with_tables


def ending(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, error: Exception
) -> tuple[int | str | None, str]:
    """The exit code and what stands on standard error when a command raises `error`."""

    failing = typer.Typer()

    @failing.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr(commands, "program", lambda _: failing)
    monkeypatch.setattr(sys, "argv", ["automator"])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (AutomatorError("no disk", fix="buy one."), 1, "no disk\n  fix: buy one.\n"),
        (SettingsError("no settings"), 78, "no settings\n"),
        (UsageError("which one?", fix="name it."), 2, "which one?\n  fix: name it.\n"),
        (
            PermissionError(13, "Permission denied", "/data"),
            1,
            (
                "/data: this user may not do that\n"
                "  fix: Let the user that runs this command or the server use it: chmod or chown.\n"
            ),
        ),
        (
            OSError(5, "Input/output error", "/data"),
            1,
            "/data: the disk cannot read or write it\n  fix: Check the disk.\n",
        ),
        (OSError(95, "Not supported", "/data"), 1, "/data: Not supported\n"),
    ],
)
def test_an_error_is_a_sentence_and_its_fix(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    said: str,
) -> None:
    assert ending(monkeypatch, capsys, error=error) == (code, said)


def test_a_database_that_cannot_be_read_is_no_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(sqlite3.OperationalError) as refused:
        sqlite3.connect(f"file:{tmp_path}/gone.db?mode=ro", uri=True)

    code, said = ending(monkeypatch, capsys, error=refused.value)

    assert code == 69
    assert "the database cannot be read: its file, or one beside it, cannot be opened" in said
    assert "fix: See whether they are there" in said
    assert "has a fault" not in said


def test_a_fault_of_our_own_is_no_traceback_and_says_how_to_report_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = ending(monkeypatch, capsys, error=KeyError("param"))

    assert code == 1
    assert "automator has a fault: KeyError: 'param'" in said
    assert "python -X dev -m automator" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "arguments",
    [("funnel", "\udcff"), ("contact", "show", "shop-page", "\udcff"), ("log", "rule=\udcff")],
)
def test_an_argument_that_is_no_text_is_wrong_use(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    with_tables(tmp_path)
    result = command(tmp_path, *arguments, "--data", ".")

    assert result.returncode == 2
    assert "is not text in UTF-8" in result.stderr


def test_an_error_cannot_steer_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said = ending(monkeypatch, capsys, error=AutomatorError("no rule \x1b[2J"))

    assert said == "no rule \\x1b[2J\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["version"], 0), (["nosuch"], 2), (["log", "--limit", "none"], 2), (["why"], 2)],
)
def test_wrong_arguments_end_with_2(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    monkeypatch.setattr(sys, "argv", ["automator", *arguments])

    with pytest.raises(SystemExit) as left:
        main()

    assert left.value.code == code


def test_every_language_can_be_chosen() -> None:
    assert sorted(Language) == sorted(LANGUAGES)


@pytest.mark.parametrize(
    ("arguments", "variables", "language"),
    [
        ([], {}, "en"),
        ([], {"LANG": "vi_VN.UTF-8"}, "vi"),
        ([], {"LANG": "vi_VN.UTF-8", "LC_MESSAGES": "C"}, "en"),
        ([], {"LC_MESSAGES": "en_US", "LC_ALL": "vi"}, "vi"),
        ([], {"LC_ALL": "en_US.UTF-8", "AUTOMATOR_LANG": "vi"}, "vi"),
        ([], {"AUTOMATOR_LANG": "de-DE"}, "en"),
        (["--lang", "en"], {"AUTOMATOR_LANG": "vi"}, "en"),
        (["--lang", "vi"], {"LANG": "en_US.UTF-8"}, "vi"),
    ],
)
def test_the_language_is_the_one_that_is_named_first(
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variables: dict[str, str],
    language: str,
) -> None:
    for name in ("AUTOMATOR_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    try:
        result = CliRunner().invoke(commands.program(), [*arguments, "version"])
        chosen = TRANSLATOR.language
    finally:
        TRANSLATOR.choose(ENGLISH)

    assert result.exit_code == 0
    assert chosen == language


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["send", "a/b", "--lang", "vi"], ["--lang", "vi", "send", "a/b"]),
        (["send", "--lang=vi", "a/b"], ["--lang=vi", "send", "a/b"]),
        (["--lang", "en", "log"], ["--lang", "en", "log"]),
        (["send", "--lang", "fr"], ["send", "--lang", "fr"]),
        (["send", "--lang"], ["send", "--lang"]),
        (["log", "--", "--lang", "vi"], ["log", "--", "--lang", "vi"]),
        (["send", "--text", "vi"], ["send", "--text", "vi"]),
    ],
)
def test_the_language_may_stand_behind_the_command(
    arguments: list[str], expected: list[str]
) -> None:
    assert with_language_first(arguments) == expected


def test_a_language_that_is_none_of_ours_is_refused_when_it_is_asked_for() -> None:
    result = CliRunner().invoke(commands.program(), ["--lang", "fr", "version"])

    assert result.exit_code == 2
    assert "fr" in result.output


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        (None, "Asia/Ho_Chi_Minh"),
        ("timezone: America/New_York\nconnections: {a: {provider: nobody}}\n", "America/New_York"),
        ("timezone: Nowhere/Else\n", "Asia/Ho_Chi_Minh"),
        ("- a list\n", "Asia/Ho_Chi_Minh"),
        ("", "Asia/Ho_Chi_Minh"),
        ("timezone: [\n", "Asia/Ho_Chi_Minh"),
    ],
)
def test_commands_say_times_in_the_zone_of_the_settings_that_are_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, zone: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if text is not None:
        Path("automator.yaml").write_text(text, encoding="utf-8")

    assert zone_of(named_config([])).key == zone


@pytest.mark.parametrize(
    ("arguments", "variable", "path"),
    [
        (["--config", "shop.yaml"], None, "shop.yaml"),
        (["list", "--json", "--config=shop.yaml"], "other.yaml", "shop.yaml"),
        (["--config"], None, "automator.yaml"),
        ([], "other.yaml", "other.yaml"),
        (["x"], None, "automator.yaml"),
    ],
)
def test_the_zone_is_that_of_the_settings_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], variable: str | None, path: str
) -> None:
    monkeypatch.delenv("AUTOMATOR_CONFIG", raising=False)
    if variable is not None:
        monkeypatch.setenv("AUTOMATOR_CONFIG", variable)

    assert named_config(arguments) == Path(path)


def test_a_command_says_times_in_the_zone_of_the_file_that_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop.yaml").write_text("timezone: Asia/Tokyo\n", encoding="utf-8")
    monkeypatch.delenv("AUTOMATOR_CONFIG", raising=False)
    try:
        command(tmp_path, "check", "--config", "shop.yaml")
        by_option = TRANSLATOR.zone
        monkeypatch.setenv("AUTOMATOR_CONFIG", "shop.yaml")
        command(tmp_path, "check")
        by_variable = TRANSLATOR.zone
    finally:
        TRANSLATOR.choose(ENGLISH)

    assert str(by_option) == str(by_variable) == "Asia/Tokyo"
