"""The conditions that people can choose in a form, and the JMESPath of each.

A form shows any other condition as text.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import TypeVar

from automator.model import record

_TEXT = r"'((?:[^'\\]|\\.)*)'"
_LIST = rf"\[\s*(?:{_TEXT}\s*(?:,\s*{_TEXT}\s*)*)?\]"
_ONE = re.compile(_TEXT)
_UNREADABLE = re.compile(r"[\\\[\]{}]")
_KEYWORDS = re.compile(
    r"keywords\(\s*event\.text\s*,\s*(?P<words>\[[^\[\]]*\])\s*"
    r"(?:,\s*\{(?P<options>[^{}]*)\}\s*)?\)"
)
_OPTION = re.compile(
    rf"\s*(?P<name>\w+)\s*:\s*(?P<value>{_TEXT}|\[[^\[\]]*\])\s*(?:,|$)", re.DOTALL
)
_POSTS = re.compile(
    rf"event\.post\.id\s*==\s*(?P<one>{_TEXT})"
    r"|one_of\(\s*event\.post\.id\s*,\s*(?P<many>\[[^\[\]]*\])\s*\)"
)
_HOURS = re.compile(
    r"between\(\s*now\s*,\s*'(?P<first>\d\d:\d\d)'\s*,\s*'(?P<last>\d\d:\d\d)'\s*"
    r"(?:,\s*'(?P<zone>[\w/+-]+)'\s*)?\)"
)
_FOUND = re.compile(r"(?P<name>phones|links|emails)\(\s*event\.text\s*\)")
MODES = ("word", "contains", "exact")
#: The kinds of groups: one, all or none of the items must hold.
GROUPS = ("any", "all", "not")
#: How many conditions of a list are shown; further conditions are edited as text.
_MOST_SHOWN = 20
#: Words of a field, at most.
_MOST_WORDS = 100


@record(kw_only=False)
class Words:
    """`keywords()`: the text has one of these words."""

    words: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    mode: str = "word"

    def __str__(self) -> str:
        options = [f"mode: {_quoted(self.mode)}"] if self.mode != "word" else []
        if self.exclude:
            options.append(f"exclude: {_listed(self.exclude)}")
        end = f", {{{', '.join(options)}}}" if options else ""
        return f"keywords(event.text, {_listed(self.words)}{end})"


@record(kw_only=False)
class Posts:
    """The event is about one of these posts."""

    ids: tuple[str, ...]

    def __str__(self) -> str:
        if len(self.ids) == 1:
            return f"event.post.id == {_quoted(self.ids[0])}"
        return f"one_of(event.post.id, {_listed(self.ids)})"


@record(kw_only=False)
class Hours:
    """The time is between these times of the day, in a zone or in the server's."""

    first: str
    last: str
    zone: str = ""

    def __str__(self) -> str:
        zone = f", {_quoted(self.zone)}" if self.zone else ""
        return f"between(now, {_quoted(self.first)}, {_quoted(self.last)}{zone})"


@record(kw_only=False)
class Found:
    """Something is found in the text, by the function with this name."""

    name: str

    def __str__(self) -> str:
        return f"{self.name}(event.text)"


@record(kw_only=False)
class TopLevel:
    """Only comments under the post itself, not answers to other comments."""

    def __str__(self) -> str:
        return "event.parent == null"


#: A condition that has fields of its own in the form of a rule.
FormCondition = Words | Found | Posts | Hours | TopLevel
K = TypeVar("K", bound=FormCondition)


@record(kw_only=False)
class Chosen:
    """The conditions of a list that a form can show, its groups, and the others, by index."""

    known: list[tuple[int, FormCondition]] = field(default_factory=list)
    groups: list[tuple[int, str]] = field(default_factory=list)
    others: list[int] = field(default_factory=list)

    def of(self, kind: type[K]) -> list[tuple[int, K]]:
        """The expressions of one kind with their indexes, in order."""
        return [(index, one) for index, one in self.known if isinstance(one, kind)]


def read_conditions(conditions: object) -> Chosen:
    """The conditions of a list that a form can show.

    A form has one checkbox for TopLevel, so a second such condition is one of the others.
    """
    chosen = Chosen()
    for index, item in enumerate(conditions if isinstance(conditions, list) else []):
        if kind := group_of(item):
            chosen.groups.append((index, kind))
            continue
        known = _read(item)
        is_ticked = isinstance(known, TopLevel) and chosen.of(TopLevel)
        if known and len(chosen.known) < _MOST_SHOWN and not is_ticked:
            chosen.known.append((index, known))
        else:
            chosen.others.append(index)
    return chosen


def group_of(item: object) -> str:
    """The kind of a group of conditions; "" for anything else."""
    if not isinstance(item, dict) or len(item) != 1:
        return ""
    ((kind, items),) = item.items()
    return kind if kind in GROUPS and isinstance(items, list) and items else ""


def _read(item: object) -> FormCondition | None:
    text = item.strip() if isinstance(item, str) else ""
    if match := _HOURS.fullmatch(text):
        return Hours(match["first"], match["last"], match["zone"] or "")
    if match := _FOUND.fullmatch(text):
        return Found(match["name"])
    if text == str(TopLevel()):
        return TopLevel()
    return read_words(text) or _read_posts(text)


def read_words(text: str) -> Words | None:
    """The words of a `keywords()` over the event's text; None for any other expression."""
    found = _KEYWORDS.fullmatch(text.strip())
    words = _texts(found["words"]) if found else None
    if found is None or not words:
        return None
    options: dict[str, str] = {}
    rest = found["options"] or ""
    while rest.strip():
        option = _OPTION.match(rest)
        if option is None:
            return None
        options[option["name"]] = option["value"]
        rest = rest[option.end() :]
    exclude = _texts(options.pop("exclude", "[]"))
    mode = _unquoted(options.pop("mode", "'word'")[1:-1])
    if options or exclude is None or mode not in MODES:
        return None
    return Words(words, exclude, mode)


def _read_posts(text: str) -> Posts | None:
    found = _POSTS.fullmatch(text)
    ids = _texts(f"[{found['one']}]" if found["one"] else found["many"]) if found else None
    return Posts(ids) if ids else None


def _texts(text: str) -> tuple[str, ...] | None:
    """The texts of a list that contains only texts."""
    if not re.fullmatch(_LIST, text.strip(), re.DOTALL):
        return None
    return tuple(_unquoted(one[1]) for one in _ONE.finditer(text))


def _listed(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"


def _unquoted(text: str) -> str:
    return text.replace("\\'", "'")


def cleaned(words: Iterable[str]) -> tuple[str, ...]:
    """The words that a person typed, without surrounding blanks, empty words or repetitions.

    Backslashes, brackets and braces are removed as well: the form could not read them again.
    """
    texts = (" ".join(_UNREADABLE.sub(" ", word).split()) for word in words)
    return tuple(dict.fromkeys(filter(None, texts)))[:_MOST_WORDS]
