"""Compiles a syntax tree to one Python function, for every form of the grammar.

`compile_tree` has a Writer make the Python source of the tree. The source is compiled once for all
expressions of the same shape, and gets the constants of this expression.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final

from automator.caches import SizedCache
from automator.conditions.forms.budget import Context
from automator.conditions.forms.calls import (
    Function,
    mismatch,
    write_call,
    write_expression_reference,
)
from automator.conditions.forms.logic import (
    write_and,
    write_comparator,
    write_not,
    write_or,
    write_pipe,
)
from automator.conditions.forms.paths import (
    write_current,
    write_field,
    write_index,
    write_index_expression,
    write_literal,
    write_slice,
    write_subexpression,
)
from automator.conditions.forms.projections import (
    write_filter_projection,
    write_flatten,
    write_multi_select_dict,
    write_multi_select_list,
    write_projection,
    write_value_projection,
)
from automator.conditions.forms.values import Node, Reference
from automator.conditions.forms.writer import Recorder, Term, Truth, Writer
from automator.conditions.functions.arms import ARM_FUNCTIONS
from automator.conditions.functions.extraction import EXTRACTION_FUNCTIONS
from automator.conditions.functions.intents import INTENT_FUNCTIONS
from automator.conditions.functions.list_functions import LIST_FUNCTIONS
from automator.conditions.functions.text_functions import TEXT_FUNCTIONS
from automator.conditions.functions.time_functions import TIME_FUNCTIONS
from automator.conditions.functions.value_functions import VALUE_FUNCTIONS

#: Every function of the condition language by name.
FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        function.name: function
        for function in sorted(
            VALUE_FUNCTIONS
            + LIST_FUNCTIONS
            + TEXT_FUNCTIONS
            + EXTRACTION_FUNCTIONS
            + INTENT_FUNCTIONS
            + TIME_FUNCTIONS
            + ARM_FUNCTIONS,
            key=attrgetter("name"),
        )
    }
)

Form = Callable[[Writer, Node, str], Term]


def _write_call(writer: Writer, node: Node, current: str) -> Term:
    return write_call(writer, FUNCTIONS[node["value"]], node["children"], current)


FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "and_expression": write_and,
        "comparator": write_comparator,
        "current": write_current,
        "expref": write_expression_reference,
        "field": write_field,
        "filter_projection": write_filter_projection,
        "flatten": write_flatten,
        "function_expression": _write_call,
        "identity": write_current,
        "index": write_index,
        "index_expression": write_index_expression,
        "literal": write_literal,
        "multi_select_dict": write_multi_select_dict,
        "multi_select_list": write_multi_select_list,
        "not_expression": write_not,
        "or_expression": write_or,
        "pipe": write_pipe,
        "projection": write_projection,
        "slice": write_slice,
        "subexpression": write_subexpression,
        "value_projection": write_value_projection,
    }
)


class FormWriter(Writer):
    """A writer that knows the forms of the grammar."""

    def form(self, node: Node, current: str) -> Term:
        """Writes a node by its form."""
        return FORMS[node["type"]](self, node, current)


class Entry(Enum):
    """The purpose of an expression's function."""

    #: `(scope, event budget?) -> bool`: whether the condition holds; an error makes it False.
    HOLDS = "holds"
    #: `(scope, event budget?) -> value`, with the errors of jmespath.
    SEARCH = "search"
    #: `(scope, context) -> value`: also passes the value of each part to a recorder.
    EXPLAIN = "explain"


#: Every name that a generated source can use, in addition to its constants.
RUNTIME_NAMES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "AttributeError": AttributeError,
        "CONTAINERS": frozenset({list, dict}),
        "SIZED": frozenset({list, dict, str}),
        "Context": Context,
        "Exception": Exception,
        "Reference": Reference,
        "bool": bool,
        "dict": dict,
        "float": float,
        "int": int,
        "isinstance": isinstance,
        "len": len,
        "list": list,
        "mismatch": mismatch,
        "str": str,
        "type": type,
    }
)
#: Bytes of the cache of compiled sources, and the estimated size of each character of a source.
_MOST_BYTES: Final = 16_000_000
_BYTES_PER_CHARACTER: Final = 4
FACTORIES: Final[SizedCache[str, Callable[..., Any]]] = SizedCache(_MOST_BYTES)


def compile_tree(tree: Node, entry: Entry, recorder: Recorder | None = None) -> Callable[..., Any]:
    """The Python function of an expression. A recorder, if given, wraps the function of each node.

    Raises:
        LiteralProblem: a literal argument cannot work.
    """
    source, constants = write_source(tree, entry, recorder)
    function: Callable[..., Any] = factory_of(source)(*constants)
    return function


def write_source(
    tree: Node, entry: Entry, recorder: Recorder | None = None
) -> tuple[str, list[Any]]:
    """The source of a factory for an expression's function, and the arguments of the factory."""
    writer = FormWriter(recorder)
    with writer.body(3) as lines:
        _write_result(writer, writer.write(tree, "v"), entry)
    if entry is Entry.EXPLAIN:
        main = [" def main(v, c):", "  if True:", *lines]
    elif entry is Entry.SEARCH:
        main = [" def main(v, b=None):", f"  {writer.start()}", "  if True:", *lines]
    else:
        start = f"   {writer.start()}"
        main = [
            " def main(v, b=None):",
            "  try:",
            start,
            *lines,
            "  except Exception: return False",
        ]
    names = ", ".join(f"k{number}" for number in range(len(writer.constants)))
    source = "\n".join([f"def make({names}):", *writer.functions, *main, " return main"])
    return source, writer.constants


def _write_result(writer: Writer, term: Term, entry: Entry) -> None:
    if entry is not Entry.HOLDS or term.truth is Truth.BOOL:
        writer.line(f"return {term.text}")
    else:
        writer.line(f"return True if {writer.test(term)} else False")


def factory_of(source: str) -> Callable[..., Any]:
    """The factory that a source defines: it takes the constants and returns an expression's
    function.
    """
    weight = _BYTES_PER_CHARACTER * len(source)
    return FACTORIES.get_or_make(source, lambda: _made(source), weight)


def _made(source: str) -> Callable[..., Any]:
    names = {"__builtins__": {}, **RUNTIME_NAMES}
    # The source contains no character of a rule file: see writer.py.
    exec(compile(source, "<condition>", "exec"), names)  # noqa: S102
    made: Callable[..., Any] = names["make"]
    return made
