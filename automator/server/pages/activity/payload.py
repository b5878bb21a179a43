"""The payload of an event as a tree: each value with its path, and as a condition of a rule."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from automator.model import record

#: Values of one event that are shown one by one, at most; and letters of one in a condition.
MOST_VALUES = 500
_LONGEST_VALUE = 200
_DEEPEST = 12
#: Characters that a text between apostrophes cannot contain.
_NEEDS_JSON = re.compile(r"['\\\x00-\x1f]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@record(kw_only=False)
class Node:
    """A value of the payload; one with others in it has no condition."""

    key: str
    #: As conditions and templates name it.
    path: str
    depth: int
    #: The value as it is shown and copied; "" of one with others in it.
    text: str = ""
    #: The condition that holds for this value; "" where it would be too long.
    condition: str = ""
    #: How many others are in it; None of a plain value.
    size: int | None = None


def nodes_of(event: Mapping[str, Any]) -> list[Node]:
    """The values of an event in their order, each behind the one that it is in."""
    found: list[Node] = []
    for node in _nodes("event", "event", event, 0):
        found.append(node)
        if len(found) > MOST_VALUES:
            break
    # The event itself needs no line.
    return found[1:]


def _nodes(key: str, path: str, value: Any, depth: int) -> Iterator[Node]:
    if depth < _DEEPEST and isinstance(value, Mapping):
        yield Node(key, path, depth, size=len(value))
        for name, inner in value.items():
            yield from _nodes(str(name), f"{path}.{_name(str(name))}", inner, depth + 1)
    elif depth < _DEEPEST and isinstance(value, Sequence) and not isinstance(value, str):
        yield Node(key, path, depth, size=len(value))
        for index, inner in enumerate(value):
            yield from _nodes(f"[{index}]", f"{path}[{index}]", inner, depth + 1)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield Node(key, path, depth, text, condition_of(path, value))


def _name(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def condition_of(path: str, value: Any) -> str:
    """The condition that the value at the path is this one; "" for what is too long."""
    if isinstance(value, str) and not _NEEDS_JSON.search(value):
        return f"{path} == '{value}'" if len(value) <= _LONGEST_VALUE else ""
    literal = json.dumps(value, ensure_ascii=False)
    # A backtick would end the literal.
    escaped = literal.replace("`", "\\u0060")
    return f"{path} == `{escaped}`" if len(literal) <= _LONGEST_VALUE else ""
