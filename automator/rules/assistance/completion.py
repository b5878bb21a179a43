"""Completion at the cursor of a rule file."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from automator.files import Path
from automator.rules.assistance.knowledge import Knowledge
from automator.rules.assistance.languages import (
    Completion,
    Option,
    in_expression,
    in_template,
    inside_template,
)
from automator.rules.assistance.schema_lookup import kinds_of, properties_at, schemas_at, values_of
from automator.rules.mending.cursor_context import Cursor, Entry, cursor_at, entries

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
