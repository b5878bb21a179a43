"""Finds the parts of the JSON Schema of rule files that describe the value at a path."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from automator.files import Path
from automator.files.json_schema import resolved

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
