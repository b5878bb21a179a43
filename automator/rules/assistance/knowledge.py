"""The knowledge of completion and explanations besides the text: names, and values of events."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from automator.model import shortened
from automator.plugins import AnyAction
from automator.rules.assistance.schema import rule_file_schema
from automator.rules.meaning.listening import SHARED_EVENTS
from automator.rules.meaning.subject import KnownPaths

#: How many paths of a type of event are kept, values of a path, and characters of a value.
_MOST_PATHS = 400
_MOST_VALUES = 3
_MOST_CHARACTERS = 48
_DEEPEST = 8
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

#: The values of each path as JSON, by type of event and then by path.
Seen = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """The names that a rule file may use, and the values in events."""

    schema: Mapping[str, Any]
    #: The connections with the kinds of their providers.
    connections: Mapping[str, str] = field(default_factory=dict)
    #: The connections that can send messages to people.
    speaking: Collection[str] = ()
    targets: Collection[str] = ()
    receivers: Collection[str] = ()
    time_intervals: Collection[str] = ()
    vars: Mapping[str, Any] = field(default_factory=dict)
    rules: Collection[str] = ()
    #: The parameters of every snippet, by its name.
    snippets: Mapping[str, Collection[str]] = field(default_factory=dict)
    providers: Collection[str] = ()
    #: The values in stored events.
    seen: Seen = field(default_factory=dict)
    #: The paths in the samples of each type of event.
    samples: KnownPaths = field(default_factory=dict)

    @classmethod
    def of(cls, actions: Mapping[str, AnyAction], **known: Any) -> "Knowledge":
        """Makes the knowledge for a set of actions."""
        return cls(schema=rule_file_schema(actions), **known)

    def with_events(
        self, seen: Seen, rules: Collection[str], snippets: Mapping[str, Collection[str]]
    ) -> "Knowledge":
        """The same knowledge, with values seen in events, and with the ids of the rules and the
        snippets in force.
        """
        return replace(self, seen=seen, rules=rules, snippets=snippets)

    def event_types(self) -> list[str]:
        """The types of events, first those that have come in."""
        others = sorted({*self.samples, *SHARED_EVENTS} - self.seen.keys())
        return [*sorted(self.seen), *others]

    def paths(self, wanted: Collection[str]) -> dict[str, list[str]]:
        """The paths of events of these types, with seen values; of all types if none matches."""
        known = {*self.seen, *self.samples}
        types = {name for name in known for glob in wanted if fnmatchcase(name, glob)} or known
        found: dict[str, list[str]] = {}
        for name in sorted(types):
            for path in self.samples.get(name, ()):
                if not path.endswith(".*"):
                    found.setdefault(path, [])
            for path, values in self.seen.get(name, {}).items():
                kept = found.setdefault(path, [])
                kept += [value for value in values if value not in kept]
        found["event.type"] = [json.dumps(name) for name in sorted(self.seen)]
        found |= {f"vars.{name}": [_short(value)] for name, value in self.vars.items()}
        return found


def seen_in(events: Iterable[tuple[str, Mapping[str, Any]]]) -> Seen:
    """Collects the values in events, given as type and body; earlier events come first."""
    found: dict[str, dict[str, list[str]]] = {}
    for event_type, body in events:
        paths = found.setdefault(event_type, {})
        for path, value in _paths(body, "event", 1):
            if path not in paths and len(paths) >= _MOST_PATHS:
                continue
            values = paths.setdefault(path, [])
            shown = _short(value)
            if shown and shown not in values and len(values) < _MOST_VALUES:
                values.append(shown)
    return found


def _paths(value: Any, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    yield path, value
    if depth >= _DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if _NAME.fullmatch(name):
                yield from _paths(inner, f"{path}.{name}", depth + 1)
    elif isinstance(value, list) and value:
        yield from _paths(value[0], f"{path}[0]", depth + 1)


def _short(value: Any) -> str:
    """A value as JSON, if it is a text, a number or a truth value; cut if it is long."""
    if isinstance(value, Mapping | list) or value is None:
        return ""
    if isinstance(value, str):
        value = shortened(value, _MOST_CHARACTERS)
    return json.dumps(value, ensure_ascii=False, default=str)
