"""Declares functions of the condition language, and writes the code of their calls."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY
from itertools import zip_longest
from typing import Any, Final

from jmespath.exceptions import JMESPathTypeError

from automator.conditions.forms.values import CLASSES, Node, constant, kind_of
from automator.conditions.forms.writer import Term, Truth, Writer
from automator.model import AutomatorError, Reason, record
from automator.reasons import problem_code

#: Kinds that an argument may have, as jmespath writes them; empty = any.
Kinds = tuple[str, ...]
#: Writes the code of a call, for functions that are more than a call of a Python function.
Write = Callable[[Writer, Sequence[Node], str], Term]


@record(kw_only=False)
class Argument:
    """One argument of a call, with its value if it is a literal."""

    is_literal: bool = False
    literal: Any = None


@record(kw_only=False)
class Function:
    """A function of the condition language.

    One of three fields says what a call does: `work` takes the values of the arguments, `prepare`
    makes such a `work` from the literal arguments, and `writes` writes the code of the call.
    """

    #: The call as people read it: `keywords(text, words, options?)`, `merge(object, …)`.
    usage: str
    summary: str
    #: The kinds that each argument may have, checked from left to right as in jmespath.
    kinds: Sequence[Kinds] = ()
    work: Callable[..., Any] | None = None
    _: KW_ONLY
    #: Raises LiteralProblem if a literal argument cannot work.
    prepare: Callable[[tuple[Argument, ...]], Callable[..., Any]] | None = None
    writes: Write | None = None
    #: Whether it walks its lists and objects: the code before the call then pays for them.
    walks: bool = False
    #: Whether `work` takes the Context as its first argument, and pays for its own cost.
    takes_context: bool = False
    #: Whether its value is always true, always false, or either.
    truth: Truth = Truth.ANY

    @property
    def name(self) -> str:
        """The word that calls it."""
        return self.usage.partition("(")[0]

    @property
    def least(self) -> int:
        """The least number of arguments."""
        return sum(not parameter.endswith(("?", "…")) for parameter in self._parameters)

    @property
    def most(self) -> int | None:
        """The greatest number of arguments; None = any number."""
        return None if "…" in self._parameters else len(self._parameters)

    @property
    def _parameters(self) -> list[str]:
        return self.usage[len(self.name) + 1 : -1].split(", ")


class LiteralProblem(AutomatorError):
    """A literal argument of the expression cannot work."""

    code = "wrong-argument"

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason, code=problem_code(reason))


class BadArgument(JMESPathTypeError):
    """A computed argument that cannot work, with a reason that says why."""

    def __init__(self, function: str, value: Any, reason: Reason) -> None:
        super().__init__(function, value, kind_of(value), [])
        self.reason = reason


# --- Checks of argument kinds, with the errors of jmespath ---


def mismatch(function: str, value: Any, kinds: Kinds) -> JMESPathTypeError:
    """The error for a value of the wrong kind."""
    return JMESPathTypeError(function, value, kind_of(value), list(kinds))


def _check_elements(function: str, kinds: Kinds) -> Callable[[Any], None]:
    """Makes the check of a list's elements.

    `("array-number", "array-string")` means only numbers or only texts: the first element decides.
    """
    inner = tuple(
        frozenset(CLASSES[element]) for kind in kinds if (element := kind.partition("-")[2])
    )
    known = frozenset().union(*inner)

    def check(value: Any) -> None:
        if type(value) is not list:
            raise mismatch(function, value, kinds)
        if value:
            found = list(map(type, value))
            # Mostly all elements have one class, and counting is the fastest way to see it.
            if found.count(found[0]) < len(found) or found[0] not in known:
                check_each(value, found[0])

    def check_each(value: list[Any], first: type) -> None:
        fitting = next((classes for classes in inner if first in classes), inner[0])
        for element in value:
            if type(element) not in fitting:
                raise mismatch(function, element, kinds)

    return check


# --- The ways of calling ---


def write_call(writer: Writer, function: Function, children: Sequence[Node], current: str) -> Term:
    """Writes `name(argument, …)`.

    Raises:
        LiteralProblem: a literal argument cannot work.
    """
    if function.writes:
        return function.writes(writer, children, current)
    if function.prepare:
        return _prepared(writer, function, children, current)
    return write_work(writer, function, children, current)


def write_work(writer: Writer, function: Function, children: Sequence[Node], current: str) -> Term:
    """Writes a call of a function's `work`: evaluate, pay, check, call, as jmespath does."""
    values = [writer.bind(writer.write(child, current)) for child in children]
    if function.walks:
        _pay_for_walking(writer, function.kinds, values)
    for child, value, kinds in zip(children, values, function.kinds, strict=False):
        if child["type"] not in ("literal", "expref") or not _fits(child, kinds):
            _write_check(writer, function.name, value, kinds)
    return _call(writer, function, function.work, values)


def write_walked(writer: Writer, function: str, node: Node, current: str) -> str:
    """Writes an array that a function walks, paid for and checked; returns its name."""
    value = writer.bind(writer.write(node, current))
    _pay_for_walking(writer, [ARRAY], [value])
    _write_check(writer, function, value, ARRAY)
    return value


def _pay_for_walking(writer: Writer, all_kinds: Sequence[Kinds], values: list[str]) -> None:
    for value, kinds in zip_longest(values, all_kinds[: len(values)], fillvalue=ANY):
        if not kinds or any(kind.startswith(("array", "object")) for kind in kinds):
            with writer.block(f"if type({value}) in CONTAINERS:"):
                writer.pay(f"len({value})")


def _fits(child: Node, kinds: Kinds) -> bool:
    """Whether a literal or a reference is certainly of one of these kinds."""
    return (kind_of(child["value"]) if child["type"] == "literal" else "expref") in kinds


def _prepared(writer: Writer, function: Function, children: Sequence[Node], current: str) -> Term:
    assert function.prepare is not None  # noqa: S101
    args = arguments(children)
    # The work already has the literal arguments: they are passed only to keep the positions.
    values = [
        writer.constant(arg.literal) if arg.is_literal else writer.settle(child, current).text
        for arg, child in zip(args, children, strict=True)
    ]
    return _call(writer, function, function.prepare(args), values)


def _call(writer: Writer, function: Function, work: Any, values: list[str]) -> Term:
    if function.takes_context:
        writer.needs_context = True
        values = ["c", *values]
    called = f"{writer.constant(work)}({', '.join(values)})"
    return Term(called, function.truth, is_safe=False)


def arguments(children: Sequence[Node]) -> tuple[Argument, ...]:
    """The arguments of a call."""
    return tuple(Argument(*constant(child)) for child in children)


def _write_check(writer: Writer, function: str, value: str, kinds: Kinds) -> None:
    """Writes the check of one argument."""
    if any("-" in kind for kind in kinds):
        writer.line(f"{writer.constant(_check_elements(function, kinds))}({value})")
    elif kinds:
        allowed = frozenset(cls for kind in kinds for cls in CLASSES[kind])
        fails = f"not in {writer.constant(allowed)}"
        if len(allowed) == 1:
            fails = f"is not {next(iter(allowed)).__name__}"
        raised = f"raise mismatch({writer.constant(function)}, {value}, {writer.constant(kinds)})"
        writer.line(f"if type({value}) {fails}: {raised}")


def write_expression_reference(writer: Writer, node: Node, _current: str) -> Term:
    """`&expression`"""
    with writer.repeated():
        name = writer.function(node["children"][0])
    reference = writer.new_name("r")
    writer.functions.append(f" {reference} = Reference({name})")
    return Term(reference, Truth.PLAIN)


ANY: Final[Kinds] = ()
TEXT: Final[Kinds] = ("string",)
NUMBER: Final[Kinds] = ("number",)
OBJECT: Final[Kinds] = ("object",)
ARRAY: Final[Kinds] = ("array",)
EXPRESSION: Final[Kinds] = ("expref",)
NUMBERS: Final[Kinds] = ("array-number",)
TEXTS: Final[Kinds] = ("array-string",)
