"""Writes the code of comparisons (`==`, `<` …) and of `&&`, `||`, `!` and `|`."""

from typing import Any, Final

from automator.conditions.forms.paths import chain
from automator.conditions.forms.values import Node
from automator.conditions.forms.writer import Term, Truth, Writer

_SIGNS: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def links(node: Node) -> list[Node]:
    """The parts of a chain such as `a && b && c` in the order of the text; jmespath nests them."""
    kind = node["type"]
    parts: list[Node] = []
    while node["type"] == kind:
        left, right = node["children"]
        parts.append(right)
        node = left
    parts.append(node)
    parts.reverse()
    return parts


def write_comparator(writer: Writer, node: Node, current: str) -> Term:
    """`==`, `!=`, `<`, `<=`, `>`, `>=`"""
    left, right = node["children"]
    name = node["value"]
    if name in _SIGNS:
        return _order(writer, _SIGNS[name], node, current)
    if right["type"] == "literal":
        equal = _equals_literal(writer, writer.settle(left, current), right["value"])
    elif left["type"] == "literal":
        equal = _equals_literal(writer, writer.settle(right, current), left["value"])
    else:
        equal = _equals(writer, node, current)
    return equal if name == "eq" else Term(f"(not {equal.text})", Truth.BOOL)


def _equals_literal(writer: Writer, side: Term, literal: Any) -> Term:
    if literal is None or isinstance(literal, bool):
        return Term(f"({side.text} is {literal})", Truth.BOOL)
    constant = writer.constant(literal)
    if isinstance(literal, int | float) and literal in (0, 1):
        # Python takes 0 and 1, and no other number, as equal to false and true.
        name = writer.bind(side)
        return Term(f"({name} == {constant} and type({name}) is not bool)", Truth.BOOL)
    return Term(f"({side.text} == {constant})", Truth.BOOL)


def _equals(writer: Writer, node: Node, current: str) -> Term:
    """Compares as JSON does, so that true does not equal 1."""
    one, other = (writer.bind(writer.write(side, current)) for side in node["children"])
    # A few nested multi-selects can hold more than any machine can compare. So values of different
    # length count as unequal without being compared.
    alike = f"{one}.__class__ is {other}.__class__ in SIZED and len({one}) == len({other})"
    with writer.block(f"if {alike}:"):
        is_long = f"if len({one}) > {writer.free_text}:"
        with writer.block(f"if {one}.__class__ is str:"), writer.block(is_long):
            writer.spend(f"len({one})", of="spend_compared")
        # Identical values are equal without a comparison.
        with writer.block(f"elif {one} is {other}:"):
            writer.pay(f"len({one})")
        with writer.block("else:"):
            writer.spend(one, of="spend_value")
    same = f"{one} is {other} if type({one}) is bool or type({other}) is bool"
    return Term(f"({same} else {one} == {other})", Truth.BOOL)


def _order(writer: Writer, sign: str, node: Node, current: str) -> Term:
    """Gives null unless both sides are numbers or texts; a text against a number is a TypeError."""
    left, right = node["children"]
    one = writer.bind(writer.write(left, current))
    other = writer.bind(writer.write(right, current))
    tests = [
        _is_ordered(name)
        for name, side in ((one, left), (other, right))
        if side["type"] != "literal" or type(side["value"]) not in _ORDERED
    ]
    condition = " and ".join(tests) or "True"
    if len(tests) == 2:
        with writer.block(f"if type({one}) is str and len({one}) > {writer.free_text}:"):
            writer.spend(f"len({one})", of="spend_compared")
    return Term(f"({one} {sign} {other} if {condition} else None)", Truth.PLAIN, is_safe=False)


def _is_ordered(name: str) -> str:
    return f"(type({name}) is int or type({name}) is float or type({name}) is str)"


_ORDERED: Final = frozenset({int, float, str})


def write_and(writer: Writer, node: Node, current: str) -> Term:
    """`a && b`: the first part that is not true, else the last."""
    first, *others = links(node)
    truth, result = _start(writer, first, current)
    for part in others:
        with writer.block(f"if {writer.test(Term(result, truth))}:"):
            term = writer.write(part, current)
            writer.line(f"{result} = {term.text}")
        # A part whose truth is false is no number, since every number is true in JMESPath.
        truth = _either(Truth.PLAIN if truth is Truth.ANY else truth, term.truth)
    return Term(result, truth)


def write_or(writer: Writer, node: Node, current: str) -> Term:
    """`a || b`: the first part that is true, else the last."""
    first, *others = links(node)
    truth, result = _start(writer, first, current)
    for part in others:
        with writer.block(f"if not {writer.test(Term(result, truth))}:"):
            term = writer.write(part, current)
            writer.line(f"{result} = {term.text}")
        truth = _either(truth, term.truth)
    return Term(result, truth)


def _start(writer: Writer, part: Node, current: str) -> tuple[Truth, str]:
    term = writer.write(part, current)
    result = writer.new_name()
    writer.line(f"{result} = {term.text}")
    return term.truth, result


def _either(one: Truth, other: Truth) -> Truth:
    if one is other:
        return one
    return Truth.ANY if Truth.ANY in (one, other) else Truth.PLAIN


def write_not(writer: Writer, node: Node, current: str) -> Term:
    """`!a`"""
    term = writer.write(node["children"][0], current)
    return Term(f"(not {writer.test(term)})", Truth.BOOL, is_safe=term.is_safe)


def write_pipe(writer: Writer, node: Node, current: str) -> Term:
    """`a | b`"""
    return chain(writer, links(node), current)
