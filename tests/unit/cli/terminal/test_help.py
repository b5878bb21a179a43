"""Help and wrong arguments are said in the reader's language."""

import re
from pathlib import Path

import pytest

from automator.cli.terminal.help import asked_language, help_texts
from tests.support.commands import command

ENGLISH = re.compile(r"\b(the|that|with|which|Show|Print|Options|Usage|required)\b")


@pytest.fixture(autouse=True)
def _without_other_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUTOMATOR_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


def paths() -> list[tuple[str, ...]]:
    """Every command, by the words that call it."""
    from typer.main import get_command

    from automator.cli.commands import program

    found: list[tuple[str, ...]] = [()]
    for name, below in get_command(program()).commands.items():  # type: ignore[attr-defined]
        found.append((name,))
        found += [(name, inner) for inner in getattr(below, "commands", {})]
    return found


@pytest.mark.parametrize("words", paths(), ids=" ".join)
def test_the_help_of_a_command_has_no_english_for_a_vietnamese_reader(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    result = command(tmp_path, "--lang", "vi", *words, "--help")

    assert result.returncode == 0
    assert "Cách dùng:" in result.stdout
    assert "Hiện hướng dẫn này rồi thoát." in result.stdout
    assert ENGLISH.findall(result.stdout) == []


def test_the_help_is_english_again_after_a_vietnamese_reader(tmp_path: Path) -> None:
    command(tmp_path, "--lang", "vi", "log", "--help")

    result = command(tmp_path, "log", "--help")

    assert "Usage: automator log" in result.stdout
    assert "Show the runs, newest last" in result.stdout


def test_the_environment_chooses_the_language_of_the_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "vi_VN.UTF-8")

    assert "Cho xem các lần xử lý" in command(tmp_path, "log", "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "english", "vietnamese"),
    [
        (("log", "--nope"), "Error: No such option: --nope", "Lỗi: Không có tùy chọn --nope"),
        (("why",), "Error: Missing argument 'event'.", "Lỗi: Thiếu tham số 'event'."),
        (("logg",), "Error: No such command 'logg'.", "Lỗi: Không có lệnh 'logg'."),
        (
            ("send", "x", "--count", "many"),
            "Error: Invalid value for '--count': a whole number is expected here",
            "Lỗi: Giá trị của '--count' không hợp lệ: ở đây cần một số nguyên",
        ),
        (
            ("coverage", "--events", "99999999"),
            "Error: Invalid value for '--events':",
            "Lỗi: Giá trị của '--events' không hợp lệ: giá trị này phải nhiều nhất là 20000",
        ),
        (
            ("schema", "rulez"),
            "Error: Invalid value for 'file': 'rulez' is not known here; did you mean 'rules'?",
            "'rulez' không dùng được ở đây; có phải ý bạn là 'rules'?",
        ),
    ],
)
def test_wrong_arguments_are_said_in_the_readers_language(
    arguments: tuple[str, ...], english: str, vietnamese: str, tmp_path: Path
) -> None:
    said = command(tmp_path, *arguments)
    translated = command(tmp_path, "--lang", "vi", *arguments)

    assert (said.returncode, translated.returncode) == (2, 2)
    assert english in said.stderr
    assert vietnamese in translated.stderr
    assert "Xem hướng dẫn: 'automator" in translated.stderr


@pytest.mark.parametrize(
    ("arguments", "english", "vietnamese"),
    [
        (("send", "facebook", "giá", "nhiêu"), "Too many words: giá nhiêu.", "Thừa từ: giá nhiêu."),
        (
            ("send", "facebook/message.received", "giá nhiêu"),
            "Too many words: giá nhiêu. A text comes behind --text",
            "Thừa từ: giá nhiêu. Đoạn chữ đứng sau --text",
        ),
        (("intents", "giá", "nhiêu"), "Too many words: nhiêu. Put a text", "Thừa từ: nhiêu. Đoạn"),
        (("log", "--limit"), "--limit needs a value behind it", "--limit cần một giá trị theo sau"),
        (("log", "--json=1"), "--json takes no value", "--json không nhận giá trị"),
    ],
)
def test_what_typer_says_in_a_sentence_alone_is_said_in_the_readers_language(
    arguments: tuple[str, ...], english: str, vietnamese: str, tmp_path: Path
) -> None:
    said = command(tmp_path, *arguments)
    translated = command(tmp_path, "--lang", "vi", *arguments)

    assert (said.returncode, translated.returncode) == (2, 2)
    assert f"Error: {english}" in said.stderr
    assert f"Lỗi: {vietnamese}" in translated.stderr


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        (["--lang", "vi", "log"], "vi"),
        (["--lang=vi"], "vi"),
        (["log", "--lang", "vi"], None),
        (["--lang", "fr"], None),
        (["--lang"], None),
        ([], None),
    ],
)
def test_the_language_is_read_before_the_command(
    arguments: list[str], language: str | None
) -> None:
    assert asked_language(arguments) == language


def test_a_group_without_a_command_shows_its_help(tmp_path: Path) -> None:
    result = command(tmp_path, "--lang", "vi", "run")

    assert result.returncode == 2
    assert result.stderr.startswith("Cách dùng: automator run")
    assert "Lỗi:" not in result.stderr


def test_every_command_has_a_text() -> None:
    from typer.main import get_command

    from automator.cli.commands import program

    assert len(list(help_texts(get_command(program())))) > 150
