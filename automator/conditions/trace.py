"""Evaluates an expression and records the value of each part, for explanations."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from jmespath.exceptions import JMESPathTypeError

from automator.conditions.forms.budget import MAX_RECORDS, Context, OverBudget
from automator.conditions.forms.calls import BadArgument
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import (
    KIND_NAMES,
    Evaluate,
    Node,
    constant,
    describe,
    is_true,
    show,
)
from automator.conditions.functions.extraction import SEARCHES, because_found
from automator.conditions.functions.intents import named_intents, own_phrases, why
from automator.conditions.functions.text_functions import keyword_matcher
from automator.conditions.functions.time_functions import clock_at
from automator.model import Reason, record
from automator.reasons import conditions


@record(kw_only=False)
class Trace:
    """A part of an expression with its value, and the reasons for that value."""

    text: str
    value: Any
    holds: bool
    #: Why it could not be evaluated.
    reason: Reason | None
    children: "tuple[Trace, ...]"
    #: The values that decided.
    because: tuple[Reason, ...]


#: Forms that an explanation does not list.
_SILENT: Final = frozenset({"literal", "identity", "expref", "index", "slice", "key_val_pair"})


def recording(node: Node, run: Evaluate) -> Evaluate:
    """Wraps the function of a node, so that the context records each value that it returns."""
    if node["type"] in _SILENT:
        return run
    text = unparse(node)

    def recorded(value: Any, context: Context) -> Any:
        above = context.records
        if context.room <= 0:
            return run(value, context)
        context.room -= 1
        below: list[Trace] = []
        context.records = below
        try:
            result = run(value, context)
        except Exception as error:
            reason = _inherited(below) or reason_for(error, node, below)
            above.append(Trace(text, None, False, reason, tuple(below), (reason,)))
            raise
        finally:
            context.records = above
        children = tuple(below)
        because = _because(node, result, children, value)
        above.append(Trace(text, result, is_true(result), None, children, because))
        return result

    return recorded


def run_traced(text: str, run: Evaluate, context: Context) -> Trace:
    """The explanation of an expression over the scope of the context. Never raises."""
    scope = context.scope
    context.room = MAX_RECORDS
    context.records = []
    try:
        value = run(scope, context)
    except Exception as error:  # noqa: BLE001 - any error that a payload causes becomes a reason
        value = None
        if not context.records:
            reason = reason_for(error, {"type": "literal", "children": []}, [])
            return Trace(text, None, False, reason, (), (reason,))
    if context.records:
        top = context.records[0]
        return Trace(text, top.value, top.holds, top.reason, top.children, top.because)
    return Trace(text, value, is_true(value), None, (), _it_is(value))


def _inherited(below: list[Trace]) -> Reason | None:
    return next((trace.reason for trace in below if trace.reason), None)


# --- Reasons: why it could not be evaluated ---


def reason_for(error: Exception, node: Node, below: list[Trace]) -> Reason:
    """The reason for an error: names the part of the expression and the value that caused it."""
    if isinstance(error, OverBudget):
        return error.reason
    if isinstance(error, JMESPathTypeError):
        return _wrong_argument(error, below)
    if isinstance(error, TypeError) and node["type"] == "comparator":
        return _not_comparable(node, below)
    if isinstance(error, RecursionError | OverflowError):
        return (
            conditions.nested_too_deeply
            if isinstance(error, RecursionError)
            else conditions.number_too_large
        )()
    if node["type"] in ("slice", "index_expression", "projection") and isinstance(
        error, ValueError
    ):
        return conditions.slice_step_zero()
    named = node["type"] in _NAMED
    return (
        conditions.cannot_be_computed(what=unparse(node))
        if named
        else conditions.it_cannot_be_computed()
    )


_NAMED: Final = frozenset({"function_expression", "comparator"})


def _wrong_argument(error: JMESPathTypeError, below: list[Trace]) -> Reason:
    if isinstance(error, BadArgument):
        return error.reason
    value = error.current_value
    wanted = [KIND_NAMES.get(kind, kind) for kind in error.expected_types]
    described = describe(value)
    for trace in below:
        if trace.value is value:
            return conditions.wrong_kind(what=trace.text, value=described, wanted=wanted)
    for trace in below:
        if isinstance(trace.value, list) and any(item is value for item in trace.value):
            return conditions.wrong_kind_inside(what=trace.text, value=described, wanted=wanted)
    return conditions.wrong_argument(function=error.function_name, value=described, wanted=wanted)


def _not_comparable(node: Node, below: list[Trace]) -> Reason:
    left, right = node["children"]
    values = iter(below)
    sides = [_side(side, values) for side in (left, right)]
    (text, value), (other_text, other) = sides
    if not isinstance(other, str):
        return conditions.wrong_kind(
            what=text, value=describe(value), wanted=[conditions.kind_number()]
        )
    if right["type"] == "literal":
        return conditions.wrong_kind(
            what=text, value=describe(value), wanted=[conditions.kind_text()]
        )
    return conditions.wrong_kind(
        what=other_text, value=describe(other), wanted=[conditions.kind_number()]
    )


def _side(node: Node, recorded: Any) -> tuple[str, Any]:
    text = unparse(node)
    if node["type"] == "literal":
        return text, node["value"]
    trace = next(recorded, None)
    return text, trace.value if trace else None


# --- Because: which value decided ---


_Said = tuple[Reason, ...]
#: How many parts are named with their values; further parts are only counted.
_MOST: Final = 4


def _because(node: Node, value: Any, children: tuple[Trace, ...], current: Any) -> _Said:
    explain = _EXPLAINERS.get(node["type"])
    if explain:
        return explain(node, value, children, current)
    return _missing(node) if value is None else _is(node, value)


def _it_is(value: Any) -> _Said:
    return (conditions.it_is(value=show(value)),)


def _is(node: Node, value: Any) -> _Said:
    return (conditions.value_is(what=unparse(node), value=shown(value)),)


def _missing(node: Node) -> _Said:
    return (conditions.is_missing(what=unparse(node)),)


def _joined(traces: tuple[Trace, ...] | list[Trace]) -> _Said:
    """The reasons of the first few parts, each once."""
    parts = list({str(trace.because): trace.because for trace in traces}.values())
    more = len(parts) - _MOST
    named = tuple(reason for part in parts[:_MOST] for reason in part)
    return (*named, conditions.and_more(count=more)) if more > 0 else named


def _of_and(_node: Node, value: Any, children: tuple[Trace, ...], _current: Any) -> _Said:
    if is_true(value):
        return _joined(children) or _it_is(value)
    return children[-1].because if children else _it_is(value)


def _of_or(_node: Node, value: Any, children: tuple[Trace, ...], _current: Any) -> _Said:
    if is_true(value) and children:
        return children[-1].because
    return _joined(children) or _it_is(value)


def _of_parts(node: Node, value: Any, children: tuple[Trace, ...], _current: Any) -> _Said:
    # JMESPath reads `null` as a missing field. People mean the value, which explains itself.
    told = [trace for trace in children if trace.text != "null"]
    because = _joined(told) or _is(node, value)
    wanted = wanted_by(node) if value is False and node["type"] != "not_expression" else None
    if wanted is None:
        return because
    first = node["children"][0]
    if first["type"] == "function_expression" and children[0].value is not None:
        # The values of the arguments do not show the result of the call.
        result = _is(first, children[0].value)
        because = because if result[0] in because else result
    return (wanted, *map(named, because))


def _of_call(node: Node, value: Any, children: tuple[Trace, ...], current: Any) -> _Said:
    if node["value"] == "keywords":
        return _of_keywords(node, children)
    if node["value"] == "asks":
        return _of_asks(node, children)
    if node["value"] == "between" and value is False:
        outside = not_between(_arguments(node, children))
        return (outside,) if outside else _of_parts(node, value, children, current)
    if node["value"] in SEARCHES:
        return _of_found(node, children)
    if node["value"] == "arm" and value is not None:
        # Besides the person's id, the explanation has to name the arm.
        return (*_joined(children), *_is(node, value))
    return _of_parts(node, value, children, current)


def _arguments(node: Node, children: tuple[Trace, ...]) -> list[Any]:
    """The values of the arguments of a call."""
    recorded = iter(children)
    values = []
    for child in node["children"]:
        is_literal, literal = constant(child)
        trace = None if child["type"] in _SILENT else next(recorded, None)
        values.append(literal if is_literal else trace.value if trace else None)
    return values


def _of_keywords(node: Node, children: tuple[Trace, ...]) -> _Said:
    text, words, *options = _arguments(node, children)
    if text is None:
        return _missing(node["children"][0])
    return (keyword_matcher(words, options[0] if options else None).because(text),)


def _of_asks(node: Node, children: tuple[Trace, ...]) -> _Said:
    text, intents, *own = _arguments(node, children)
    if text is None:
        return _missing(node["children"][0])
    return (why(text, named_intents(intents), own_phrases(own[0]) if own else None),)


def _of_found(node: Node, children: tuple[Trace, ...]) -> _Said:
    is_literal, literal = constant(node["children"][0])
    text = literal if is_literal else children[0].value if children else None
    if text is None:
        return _missing(node["children"][0])
    return (because_found(node["value"], text),)


_EXPLAINERS: Final[dict[str, Callable[[Node, Any, tuple[Trace, ...], Any], _Said]]] = {
    "and_expression": _of_and,
    "comparator": _of_parts,
    "function_expression": _of_call,
    "not_expression": _of_parts,
    "or_expression": _of_or,
}


# --- The value that a condition compares with, if it does not hold ---


_COMPARISONS: Final = {
    "eq": conditions.looks_for,
    "ne": conditions.looks_for_another,
    "gt": conditions.looks_for_more,
    "gte": conditions.looks_for_at_least,
    "lt": conditions.looks_for_less,
    "lte": conditions.looks_for_at_most,
}
_NAMES: Final = {
    "event.text": conditions.path_of_text,
    "event.post.message": conditions.path_of_post,
    "event.post.id": conditions.path_of_post_id,
    "event.actor.name": conditions.path_of_sender,
    "contact.name": conditions.path_of_contact,
    "contact.tags": conditions.path_of_tags,
}
_SEARCHES: Final = frozenset({"contains", "matches", "starts_with", "ends_with", "one_of"})
#: How many texts of a list are shown.
_MOST_TEXTS: Final = 5


def wanted_by(node: Node) -> Reason | None:
    """The reason with the text or number that a comparison or a search looks for; or None."""
    is_comparison = node["type"] == "comparator"
    if not is_comparison and node["value"] not in _SEARCHES:
        return None
    kind = (
        _COMPARISONS.get(node["value"], conditions.looks_for)
        if is_comparison
        else conditions.looks_for
    )
    (of_left, _), (is_written, wanted) = map(constant, node["children"])
    if of_left or not is_written or wanted is None or isinstance(wanted, bool):
        return None
    if not is_comparison and isinstance(wanted, list):
        more = ["…"] if len(wanted) > _MOST_TEXTS else []
        return conditions.looks_for_one_of(wanted=[*map(show, wanted[:_MOST_TEXTS]), *more])
    return kind(wanted=shown(wanted))


def named(because: Reason) -> Reason:
    """A reason with its path replaced by the name that people know, such as `the text`."""
    name = _NAMES.get(str(because.params.get("what")))
    return replace(because, params={**because.params, "what": name()}) if name else because


def not_between(values: list[Any]) -> Reason | None:
    """The reason with the time of day that between() has found, and with its limits."""
    time, first, last, zone = values
    clock = clock_at(time, zone)
    return (
        None
        if clock is None
        else conditions.not_between(first=first, last=last, time=clock, zone=zone)
    )


def shown(value: Any) -> str | Reason:
    """A value for a sentence; a short list of texts is written out."""
    is_short = isinstance(value, list) and 0 < len(value) <= _MOST_TEXTS
    if is_short and all(isinstance(item, str) for item in value):
        return conditions.list_with(values=[show(item) for item in value])
    return show(value)
