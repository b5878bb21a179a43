"""An edit changes the value that was meant and leaves every other byte as it was."""

import re
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path as File
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.files import Path, parse_yaml
from automator.files.editing.splice import SpliceError, put, remove
from automator.files.editing.tree import Node, read_tree

_ROOT = File(__file__).parents[3]
FILES = {path.stem: path.read_text("utf-8") for path in sorted(_ROOT.glob("rules/**/*.yaml"))}
RULE = ("rules", 0)
ODD = """\
# A shop.\r
rules:\r
- id: odd   # the id\r
  name: 'it''s odd'\r
  trigger:\r
    # which events\r
    event: [comment.created,   message.received, ]\r
  conditions: [ "event.text == 'a, b'" , event.x ]\r
  actions:\r
  - reply: |\r
      two\r
      lines\r
\r
    # a note behind the block\r
  -\r
    log: x\r
  - {id: last, log: "{{ event.text }}"}   # in brackets\r
  limits:\r
"""
TEXTS = [
    *("a", "giá bao nhiêu?", "a: b", "x # y", "{{ now }}", "- x", "", " a ", "true", "0701234567"),
    *("it's", '"q"', "back\\slash", "two\nlines", "two\nlines\n", "\n", "tab\there", "[x]", "~"),
    *("a,b", "#x", "!x", "null", "22:30", "1", "keywords(event.text, ['giá', 'ib'])", "a\n\nb"),
]
_SCALARS = st.one_of(
    st.sampled_from(TEXTS),
    st.integers(-1000, 1000),
    st.booleans(),
    st.none(),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"]), max_size=12),
)
_NAMES = st.sampled_from(["a", "id", "name", "reply", "khoá", "a b", "x-y"])
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=6,
)


def data_of(text: str) -> Any:
    parsed = parse_yaml("x.yaml", text)
    assert not parsed.problems, (parsed.problems, text)
    return parsed.data


def places(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every value with its path."""
    yield path, node
    for entry in node.entries:
        yield from places(entry.node, (*path, entry.key))


def changed(data: Any, path: Path, value: Any) -> Any:
    """Written for this test alone: the data with another value."""
    if not path:
        return value
    if isinstance(path[0], int):
        items = list(data or [])
        if path[0] == len(items):
            return [*items, changed(None, path[1:], value)]
        items[path[0]] = changed(items[path[0]], path[1:], value)
        return items
    return {**(data or {}), path[0]: changed((data or {}).get(path[0]), path[1:], value)}


def without(data: Any, path: Path) -> Any:
    if len(path) > 1:
        return changed(data, path[:1], without(data[path[0]], path[1:]))
    if isinstance(data, dict):
        return {key: value for key, value in data.items() if key != path[0]}
    return [item for index, item in enumerate(data) if index != path[0]]


def stretches(text: str, apart_from: tuple[object, ...]) -> list[str]:
    """How every single value is written that stands neither at, nor below a path."""
    plain = text.replace("\r\n", "\n")
    root = read_tree(plain)
    if root is None:
        return []
    return [
        plain[node.start : node.end]
        for path, node in places(root)
        if node.kind is str and path[: len(apart_from)] != apart_from
    ]


def comments(text: str) -> list[str]:
    return re.findall(r"^[ ]*#.*$", text.replace("\r\n", "\n"), re.MULTILINE)


@given(st.data())
def test_any_sequence_of_edits_leaves_every_other_value_and_comment_as_it_was(
    data: st.DataObject,
) -> None:
    text = data.draw(st.sampled_from([*FILES.values(), ODD, "", "# nothing\n", "a: 1"]))
    for _ in range(data.draw(st.integers(1, 6))):
        text = edited(data, text)


def edited(data: st.DataObject, text: str) -> str:
    """The text after an edit somewhere, which has been judged."""
    before = data_of(text)
    root = read_tree(text.replace("\r\n", "\n"))
    known = [path for path, _ in places(root) if path] if root else []
    collections = [(path, node) for path, node in places(root) if node.entries] if root else []
    kinds = ["put", "add", "remove"] if known else ["add"]
    kind = data.draw(st.sampled_from(kinds))
    try:
        if kind == "remove":
            path = data.draw(st.sampled_from(known))
            after = remove(text, path)
            wanted = without(before, path)
        else:
            value = data.draw(VALUES)
            if kind == "put":
                path = data.draw(st.sampled_from(known))
            elif collections:
                path, node = data.draw(st.sampled_from(collections))
                path = (*path, "new" if node.kind is dict else len(node.entries))
            else:
                path = ("new",)
            after = put(text, path, value)
            wanted = changed(before, path, value)
    except SpliceError:
        return text
    assert data_of(after) == wanted
    gone = path if kind != "remove" else (None,)
    assert stretches(after, gone) == stretches(text, path)
    if kind == "add":
        assert comments(after) == comments(text) or "new" not in path
    lost = [line for line in text.splitlines() if line not in after.splitlines()]
    assert is_one_stretch(text.splitlines(), lost)
    return after


def is_one_stretch(lines: list[str], lost: list[str]) -> bool:
    """Whether the lines that are gone stood together; equal lines elsewhere may be between."""
    if not lost:
        return True
    first, last = lines.index(lost[0]), len(lines) - 1 - lines[::-1].index(lost[-1])
    return set(lost) <= set(lines[first : last + 1])


@pytest.mark.parametrize(
    "text",
    [*(pytest.param(text, marks=pytest.mark.long) for text in FILES.values()), ODD],
    ids=[*FILES, "odd"],
)
def test_every_value_of_real_files_can_be_replaced_and_taken_out(text: str) -> None:
    root = read_tree(text.replace("\r\n", "\n"))
    assert root
    values = cycle(("Giá: 250k # hôm nay", {"a": 1}, ["x", "y: z"]))
    # Every kind of value in every place takes minutes: the short text has that.
    times = 3 if text == ODD else 1
    for path, _ in places(root):
        if path:
            for value in islice(values, times):
                assert data_of(put(text, path, value)) == changed(data_of(text), path, value)
            assert data_of(remove(text, path)) == without(data_of(text), path)


@pytest.mark.parametrize("text", [*FILES.values(), ODD], ids=[*FILES, "odd"])
def test_a_rule_is_switched_off_and_on_again_to_the_same_bytes(text: str) -> None:
    off = put(text, (*RULE, "enabled"), False, order=["id", "name", "enabled"])
    assert len(off) > len(text)
    assert remove(off, (*RULE, "enabled")) == text


def test_the_ends_of_lines_of_the_file_are_used() -> None:
    assert put("rules:\r\n  - id: a\r\n", (*RULE, "name"), "A") == (
        "rules:\r\n  - id: a\r\n    name: A\r\n"
    )
    assert put("\ufeffa: 1\r\nb: 2", ("b",), 3) == "\ufeffa: 1\r\nb: 3"


def test_quotes_comments_and_order_stay() -> None:
    text = "rules:\n  - id: a   # why\n    actions:\n      - reply: 'x'  # said\n"
    assert put(text, (*RULE, "actions", 0, "reply"), "it's") == text.replace("'x'", "'it''s'")
    named = put(text, (*RULE, "name"), "A: b", order=["id", "name", "actions"])
    assert named == text.replace("# why\n", '# why\n    name: "A: b"\n')


def test_a_text_that_cannot_be_read_is_refused() -> None:
    for text in ("rules: {{ x }}", "a: 1\na: 2", "a: &x 1", "a:\n\t- b"):
        with pytest.raises(SpliceError):
            put(text, ("b",), 1)


def test_a_way_through_something_else_is_refused() -> None:
    for path in (("a", "b"), ("a", 0), (0,), ("l", 2), ("l", "x")):
        with pytest.raises(SpliceError):
            put("a: 1\nl: [1]\n", path, 1)
