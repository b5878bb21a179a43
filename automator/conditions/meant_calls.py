"""The calls that people mean by those of other languages: methods, and other names."""

from collections.abc import Sequence
from typing import Final

from automator.conditions.compile import FUNCTIONS
from automator.conditions.forms.calls import Function
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node, parts_of

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


def takes(function: Function, count: int) -> bool:
    """Whether a function can be given so many arguments."""
    return count >= function.least and (function.most is None or count <= function.most)


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
            owners[id(called)] = before
    return owners


def called_instead(name: str, arguments: Sequence[Node], owner: Node | None) -> str | None:
    """The expression that a call means; None where the function is known, or nobody knows.

    `owner` is the value before the dot, as in `event.text.lower()`.
    """
    if name == "now" and owner is None and not arguments:
        return "now"
    sought = name.lower()
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
