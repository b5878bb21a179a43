"""Conditions that people choose in a form, and the JMESPath that they are written as.

A condition that was written in another way is none of these: the form shows its text.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

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
#: Only comments under the post itself, not answers to other comments.
TOP_LEVEL = "event.parent == null"
MODES = ("word", "contains", "exact")


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Posts:
    """The event is about one of these posts."""

    ids: tuple[str, ...]

    def __str__(self) -> str:
        if len(self.ids) == 1:
            return f"event.post.id == {_quoted(self.ids[0])}"
        return f"one_of(event.post.id, {_listed(self.ids)})"


@dataclass(frozen=True, slots=True)
class Hours:
    """It is between these times of the day, of a zone or of the server's."""

    first: str
    last: str
    zone: str = ""

    def __str__(self) -> str:
        zone = f", {_quoted(self.zone)}" if self.zone else ""
        return f"between(now, {_quoted(self.first)}, {_quoted(self.last)}{zone})"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The conditions of a rule that a form can show, each with its index, and the others."""

    words: tuple[int, Words] | None = None
    posts: tuple[int, Posts] | None = None
    hours: tuple[int, Hours] | None = None
    top_level: int | None = None
    others: list[tuple[int, object]] = field(default_factory=list)


def read_conditions(conditions: object) -> Chosen:
    """What of a rule's conditions a form can show; of two of one kind the first."""
    words: tuple[int, Words] | None = None
    posts: tuple[int, Posts] | None = None
    hours: tuple[int, Hours] | None = None
    top_level: int | None = None
    others: list[tuple[int, object]] = []
    for index, item in enumerate(conditions if isinstance(conditions, list) else []):
        text = item.strip() if isinstance(item, str) else ""
        if words is None and (found := read_words(text)):
            words = index, found
        elif posts is None and (found_posts := _read_posts(text)):
            posts = index, found_posts
        elif hours is None and (match := _HOURS.fullmatch(text)):
            hours = index, Hours(match["first"], match["last"], match["zone"] or "")
        elif top_level is None and text == TOP_LEVEL:
            top_level = index
        else:
            others.append((index, item))
    return Chosen(words, posts, hours, top_level, others)


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
    """The texts of a list that has nothing else."""
    if not re.fullmatch(_LIST, text.strip(), re.DOTALL):
        return None
    return tuple(_unquoted(one[1]) for one in _ONE.finditer(text))


def _listed(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"


def _unquoted(text: str) -> str:
    return text.replace("\\'", "'")


def cleaned(words: Iterable[str], most: int = 100) -> tuple[str, ...]:
    """Words as somebody typed them, without blanks around them, empty ones, and repetitions.

    Backslashes, brackets and braces go as well: the form could not read them again.
    """
    texts = (" ".join(_UNREADABLE.sub(" ", word).split()) for word in words)
    return tuple(dict.fromkeys(filter(None, texts)))[:most]
