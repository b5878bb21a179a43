"""The Jinja2 sandbox of templates: plain data only, and no calls of methods.

Attribute access reads only keys. Every filter spends from the budget, operators have limits, and
nothing is computed when a template is compiled.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import UndefinedError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from automator.files import did_you_mean
from automator.model import Reason, quoted
from automator.reasons.attempts import templates as faults
from automator.rules.templates.filters.lists import bounded_range
from automator.rules.templates.filters.table import FILTERS, FLAT_FILTERS, TEXT_FILTERS, WEIGHTS
from automator.rules.templates.filters.texts import urlencode
from automator.rules.templates.filters.tracked import NAME as TRACKED
from automator.rules.templates.filters.tracked import tracked
from automator.rules.templates.template_budget import CALL, Plain, TemplateBudget
from automator.rules.templates.template_checks import TESTS
from automator.rules.templates.values import (
    MAX_ITEMS,
    MAX_TEXT,
    BadValueError,
    LimitError,
    WrongKindError,
    as_text,
    bounded,
)

_MAX_BITS = 256
_LOOP_FIELDS = frozenset({"index", "index0", "first", "last", "length", "revindex", "revindex0"})


class _Generator(CodeGenerator):
    """Generates code that computes everything when it runs, and nothing before."""

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        if isinstance(node, nodes.TemplateData):
            return super()._output_child_to_const(node, frame, finalize)
        raise nodes.Impossible


class _Missing(StrictUndefined):
    """A missing value: using it is an error, and everything inside it is missing as well."""

    @property
    def _undefined_message(self) -> str:
        """The reason as text, since Jinja2's errors carry only text; see `missing_reason`."""
        return self._reason().key

    def _reason(self) -> Reason:
        name, around = str(self._undefined_name), self._undefined_obj
        if not isinstance(around, Mapping):
            return faults.template_name_missing(name=name)
        nearest = did_you_mean(name, [key for key in around if isinstance(key, str)])
        if nearest:
            return faults.template_value_misspelt(name=name, nearest=nearest)
        return faults.template_value_missing(name=name)


def missing_reason(error: UndefinedError) -> Reason:
    """The reason in an error about a missing value."""
    try:
        return Reason.from_key(error.message or "")
    except (ValueError, KeyError, TypeError):
        # Jinja2's own words.
        return quoted(str(error))


class Rendering(Context):
    """One rendering, with its budget."""

    def __init__(
        self, environment: "Sandbox", scope: Mapping[str, Any], budget: TemplateBudget
    ) -> None:
        super().__init__(environment, scope, None, {})  # type: ignore[arg-type]  # Only read.
        self.budget = budget


class Sandbox(ImmutableSandboxedEnvironment):
    code_generator_class = _Generator
    context_class = Rendering
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self) -> None:
        super().__init__(
            undefined=_Missing,
            optimized=False,
            autoescape=False,
            loader=None,
            cache_size=0,
            keep_trailing_newline=True,
            finalize=_finalize,
        )
        self.globals = {}
        self.filters = {name: _guarded(name, filter_) for name, filter_ in FILTERS.items()}
        self.filters[TRACKED] = _tracked
        self.filters["!loop"] = _bounded_loop
        self.filters["!range"] = _guarded("!range", bounded_range)
        self.filters["!url"] = _guarded("urlencode", urlencode)
        self.filters["!read"] = _paid_for_reading
        self.filters["!slice"] = _paid_for_copying
        self.tests = {name: test for name, test in self.tests.items() if name in TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if obj.__class__ is dict:
            try:
                return obj[argument]
            except (KeyError, TypeError):
                return _Missing(obj=obj, name=argument)
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, LoopContext) and argument in _LOOP_FIELDS:
            return getattr(obj, argument)
        if isinstance(obj, list | tuple | str | Mapping):
            try:
                return obj[argument]
            except (LookupError, TypeError):
                pass
        return _Missing(obj=obj if obj is not None else {}, name=argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        del obj, attr, value
        return False

    def is_safe_callable(self, obj: Any) -> bool:
        del obj
        return False

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        assert isinstance(context, Rendering)  # noqa: S101  # No other one is ever made.
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            fail(left if isinstance(left, Undefined) else right)
        if operator == "+" and left.__class__ is right.__class__ and left.__class__ in (str, list):
            most = MAX_TEXT if left.__class__ is str else MAX_ITEMS
            if len(left) + len(right) > most:
                raise LimitError(faults.template_sum_too_long())
            context.budget.spend(1 + (len(left) + len(right)) // 16)
            return left + right
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            wanted = (
                faults.template_two_alike_needed
                if operator == "+"
                else faults.template_two_numbers_needed
            )
            raise WrongKindError(wanted(operator=operator))
        if operator == "**" and (abs(right) > _MAX_BITS or _bits(left) * abs(right) > _MAX_BITS):
            raise LimitError(faults.template_number_too_large())
        return _usable(self.binop_table[operator](left, right))


def _bits(number: int | float) -> int:
    return number.bit_length() if isinstance(number, int) else 1


def _usable(number: Any) -> Any:
    """The result of an operator; raises if it is a number that JSON cannot write."""
    if isinstance(number, complex):
        raise BadValueError(faults.template_root_of_negative())
    if _bits(number) > _MAX_BITS or not math.isfinite(number):
        raise LimitError(faults.template_number_too_large())
    return number


@pass_context
def _finalize(context: Rendering, value: Any) -> str:
    budget = context.budget
    budget.spend(1)
    if value.__class__ is not str:
        if isinstance(value, Undefined):
            fail(value)
        budget.spend_value(value)
        value = as_text(value)
    return value if budget.plain is None else made_plain(value, budget.plain, budget)


def made_plain(text: str, plain: Plain, budget: TemplateBudget) -> str:
    """The text of a value without markup, for the text of a message.

    Raises:
        LimitError: it becomes too long.
    """
    budget.spend_text(len(text))
    return bounded(plain(text))


def fail(missing: Undefined) -> None:
    missing._fail_with_undefined_error()


def _guarded(name: str, function: Any) -> Any:
    """A filter that spends from the budget and refuses missing values."""
    takes_missing = name in ("default", "d")

    @pass_context
    def run(context: Rendering, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, Undefined):
            if not takes_missing:
                fail(value)
            value = None
        for argument in (*args, *kwargs.values()):
            if isinstance(argument, Undefined):
                fail(argument)
        value = _paid_for(context.budget, name, value, (*args, *kwargs.values()))
        result = function(value, *args, **kwargs)
        if result.__class__ is str and len(result) > MAX_TEXT:
            raise LimitError(faults.template_text_too_long(most=MAX_TEXT))
        return result

    return run


_checked_target = _guarded(TRACKED, tracked)


@pass_context
def _tracked(context: Rendering, value: Any) -> str:
    """The address of a tracked link of the step."""
    return context.budget.track(_checked_target(context, value))


def _paid_for(budget: TemplateBudget, name: str, value: Any, arguments: tuple[Any, ...]) -> Any:
    """The value that a filter works on, after paying for it."""
    budget.spend(CALL)
    if name in FLAT_FILTERS:
        return value
    if name == "join" and value.__class__ is list:
        return plain_data(value, budget)
    for argument in arguments:
        budget.spend_value(argument)
    if value.__class__ is not str:
        budget.spend_value(value)
        if name in TEXT_FILTERS:
            value = as_text(value)
    if value.__class__ is str:
        budget.spend_text(len(value), WEIGHTS.get(name, 1))
    return value


@pass_context
def _paid_for_reading(context: Rendering, value: Any) -> Any:
    """The value itself, after paying for reading the whole value."""
    context.budget.spend_value(value)
    return value


@pass_context
def _paid_for_copying(context: Rendering, value: Any) -> Any:
    """The value itself, after paying for copying a part of it."""
    if isinstance(value, str | list | tuple):
        context.budget.spend(1 + len(value) // 16)
    return value


@pass_context
def _bounded_loop(context: Rendering, value: Any, weight: int) -> Iterator[Any]:
    """The items of a list; `weight` is the least cost of one turn of the loop."""
    if isinstance(value, Undefined):
        fail(value)
    if not isinstance(value, list | tuple | dict):
        raise WrongKindError(faults.template_loop_needs_list())
    if len(value) > MAX_ITEMS:
        raise LimitError(faults.template_loop_too_long(most=MAX_ITEMS))
    for item in value:
        context.budget.spend(weight)
        yield item


def plain_data(value: Any, budget: TemplateBudget) -> Any:
    """A copy of the value; fails if a part of the value is missing.

    Raises:
        LimitError: the copy would cost more than is left.
    """
    if isinstance(value, Undefined):
        fail(value)
    if isinstance(value, dict):
        budget.spend(1 + 2 * len(value))
        return {as_text(key): plain_data(item, budget) for key, item in value.items()}
    if isinstance(value, list | tuple):
        budget.spend(1 + len(value))
        return [plain_data(item, budget) for item in value]
    if value.__class__ is str and len(value) > CALL:
        # The value may be written as text afterwards, so every occurrence of a text is paid for.
        budget.spend_text(len(value))
    return value
