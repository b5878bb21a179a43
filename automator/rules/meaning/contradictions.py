"""Contradictions: conditions that cannot all hold, whatever the value is that they ask about.

The conditions about one value are evaluated, as the engine does it, for values made of their own
literals. Where these may not be enough to decide, nothing is said.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise, permutations, product
from math import prod
from typing import Any, Final
from zoneinfo import ZoneInfo

from automator.clock import instant_ms, iso_time
from automator.conditions import ExpressionError, compile_expression
from automator.conditions.compile import Entry, compile_tree
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node, constant, parts_of
from automator.configuration.calendar import Calendar
from automator.configuration.time_intervals import DAYS, DEFAULT_ZONE, intervals_meant, is_zone
from automator.files import Path
from automator.model import N_, Schedule, record, shortened
from automator.rules.meaning.event_paths import FLAGS, LISTS, TEXTS, paths_read
from automator.rules.meaning.subject import Remark, Subject, WrittenExpression, warning
from automator.rules.mending.fixes import mistake


@mistake(
    "never-holds",
    N_("this never holds together with {other}"),
    N_("remove one, or put both in any:."),
    bad="conditions:\n  - event.text == 'a'\n  - event.text == 'b'",
    good="conditions:\n  - any: [event.text == 'a', event.text == 'b']",
)
def meaning_contradiction(*, other: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds, whatever {path} is"),
    N_("compare it with another value."),
    bad="conditions:\n  - length(event.text) < `0`",
    good="conditions:\n  - length(event.text) < `9`",
)
def meaning_never_holds(*, path: str) -> None: ...
@mistake(
    "always-holds",
    N_("this always holds, whatever {path} is"),
    N_("write && in place of || if both are to hold, or leave it out."),
    bad="conditions:\n  - event.text != 'a' || event.text != 'b'",
    good="conditions:\n  - event.text != 'a' && event.text != 'b'",
)
def meaning_always_holds(*, path: str) -> None: ...
@mistake(
    "never-holds",
    N_("'{word}' is never found here, because a text with it is excluded"),
    N_("take it out of the words or of exclude:."),
    bad="conditions:\n  - \"keywords(event.text, ['giá', 'ib'], {exclude: ['gia']})\"",
    good="conditions:\n  - \"keywords(event.text, ['giá', 'ib'], {exclude: ['giá sỉ']})\"",
)
def meaning_word_excluded(*, word: str) -> None: ...
@mistake(
    "never-holds",
    N_("the rule never acts: '{schedule}' fires only outside of these times"),
    N_("change one of the two."),
    bad="trigger: {schedule: {cron: '0 22 * * *'}}\nactive: {times: '08:00-12:00'}",
    good="trigger: {schedule: {cron: '0 9 * * *'}}\nactive: {times: '08:00-12:00'}",
)
def meaning_fires_outside(*, schedule: str) -> None: ...


@mistake(
    "never-holds",
    N_("this never acts at {time}: that time lies outside of 'active' on all days"),
    N_("change one of the two."),
    bad="actions: [{follow_up: {at: '22:00', active: {times: '08:00-21:00'}, actions: [log: a]}}]",
    good="actions: [{follow_up: {at: '20:00', active: {times: '08:00-21:00'}, actions: [log: a]}}]",
)
def meaning_waits_outside(*, time: str) -> None: ...


@record(kw_only=False)
class _Claim:
    """A part of the rule that is about one value, and whether it has to hold."""

    shown: str
    holds: Callable[[Any], bool]
    is_wanted: bool = True
    #: The texts and the numbers that it compares the value with.
    texts: Sequence[str] = ()
    numbers: Sequence[float] = ()
    #: Whether a text that meets it may have to contain some of its texts.
    is_sought: bool = True
    #: Moments of `_WEEKS` at which it begins to hold, in milliseconds.
    moments: Sequence[int] = ()


_Claims = dict[tuple[str, ...], list[_Claim]]
_NOW: Final = ("now",)
#: The forms and functions that ask about the value itself. Which values a pattern fits, for
#: example, cannot be seen.
_FORMS: Final = frozenset(
    {"field", "subexpression", "literal", "comparator", "function_expression", "or_expression"}
    | {"and_expression", "not_expression", "multi_select_list", "multi_select_dict", "key_val_pair"}
)
_FUNCTIONS: Final = frozenset(
    {"keywords", "contains", "starts_with", "ends_with", "one_of", "length", "len", "to_number"}
    | {"lower", "upper", "fold", "trim"}
)
_OF_TIMES: Final = frozenset({"between", "weekday", "one_of"})
#: Limits of what is tried: claims about one value, claims whose texts are put in every order, and
#: values.
_MOST_CLAIMS: Final = 8
_MOST_ORDERED: Final = 3
_MOST_VALUES: Final = 3_000
#: Values of other kinds.
_OTHERS: Final[tuple[Any, ...]] = (None, True, False, "", "x", "\u4e00", [], ["x"], {"x": "x"}, 0)
#: The days of a week in winter, and of one in summer.
_WEEKS: Final = [
    datetime.fromisoformat("2024-01-08") + timedelta(weeks=weeks, days=day)
    for weeks in (0, 26)
    for day in range(7)
]
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")


@warning
def contradictions(subject: Subject) -> Iterator[Remark]:
    """Finds `total > 500` beside `total < 100`, and the same words wanted and excluded."""
    claims: _Claims = {}
    if not subject.trigger.include_self and not subject.trigger.has_nobody:
        theirs = _Claim("include_self: false", lambda value: not value)
        claims["event", "actor", "is_self"] = [theirs]
    yield from _of_times(subject, claims)
    here = (*subject.path, "conditions")
    yield from _of_item(here, {"all": subject.data.get("conditions")}, claims)
    # `max_wait` and the number of events end what a run collects.
    collecting = subject.limits.debounce or subject.limits.both
    most = collecting.limit if collecting else 1
    few = lambda found: found is None or (type(found) is list and len(found) <= most)  # noqa: E731
    claims["events",] = [_Claim(f"at most {most} events", few)]
    # What a step reads besides the event may have changed since.
    steady = {path: made for path, made in claims.items() if path[0] in ("event", "events")}
    for used in subject.uses:
        if isinstance(used.item.get("if"), str):
            yield from _of_item((*used.path[:-1], "if"), used.item["if"], _copy(steady))
        cancel_on = used.inputs.get("cancel_on")
        if isinstance(cancel_on, Mapping):
            here = (*used.path, "cancel_on", "conditions")
            yield from _of_item(here, {"all": cancel_on.get("conditions")}, {})


def _of_times(subject: Subject, claims: _Claims) -> Iterator[Remark]:
    """Takes in the times of the schedule and of `active`; the rule never acts if none fit both."""
    schedule = subject.trigger.schedule
    fires = _fires(schedule) if schedule is not None else []
    if schedule is not None and fires:
        shown = f"cron: '{schedule.written}'"
        claims[_NOW] = [_Claim(shown, frozenset(fires).__contains__, moments=fires)]
    calendar = _calendar(subject, subject.data.get("active"))
    if calendar and subject.data.get("outside", "skip") == "skip":
        days = (instant_ms(day, ZoneInfo("UTC")) for day in _WEEKS)
        moments = [ms for day in days if (ms := calendar.next_opening(day)) is not None]
        times = claims.setdefault(_NOW, [])
        times.append(_Claim("active:", calendar.is_open, moments=moments))
        if schedule is not None and not _may_hold(_NOW, times):
            reason = meaning_fires_outside(schedule=schedule.written)
            yield Remark((*subject.path, "active"), reason, about_key=True)
            del claims[_NOW]


def _calendar(subject: Subject, active: Any) -> Calendar | None:
    """The times that `active` means; None if there are none, or if they depend on dates."""
    try:
        meant = intervals_meant(active, subject.context.time_intervals or {})
    except ValueError:
        return None
    by_dates = any(one.months or one.days_of_month or one.years for one in meant.values())
    return Calendar(meant) if meant and not by_dates else None


@warning
def follow_ups_outside(subject: Subject) -> Iterator[Remark]:
    """Finds a follow-up at 22:00 beside `active` times that leave 22:00 out on all days."""
    for used in subject.uses:
        at = re.match(r"([01][0-9]|2[0-3]):([0-5][0-9])\b", str(used.inputs.get("at")))
        calendar = _calendar(subject, used.inputs.get("active"))
        zone = used.inputs.get("timezone") or subject.context.timezone or DEFAULT_ZONE
        moments = _moments([at[1]], [at[2]]) if at and calendar and is_zone(zone) else []
        times = [instant_ms(one, ZoneInfo(zone)) for one in moments]
        if at and calendar and times and not any(map(calendar.is_open, times)):
            reason = meaning_waits_outside(time=at[0])
            yield Remark((*used.path, "active"), reason, about_key=True)


def _of_item(path: Path, item: Any, claims: _Claims, *, is_wanted: bool = True) -> Iterator[Remark]:
    """Looks through a condition, beside the claims of those that have to hold as well."""
    if isinstance(item, str):
        yield from _of_text(path, item, claims, is_wanted=is_wanted)
    for kind in ("expr", "all", "any", "not") if isinstance(item, Mapping) and is_wanted else ():
        inner, refused = item.get(kind), _Claims()
        if isinstance(inner, str):
            yield from _of_item((*path, kind), inner, claims, is_wanted=kind != "not")
        for index, one in enumerate(inner if isinstance(inner, list) else ()):
            # The conditions of a whole rule are such a list as well.
            here = (*path, index) if path[-1] == "conditions" else (*path, kind, index)
            beside = _copy(claims) if kind == "any" else claims
            yield from _of_item(here, one, beside, is_wanted=kind != "not")
            if kind == "any" and isinstance(one, str):
                written = WrittenExpression(here, one, "conditions")
                yield from _always(written, written.tree, refused, is_wanted=True)


def _copy(claims: _Claims) -> _Claims:
    return {name: list(made) for name, made in claims.items()}


def _of_text(path: Path, text: str, claims: _Claims, *, is_wanted: bool) -> Iterator[Remark]:
    """Takes in the claims of an expression, with a remark where one cannot hold as well."""
    try:
        tree = compile_expression(text).tree
    except ExpressionError:
        return
    written = WrittenExpression(path, text, "conditions")
    yield from _of_tree(written, tree, claims, is_wanted=is_wanted)


def _of_tree(
    written: WrittenExpression, tree: Node, claims: _Claims, *, is_wanted: bool
) -> Iterator[Remark]:
    """The same for a part of an expression."""
    for node, wanted in _parts(tree, is_wanted):
        found = [*_of_part(written, node, claims, is_wanted=wanted)]
        found = found or [*_always(written, node, {}, is_wanted=wanted)]
        yield from found
        if not found and node["type"] == ("or_expression" if wanted else "and_expression"):
            for child in node["children"]:
                yield from _of_tree(written, child, _copy(claims), is_wanted=wanted)


def _of_part(
    written: WrittenExpression, node: Node, claims: _Claims, *, is_wanted: bool
) -> Iterator[Remark]:
    name, claim = _claim(node, is_wanted=is_wanted)
    if claim is None:
        return
    if node.get("value") == "keywords" and len(node["children"]) > 2:
        words = constant(node["children"][1])[1]
        lost = [word for word in words or () if not claim.holds(word)]
        if lost and "all" not in unparse(node["children"][2]):
            yield written.remark(f"'{lost[0]}'", meaning_word_excluded(word=lost[0]))
    before = claims.setdefault(name, [])
    if _may_hold(name, [*before, claim]):
        before.append(claim)
        return
    if _may_hold(name, [claim]):
        others = (one for one in before if not _may_hold(name, [one, claim]))
        reason = meaning_contradiction(other=next(others, before[-1]).shown)
        yield written.remark_on(node, reason)
    elif not _may_hold(name, [claim], of_any_kind=True):
        reason = meaning_never_holds(path=".".join(name))
        yield replace(written.remark_on(node, reason), is_general=True)


def _always(
    written: WrittenExpression, node: Node | None, refused: _Claims, *, is_wanted: bool
) -> Iterator[Remark]:
    """Finds `x != 'a' || x != 'b'`, which no value refuses; `refused` has the claims that a value
    has to meet for the alternatives before this part to be refused.
    """
    for part, wanted in _parts(node, not is_wanted) if node is not None else ():
        name, claim = _claim(part, is_wanted=wanted)
        if claim is None:
            continue
        refused.setdefault(name, []).append(claim)
        if not _may_hold(name, refused[name], of_any_kind=True):
            reason = meaning_always_holds(path=".".join(name))
            yield replace(written.remark_on(node or part, reason), is_general=True)
            return


def _parts(node: Node, is_wanted: bool) -> Iterator[tuple[Node, bool]]:
    """The parts that must all hold, or must not, for a condition to hold, or not."""
    if node["type"] == "not_expression":
        yield from _parts(node["children"][0], not is_wanted)
    elif node["type"] == ("and_expression" if is_wanted else "or_expression"):
        for child in node["children"]:
            yield from _parts(child, is_wanted)
    else:
        yield node, is_wanted


def _claim(node: Node, *, is_wanted: bool) -> tuple[tuple[str, ...], _Claim | None]:
    """The claim of a part, with the only path that it reads; None if it is none."""
    parts = list(parts_of(node))
    calls = {part["value"] for part in parts if part["type"] == "function_expression"}
    (name, *others) = {*paths_read(node)} - {("null",)} or {()}
    is_known = name and not others and {part["type"] for part in parts} <= _FORMS
    if not is_known or not calls <= (_OF_TIMES if name == _NOW else _FUNCTIONS):
        return name, None
    if name[0] not in ("event", "contact", "events") and not (name == _NOW and calls):
        return name, None
    literals = [one for part in parts for one in _literals(part)]
    evaluate = compile_tree(node, Entry.HOLDS)
    # Excluding what excludes words asks for these words.
    is_twofold = any(part["type"] in ("not_expression", "multi_select_dict") for part in parts)
    shown = shortened(unparse(node), 60)
    claim = _Claim(
        shown if is_wanted else f"!({shown})",
        lambda value: evaluate(_scope(name, value)),
        is_wanted,
        tuple(dict.fromkeys(one for one in literals if isinstance(one, str))),
        tuple(one for one in literals if type(one) in (int, float)),
        is_sought=is_wanted or is_twofold,
    )
    return name, claim


def _literals(node: Node) -> Sequence[Any]:
    value = node["value"] if node["type"] == "literal" else None
    return value if isinstance(value, list) else [value]


def _scope(name: tuple[str, ...], value: Any) -> Any:
    """A scope in which this path alone has a value; `now` is a moment in milliseconds."""
    value = iso_time(value) if name == _NOW else value
    for part in reversed(name):
        value = {part: value}
    return value


# --- The values that are tried ---


def _may_hold(
    name: tuple[str, ...], claims: Sequence[_Claim], *, of_any_kind: bool = False
) -> bool:
    """Whether some value may meet all claims."""
    if of_any_kind and any(number >= _MOST_VALUES for one in claims for number in one.numbers):
        # A text so long is not tried.
        return True
    values = _times(claims) if name == _NOW else _values(claims)
    path = ".".join(name)
    kind = str if path in TEXTS else bool if path in FLAGS else list if path in LISTS else object
    return values is None or any(
        all(one.holds(value) is one.is_wanted for one in claims)
        for value in values
        if value is None or of_any_kind or isinstance(value, kind)
    )


def _values(claims: Sequence[_Claim]) -> list[Any] | None:
    """Values that include one that meets all claims if any does; None if there are too many."""
    texts = [(*one.texts, " ".join(one.texts)) for one in claims if one.texts and one.is_sought]
    numbers = sorted({number for one in claims for number in one.numbers})
    near = [other for number in numbers for other in (number, number - 1, number + 1)]
    lengths = {int(number) for number in near if number > 0}
    count = prod(map(len, texts)) * (1 + len(lengths))
    if max(len(claims) - _MOST_CLAIMS, len(texts) - _MOST_ORDERED, count - _MOST_VALUES) > 0:
        return None
    chosen = list(product(*texts))
    said = [glue.join(order) for one in chosen for order in permutations(one) for glue in ("", " ")]
    said += [text for one in claims for text in one.texts]
    # A text may begin with the word, end with it, or have it inside of another word.
    forms = ("{} x", "x {}", "x {} x", "{0} x {0}", "{}x", "x{}", "x{}x")
    said += [form.format(text) for text in said for form in forms]
    padded = [
        padded
        for text in said
        for length in lengths
        # A longer text takes too long; if it is needed, some number is that large.
        if length <= _MOST_VALUES
        for filler in "x\u4e00"
        for padded in _padded(text, length, filler)
    ]
    between = [(one + other) / 2 for one, other in pairwise(numbers)]
    lists = [["x"] * length for length in lengths if length <= _MOST_VALUES]
    return [*_OTHERS, *lists, *said, *near, *between, *padded, *map(list, chosen)]


def _padded(text: str, length: int, filler: str) -> Iterator[str]:
    """The text with this length: filled up after it, before it, and at its first blank."""
    yield f"{text} ".ljust(length, filler)[:length]
    yield f" {text}".rjust(length, filler)[-length:]
    head, blank, tail = text.partition(" ")
    yield f"{head}{blank}".ljust(length - len(blank + tail), filler) + blank + tail


def _times(claims: Sequence[_Claim]) -> list[int]:
    """The moments of `_WEEKS` at which a claim may begin to hold."""
    texts = {text for one in claims for text in one.texts}
    zones = [ZoneInfo(text) for text in texts if is_zone(text)] or [ZoneInfo("UTC")]
    clocks = [found.groups() for text in texts if (found := _CLOCK.fullmatch(text))]
    moments = _moments(["0", *(hour for hour, _ in clocks)], ["0", *(one for _, one in clocks)])
    starts = [instant_ms(moment, zone) for moment in moments for zone in zones]
    return [*starts, *(ms for one in claims for ms in one.moments)]


def _moments(hours: Sequence[str], minutes: Sequence[str], days: str = "*") -> list[datetime]:
    return [
        day.replace(hour=int(hour) % 24, minute=int(minute))
        for day in _WEEKS
        if days == "*" or DAYS[day.weekday()] in days.split(",")
        for hour in dict.fromkeys(hours)
        for minute in dict.fromkeys(minutes)
    ]


def _fires(schedule: Schedule) -> list[int]:
    """The moments of `_WEEKS` at which a schedule fires; none if it fires at any, or by dates."""
    if any(line[2:4] != ("*", "*") for line in schedule.cron):
        return []
    zone = ZoneInfo(schedule.timezone)
    moments = [
        moment
        for minutes, hours, _, _, days in schedule.cron
        for moment in _moments(_listed(hours, 24), _listed(minutes, 60), days)
    ]
    return [instant_ms(one, zone) for one in moments] if len(moments) <= _MOST_VALUES else []


def _listed(values: str, count: int) -> Sequence[str]:
    return [str(number) for number in range(count)] if values == "*" else values.split(",")
