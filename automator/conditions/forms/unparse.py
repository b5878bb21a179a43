"""Writes a syntax tree as text, for explanations."""

import json
import re
from typing import Any, Final

from automator.conditions.forms.logic import links
from automator.conditions.forms.values import Node

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_OPERATORS: Final = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
#: The precedence of each operator; all other forms bind more tightly.
_BINDING: Final = {
    "pipe": 1,
    "or_expression": 2,
    "and_expression": 3,
    "comparator": 5,
    "projection": 20,
    "filter_projection": 20,
    "value_projection": 20,
    "expref": 0,
    "not_expression": 45,
}
_TIGHTEST: Final = 100
_PROJECTIONS: Final = frozenset({"projection", "filter_projection", "value_projection"})
#: The forms that need no parentheses after `!`, which binds more tightly than a dot.
_ATOMS: Final = frozenset({"current", "field", "function_expression", "literal", "not_expression"})


def unparse(node: Node) -> str:
    """The text of a tree, with single spaces and only the parentheses that it needs."""
    text: str = _TEXTS[node["type"]](node)
    return text


def _inside(node: Node, binding: int) -> str:
    text = unparse(node)
    return text if _BINDING.get(node["type"], _TIGHTEST) >= binding else f"({text})"


def _infix(sign: str) -> Any:
    def text(node: Node) -> str:
        binding = _BINDING[node["type"]]
        first, *others = links(node)
        return sign.join(
            [_inside(first, binding), *(_inside(other, binding + 1) for other in others)]
        )

    return text


def _comparator(node: Node) -> str:
    left, right = node["children"]
    return f"{_inside(left, 5)} {_OPERATORS[node['value']]} {_inside(right, 6)}"


def _name(name: str) -> str:
    return name if _PLAIN_NAME.match(name) else json.dumps(name, ensure_ascii=False)


def _literal(node: Node) -> str:
    value = node["value"]
    # Between single quotes, a backslash is an ordinary character unless a quote follows.
    if isinstance(value, str) and "\\'" not in value and not value.endswith("\\"):
        return "'" + value.replace("'", "\\'") + "'"
    return "`" + json.dumps(value, ensure_ascii=False).replace("`", "\\`") + "`"


def _step(node: Node) -> str:
    """The text of a right side, with a dot before it unless it begins with a bracket."""
    text = unparse(node)
    if node["type"] == "identity":
        return ""
    return text if text.startswith("[") and not _is_selection(node) else "." + text


def _is_selection(node: Node) -> bool:
    """Whether the leftmost part is a multi-select, which needs a dot before its bracket."""
    while node["type"] != "multi_select_list" and node["children"] and node["type"] != "slice":
        node = node["children"][0]
    return bool(node["type"] == "multi_select_list")


def _left(node: Node, sign: str) -> str:
    """The text of the left side of `.`, `[` or `[?`; in parentheses if the sign would otherwise
    apply only to its last part.
    """
    if node["type"] == "identity":
        return ""
    return unparse(node) if _stops_before(node, sign) else _inside(node, 46)


def _stops_before(node: Node, sign: str) -> bool:
    """Whether this sign ends the projection in jmespath: a dot or a filter ends `.*.b`, a filter
    ends `[?x].b`.
    """
    kind = node["type"]
    if kind == "value_projection" and sign in (".", "[?"):
        source, each = node["children"]
        return source["type"] != "identity" and _is_closed(each)
    if kind == "filter_projection" and sign == "[?":
        return _is_closed(node["children"][1])
    return False


def _is_closed(each: Node) -> bool:
    """Whether nothing that follows the right side of a projection can become a part of it."""
    while each["type"] == "subexpression":
        each = each["children"][-1]
    return each["type"] not in _PROJECTIONS and each["type"] != "identity"


def _subexpression(node: Node) -> str:
    first, *others = node["children"]
    return _left(first, ".") + "".join("." + unparse(other) for other in others)


def _index_expression(node: Node) -> str:
    first, *others = node["children"]
    return _left(first, "[") + "".join(unparse(other) for other in others)


def _flatten(node: Node) -> str:
    inner = node["children"][0]
    return "[]" if inner["type"] == "identity" else _inside(inner, 9) + "[]"


def _not(node: Node) -> str:
    inner = node["children"][0]
    return "!" + (unparse(inner) if inner["type"] in _ATOMS else f"({unparse(inner)})")


def _slice(node: Node) -> str:
    start, stop, step = ("" if part is None else str(part) for part in node["children"])
    return f"[{start}:{stop}:{step}]" if step else f"[{start}:{stop}]"


def _projection(node: Node) -> str:
    source, each = node["children"]
    is_slice = source["type"] == "index_expression" and source["children"][-1]["type"] == "slice"
    if source["type"] == "flatten" or is_slice:
        return unparse(source) + _step(each)
    return _left(source, "[") + "[*]" + _step(each)


def _value_projection(node: Node) -> str:
    source, each = node["children"]
    left = _left(source, ".")
    return (f"{left}.*" if left else "*") + _step(each)


def _filter_projection(node: Node) -> str:
    source, each, condition = node["children"]
    return f"{_left(source, '[?')}[?{unparse(condition)}]{_step(each)}"


_TEXTS: Final[dict[str, Any]] = {
    "and_expression": _infix(" && "),
    "comparator": _comparator,
    "current": lambda _node: "@",
    "expref": lambda node: "&" + unparse(node["children"][0]),
    "field": lambda node: _name(node["value"]),
    "filter_projection": _filter_projection,
    "flatten": _flatten,
    "function_expression": lambda node: (
        f"{node['value']}({', '.join(map(unparse, node['children']))})"
    ),
    "identity": lambda _node: "@",
    "index": lambda node: f"[{node['value']}]",
    "index_expression": _index_expression,
    "key_val_pair": lambda node: f"{_name(node['value'])}: {unparse(node['children'][0])}",
    "literal": _literal,
    "multi_select_dict": lambda node: "{" + ", ".join(map(unparse, node["children"])) + "}",
    "multi_select_list": lambda node: "[" + ", ".join(map(unparse, node["children"])) + "]",
    "not_expression": _not,
    "or_expression": _infix(" || "),
    "pipe": _infix(" | "),
    "projection": _projection,
    "slice": _slice,
    "subexpression": _subexpression,
    "value_projection": _value_projection,
}
