"""JSON values in JMESPath: their kinds, their truth, equality, and their text in messages."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from automator.conditions.forms.budget import Context
from automator.model import Reason, shortened
from automator.reasons import conditions

#: The function of a compiled part: takes the current value and the Context, returns a value.
Evaluate = Callable[[Any, Context], Any]
#: A node of jmespath's tree: `type`, `children` and often `value`.
Node = dict[str, Any]

_MAX_SHOWN: Final = 60


class Reference:
    """The value of `&expression`, which functions such as map() call for each element."""

    __slots__ = ("run",)

    def __init__(self, run: Evaluate) -> None:
        self.run = run


#: The Python classes of each kind. A bool is no number here, although Python counts it as one.
CLASSES: Final[Mapping[str, tuple[type, ...]]] = {
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
    "string": (str,),
    "number": (int, float),
    "expref": (Reference,),
}
_KINDS: Final = {cls: kind for kind, classes in CLASSES.items() for cls in classes}
#: The phrase for each kind, for sentences.
KIND_NAMES: Final[Mapping[str, Reason]] = {
    "boolean": conditions.kind_boolean(),
    "array": conditions.kind_list(),
    "object": conditions.kind_object(),
    "null": conditions.kind_null(),
    "string": conditions.kind_text(),
    "number": conditions.kind_number(),
    "expref": conditions.kind_expression(),
    "array-number": conditions.kind_numbers(),
    "array-string": conditions.kind_texts(),
}


def kind_of(value: Any) -> str:
    """The kind of a value, by the name that JMESPath's error messages use."""
    return _KINDS.get(type(value), "unknown")


def is_true(value: Any) -> bool:
    """JMESPath's truth: null, false, and empty texts, lists and objects are not; 0 is."""
    if value:
        return True
    return value.__class__ is int or value.__class__ is float


def equals(left: Any, right: Any) -> bool:
    """Whether two values are equal in JMESPath: as in JSON, true does not equal 1."""
    if left.__class__ is bool or right.__class__ is bool:
        return left is right
    return bool(left == right)


def constant(node: Node) -> tuple[bool, Any]:
    """Whether a node is a literal or a list of literals, and its value."""
    if node["type"] == "literal":
        return True, node["value"]
    if node["type"] == "multi_select_list":
        items = [constant(child) for child in node["children"]]
        if all(is_literal for is_literal, _ in items):
            return True, [value for _, value in items]
    if node["type"] == "multi_select_dict":
        pairs = [(child["value"], constant(child["children"][0])) for child in node["children"]]
        if all(is_literal for _, (is_literal, _) in pairs):
            return True, {name: value for name, (_, value) in pairs}
    return False, None


def parts_of(tree: Node) -> list[Node]:
    """Every node of a tree, the root first."""
    parts = [tree]
    for node in parts:
        if node["type"] != "slice":
            parts += node["children"]
    return parts


def show(value: Any) -> str | Reason:
    """A value for a sentence: as rules write it, shortened, or the phrase for its kind."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f"'{shortened(value, _MAX_SHOWN)}'"
    if isinstance(value, list):
        return conditions.list_of(count=len(value)) if value else conditions.empty_list()
    if isinstance(value, Mapping):
        return conditions.object_with(count=len(value)) if value else conditions.empty_object()
    return (
        conditions.kind_expression()
        if isinstance(value, Reference)
        else shortened(str(value), _MAX_SHOWN)
    )


def describe(value: Any) -> str | Reason:
    """The kind and the value, for a sentence: `text '5'`, `number 5`, `missing`."""
    if value is None:
        return conditions.missing_value()
    if isinstance(value, str):
        return conditions.text_value(value=show(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return conditions.number_value(value=show(value))
    return show(value)
