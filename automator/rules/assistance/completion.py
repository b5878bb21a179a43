"""Completion at the cursor of a rule file."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from automator.conditions import FUNCTIONS
from automator.files import Path
from automator.files.json_schema import resolved
from automator.model import record, shortened
from automator.plugins import AnyAction
from automator.rules.assistance.languages import (
    Completion,
    Option,
    in_expression,
    in_template,
    inside_template,
)
from automator.rules.assistance.schema import rule_file_schema
from automator.rules.assistance.texts import FILTER_TEXTS, NAME_TEXTS
from automator.rules.meaning.listening import SHARED_EVENTS
from automator.rules.meaning.subject import KnownPaths
from automator.rules.mending.cursor_context import Cursor, Entry, cursor_at, entries

# --- The knowledge of completion and explanations besides the text: names, and values of events ---


#: How many paths of a type of event are kept, values of a path, and characters of a value.
_MOST_PATHS = 400
_MOST_VALUES = 3
_MOST_CHARACTERS = 48
_DEEPEST = 8
_KNOWN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

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
            if _KNOWN_NAME.fullmatch(name):
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


# --- Completion ---


_MOST_OPTIONS = 200
_DURATIONS = ("30s", "5m", "15m", "1h", "2h", "20h", "1d", "7d")
_GROUPS = frozenset({"any", "all", "conditions"})
_LIMITS = frozenset({"once", "throttle", "debounce", "concurrency", "both", "absence"})
_EVENT = re.compile(r"\b(?:event|of|after):\s*(?P<names>\[[^\]\n]*\]?|[\w.*\"'-]+)")


def complete(text: str, position: int, known: Knowledge) -> Completion:
    """The options for the word at an offset of a text; empty if none is known."""
    cursor = cursor_at(text, position)
    if cursor.is_key and not cursor.is_item:
        return _completion(cursor.start, position, _keys(cursor, known))
    written = cursor.word
    open_template = inside_template(written)
    if open_template:
        length, options = in_template(*open_template, paths_at(text, position, known))
        return _completion(position - length, position, options)
    path = cursor.path
    if is_expression(path):
        begun = written.lstrip("\"' ") if written[:1] in "\"'" else written
        length, options = in_expression(begun, paths_at(text, position, known))
        if cursor.is_item and not begun:
            options = [*_keys(cursor, known), *options]
        return _completion(position - length, position, options)
    if cursor.is_key:
        keys = list(_keys(cursor, known))
        return _completion(cursor.start, position, [*keys, *_values(path, known)])
    start = cursor.start + len(written) - len(written.lstrip("\"'"))
    return _completion(start, position, _values(path, known))


def paths_at(text: str, position: int, known: Knowledge) -> dict[str, list[str]]:
    """The paths that a rule can read at an offset, each with values seen in events."""
    return {**own_names(text), **known.paths(listened_to(text, position))}


def is_expression(path: Path) -> bool:
    """Whether the text at a path is a condition or another JMESPath expression."""
    if not path:
        return False
    last = path[-1]
    above = path[-2] if len(path) > 1 else None
    return (
        (isinstance(last, int) and above in _GROUPS)
        or last in ("not", "expr", "if")
        or (last == "key" and above in _LIMITS)
        or above in ("set", "output")
    )


def listened_to(text: str, position: int) -> list[str]:
    """The names of events that the rule around an offset listens to."""
    lines = text.split("\n")
    row = text.count("\n", 0, position)
    column = next((found[0].column for line in lines if (found := _item(line))), 0)
    first = row
    while first > 0 and not _begins_rule(lines[first], column):
        first -= 1
    last = row + 1
    while last < len(lines) and not _begins_rule(lines[last], column):
        last += 1
    trigger = _EVENT.search("\n".join(lines[first:last]))
    return re.findall(r"[\w.*-]+", trigger["names"]) if trigger else []


def _item(line: str) -> list[Entry]:
    found = entries(line)
    return found if found and found[0].name is None else []


def _begins_rule(line: str, column: int) -> bool:
    found = _item(line)
    return bool(found) and found[0].column == column


def _completion(start: int, end: int, options: Iterable[Option]) -> Completion:
    ordered = sorted(options, key=lambda option: not option.is_needed)
    return Completion(start, end, tuple(ordered[:_MOST_OPTIONS]))


def _keys(cursor: Cursor, known: Knowledge) -> Iterator[Option]:
    for name, (schema, is_needed) in properties_at(known.schema, cursor.path).items():
        if name not in cursor.written:
            yield Option(
                label=name,
                insert=f"{name}:{_continued(cursor, kinds_of(schema, known.schema))}",
                kind="key",
                info=(schema["description"],) if schema.get("description") else (),
                is_needed=is_needed,
            )
    if cursor.column is None or cursor.is_item:
        return
    # Below the key of a list, the first item of the list may begin.
    for schema in schemas_at(known.schema, (*cursor.path, 0)):
        if kinds_of(schema, known.schema):
            yield Option(label="-", insert="- ", kind="key")
            return


def _continued(cursor: Cursor, kinds: set[str]) -> str:
    """The text to insert after the colon of a new key, given the kinds of its value."""
    if cursor.column is None or not kinds or kinds - {"object", "array", "null"}:
        return " "
    indent = "\n" + " " * (cursor.column + 2)
    return f"{indent}- " if "array" in kinds else indent


def _values(path: Path, known: Knowledge) -> Iterator[Option]:
    schemas = schemas_at(known.schema, path)
    for value in values_of(schemas):
        yield Option(label=value, kind="value")
    named, details = _names(path, known)
    for name in named:
        yield Option(label=name, kind="name", detail=details.get(name, ""))
    if not named and any(_is_duration(schema) for schema in schemas):
        yield from (Option(label=text, kind="value") for text in _DURATIONS)


def _names(path: Path, known: Knowledge) -> tuple[Sequence[str], dict[str, str]]:
    """The names that can be written at a path, and explanations of some of them."""
    keys = [part for part in path if isinstance(part, str)]
    last, above = (keys[-1:] or [""])[0], (keys[-2:-1] or [""])[0]
    if (last == "event" and above in ("trigger", "cancel_on")) or above in ("both", "absence"):
        return ([] if last in ("within", "key") else known.event_types()), {}
    if last == "connection" and above in ("trigger", "contacts"):
        return sorted(known.connections), dict(known.connections)
    if last == "via" and above in ("message", "actions"):
        return sorted(known.speaking), dict(known.connections)
    if last == "use":
        return sorted(known.snippets), {
            name: ", ".join(parameters) for name, parameters in known.snippets.items()
        }
    plain = {
        ("trigger", "provider"): known.providers,
        ("forward", "to"): known.targets,
        ("notify", "to"): known.receivers,
        ("cancel_follow_ups", "rule"): known.rules,
    }
    if last == "active" or last == "forward":
        return sorted(known.time_intervals if last == "active" else known.targets), {}
    return sorted(plain.get((above, last), ())), {}


def _is_duration(schema: Any) -> bool:
    return "(ms|s|m|h|d|w)" in str(schema.get("pattern", ""))


# Names that the text itself defines or that always exist: `vars`, `steps`, `contact`.

#: The fields of a contact that rules see.
_CONTACT = (
    "id", "name", "state", "tags", "first_seen", "last_inbound_at", "opted_out", "blocked",
    "human_reply_at", "window_opened_at",
)  # fmt: skip
_ALWAYS = (
    *(f"contact.{name}" for name in _CONTACT),
    "connection.name",
    "connection.provider",
)
_ID = re.compile(
    r"^(?P<indent>[ ]*(?:- +)?)id:\s*['\"]?(?P<id>[a-z][a-z0-9_]*)['\"]?\s*$", re.MULTILINE
)
_REMEMBERED = re.compile(r"\bremember:\s*\{(?P<pairs>[^}\n]*)")
_NAME = re.compile(r"[A-Za-z_]\w*$")
#: How many names of a text are offered.
_MOST = 200


def own_names(text: str) -> dict[str, list[str]]:
    """Paths outside the event that rules of a file can read, with values from the file."""
    found: dict[str, list[str]] = {path: [] for path in _ALWAYS}
    found |= {f"vars.{name}": [value] for name, value in _vars(text).items()}
    for step in _steps(text)[:_MOST]:
        found |= {f"steps.{step}.{part}": [] for part in ("status", "output")}
    for remembered in list(_REMEMBERED.finditer(text))[:_MOST]:
        names = (pair.partition(":")[0].strip() for pair in remembered["pairs"].split(","))
        found |= {f"contact.state.{name}": [] for name in names if _NAME.fullmatch(name)}
    return found


def _steps(text: str) -> list[str]:
    """The ids of actions; the ids of rules are indented less."""
    ids = [(len(found["indent"]), found["id"]) for found in _ID.finditer(text)]
    of_rules = min((column for column, _ in ids), default=0)
    return [name for column, name in ids if column > of_rules]


def _vars(text: str) -> Mapping[str, str]:
    """The names below `vars` of a file, with their values if on the same line, as JSON."""
    found: dict[str, str] = {}
    is_inside, column = False, None
    for line in text.split("\n"):
        keys = [entry for entry in entries(line) if entry.name is not None]
        if not keys or len(found) >= _MOST:
            continue
        key = keys[-1]
        if key.column == 0:
            is_inside, column = key.name == "vars", None
        elif is_inside and (column is None or key.column == column):
            column = key.column
            value = line[key.value :].split(" #")[0].strip().strip("'\"")
            found[str(key.name)] = json.dumps(value, ensure_ascii=False) if value else ""
    return {name: value for name, value in found.items() if _NAME.fullmatch(name)}


# --- Explanations of the word under the pointer in a rule file ---


_WORD = re.compile(r"[\w.\[\]-]")
_PATH = re.compile(r"[A-Za-z_][\w]*(?:\[\d+\]|\.[A-Za-z_]\w*)*")


@record
class About:
    """The explanation of the text from `start` to `end`."""

    start: int
    end: int
    title: str
    #: Paragraphs, in English; the catalogue has the other languages.
    info: tuple[str, ...] = ()
    #: The default, that is, the value of a missing key.
    default: str = ""
    #: Possible values, or values seen in events.
    examples: tuple[str, ...] = ()


def explain(text: str, position: int, known: Knowledge) -> About | None:
    """The explanation of the word at an offset; None for an unknown word."""
    start, end = _word_at(text, position)
    if start == end:
        return None
    cursor = cursor_at(text, end)
    word = text[start:end]
    if cursor.is_key or text[end : end + 1] == ":":
        found = _key(cursor, word.rstrip(":"), start, known)
        if found is not None:
            return found
    if is_expression(cursor.path) or inside_template(cursor.word):
        return _in_language(text, start, end, known)
    return _value(cursor, word, start, end, known)


def _word_at(text: str, position: int) -> tuple[int, int]:
    position = min(max(position, 0), len(text))
    start = end = position
    while start > 0 and _WORD.match(text[start - 1]):
        start -= 1
    while end < len(text) and _WORD.match(text[end]):
        end += 1
    return start, end


def _key(cursor: Cursor, word: str, start: int, known: Knowledge) -> About | None:
    schema, _ = properties_at(known.schema, cursor.path).get(word, ({}, False))
    if not schema:
        return None
    return About(
        start=start,
        end=start + len(word),
        title=word,
        default=_written(schema["default"]) if "default" in schema else "",
        info=(schema["description"],) if schema.get("description") else (),
        examples=tuple(values_of(schemas_at(known.schema, (*cursor.path, word)))),
    )


def _in_language(text: str, start: int, end: int, known: Knowledge) -> About | None:
    """The explanation of a function, a filter, or a path up to the pointer."""
    word = text[start:end]
    function = FUNCTIONS.get(word)
    if function is not None and text[end : end + 1] == "(":
        return About(start=start, end=end, title=function.usage, info=(function.summary,))
    if word in FILTER_TEXTS and text[:start].rstrip().endswith("|"):
        return About(start=start, end=end, title=word, info=(FILTER_TEXTS[word],))
    path = _PATH.match(text, start)
    if path is None:
        return None
    paths = paths_at(text, start, known)
    if path[0] in NAME_TEXTS:
        return About(start=start, end=path.end(), title=path[0], info=(NAME_TEXTS[path[0]],))
    if path[0] in paths:
        return About(
            start=start,
            end=path.end(),
            title=path[0],
            examples=tuple(value for value in paths[path[0]] if value),
        )
    return None


def _value(cursor: Cursor, word: str, start: int, end: int, known: Knowledge) -> About | None:
    """The explanation of a value: the text about its key, and the key's possible values."""
    keys = [part for part in cursor.path if isinstance(part, str)]
    if not keys:
        return None
    if word in known.connections and keys[-1] == "connection":
        return About(start=start, end=end, title=word, examples=(known.connections[word],))
    above = cursor.path[: len(cursor.path) - cursor.path[::-1].index(keys[-1]) - 1]
    schema: Mapping[str, Any] = properties_at(known.schema, above).get(keys[-1], ({}, False))[0]
    values = values_of(schemas_at(known.schema, cursor.path))
    if not values or not schema.get("description"):
        return None
    return About(
        start=start, end=end, title=keys[-1], info=(schema["description"],), examples=tuple(values)
    )


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- The parts of the JSON Schema that describe the value at a path ---


Schemas = Sequence[Mapping[str, Any]]
#: How many references and alternatives are followed: follow-ups make the schema endless.
_DEEPEST = 12


def schemas_at(root: Mapping[str, Any], path: Path) -> list[Mapping[str, Any]]:
    """Every schema that the value at a path may fit."""
    current = list(_alternatives(root, root))
    for part in path:
        below = [inner for schema in current for inner in _below(schema, part)]
        current = [one for inner in below for one in _alternatives(inner, root)]
    return current


def properties_at(root: Mapping[str, Any], path: Path) -> dict[str, tuple[Mapping[str, Any], bool]]:
    """The keys that the mapping at a path may have, and whether each is required."""
    found: dict[str, tuple[Mapping[str, Any], bool]] = {}
    for schema in schemas_at(root, path):
        needed = schema.get("required", ())
        for name, inner in schema.get("properties", {}).items():
            found.setdefault(name, (inner, name in needed))
    return found


def kinds_of(schema: Mapping[str, Any], root: Mapping[str, Any]) -> set[str]:
    """The kinds that a value may have: `object`, `array`, `string` and so on."""
    kinds: set[str] = set()
    for one in _alternatives(schema, root):
        kind = one.get("type")
        kinds |= set(kind) if isinstance(kind, list) else {kind} if kind else set()
    return kinds


def values_of(schemas: Schemas) -> list[str]:
    """The values that the schemas allow by name, as YAML writes them."""
    found: list[str] = []
    for schema in schemas:
        found += [str(value) for value in schema.get("enum", ())]
        if "const" in schema:
            found.append(str(schema["const"]))
        kind = schema.get("type")
        if kind == "boolean" or (isinstance(kind, list) and kind == ["boolean"]):
            found += ["true", "false"]
    return list(dict.fromkeys(found))


def _below(schema: Mapping[str, Any], part: str | int) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, int):
        items = schema.get("items")
        if isinstance(items, Mapping):
            yield items
        return
    inner = schema.get("properties", {}).get(part)
    if inner is None:
        inner = schema.get("additionalProperties")
    if isinstance(inner, Mapping):
        yield inner


def _alternatives(
    schema: Mapping[str, Any], root: Mapping[str, Any], depth: int = 0
) -> Iterator[Mapping[str, Any]]:
    """The alternatives of a schema, one by one, with references followed."""
    schema = resolved(schema, root)
    yield schema
    if depth < _DEEPEST:
        for one in schema.get("anyOf", ()):
            yield from _alternatives(one, root, depth + 1)
