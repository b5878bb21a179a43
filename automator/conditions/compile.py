"""From a tree to closures: every form of the grammar, none left to the interpreter of jmespath."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from automator.conditions.calls import Function, arguments, make_expression_reference
from automator.conditions.data_functions import DATA_FUNCTIONS
from automator.conditions.functions import VALUE_FUNCTIONS
from automator.conditions.list_functions import LIST_FUNCTIONS
from automator.conditions.logic import (
    make_and,
    make_comparator,
    make_not,
    make_or,
    make_pipe,
)
from automator.conditions.paths import (
    Builds,
    Make,
    make_current,
    make_field,
    make_index,
    make_index_expression,
    make_literal,
    make_slice,
    make_subexpression,
)
from automator.conditions.projections import (
    make_filter_projection,
    make_flatten,
    make_multi_select_dict,
    make_multi_select_list,
    make_projection,
    make_value_projection,
)
from automator.conditions.text_functions import TEXT_FUNCTIONS
from automator.conditions.time_functions import TIME_FUNCTIONS
from automator.conditions.values import Evaluate, Node, constant

#: Every function of the condition language by name.
FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        function.name: function
        for function in sorted(
            (
                *VALUE_FUNCTIONS,
                *LIST_FUNCTIONS,
                *TEXT_FUNCTIONS,
                *TIME_FUNCTIONS,
                *DATA_FUNCTIONS,
            ),
            key=lambda function: function.name,
        )
    }
)

#: Forms whose closures never touch the context.
_CONTEXT_FREE: Final = frozenset(
    {
        "and_expression",
        "comparator",
        "current",
        "field",
        "identity",
        "index",
        "index_expression",
        "literal",
        "not_expression",
        "or_expression",
        "pipe",
        "subexpression",
    }
)


def make_call(builder: Builds, node: Node) -> Evaluate:
    """`name(argument, …)`"""
    children = node["children"]
    runs = [builder.build(child) for child in children]
    return FUNCTIONS[node["value"]].make(arguments(runs, children))


FORMS: Final[Mapping[str, Make]] = MappingProxyType(
    {
        "and_expression": make_and,
        "comparator": make_comparator,
        "current": make_current,
        "expref": make_expression_reference,
        "field": make_field,
        "filter_projection": make_filter_projection,
        "flatten": make_flatten,
        "function_expression": make_call,
        "identity": make_current,
        "index": make_index,
        "index_expression": make_index_expression,
        "literal": make_literal,
        "multi_select_dict": make_multi_select_dict,
        "multi_select_list": make_multi_select_list,
        "not_expression": make_not,
        "or_expression": make_or,
        "pipe": make_pipe,
        "projection": make_projection,
        "slice": make_slice,
        "subexpression": make_subexpression,
        "value_projection": make_value_projection,
    }
)


class Builder:
    """Builds closures. A subclass may wrap each of them, which is how explanations are made."""

    fuses = True

    def build(self, node: Node) -> Evaluate:
        """The closure of a node.

        Raises:
            LiteralProblem: an argument that is written out cannot work.
        """
        return self.wrap(node, FORMS[node["type"]](self, node))

    def wrap(self, node: Node, run: Evaluate) -> Evaluate:  # noqa: ARG002 - for subclasses
        """What stands in for the closure of a node."""
        return run


def needs_context(tree: Node) -> bool:
    """Whether evaluating the tree can spend from the budget or read the scope."""
    stack = [tree]
    while stack:
        node = stack.pop()
        kind = node["type"]
        if kind == "function_expression":
            if FUNCTIONS[node["value"]].needs_context:
                return True
        elif kind not in _CONTEXT_FREE or _compares_two_values(node):
            return True
        stack += node["children"]
    return False


def can_multiply(tree: Node) -> bool:
    """Whether the tree can build values far larger than the data that it reads.

    That takes several multi-selects, each holding what the one before it gave more than once.
    """
    stack, selections = [tree], 0
    while stack:
        node = stack.pop()
        if node["type"] in ("multi_select_list", "multi_select_dict"):
            selections += not constant(node)[0]
        if node["type"] != "slice":
            stack += node["children"]
    return selections > _HARMLESS_SELECTIONS


#: Multi-selects that cannot do harm: two of them hold a value a few hundred times at most.
_HARMLESS_SELECTIONS: Final = 2


def _compares_two_values(node: Node) -> bool:
    return node["type"] == "comparator" and all(
        side["type"] != "literal" for side in node["children"]
    )
