"""How the command line ends: exit codes, and words instead of tracebacks."""

import sys

import pytest

from automator.cli import commands, main
from automator.model import AutomatorError, SettingsError, UsageError


def ending(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, error: Exception
) -> tuple[int | str | None, str]:
    """The exit code and what stands on standard error when a command raises `error`."""

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(commands, "app", fail)
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (AutomatorError("no disk", fix="buy one."), 1, "no disk\n  fix: buy one.\n"),
        (SettingsError("no settings"), 1, "no settings\n"),
        (UsageError("which one?", fix="name it."), 2, "which one?\n  fix: name it.\n"),
        (PermissionError(13, "Permission denied", "/data"), 1, "/data: Permission denied\n"),
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


def test_a_fault_of_our_own_is_no_traceback_and_says_how_to_report_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = ending(monkeypatch, capsys, error=KeyError("param"))

    assert code == 1
    assert "automator has a fault: KeyError: 'param'" in said
    assert "python -X dev -m automator" in said
    assert "Traceback" not in said


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
