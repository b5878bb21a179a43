"""Changes one value in a YAML text and leaves every other byte as it is.

Comments, quotes, order and layout of everything else stay. Each result is read again and compared
with the intended data: if it differs, the edit is refused.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from automator.files.editing.stretches import (
    REMOVED,
    Edit,
    end_of_line,
    stretch_of,
    with_comment_above,
)
from automator.files.editing.tree import Node, read_tree
from automator.files.positions import Path
from automator.files.source import parse_yaml
from automator.model import N_, UsageError


class SpliceError(UsageError):
    """The edit is impossible without changing another part of the text."""

    def __init__(self) -> None:
        super().__init__(
            N_("this part of the file is written in a way that a form cannot change"),
            fix=N_("Change it in the text of the file."),
        )


def put(text: str, path: Path, value: Any, *, order: Sequence[str] = ()) -> str:
    """Sets `value` at `path` in `text`: replaces the old value, or adds a new one with its missing
    parents.

    A new key goes after the last key that precedes it in `order`, or to the end if `order` lacks
    it. The index after the last item of a list adds an item.

    Raises:
        SpliceError: it cannot be written there.
    """
    return _spliced(text, path, value, order)


def remove(text: str, path: Path) -> str:
    """Removes the key or the item at `path` from `text`; nothing changes if there is none.

    Raises:
        SpliceError: it cannot be removed.
    """
    return _spliced(text, path, REMOVED, ())


def put_all(text: str, values: Mapping[Path, Any]) -> str:
    """Sets the value at each path, in the time of one edit; `REMOVED` removes a key or an item.

    No path leads into the value of another. A removed item takes the comment right above it along.

    Raises:
        SpliceError: they cannot all be written there.
    """
    text = text if text.endswith("\n") else f"{text}\n"
    plain = _plain_text(text)
    changed = _data_of(plain)
    try:
        root, edits = read_tree(plain), []
        # From the last to the first, so that the indexes of the others stay.
        for path, value in sorted(values.items(), key=lambda one: _by_kind(one[0]), reverse=True):
            changed = _changed(changed, path, value)
            edit = stretch_of(plain, root, path, value, ())
            is_item = value is REMOVED and isinstance(path[-1], int)
            edits.append(with_comment_above(plain, edit) if is_item else edit)
    except (ValueError, RecursionError, LookupError, TypeError) as error:
        raise SpliceError from error
    result = _applied(text, edits)
    if not _same(_data_of(result), changed):
        raise SpliceError
    return result


def _by_kind(path: Path) -> list[tuple[bool, Any]]:
    """A path as a key of sorting, which keeps indexes and names apart."""
    return [(isinstance(part, str), part) for part in path]


def _spliced(text: str, path: Path, value: Any, order: Sequence[str]) -> str:
    return edited(
        text,
        lambda data: _changed(data, path, value),
        lambda plain, root: stretch_of(plain, root, path, value, order),
    )


def edited(
    text: str,
    change: Callable[[Any], Any],
    find: Callable[[str, Node | None], Edit],
) -> str:
    """Applies the edit from `find`, and checks that the result reads as the data from `change`.

    Raises:
        SpliceError: there is no such edit, or it would change something else.
    """
    plain = _plain_text(text)
    data = _data_of(plain)
    try:
        changed = change(data)
        if _same(data, changed):
            return text
        edit = find(plain, read_tree(plain))
    except (ValueError, RecursionError, LookupError, TypeError) as error:
        raise SpliceError from error
    result = _applied(text, [edit])
    if not _same(_data_of(result), changed):
        raise SpliceError
    return result


def edited_parts(text: str, changes: Mapping[Path, Callable[[str], str]]) -> str:
    """Changes mappings in `text`, each as a text of its own that has only its lines.

    So many changes take time by the sizes of these mappings, and not by the size of the text. The
    caller compares the data of the whole.
    """
    plain = _plain_text(text)
    root = read_tree(plain)
    found = [(node, path) for path in changes if root and (node := root.at(path))]
    place_in = _places(text)
    grown: dict[int, int] = {}
    # From the last to the first, so that the places of the others stay; inner ones come first.
    for node, path in sorted(found, key=lambda one: one[0].start, reverse=True):
        start, end = place_in(node.start), place_in(_end_of_lines(plain, node))
        end += sum(grown[inner] for inner in takewhile(end.__gt__, reversed(grown)))
        indent = " " * (node.start - plain.rfind("\n", 0, node.start) - 1)
        changed = changes[path](indent + text[start:end])
        if changed.startswith(indent):
            changed = changed.removeprefix(indent)
            text = text[:start] + changed + text[end:]
            grown[start] = len(changed) - (end - start)
    return text


def _end_of_lines(text: str, node: Node) -> int:
    """The end of a value, with the rest of its last line if it is not between brackets."""
    if node.style or text[node.end - 1] == "\n":
        return node.end
    return min(end_of_line(text, node.end) + 1, len(text))


def _plain_text(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _data_of(text: str) -> Any:
    parsed = parse_yaml("", text)
    if parsed.problems:
        raise SpliceError
    return parsed.data


def _same(one: Any, other: Any) -> bool:
    """Whether two values are equal and of the same type: 1 does not equal true."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _changed(data: Any, path: Path, value: Any) -> Any:
    """Returns the data with `value` at `path`, and with new collections on the way to it.

    Raises:
        SpliceError: a part of the path is no collection of the right kind.
    """
    if not path:
        return _plain(value)
    key, rest = path[0], path[1:]
    if data is None and value is not REMOVED:
        data = {} if isinstance(key, str) else []
    if isinstance(data, dict) and isinstance(key, str):
        pairs = dict(data)
        if value is not REMOVED or (rest and key in data):
            pairs[key] = _changed(data.get(key), rest, value)
        elif not rest:
            pairs.pop(key, None)
        return pairs
    if isinstance(data, list) and isinstance(key, int) and 0 <= key <= len(data):
        items = list(data)
        if value is REMOVED and (not rest or key == len(data)):
            return items[:key] + items[key + 1 :]
        earlier = items[key] if key < len(items) else None
        return [*items[:key], _changed(earlier, rest, value), *items[key + 1 :]]
    if value is REMOVED:
        return data
    raise SpliceError


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _applied(text: str, edits: Sequence[Edit]) -> str:
    """Applies edits of the text with plain line ends to the original, whose line ends stay."""
    place_in, is_crlf = _places(text), "\r\n" in text
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        new = edit.text.replace("\n", "\r\n") if is_crlf else edit.text
        text = text[: place_in(edit.start)] + new + text[place_in(edit.end) :]
    return text


def _places(text: str) -> Callable[[int], int]:
    """Finds the index in a text of an index in its plain form, whose lines all end in one sign."""
    skipped = len(text) - len(text.removeprefix("\ufeff"))
    ends = [
        found.start() - skipped - number for number, found in enumerate(re.finditer("\r\n", text))
    ]
    return lambda place: place + skipped + bisect_left(ends, place)
