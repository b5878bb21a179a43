"""Warns of conditions that never hold, or that read paths that no event has.

All of it is advice (warnings): a rule set that was loaded before must load again.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from automator.conditions import Equals, ExpressionError, Finding, compile_expression
from automator.conditions.forms.grammar import parse
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.values import Node
from automator.files import Path, did_you_mean
from automator.model import Reason, Severity, Trigger
from automator.reasons.problems import meaning
from automator.rules.compiled.globs import is_glob, matches, matches_any
from automator.rules.reading.collector import Collector

#: Event types with the paths that their samples have; `event.post.*` stands for all below it.
KnownPaths = Mapping[str, Collection[str]]

_OBJECTS = ("conversation", "post", "comment", "parent", "message")
_TEXTS = frozenset(
    {
        "event.id",
        "event.type",
        "event.provider",
        "event.connection",
        "event.occurred_at",
        "event.received_at",
        "event.text",
        "event.actor.id",
        "event.actor.name",
    }
    | {f"event.{name}.id" for name in _OBJECTS}
)
_FLAGS = frozenset({"event.actor.is_self"})
_ALWAYS = frozenset(name for name in _TEXTS | _FLAGS if name.split(".")[1] not in _OBJECTS) | {
    "event.actor"
}
#: Values of another condition that a problem names, at most.
_MOST_LITERALS = 4
_OPEN = ("event.headers", "event.query")
#: Forms whose parts all see the same names.
_TRANSPARENT = frozenset(
    {
        "and_expression",
        "or_expression",
        "not_expression",
        "comparator",
        "function_expression",
        "multi_select_list",
        "multi_select_dict",
        "key_val_pair",
    }
)


#: What is wrong with a path that is not of the event, and how many of its names show that.
Missing = Callable[[tuple[str, ...]], tuple[Reason, int] | None]


def check_meaning(
    collector: Collector,
    path: Path,
    items: Any,
    trigger: Trigger,
    known: KnownPaths,
    missing: Missing = lambda _names: None,
) -> None:
    """Looks through the conditions of a rule, as its file writes them."""
    checker = _Checker(collector, trigger, known, missing)
    checker.check_all(path, items, {})


def check_paths(
    collector: Collector, path: Path, text: str, trigger: Trigger, known: KnownPaths
) -> None:
    """Looks whether the events of a trigger have what an expression reads."""
    _Checker(collector, trigger, known).check_paths(path, text)


def event_paths(trigger: Trigger, known: KnownPaths) -> Callable[[str], Reason | None]:
    """Says of a path of an event why no event of a trigger has it, or None."""
    paths = _paths_of(trigger, known)
    return lambda name: _missing(paths, trigger, name)


class _Checker:
    def __init__(
        self,
        collector: Collector,
        trigger: Trigger,
        known: KnownPaths,
        missing: Missing = lambda _names: None,
    ) -> None:
        self._missing = missing
        self._collector = collector
        self._trigger = trigger
        self._known = _paths_of(trigger, known)

    def check_all(self, path: Path, items: Any, required: dict[str, frozenset[str]]) -> None:
        """A list of which all have to hold; `required` is what the ones before it want equal."""
        for index, item in enumerate(items if isinstance(items, list) else ()):
            self._check_item((*path, index), item, required)

    def _check_item(self, path: Path, item: Any, required: dict[str, frozenset[str]]) -> None:
        if isinstance(item, str):
            self._check(path, item, required)
        if not isinstance(item, Mapping):
            return
        if isinstance(item.get("expr"), str):
            self._check((*path, "expr"), item["expr"], required)
        self.check_all((*path, "all"), item.get("all"), required)
        for kind in ("any", "not"):
            here: Path = (*path, kind)
            inner = item.get(kind)
            if isinstance(inner, str):
                self._check(here, inner, {})
            for index, one in enumerate(inner if isinstance(inner, list) else ()):
                self._check_item((*here, index), one, dict(required) if kind == "any" else {})

    def _check(self, path: Path, text: str, required: dict[str, frozenset[str]]) -> None:
        try:
            predicates = compile_expression(text).predicates
        except ExpressionError:
            return
        for node in _parts(parse(text)):
            if node["type"] == "comparator":
                self._check_comparison(path, text, node)
        self.check_paths(path, text)
        for predicate in predicates:
            if isinstance(predicate, Equals):
                name = ".".join(predicate.path)
                before = required.setdefault(name, predicate.literals)
                required[name] = before & predicate.literals
                if before and predicate.literals and not required[name]:
                    wanted = [f"'{literal}'" for literal in sorted(before)[:_MOST_LITERALS]]
                    reason = meaning.CONTRADICTION(name=name, wanted=wanted)
                    self._warn(path, text, name, reason)

    def check_paths(self, path: Path, text: str) -> None:
        """Warns of paths that no sample of the trigger's events has, and of `events`."""
        if "events" in compile_expression(text).roots:
            self._warn(path, text, "events", meaning.EVENTS_TOO_EARLY())
        for names in paths_read(text):
            if len(names) > 1:
                self._check_path(path, text, ".".join(names))
            found = self._missing(names)
            if found is not None:
                self._warn(path, text, ".".join(names[: found[1]]), found[0])

    def _check_comparison(self, path: Path, text: str, node: Node) -> None:
        left, right = node["children"]
        if left["type"] == "literal" and right["type"] == "literal":
            self._warn(path, text, "", meaning.CONSTANT_COMPARISON())
            return
        if left["type"] == "literal":
            left, right = right, left
        names = path_names(left)
        if names is None or right["type"] != "literal" or node["value"] != "eq":
            return
        name, value = ".".join(names), right["value"]
        if isinstance(value, str):
            self._check_trigger(path, text, name, value)
        if name in _TEXTS and value is not None and not isinstance(value, str):
            written = json.dumps(value, ensure_ascii=False)
            self._warn(path, text, name, meaning.NOT_A_TEXT(name=name, written=written))
        if name in _FLAGS and value is not None and not isinstance(value, bool):
            self._warn(path, text, name, meaning.NOT_A_FLAG(name=name))

    def _check_trigger(self, path: Path, text: str, name: str, value: str) -> None:
        trigger = self._trigger
        listened = {
            "event.type": trigger.events,
            "event.connection": trigger.connections,
            "connection.name": trigger.connections,
            "event.provider": trigger.providers,
            "connection.provider": trigger.providers,
        }.get(name, ())
        if name == "event.type":
            if value != value.lower():
                self._warn(path, text, name, meaning.EVENT_IN_CAPITALS(lower=value.lower()))
                return
            is_covered = matches_any(value, listened)
        else:
            is_covered = value in listened
        if listened and not is_covered:
            reason = meaning.NOT_LISTENED_TO(listened=listened, value=value)
            self._warn(path, text, name, reason)

    def _check_path(self, path: Path, text: str, name: str) -> None:
        reason = _missing(self._known, self._trigger, name)
        if reason is not None:
            self._warn(path, text, name, reason)

    def _warn(self, path: Path, text: str, word: str, reason: Reason) -> None:
        """A warning under a word of the expression, or under all of it."""
        found = re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", text) if word else None
        offset, length = (found.start(), len(word)) if found else (0, len(text))
        self._collector.inside(path, Finding(offset, length, reason), Severity.WARNING)


def _missing(known: frozenset[str] | None, trigger: Trigger, name: str) -> Reason | None:
    """Why none of the trigger's events has a path; None where one has, or nobody knows."""
    if known is None or not name.startswith("event."):
        return None
    parts = name.split(".")
    around = [".".join(parts[:end]) + ".*" for end in range(2, len(parts))]
    if name in known or any(one in known for one in around):
        return None
    nearest = did_you_mean(name, [one for one in known if not one.endswith(".*")])
    if nearest:
        return meaning.MISSPELT_PATH(events=trigger.events, path=name, nearest=nearest)
    return meaning.UNKNOWN_PATH(events=trigger.events, path=name)


def paths_read(text: str) -> Iterator[tuple[str, ...]]:
    """The paths that an expression reads at the top of the scope."""
    for node in _parts(parse(text)):
        names = path_names(node)
        if names:
            yield tuple(names)


def paths_of_expression(text: str) -> Iterator[tuple[str, ...]]:
    """As `paths_read`; an expression that is wrong reads nothing."""
    try:
        compile_expression(text)
    except ExpressionError:
        return
    yield from paths_read(text)


def _parts(tree: Node) -> Iterator[Node]:
    """The parts of an expression that see the event at their top."""
    yield tree
    if tree["type"] in _TRANSPARENT:
        for child in tree["children"]:
            yield from _parts(child)


def _paths_of(trigger: Trigger, known: KnownPaths) -> frozenset[str] | None:
    """The paths of all events that a trigger may mean, or None when that cannot be said."""
    found: frozenset[str] = _ALWAYS | {f"{one}.*" for one in _OPEN}
    if not trigger.events:
        return None
    for event in trigger.events:
        of_event = [paths for kind, paths in known.items() if matches(kind, event)]
        if not of_event or is_glob(event):
            # A glob may cover events that have no samples.
            return None
        found = found.union(*of_event)
    return found


def covers(wide: Trigger, narrow: Trigger) -> bool:
    """Whether `wide` listens to every event that `narrow` listens to."""

    def includes(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
        return not outer or (bool(inner) and set(inner) <= set(outer))

    events = not wide.events or (
        bool(narrow.events)
        and all(one in wide.events or matches_any(one, wide.events) for one in narrow.events)
    )
    return (
        events
        and includes(wide.connections, narrow.connections)
        and includes(wide.providers, narrow.providers)
        and (wide.include_self or not narrow.include_self)
    )
