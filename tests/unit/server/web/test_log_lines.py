"""Lines of the log are said in the reader's language, and what others wrote is left alone."""

import ast
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import automator
from automator.server.web.language import PageTranslator
from automator.server.web.log_lines import LINES, PLACE, taken_apart

VIETNAMESE = PageTranslator("vi")
#: Places that take no more than this.
FILLED = {
    "status": "503",
    "count": "2",
    "step": "send",
    "place": "crm",
    "event": "message.received",
    "line": "crm answered 503",
}


@cache
def texts_of_the_program() -> list[set[str]]:
    """The texts in each file of the program, but for the one that is tested."""
    found = []
    for path in Path(automator.__path__[0]).rglob("*.py"):
        if path.name != "log_lines.py":
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
            found.append({text for text in texts if isinstance(text, str)})
    return found


def is_written_by(line: str, texts: set[str]) -> bool:
    """Every fixed part of the sentence stands in these texts, in one piece or joined once."""
    parts = [part.strip(" ;:,()") for part in PLACE.sub("\0", line).split("\0")]
    return all(_is_in(part, texts) or _is_joined(part, texts) for part in parts)


def _is_in(part: str, texts: set[str]) -> bool:
    return any(part in text for text in texts)


def _is_joined(part: str, texts: set[str]) -> bool:
    words = part.split()
    cuts = range(1, len(words))
    return any(
        _is_in(" ".join(words[:cut]), texts) and _is_in(" ".join(words[cut:]), texts)
        for cut in cuts
    )


@pytest.mark.parametrize("line", [line for line in LINES if not line.startswith("{line}")])
def test_every_sentence_is_one_that_the_program_writes(line: str) -> None:
    assert any(is_written_by(line, texts) for texts in texts_of_the_program())


@pytest.mark.parametrize("line", ["sent one message to {to}", "too late for a new try: {line}"])
def test_a_sentence_in_other_words_is_noticed(line: str) -> None:
    assert not any(is_written_by(line, texts) for texts in texts_of_the_program())


@pytest.mark.parametrize("line", LINES)
def test_a_sentence_is_found_again_with_what_fills_it(line: str) -> None:
    values = {place: FILLED.get(place, f"the {place}") for place in PLACE.findall(line)}

    found = taken_apart(line.format(**values))

    assert found == (line, values)


@pytest.mark.parametrize(
    ("line", "vietnamese"),
    [
        ("sent to crm: 200", "đã gửi tới crm: 200"),
        (
            "follows up in 20h, on 2026-11-26 at 04:21 (Asia/Ho_Chi_Minh)",
            "hẹn làm tiếp sau 20h, ngày 2026-11-26 lúc 04:21 (Asia/Ho_Chi_Minh)",
        ),
        (
            "send: crm answered 503; no echo has come",
            "send: crm trả lời 503; không thấy tin vọng lại",
        ),
    ],
)
def test_lines_are_said_in_the_readers_language(line: str, vietnamese: str) -> None:
    assert VIETNAMESE.line(line) == vietnamese
    assert PageTranslator("en").line(line) == line


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Shop ơi, váy này giá bao nhiêu ạ?",
        "note: the customer wants it blue",
        "the platform said: no",
        "a; b; c; " * 50,
        "x: " * 160 + "crm answered 503",
        "{step}: {line}",
        "sent to " + "a" * 1_000,
    ],
)
def test_what_is_none_of_our_sentences_stays_as_it_is(line: str) -> None:
    assert VIETNAMESE.line(line) == line


@given(st.text(max_size=600))
def test_whatever_stands_in_the_log_can_be_shown(line: str) -> None:
    assert isinstance(VIETNAMESE.line(line), str)
    assert isinstance(VIETNAMESE.line(f"send: {line}; no echo has come"), str)
