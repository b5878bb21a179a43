"""Completion inside conditions and templates: names, paths with values, functions and filters."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from automator.conditions import FUNCTIONS, INTENTS, SCOPE_NAMES
from automator.model import record
from automator.rules.assistance.texts import FILTER_TEXTS, NAME_TEXTS

_PATH = re.compile(r"[A-Za-z_][\w.\[\]]*$")
_COMPARED = re.compile(
    r"(?P<path>[A-Za-z_][\w.\[\]]*)\s*(?:==|!=)\s*(?P<quote>'?)(?P<word>[^'`]*)$"
)
_ASKED = re.compile(r"asks\([^'(){}]*,\s*\[?(?:'\w*'\s*,\s*)*'(?P<word>\w*)$")
_FILTER = re.compile(r"\|\s*(?P<word>\w*)$")
_TAG = re.compile(r"^\s*(?P<word>\w*)$")
#: How many characters before the cursor are examined.
_MOST_LOOKED_AT = 1_000
_TAGS = ("if ", "elif ", "else", "endif", "for item in ", "endfor", "set name = ")

Paths = Mapping[str, Sequence[str]]


@record
class Option:
    """Something that can be written at the cursor."""

    label: str
    #: The text to insert, if it differs from the label.
    insert: str = ""
    #: A text beside the label: a value, or how to call a function.
    detail: str = ""
    #: `key`, `value`, `name`, `path`, `function`, `filter` or `tag`.
    kind: str
    #: Paragraphs about it, in English; the catalogue has the other languages.
    info: tuple[str, ...] = ()
    #: Values that were seen, as JSON.
    examples: tuple[str, ...] = ()
    #: Whether it is required at the cursor, and therefore comes first.
    is_needed: bool = False


@record(kw_only=False)
class Completion:
    """The options that can replace the text from `start` to `end`."""

    start: int
    end: int
    options: tuple[Option, ...]


def inside_template(written: str) -> tuple[str, str] | None:
    """The content of the template that is open at a text's end, and its `{{` or `{%`; or None."""
    for opening, closing in (("{{", "}}"), ("{%", "%}")):
        begun = written.rfind(opening)
        if begun >= 0 and written.find(closing, begun) < 0:
            return opening, written[begun + 2 :]
    return None


def in_template(opening: str, written: str, paths: Paths) -> tuple[int, list[Option]]:
    """The completion inside `{{` or `{%`: the length of the begun word, and the options."""
    written = written[-_MOST_LOOKED_AT:]
    filter_ = _FILTER.search(written)
    if filter_:
        found = [
            Option(label=name, kind="filter", info=(text,)) for name, text in FILTER_TEXTS.items()
        ]
        return len(filter_["word"]), found
    tag = _TAG.match(written) if opening == "{%" else None
    if tag:
        words = [Option(label=word.strip(), insert=word, kind="tag") for word in _TAGS]
        return len(tag["word"]), words
    return _names(written, paths)


def in_expression(written: str, paths: Paths) -> tuple[int, list[Option]]:
    """The completion in a condition: the length of the begun word, and the options."""
    written = written[-_MOST_LOOKED_AT:]
    compared = _COMPARED.search(written)
    if compared and paths.get(compared["path"]):
        quote = compared["quote"]
        values = [_literal(value, quote) for value in paths[compared["path"]] if "…" not in value]
        found = [Option(label=value, kind="value") for value in values if value]
        if found:
            return len(compared["word"]), found
    if asked := _ASKED.search(written):
        intents = INTENTS.items()
        found = [Option(label=name, kind="value", info=(one.about,)) for name, one in intents]
        return len(asked["word"]), found
    length, found = _names(written, paths)
    if "." not in written[len(written) - length :] and not written.endswith("."):
        found += [
            Option(
                label=function.name,
                insert=f"{function.name}(",
                detail=function.usage,
                kind="function",
                info=(function.summary,),
            )
            for function in FUNCTIONS.values()
        ]
    return length, found


def _names(written: str, paths: Paths) -> tuple[int, list[Option]]:
    """The names with which a path can begin, or the names that can follow in a begun path."""
    begun = _PATH.search(written)
    parent, dot, word = (begun[0] if begun else "").rpartition(".")
    if not dot:
        return len(word), [
            Option(label=name, kind="name", info=(NAME_TEXTS[name],))
            for name in sorted(SCOPE_NAMES)
        ]
    return len(word), list(_children(parent, paths))


def _children(parent: str, paths: Paths) -> Iterator[Option]:
    """The options for the names directly below a path, with values seen there."""
    names: dict[str, list[str]] = {}
    for path, values in paths.items():
        if path.startswith(f"{parent}."):
            rest = path[len(parent) + 1 :]
            name = re.split(r"[.\[]", rest, maxsplit=1)[0]
            seen = names.setdefault(name, [])
            seen += values if rest == name else []
    # Names from real events come before names that only samples have.
    for name, seen in sorted(names.items(), key=lambda item: (not item[1], item[0])):
        yield Option(label=name, detail=seen[0] if seen else "", kind="path", examples=tuple(seen))


def _literal(value: str, quote: str) -> str:
    """A seen value, as a condition writes it; the text already has the quotation mark `quote`."""
    if not value.startswith('"'):
        return "" if quote else f"`{value}`"
    text = str(json.loads(value))
    if "'" in text or "\\" in text or "\n" in text:
        return ""
    return f"{text}'" if quote else f"'{text}'"
