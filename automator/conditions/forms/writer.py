"""Writes the Python source of one expression.

The source consists of words from this package and of numbered names, and contains nothing from the
text of an expression. Names of fields and literals are constants, which are passed to the factory
of the function. So expressions of the same shape share one source, which is compiled once.

Names in the source: `v` the current value, `b` the budget of the event, `c` the context, `k…`
constants, `t…` results, `e…` elements of a list, `f…` functions for parts of the expression.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from functools import partial
from keyword import iskeyword
from typing import Any, Final

from automator.conditions.forms.budget import FREE_LIST, FREE_REPEATED_TEXT, FREE_TEXT
from automator.conditions.forms.values import Evaluate, Node
from automator.model import record

#: Indentation from which a part becomes a function of its own: Python allows 20 nested blocks.
_DEEP: Final = 14
#: Wraps the function of a node, to record its values.
Recorder = Callable[[Node, Evaluate], Evaluate]


class Truth(Enum):
    """Whether a value has the same truth in JMESPath and in Python, as far as known before."""

    BOOL = "true or false"
    #: True in JMESPath exactly when it is true in Python.
    PLAIN = "no number"
    #: It may be 0, which is true in JMESPath and false in Python.
    ANY = "anything"


@record(kw_only=False)
class Term:
    """A Python expression for the value of a node, to be used once."""

    text: str
    truth: Truth = Truth.ANY
    #: Whether computing it cannot raise, so that it may come after terms that follow it.
    is_safe: bool = True


class Writer(ABC):
    """Builds the source. `current` in its methods is the name of the current value."""

    def __init__(self, recorder: Recorder | None) -> None:
        #: Whether a form may merge the forms inside it; explanations need each by itself.
        self.fuses = recorder is None
        #: Whether the source needs a context from the beginning.
        self.needs_context = False
        #: Whether the lines written now may run more than once in an evaluation.
        self.repeats = False
        self.constants: list[Any] = []
        self.functions: list[str] = []
        self._recorder = recorder
        self._texts: dict[str, str] = {}
        self._count = 0
        self._lines: list[str] = []
        self._indent = 0

    @abstractmethod
    def form(self, node: Node, current: str) -> Term:
        """Writes a node by its form.

        Raises:
            LiteralProblem: an argument that is written out cannot work.
        """

    def write(self, node: Node, current: str) -> Term:
        """Writes the computation of a node.

        Raises:
            LiteralProblem: an argument that is written out cannot work.
        """
        if self._recorder is None and self._indent < _DEEP:
            return self.form(node, current)
        self.needs_context = True
        return Term(f"{self.function(node)}({current}, c)", is_safe=False)

    def function(self, node: Node) -> str:
        """Writes a function `(v, c)` for a node and gives its name."""
        name = self.new_name("f")
        with self.body(2) as lines:
            term = self.form(node, "v")
            self.line(f"return {term.text}")
        self.functions += [f" def {name}(v, c):", *lines]
        if self._recorder:
            self.functions.append(
                f" {name} = {self.constant(partial(self._recorder, node))}({name})"
            )
        return name

    @contextmanager
    def body(self, indent: int) -> Iterator[list[str]]:
        """Writes everything inside the block to a separate list of lines."""
        outer, outer_indent = self._lines, self._indent
        self._lines, self._indent = [], indent
        yield self._lines
        self._lines, self._indent = outer, outer_indent

    # --- Names ---

    def new_name(self, letter: str = "t") -> str:
        """A new name."""
        self._count += 1
        return f"{letter}{self._count}"

    def constant(self, value: Any) -> str:
        """The name of a constant."""
        if isinstance(value, str) and value in self._texts:
            return self._texts[value]
        name = f"k{len(self.constants)}"
        self.constants.append(value)
        if isinstance(value, str):
            self._texts[value] = name
        return name

    def bind(self, term: Term) -> str:
        """The name of a variable with the value of a term, which may be used more than once."""
        if term.text.isidentifier() and not iskeyword(term.text):
            return term.text
        name = self.new_name()
        self.line(f"{name} = {term.text}")
        return name

    def settle(self, node: Node, current: str) -> Term:
        """Writes a node so that its errors are raised before any error of the nodes after it."""
        term = self.write(node, current)
        return term if term.is_safe else Term(self.bind(term), term.truth)

    # --- Lines ---

    def line(self, text: str) -> None:
        """Writes a line."""
        self._lines.append(" " * self._indent + text)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Writes a header; lines written inside the block are indented below it."""
        self.line(header)
        self._indent += 1
        yield
        self._indent -= 1

    @contextmanager
    def repeated(self) -> Iterator[None]:
        """Marks the lines written inside as running more than once in an evaluation."""
        outer, self.repeats = self.repeats, True
        yield
        self.repeats = outer

    @contextmanager
    def loop(self, elements: str) -> Iterator[str]:
        """Writes a loop over a list; yields the name of the element."""
        element = self.new_name("e")
        with self.repeated(), self.block(f"for {element} in {elements}:"):
            yield element

    def test(self, term: Term) -> str:
        """A Python expression that is true when the term is true in JMESPath's sense."""
        if term.truth is not Truth.ANY:
            return term.text
        name = self.bind(term)
        return f"({name} or type({name}) is int or type({name}) is float)"

    # --- The budget ---

    @property
    def free_text(self) -> int:
        """Characters of a text that the code written now may read for free."""
        return FREE_REPEATED_TEXT if self.repeats else FREE_TEXT

    def pay(self, elements: str) -> None:
        """Writes a payment for elements. Code that runs once pays only for more than FREE_LIST."""
        if self.repeats:
            self.needs_context = True
            self.line(f"c.left -= {elements}")
            self.line("if c.left < c.check_below: c.check()")
            return
        with self.block(f"if {elements} > {FREE_LIST}:"):
            self.spend(elements)

    def spend(self, amount: str, *, of: str = "spend") -> None:
        """Writes a payment, after code that makes the context if there is none."""
        if not self.repeats:
            self.line("c = c or Context(v, b)")
        self.needs_context |= self.repeats
        self.line(f"c.{of}({amount})")

    def start(self) -> str:
        """The first line of a function, which makes its context; known after its body."""
        return "c = Context(v, b)" if self.needs_context else "c = None"
