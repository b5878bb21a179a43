"""Old spellings in rule files, and how each is written now.

`OLD_SPELLINGS` is the only declaration. Reading takes an old spelling as its new one, with a
warning; `automator fix`, the quick fix of the editor and the table in the reference are made of the
same rows. All other modules know only the new names.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from automator.files import Parsed, Path
from automator.model import Problem, Severity, record
from automator.reasons.problems.shape import shape_old_spelling, shape_spelling_needless
from automator.rules.schema.arrival_sources import EVENT_FIELDS


class Move(NamedTuple):
    """Renames a key, or moves its value into another mapping, which may be new."""

    old: Path
    path: Path


class Put(NamedTuple):
    """Sets a value."""

    path: Path
    value: Any


class Drop(NamedTuple):
    """Removes a key."""

    path: Path


Change = Move | Put | Drop
#: The changes of a mapping, by paths from there; empty if it does not have the old spelling.
Changes = Callable[[Mapping[str, Any]], list[Change]]


@record(kw_only=False)
class OldSpelling:
    """An old spelling in one kind of mapping, and its new spelling, as people write them."""

    #: An action, `rule`, `step`, `event` of a test, `test`, or an `expected` action of a test.
    where: str
    old: str
    #: "" = it is left out.
    new: str
    changes: Changes

    @property
    def key(self) -> str:
        """The key that has the old spelling."""
        return self.old.partition(":")[0]


def _renamed(old: str, new: str) -> Changes:
    return lambda written: [Move((old,), (new,))] if new not in written else []


def _switched_off(written: Mapping[str, Any]) -> list[Change]:
    match written["disabled"]:
        case {"reason": str(reason), **others} if not others and "disabled_reason" not in written:
            moved = Move(("disabled",), ("disabled_reason",))
            return [Put(("enabled",), False), moved, Put(("disabled_reason",), reason)]
    return []


def _going_on(written: Mapping[str, Any]) -> list[Change]:
    new = ("continue_on_error",)
    is_old = written["on_error"] == "continue" and new[0] not in written
    return [Move(("on_error",), new), Put(new, True)] if is_old else []


def _expected(old: str, value: bool, new: str) -> Changes:
    """A match or none is a word if nothing else is expected, and otherwise the word and true."""

    def changes(written: Mapping[str, Any]) -> list[Change]:
        expect = written["expect"]
        if not isinstance(expect, Mapping) or expect.get(old) is not value:
            return []
        if len(expect) == 1:
            return [Put(("expect",), new)]
        path = ("expect", new)
        return [Move(("expect", old), path), Put(path, True)] if new not in expect else []

    return changes


def _moved(old: str, new: Path, needed: str) -> Changes:
    """A key of a mapping that has the key `needed` moves into another mapping beside it."""

    def changes(written: Mapping[str, Any]) -> list[Change]:
        beside = written.get(str(new[0]), {})
        is_old = needed in written and isinstance(beside, Mapping) and new[1] not in beside
        return [Move((old,), new)] if is_old else []

    return changes


OLD_SPELLINGS: Final = (
    OldSpelling("ask", "expires: …", "within: …", _renamed("expires", "within")),
    OldSpelling("follow_up", "window: …", "within: …", _renamed("window", "within")),
    OldSpelling("emit", "type: …", "event: …", _renamed("type", "event")),
    OldSpelling("step", "on_error: continue", "continue_on_error: true", _going_on),
    OldSpelling(
        "step",
        "on_error: stop",
        "",
        lambda written: [Drop(("on_error",))] if written["on_error"] == "stop" else [],
    ),
    OldSpelling(
        "rule",
        "disabled: {reason: …}",
        "enabled: false, disabled_reason: …",
        _switched_off,
    ),
    *(
        OldSpelling("test", f"expect: {{{old}: {value}}}", f"expect: {new}", changes)
        for old, value, new, changes in (
            ("matched", "false", "no_match", _expected("matched", False, "no_match")),
            ("matched", "true", "matched", _expected("matched", True, "matched")),
            ("no_match", "true", "no_match", _expected("no_match", True, "no_match")),
            ("no_match", "false", "matched", _expected("no_match", False, "matched")),
        )
    ),
    *(
        OldSpelling(
            "event",
            f"{name}: …",
            f"with: {{event.{name}: …}}",
            _moved(name, ("with", f"event.{name}"), "type"),
        )
        for name in EVENT_FIELDS
    ),
    *(
        OldSpelling(
            "expected", f"{name}: …", f"sends: {{{name}: …}}", _moved(name, ("sends", name), "id")
        )
        for name in ("via", "attachments", "quick_replies", "buttons", "template")
    ),
)


class Found(NamedTuple):
    """An old spelling in a file, by the path of its key, with the changes from its mapping on."""

    spelling: OldSpelling
    path: Path
    changes: list[Change]


def old_spellings_in(data: Any) -> Iterator[Found]:
    """The old spellings in the data of a rule file, in the order of their places."""
    for where, path, written in _places(data):
        for spelling in OLD_SPELLINGS:
            if spelling.where != where or spelling.key not in written:
                continue
            if changes := spelling.changes(written):
                yield Found(spelling, (*path, spelling.key), changes)


def _below(path: Path, change: Change) -> Change:
    """The same change, by paths from the root."""
    below = change._replace(path=path + change.path)
    return below._replace(old=path + below.old) if isinstance(below, Move) else below


def _items(path: Path, written: Any, key: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The mappings in a list below a key."""
    items = written.get(key) if isinstance(written, Mapping) else None
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield (*path, key, number), item


def _places(data: Any) -> Iterator[tuple[str, Path, Mapping[str, Any]]]:
    """Every mapping that may have an old spelling, with its kind."""
    snippets = data.get("snippets") if isinstance(data, Mapping) else None
    for name, snippet in snippets.items() if isinstance(snippets, Mapping) else ():
        yield from _steps(("snippets", name), snippet, "actions")
    for path, rule in _items((), data, "rules"):
        yield "rule", path, rule
        for key in ("actions", "on_error"):
            yield from _steps(path, rule, key)
        for here, test in _items(path, rule, "tests"):
            yield "test", here, test
            if isinstance(test.get("event"), Mapping):
                yield "event", (*here, "event"), test["event"]
            for inner, event in _items(here, test, "events"):
                yield "event", inner, event
            yield from _expected_steps((*here, "expect"), test.get("expect"))


def _expected_steps(path: Path, written: Any) -> Iterator[tuple[str, Path, Mapping[str, Any]]]:
    for key in ("actions", "on_error"):
        yield from (("expected", *item) for item in _items(path, written, key))
    for planned, item in _items(path, written, "follow_ups"):
        yield from _expected_steps(planned, item)


def _steps(path: Path, written: Any, key: str) -> Iterator[tuple[str, Path, Mapping[str, Any]]]:
    for here, step in _items(path, written, key):
        yield "step", here, step
        for name, inputs in step.items():
            if isinstance(inputs, Mapping):
                yield name, (*here, name), inputs
        planned: Path = (*here, "follow_up")
        yield from _steps(planned, step.get("follow_up"), "actions")
        for inner, item in _items(planned, step.get("follow_up"), "next"):
            yield "follow_up", inner, item
            yield from _steps(inner, item, "actions")


def take_as_new(parsed: Parsed) -> list[Problem]:
    """Changes the data of a file to the new spellings; returns a warning for each old one."""
    found = list(old_spellings_in(parsed.data))
    moves: dict[Path, Path] = {}
    problems: list[Problem] = []
    for spelling, path, changes in found:
        reason = shape_spelling_needless(old=spelling.old)
        if spelling.new:
            reason = shape_old_spelling(old=spelling.old, better=spelling.new)
        position = parsed.positions.key(path)
        problems.append(parsed.problem(position, reason, Severity.WARNING))
        for change in (_below(path[:-1], one) for one in changes):
            _apply(parsed.data, change)
            if isinstance(change, Move):
                moves[change.old] = change.path
    parsed.positions.also_at(moves)
    return problems


def _apply(data: Any, change: Change) -> None:
    """Makes a change in the data; a renamed key keeps its place."""
    pairs, key = _mapping_at(data, change.path[:-1]), change.path[-1]
    if isinstance(change, Put):
        pairs[key] = change.value
    elif isinstance(change, Drop):
        del pairs[key]
    elif change.old[:-1] != change.path[:-1]:
        pairs[key] = _mapping_at(data, change.old[:-1]).pop(change.old[-1])
    else:
        renamed = [(key if name == change.old[-1] else name, pairs[name]) for name in pairs]
        pairs.clear()
        pairs.update(renamed)


def _mapping_at(data: Any, path: Path) -> dict[str | int, Any]:
    """The mapping at a path; a missing one is made."""
    for part in path:
        data = data.setdefault(part, {}) if isinstance(part, str) else data[part]
    mapping: dict[str | int, Any] = data
    return mapping
