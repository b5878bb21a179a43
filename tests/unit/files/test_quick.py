"""The fast reader and the exact one read the same, or the fast one gives up."""

from pathlib import Path as File

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from automator.files.characters import character_problems
from automator.files.exact import read_exactly
from automator.files.source import read_quickly

_ROOT = File(__file__).parents[3]
_FILES = sorted([*_ROOT.glob("rules/**/*.yaml"), *_ROOT.glob("tests/golden/**/*.yaml")])

_SCALARS = st.sampled_from(
    [
        "a",
        "giá bao nhiêu?",
        "event.text == 'x'",
        "contains(event.text, '#sale')",
        "a: b",
        "a:b",
        "http://x.example/a",
        "'it''s'",
        '"a\\n\\tb"',
        '"a \\\n  b"',
        "0701234567",
        "22:30",
        "on",
        "~",
        "",
        "1.5",
        "250.000",
        "-1",
        "- x",
        "!x",
        "&a x",
        "*a",
        "{{ x }}",
        "'{{ x }}'",
        "x # note",
        "x #tag",
        "x#y",
        "[a, b]",
        "[a:1, 'b':2, c]",
        "{a: 1, b: [2]}",
        "{a:1}",
        "{a}",
        "{a, b: }",
        "[a: b]",
        "[a, ]",
        "[]",
        "{}",
        "{? a: b}",
        "[-, -a, - b]",
        "? a",
        "a ? b",
        "%x",
        "@x",
        "`x`",
        "|\n    a\n     b\n",
        ">-\n    a\n    b\n\n    c",
        "|2\n    a",
        "a\n    b",
        "---",
        "...",
        "---a",
        "<<",
        "=",
        "a,b",
        "a]",
        "'a' b",
        '"\\x00"',
        '"\\u200b"',
        '"\\/"',
        "null",
    ]
)
_NAMES = st.sampled_from(
    ["a", "b", "id", "'q'", '"d"', "", "?", "a b", "1", "true", "<<", "- a", "!t a", "*a", "a:b"]
)


def _lines(draw: st.DrawFn, indent: int, depth: int) -> list[str]:
    lines: list[str] = []
    pad = " " * indent
    is_list = draw(st.booleans())
    for _ in range(draw(st.integers(1, 3))):
        head = "-" if is_list else f"{draw(_NAMES)}:"
        if depth and draw(st.booleans()):
            step = draw(st.sampled_from([0, 1, 2, 4]) if not is_list else st.sampled_from([2, 4]))
            lines += [f"{pad}{head}", *_lines(draw, indent + step, depth - 1)]
        else:
            lines.append(f"{pad}{head} {draw(_SCALARS)}")
    if draw(st.integers(0, 9)) == 0:
        lines.append(
            draw(st.sampled_from(["# note", "", "---", "...", "  stray", "%YAML 1.2", "}"]))
        )
    return lines


@st.composite
def yaml_texts(draw: st.DrawFn) -> str:
    """Texts that look like YAML, most of them right."""
    return "\n".join(_lines(draw, 0, 2)) + draw(st.sampled_from(["", "\n", "\n\n"]))


def assert_read_alike(text: str) -> None:
    quickly = None if character_problems("a.yaml", text.split("\n")) else read_quickly(text)
    if quickly is None:
        return
    data, places = quickly
    exactly = read_exactly("a.yaml", text, text.split("\n"))

    assert exactly.problems == []
    assert repr(data) == repr(exactly.data)
    assert sorted(map(repr, places.paths())) == sorted(map(repr, exactly.positions.paths()))
    for path in exactly.positions.paths():
        assert places.key(path) == exactly.positions.key(path)
        assert places.value(path) == exactly.positions.value(path)
        value = exactly.at(path)
        for offset in range(len(value) if isinstance(value, str) else 0):
            assert places.inside(path, offset) == exactly.positions.inside(path, offset)


@given(yaml_texts())
@example("a: [b:c, d]")
@example("")
@example("# nothing\n")
def test_texts_are_read_alike(text: str) -> None:
    assert_read_alike(text)


@given(st.text("ab:,-?[]{}#&*!|>'\"%@ \n.1\\", max_size=24))
def test_texts_of_special_signs_are_read_alike(text: str) -> None:
    assert_read_alike(text)


@pytest.mark.parametrize("file", _FILES, ids=lambda file: file.name)
def test_files_are_read_alike(file: File) -> None:
    assert_read_alike(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", sorted(_ROOT.glob("rules/**/*.yaml")), ids=lambda file: file.name)
def test_the_fast_reader_does_not_give_up_on_ordinary_rules(file: File) -> None:
    assert read_quickly(file.read_text(encoding="utf-8")) is not None
