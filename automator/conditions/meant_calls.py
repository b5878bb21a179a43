"""The calls that people mean by those of other languages: methods, and other names."""

import re
from collections.abc import Sequence
from typing import Final

from automator.conditions.compile import FUNCTIONS
from automator.conditions.forms.calls import Function
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node, parts_of
from automator.conditions.functions.text_functions import MODES
from automator.configuration.spelt_out import meant_time_of_day

_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
#: Names of functions of ours in other languages.
_CALLED: Final = {
    **dict.fromkeys(("includes", "include", "has", "like", "instr"), "contains"),
    **dict.fromkeys(("startswith", "beginswith", "begins_with"), "starts_with"),
    "endswith": "ends_with",
    **dict.fromkeys(("regex", "regexp", "match", "test", "search", "re_match"), "matches"),
    **dict.fromkeys(("count", "size", "strlen"), "len"),
    **dict.fromkeys(("lowercase", "tolowercase", "lcase", "downcase"), "lower"),
    **dict.fromkeys(("uppercase", "touppercase", "ucase", "upcase"), "upper"),
    "strip": "trim",
    **dict.fromkeys(("coalesce", "default", "ifnull", "nvl"), "not_null"),
    **dict.fromkeys(("number", "int", "float", "parseint", "tonumber", "parse_int"), "to_number"),
    **dict.fromkeys(("string", "str", "tostring"), "to_string"),
    **dict.fromkeys(("keyword", "has_keywords", "tu_khoa"), "keywords"),
    **dict.fromkeys(("unaccent", "normalize", "remove_accents", "khong_dau"), "fold"),
    **dict.fromkeys(("phone", "phone_numbers", "extract_phone", "has_phone", "sdt"), "phones"),
    **dict.fromkeys(("email", "extract_email", "has_email"), "emails"),
    **dict.fromkeys(("link", "urls", "url", "has_link", "extract_urls"), "links"),
    **dict.fromkeys(("split", "ab", "ab_test", "variant", "bucket"), "arm"),
    **dict.fromkeys(("in_list", "in_array", "isin"), "one_of"),
}
#: Questions for which an operator stands here.
_THERE: Final = frozenset({"exists", "exist", "defined", "isset", "is_defined", "notnull"})
_NOT_THERE: Final = frozenset({"isnull", "is_null", "missing"})
_EMPTY: Final = frozenset({"empty", "is_empty", "isempty"})
#: Functions whose last argument is a zone.
_WITH_ZONE: Final = frozenset({"between", "weekday"})


def takes(function: Function, count: int) -> bool:
    """Whether a function can be given so many arguments."""
    return count >= function.least and (function.most is None or count <= function.most)


def lacks_zone(name: str, arguments: Sequence[Node]) -> str | None:
    """The call up to the zone that it lacks, as in `between(now, '08:00', '21:00'`; None where it
    lacks none, or something else as well.
    """
    if name not in _WITH_ZONE or len(arguments) != FUNCTIONS[name].least - 1:
        return None
    times = [meant_time_of_day(str(node.get("value"))) for node in arguments]
    shown = (
        f"'{time}'" if time else unparse(node) for time, node in zip(times, arguments, strict=True)
    )
    return f"{name}({', '.join(shown)}"


def meant_usage(name: str, arguments: Sequence[Node]) -> str | None:
    """The call that one with a wrong number or kind of arguments means; None where nobody knows.

    `keywords(event.text, 'giá', 'ib')` lacks a list.
    """
    shown = [unparse(argument) for argument in arguments]
    words = [node["value"] for node in arguments[1:] if node["type"] == "literal"]
    are_texts = len(words) == len(shown) - 1 and all(isinstance(word, str) for word in words)
    if name in ("keywords", "contains") and len(words) > 1 and are_texts and words[-1] not in MODES:
        return f"keywords({shown[0]}, [{', '.join(shown[1:])}])"
    has_mode = name == "keywords" and len(shown) > 2 and arguments[2].get("value") in MODES
    return f"keywords({shown[0]}, {shown[1]}, {{mode: {shown[2]}}})" if has_mode else None


def owners_of_calls(tree: Node) -> dict[int, Node]:
    """The value before each call that stands behind a dot or a `|`, by the id of the call's node:
    in other languages it is the first argument.
    """
    owners: dict[int, Node] = {}
    for node in parts_of(tree):
        children: list[Node] = node["children"] if node["type"] in ("pipe", "subexpression") else []
        for place, child in enumerate(children[1:], 1):
            before = children[0] if place == 1 else {**node, "children": children[:place]}
            called = child["children"][0] if child["type"] == "comparator" else child
            owners[id(called)] = _without_not(before)
    return owners


def _without_not(node: Node) -> Node:
    """`!event.text` without the `!`, which stands before the whole call in other languages."""
    if node["type"] == "not_expression":
        return _without_not(node["children"][0])
    if node["type"] not in ("pipe", "subexpression"):
        return node
    first, *others = node["children"]
    return {**node, "children": [_without_not(first), *others]}


def called_instead(name: str, arguments: Sequence[Node], owner: Node | None) -> str | None:
    """The expression that a call means; None where the function is known, or nobody knows.

    `owner` is the value before the dot, as in `event.text.lower()`.
    """
    if name == "now" and owner is None and not arguments:
        return "now"
    sought = name.lower()
    owned = owner["value"] if owner is not None and owner["type"] == "field" else ""
    if owned == "re" and sought in ("search", "match", "fullmatch") and len(arguments) > 1:
        return f"matches({unparse(arguments[1])}, {unparse(arguments[0])})"
    if owner is not None and sought == "get" and len(arguments) == 1:
        wanted = str(arguments[0].get("value"))
        return f"{unparse(owner)}.{wanted}" if _NAME.fullmatch(wanted) else None
    known = name if name in FUNCTIONS else _CALLED.get(sought)
    shown = [unparse(argument) for argument in arguments]
    if known is None:
        return _asked(sought, [*([unparse(owner)] if owner else []), *shown])
    function = FUNCTIONS[known]
    if owner is not None and (known != name or not takes(function, len(shown))):
        # A function behind a dot sees the value before it as `@`, so it may be right as it is.
        shown = [unparse(owner), *shown]
    elif known == name:
        return None
    return f"{known}({', '.join(shown)})" if takes(function, len(shown)) else None


def _asked(sought: str, shown: Sequence[str]) -> str | None:
    if len(shown) != 1 or sought not in _THERE | _NOT_THERE | _EMPTY:
        return None
    if sought in _EMPTY:
        return f"!({shown[0]})"
    return f"{shown[0]} {'!=' if sought in _THERE else '=='} `null`"
