"""Translates conditions that are written as in other programs into expressions.

Examples: `keywords: [giá, bn]`, `{field: event.text, operator: contains, value: giá}`, `time:
08:00-21:00`.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from automator.conditions import meant_path
from automator.configuration.everyday_times import meant_days, meant_time_of_day, meant_times
from automator.files import plain_name

GROUPS: Final = ("all", "any", "not")
_TEXT: Final = "event.text"
_PATH: Final = re.compile(r"(?:event|contact|connection|vars|steps)(?:\.\w+)+")
#: The names of the three parts of a condition in other programs.
_FIELDS: Final = ("field", "path", "variable", "property", "left", "value1", "truong", "key")
_OPERATORS: Final = ("operator", "op", "operation", "comparison", "condition", "is", "toan_tu")
_VALUES: Final = ("value", "values", "right", "value2", "gia_tri", "to")
_COMPARED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("equals", "equal", "eq", "is", "=", "==", "bang", "la"), "=="),
    **dict.fromkeys(("not_equals", "not_equal", "ne", "neq", "!=", "<>", "is_not", "khac"), "!="),
    **dict.fromkeys(("gt", "greater_than", "greater", "larger", "lon_hon", ">"), ">"),
    **dict.fromkeys(("gte", "ge", "at_least", "greater_or_equal", ">="), ">="),
    **dict.fromkeys(("lt", "less_than", "less", "smaller", "nho_hon", "<"), "<"),
    **dict.fromkeys(("lte", "le", "at_most", "less_or_equal", "<="), "<="),
}
_CALLED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("keyword", "keywords", "words", "tu_khoa", "any_word"), "keywords"),
    **dict.fromkeys(("contains", "contain", "includes", "has", "like", "chua"), "keywords"),
    **dict.fromkeys(("text_contains", "message_contains", "comment_contains"), "keywords"),
    **dict.fromkeys(("contains_any", "text", "message", "noi_dung", "co"), "keywords"),
    **dict.fromkeys(("regex", "regexp", "pattern", "matches", "match", "match_regex"), "matches"),
    **dict.fromkeys(("starts_with", "begins_with", "startswith", "bat_dau"), "starts_with"),
    **dict.fromkeys(("ends_with", "endswith", "ket_thuc"), "ends_with"),
    **dict.fromkeys(("in", "one_of", "is_in"), "one_of"),
}
_ABOUT_PRESENCE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("exists", "is_set", "not_empty", "is_not_empty", "co_gia_tri"), "{}"),
    **dict.fromkeys(("not_exists", "is_empty", "empty", "is_not_set", "trong"), "!({})"),
}
_TAGS: Final = frozenset({"tag", "tags", "has_tag", "nhan", "the"})
_TIMES: Final = frozenset({"time", "times", "hours", "hour", "between", "gio", "thoi_gian"})
_DAYS: Final = frozenset({"day", "days", "weekday", "weekdays", "ngay", "thu"})
_LANGUAGES: Final = frozenset({"language", "lang", "ngon_ngu"})
_FROM: Final = ("after", "from", "start", "begin", "tu")
_UNTIL: Final = ("before", "to", "until", "end", "den")
_NEGATED: Final = re.compile(r"(?:not|does_not|doesnt|khong)_(?P<rest>\w+)")
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def meant_condition(item: Mapping[str, Any], zone: str) -> str | None:
    """The expression that a mapping means; None if unknown."""
    names = {plain_name(key): value for key, value in item.items()}
    operator, field = _first(names, _OPERATORS), _first(names, _FIELDS)
    if field is not None and operator is not None:
        return _compared(field, plain_name(str(operator)), _first(names, _VALUES))
    if len(names) != 1:
        return None
    ((written, value),) = item.items()
    return _of_path(written, value) if _PATH.fullmatch(written) else _of_name(written, value, zone)


def meant_conditions(item: Mapping[str, Any], zone: str) -> list[Any] | None:
    """The list of conditions that a mapping means, as in `{all: [{text: giá}]}`; None if the
    meaning is unknown.
    """
    whole = meant_condition(item, zone)
    if whole is not None:
        return [whole]
    found: list[Any] = []
    for key, value in item.items():
        if key not in GROUPS:
            inner = meant_condition({key: value}, zone)
            found.append(inner)
            continue
        items = _items_of(value, zone)
        # Items that must all hold need no group.
        found += items or [None] if key == "all" else [{key: items} if items else None]
    return found if found and None not in found else None


def _items_of(value: Any, zone: str) -> list[Any] | None:
    """The conditions of a group."""
    found: list[Any] = []
    for item in value if isinstance(value, list) else [value]:
        inner = meant_conditions(item, zone) if isinstance(item, Mapping) else None
        is_whole = isinstance(item, Mapping) and item.keys() == {"name", "expr"}
        if isinstance(item, str) or is_whole:
            found.append(item)
        elif inner is None:
            return None
        else:
            found += inner if len(inner) == 1 else [{"all": inner}]
    return found


def _of_name(written: str, value: Any, zone: str) -> str | None:
    """The expression for a key of another program and its value; None if unknown."""
    name = plain_name(written)
    if name in _TIMES:
        return _between(value, zone)
    if name in _DAYS:
        return _on_days(value, zone)
    if name in _TAGS:
        return _any_tag(value)
    if name in _LANGUAGES:
        return f"language({_TEXT}) == {literal(value)}" if isinstance(value, str) else None
    return None if _CALLED.get(name) == "one_of" else _called(name, _TEXT, value)


def literal(value: Any) -> str:
    """A value as a literal of an expression."""
    if isinstance(value, str):
        return "'" + value.replace("'", "\\'") + "'"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def _first(names: Mapping[str, Any], sought: tuple[str, ...]) -> Any:
    return next((names[name] for name in sought if name in names), None)


def _of_path(path: str, value: Any) -> str | None:
    """The expression for `event.text: giá`, and for `event.text: {contains: giá}`."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((operator, inner),) = value.items()
        return _compared(path, plain_name(str(operator)), inner)
    if isinstance(value, list) and value and all(map(_is_plain, value)):
        return f"one_of({path}, {_listed(value)})"
    return f"{path} == {literal(value)}" if _is_plain(value) else None


def _compared(field: Any, operator: str, value: Any) -> str | None:
    path = re.sub(r"^[{$\s]*|[}\s]*$", "", str(field))
    path = path if _PATH.fullmatch(path) else meant_path(plain_name(path)) or ""
    if not path:
        return None
    if operator in _ABOUT_PRESENCE:
        return _ABOUT_PRESENCE[operator].format(path)
    if operator in _COMPARED:
        return f"{path} {_COMPARED[operator]} {literal(value)}" if _is_plain(value) else None
    negated = _NEGATED.fullmatch(operator)
    called = _called(negated["rest"] if negated else operator, path, value)
    return f"!{called}" if negated and called else called


def _called(name: str, path: str, value: Any) -> str | None:
    function = _CALLED.get(name)
    items = value if isinstance(value, list) else [value]
    if function is None or not items or not all(map(_is_plain, items)):
        return None
    if function == "keywords" or (function == "one_of" and path == _TEXT):
        return f"keywords({path}, {_listed(str(one) for one in items)})"
    if function == "one_of":
        return f"one_of({path}, {_listed(items)})"
    return f"{function}({path}, {literal(str(value))})" if len(items) == 1 else None


def _between(value: Any, zone: str) -> str | None:
    """The expression for `08:00-21:00`, and for `{after: 21h, before: 8h}`."""
    if isinstance(value, Mapping):
        names = {plain_name(str(key)): one for key, one in value.items()}
        ends = [meant_time_of_day(str(_first(names, sought))) for sought in (_FROM, _UNTIL)]
    else:
        times = meant_times(str(value))
        ends = list(times.split("-")) if times else []
    if len(ends) != 2 or None in ends:
        return None
    return f"between(now, '{ends[0]}', '{ends[1]}', '{zone}')"


def _on_days(value: Any, zone: str) -> str | None:
    found: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        first, _, last = (meant_days(str(item)) or "").partition("-")
        if not first:
            return None
        begin, end = _WEEK.index(first), _WEEK.index(last or first)
        found += _WEEK[begin : end + 1] if end >= begin else (*_WEEK[begin:], *_WEEK[: end + 1])
    return f"one_of(weekday(now, '{zone}'), {_listed(found)})" if found else None


def _any_tag(value: Any) -> str | None:
    tags = value if isinstance(value, list) else [value]
    if not tags or not all(isinstance(tag, str) for tag in tags):
        return None
    return " || ".join(f"contains(contact.tags, {literal(tag)})" for tag in tags)


def _listed(values: Any) -> str:
    return f"[{', '.join(literal(value) for value in values)}]"


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)
