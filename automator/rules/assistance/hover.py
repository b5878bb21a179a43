"""Explanations of the word under the pointer in a rule file."""

import re
from collections.abc import Mapping
from typing import Any

from automator.conditions import FUNCTIONS
from automator.model import record
from automator.rules.assistance.completion import is_expression, paths_at
from automator.rules.assistance.knowledge import Knowledge
from automator.rules.assistance.languages import inside_template
from automator.rules.assistance.schema_lookup import properties_at, schemas_at, values_of
from automator.rules.assistance.texts import FILTER_TEXTS, NAME_TEXTS
from automator.rules.mending.cursor_context import Cursor, cursor_at

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
    if is_expression(cursor.path) or inside_template(cursor.word[: len(cursor.word)]):
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
