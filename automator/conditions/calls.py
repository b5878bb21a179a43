"""How functions are declared, checked and called."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jmespath.exceptions import JMESPathTypeError

from automator.conditions.budget import Context
from automator.conditions.paths import Builds
from automator.conditions.values import CLASSES, Evaluate, Node, Reference, constant, kind_of

#: Kinds that an argument may have, as jmespath writes them; empty = any.
Kinds = tuple[str, ...]
Check = Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call: how to compute it, and its value when it is written out."""

    run: Evaluate
    is_literal: bool = False
    literal: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function of the condition language."""

    name: str
    #: As people read it: `keywords(text, words, options?)`.
    usage: str
    summary: str
    least: int  #: Arguments, at least.
    most: int | None  #: Arguments, at most; None = any number.
    #: Builds the call. Raises LiteralProblem when a written-out argument cannot work.
    make: Callable[[tuple[Argument, ...]], Evaluate]
    #: It may read the scope or spend from the budget.
    needs_context: bool = True


class LiteralProblem(Exception):
    """An argument that is written out in the expression cannot work."""

    def __init__(self, message: str, *, fix: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code


class BadArgument(JMESPathTypeError):
    """A computed argument that cannot work, said in words of its own."""

    def __init__(self, function: str, value: Any, reason: str) -> None:
        super().__init__(function, value, kind_of(value), [])
        self.reason = reason


def arguments(run: Sequence[Evaluate], nodes: Sequence[Node]) -> tuple[Argument, ...]:
    """The arguments of a call from their closures and their nodes."""
    return tuple(
        Argument(closure, *constant(node)) for closure, node in zip(run, nodes, strict=True)
    )


def make_expression_reference(builder: Builds, node: Node) -> Evaluate:
    """`&expression`"""
    inner = builder.build(node["children"][0])
    return lambda _value, _context: Reference(inner)


# --- Checks of argument kinds, with the errors of jmespath ---


def mismatch(function: str, value: Any, kinds: Kinds) -> JMESPathTypeError:
    """The error for a value of the wrong kind."""
    return JMESPathTypeError(function, value, kind_of(value), list(kinds))


def allowed_classes(kinds: Kinds) -> frozenset[type]:
    """The Python classes that a value of these kinds can have."""
    return frozenset(cls for kind in kinds for cls in CLASSES[kind.partition("-")[0]])


def check_for(function: str, kinds: Kinds) -> Check | None:
    """A check of one argument, or None when it may be anything.

    `("array-number", "array-string")` is a list of one or the other: its first element decides.
    """
    if not kinds:
        return None
    allowed = allowed_classes(kinds)
    inner = tuple(
        frozenset(CLASSES[element]) for kind in kinds if (element := kind.partition("-")[2])
    )

    def check(value: Any) -> None:
        if type(value) not in allowed:
            raise mismatch(function, value, kinds)

    def check_elements(value: Any) -> None:
        check(value)
        if value:
            found = type(value[0])
            fitting = next((classes for classes in inner if found in classes), inner[0])
            if not fitting.issuperset(map(type, value)):
                wrong = next(element for element in value if type(element) not in fitting)
                raise mismatch(function, wrong, kinds)

    return check_elements if inner else check


# --- The ways of calling ---


def pure(function: str, kinds: Sequence[Kinds], work: Callable[..., Any]) -> Any:
    """A `make` for a function that only needs its checked arguments and no budget."""
    checks = tuple(check_for(function, each) for each in kinds)

    def make(args: tuple[Argument, ...]) -> Evaluate:
        if len(args) == len(checks) == 1:
            return _call_one(args[0].run, checks[0], work)
        if len(args) == len(checks) == 2:
            return _call_two(args[0].run, args[1].run, checks, work)
        return _call_many(tuple(arg.run for arg in args), checks, work)

    return make


def _call_one(first: Evaluate, check: Check | None, work: Callable[..., Any]) -> Evaluate:
    if check is None:
        return lambda value, context: work(first(value, context))

    def call(value: Any, context: Context) -> Any:
        one = first(value, context)
        check(one)
        return work(one)

    return call


def _call_two(
    first: Evaluate, second: Evaluate, checks: Sequence[Check | None], work: Callable[..., Any]
) -> Evaluate:
    check_first, check_second = checks

    def call(value: Any, context: Context) -> Any:
        one = first(value, context)
        other = second(value, context)
        if check_first:
            check_first(one)
        if check_second:
            check_second(other)
        return work(one, other)

    return call


def _call_many(
    runs: tuple[Evaluate, ...], checks: Sequence[Check | None], work: Callable[..., Any]
) -> Evaluate:
    def call(value: Any, context: Context) -> Any:
        values = [run(value, context) for run in runs]
        for check, item in zip(checks, values, strict=False):
            if check:
                check(item)
        return work(*values)

    return call


def spending(function: str, kinds: Sequence[Kinds], work: Callable[..., Any]) -> Any:
    """A `make` for a function that pays for its work: `work(context, *values)`."""
    checks = tuple(check_for(function, each) for each in kinds)

    def make(args: tuple[Argument, ...]) -> Evaluate:
        if len(args) == len(checks) == 1:
            return _paid_one(args[0].run, checks[0], work)
        if len(args) == len(checks) == 2:
            return _paid_two(args[0].run, args[1].run, checks, work)
        return _paid_many(tuple(arg.run for arg in args), checks, work)

    return make


def _paid_one(first: Evaluate, check: Check | None, work: Callable[..., Any]) -> Evaluate:
    def call(value: Any, context: Context) -> Any:
        one = first(value, context)
        if one.__class__ is list:
            context.spend(len(one))
        if check:
            check(one)
        return work(context, one)

    return call


def _paid_two(
    first: Evaluate, second: Evaluate, checks: Sequence[Check | None], work: Callable[..., Any]
) -> Evaluate:
    check_first, check_second = checks

    def call(value: Any, context: Context) -> Any:
        one = first(value, context)
        other = second(value, context)
        if one.__class__ is list:
            context.spend(len(one))
        if other.__class__ is list:
            context.spend(len(other))
        if check_first:
            check_first(one)
        if check_second:
            check_second(other)
        return work(context, one, other)

    return call


def _paid_many(
    runs: tuple[Evaluate, ...], checks: Sequence[Check | None], work: Callable[..., Any]
) -> Evaluate:
    def call(value: Any, context: Context) -> Any:
        values = [run(value, context) for run in runs]
        for item in values:
            if item.__class__ is list:
                context.spend(len(item))
        for check, item in zip(checks, values, strict=False):
            if check:
                check(item)
        return work(context, *values)

    return call


def plain_function(
    name: str, usage: str, summary: str, kinds: list[Kinds], work: Callable[..., Any]
) -> Function:
    """A function that `pure` makes, with one argument for each of `kinds`."""
    count = len(kinds)
    return Function(
        name=name,
        usage=usage,
        summary=summary,
        least=count,
        most=count,
        make=pure(name, kinds, work),
        needs_context=False,
    )


def paid_function(
    name: str, usage: str, summary: str, kinds: list[Kinds], work: Callable[..., Any]
) -> Function:
    """A function that `spending` makes, with one argument for each of `kinds`."""
    count = len(kinds)
    return Function(
        name=name,
        usage=usage,
        summary=summary,
        least=count,
        most=count,
        make=spending(name, kinds, work),
    )


ANY: Final[Kinds] = ()
TEXT: Final[Kinds] = ("string",)
NUMBER: Final[Kinds] = ("number",)
OBJECT: Final[Kinds] = ("object",)
ARRAY: Final[Kinds] = ("array",)
EXPRESSION: Final[Kinds] = ("expref",)
NUMBERS: Final[Kinds] = ("array-number",)
TEXTS: Final[Kinds] = ("array-string",)
