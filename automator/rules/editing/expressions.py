"""The conditions that a form has fields for, and the JMESPath of each.

A form shows any other condition as text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from automator.conditions import FINDERS, INTENTS, ExpressionError, NoArmsError, read_arms
from automator.conditions.forms.grammar import parse, tokens
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import constant
from automator.files.scalars import read_plain
from automator.model import record

_TIME_OF_DAY = re.compile(r"\d\d:\d\d")
_OPENING = frozenset({"lparen", "lbracket", "lbrace", "filter"})
_CLOSING = frozenset({"rparen", "rbracket", "rbrace"})
MODES = ("word", "contains", "exact")
#: The kinds of groups: at least one, all, or none of the items must hold.
GROUPS = ("any", "all", "not")
#: How many conditions of a list a form shows; a longer list has to be edited as text.
_MOST_SHOWN = 20
#: How many words a field may have.
_MOST_WORDS = 100


@record(kw_only=False)
class Words:
    """`keywords()`: the text has one of these words."""

    words: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    mode: str = "word"

    def __str__(self) -> str:
        options = [f"mode: {quoted(self.mode)}"] if self.mode != "word" else []
        if self.exclude:
            options.append(f"exclude: {_listed(self.exclude)}")
        end = f", {{{', '.join(options)}}}" if options else ""
        return f"keywords(event.text, {_listed(self.words)}{end})"


@record(kw_only=False)
class Asks:
    """`asks()`: the text shows one of these intents."""

    intents: tuple[str, ...]

    def __str__(self) -> str:
        one = quoted(self.intents[0]) if len(self.intents) == 1 else _listed(self.intents)
        return f"asks(event.text, {one})"


@record(kw_only=False)
class Posts:
    """The event is about one of these posts."""

    ids: tuple[str, ...]

    def __str__(self) -> str:
        if len(self.ids) == 1:
            return f"event.post.id == {quoted(self.ids[0])}"
        return f"one_of(event.post.id, {_listed(self.ids)})"


@record(kw_only=False)
class Hours:
    """The time of day is between these times, in a zone; "" = the server's zone."""

    first: str
    last: str
    zone: str = ""

    def __str__(self) -> str:
        zone = f", {quoted(self.zone)}" if self.zone else ""
        first, last = self.first or "00:00", self.last or "23:59"
        return f"between(now, {quoted(first)}, {quoted(last)}{zone})"


@record(kw_only=False)
class Found:
    """The function with this name, such as phones(), finds something in the text."""

    name: str

    def __str__(self) -> str:
        return f"{self.name}(event.text)"


@record(kw_only=False)
class Tagged:
    """The person has this tag."""

    tag: str

    def __str__(self) -> str:
        return f"contains(contact.tags, {quoted(self.tag)})"


@record(kw_only=False)
class Equal:
    """A value of the event, out of those in `COMPARED`, is this text."""

    path: str
    value: str

    def __str__(self) -> str:
        return f"{self.path} == {quoted(self.value)}"


@record(kw_only=False)
class Split:
    """`arm()`: the person is in this arm of a split."""

    name: str
    #: The share of each arm; None = all are equally large.
    arms: Mapping[str, Any] = field(default_factory=lambda: {"a": None, "b": None})
    arm: str = "a"
    person: str = "event.actor.id"

    def __str__(self) -> str:
        arm = self.arm if self.arm in self.arms else next(iter(self.arms))
        name, arms = quoted(self.name), written_arms(self.arms)
        return f"arm({self.person}, {name}, {arms}) == {quoted(arm)}"


def arms_in(value: Any) -> dict[str, Any] | None:
    """The share of each arm in `['a', 'b']` or `{a: '70', b: '30'}`; None if these are no arms."""
    try:
        read_arms(value)
    except NoArmsError:
        return None
    if not isinstance(value, Mapping):
        return dict.fromkeys(value)
    return {str(name): read_plain(str(share)) for name, share in value.items()}


def written_arms(arms: Mapping[str, Any], *, in_template: bool = False) -> str:
    """Arms as a condition or a template has them; if one has a share, each has."""
    if all(share is None for share in arms.values()):
        return repr([*arms]) if in_template else _listed(arms)
    shares = {name: "1" if share is None else str(share) for name, share in arms.items()}
    pairs = (f"{unparse({'type': 'field', 'value': one})}: {quoted(shares[one])}" for one in shares)
    return repr(shares) if in_template else f"{{{', '.join(pairs)}}}"


@record(kw_only=False)
class FirstTime:
    """The person has never written or done anything before."""

    def __str__(self) -> str:
        return "contact.last_inbound_at == null"


@record(kw_only=False)
class TopLevel:
    """The comment is under the post itself, and no answer to another comment."""

    def __str__(self) -> str:
        return "event.parent == null"


#: A condition that has fields of its own in the form of a rule.
FormCondition = Words | Asks | Found | Posts | Hours | Tagged | Equal | Split | FirstTime | TopLevel
#: The values of events that `Equal` compares.
COMPARED = ("event.button.id", "event.command.id", "event.referral.ref")
#: Conditions without a value, for which a form has one box to tick.
TICKED: Mapping[str, FormCondition] = {str(one): one for one in (TopLevel(), FirstTime())}


@record(kw_only=False)
class Chosen:
    """The conditions of a list with fields of their own, and its groups, with their indexes."""

    known: list[tuple[int, FormCondition]] = field(default_factory=list)
    groups: list[tuple[int, str]] = field(default_factory=list)

    def like(self, like: FormCondition) -> list[tuple[int, FormCondition]]:
        """The expressions with the same fields as another one, with their indexes, in order."""
        return [(index, one) for index, one in self.known if _sort_of(one) == _sort_of(like)]


def _sort_of(one: FormCondition) -> object:
    return one.path if isinstance(one, Equal) else type(one)


def read_conditions(conditions: object) -> Chosen:
    """Sorts the items of a list of conditions by how a form shows them.

    A form has one box for a condition without a value, so its repetition is left out.
    """
    chosen = Chosen()
    for index, item in enumerate(conditions if isinstance(conditions, list) else []):
        if kind := group_of(item):
            chosen.groups.append((index, kind))
            continue
        known = _read(item)
        is_shown = known and (str(known) not in TICKED or not chosen.like(known))
        if known and is_shown and len(chosen.known) < _MOST_SHOWN:
            chosen.known.append((index, known))
    return chosen


def parts_of(expression: str) -> list[str]:
    """The expressions that `&&` joins in another one; the whole, if it is not only a chain."""
    parts, begin, depth = [], 0, 0
    try:
        parse(expression)
    except ExpressionError:
        return [expression]
    for token in tokens(expression):
        depth += (token["type"] in _OPENING) - (token["type"] in _CLOSING)
        if not depth and token["type"] in ("or", "pipe"):
            return [expression]
        if not depth and token["type"] == "and":
            parts.append(expression[begin : token["start"]].strip())
            begin = token["start"] + len(token["value"])
    return [*parts, expression[begin:].strip()]


def joined(parts: Sequence[str]) -> str:
    """One expression that holds where all parts hold."""
    if len(parts) < 2:
        return "".join(parts)
    return " && ".join(part if _is_chain(part) else f"({part})" for part in parts)


def _is_chain(part: str) -> bool:
    """Whether a part can be joined with others as it is: the alternatives in it are in brackets."""
    return len(parts_of(f"{part} && x")) > 1


def group_of(item: object) -> str:
    """The kind of a group of conditions; "" for anything else."""
    if not isinstance(item, dict) or len(item) != 1:
        return ""
    ((kind, items),) = item.items()
    return kind if kind in GROUPS and isinstance(items, list) and items else ""


def _read(item: object) -> FormCondition | None:
    try:
        tree = parse(item if isinstance(item, str) else "")
    except ExpressionError:
        return None
    condition: FormCondition | None = TICKED.get(unparse(tree))
    match tree:
        case {
            "type": "comparator",
            "value": "eq",
            "children": [{"value": "arm", "children": [person, name, arms]}, arm],
        }:
            condition = _split(unparse(person), *(constant(node)[1] for node in (name, arms, arm)))
        case {"type": "comparator", "value": "eq", "children": [place, given]} if not condition:
            found, value = constant(given)
            condition = _of_call("one_of", unparse(place), [[value]]) if found else None
        case {"type": "function_expression", "value": name, "children": [place, *given]}:
            values = [constant(node) for node in given]
            if all(found for found, _ in values):
                condition = _of_call(name, unparse(place), [value for _, value in values])
        case _:
            pass
    return condition


def _of_call(function: str, place: str, arguments: Sequence[Any]) -> FormCondition | None:
    """The condition of a call that looks at `place`; None if a form cannot show it."""
    found: FormCondition | None = None
    match function, place, arguments:
        case _, "event.text", [] if function in FINDERS:
            found = Found(function)
        case "keywords", "event.text", [words] | [words, dict()]:
            found = _words(words, **dict(*arguments[1:]))
        case "asks", "event.text", [intents]:
            found = _asks([intents] if isinstance(intents, str) else intents)
        case "contains", "contact.tags", [str(tag)] if tag and tag == " ".join(tag.split()):
            found = Tagged(tag)
        case "one_of", _, [[str(value)]] if place in COMPARED and _are_words([value]):
            found = Equal(place, value)
        case "one_of", "event.post.id", [ids] if _are_words(ids):
            found = Posts(tuple(ids))
        case "between", "now", [_, _] | [_, _, _] if _are_hours(*arguments):
            found = Hours(*arguments)
        case _:
            pass
    return found


def _split(person: str, name: Any, arms: Any, arm: Any) -> Split | None:
    known = arms_in(arms)
    is_shown = _are_words([name]) and known is not None and arm in known
    return Split(name, known, arm, person) if known and is_shown else None


def _asks(intents: Any) -> Asks | None:
    return Asks(tuple(intents)) if _are_words(intents) and INTENTS.keys() >= {*intents} else None


def _are_hours(first: Any, last: Any, zone: Any = "") -> bool:
    texts = isinstance(first, str) and isinstance(last, str) and isinstance(zone, str)
    return texts and all(map(_TIME_OF_DAY.fullmatch, (first, last)))


def _words(
    words: Any, /, *, exclude: Any = (), mode: Any = "word", **others: object
) -> Words | None:
    is_shown = _are_words(words) and (not exclude or _are_words(exclude)) and mode in MODES
    return Words(tuple(words), tuple(exclude or ()), mode) if is_shown and not others else None


def read_words(text: str) -> Words | None:
    """The words of a `keywords()` over the event's text; None for any other expression."""
    condition = _read(text)
    return condition if isinstance(condition, Words) else None


def _are_words(value: object) -> bool:
    """Whether a value is a list of words that stays the same when a person edits its text."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return False
    return bool(value) and words_in(", ".join(value)) == tuple(value)


def _listed(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def quoted(text: str) -> str:
    """A text as a literal of JMESPath."""
    return unparse({"type": "literal", "value": text, "children": []})


def words_in(text: str) -> tuple[str, ...]:
    """The words that a person typed, separated by commas, semicolons or lines."""
    return cleaned(re.split(r"[,;\n]", text))


def cleaned(words: Iterable[str]) -> tuple[str, ...]:
    """Words without surrounding blanks, empty words or repetitions."""
    texts = (" ".join(word.split()) for word in words)
    return tuple(dict.fromkeys(filter(None, texts)))[:_MOST_WORDS]
