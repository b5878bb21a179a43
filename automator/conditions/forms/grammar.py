"""Parses the text of an expression to jmespath's syntax tree, within limits."""

import warnings
from collections.abc import Iterator
from typing import Any, Final

from jmespath.exceptions import JMESPathError, LexerError
from jmespath.lexer import Lexer
from jmespath.parser import Parser

from automator.conditions.forms.logic import links
from automator.conditions.forms.values import Node

#: Characters of an expression, at most; most of them are the words of a keyword list.
MAX_LENGTH: Final = 2_000
#: Nodes of the tree, at most; literals do not count.
MAX_NODES: Final = 256
#: Levels of the tree, at most; a chain of `&&`, `||` or `|` is one level.
MAX_DEPTH: Final = 32

_CHAINS: Final = frozenset({"and_expression", "or_expression", "pipe"})


class GrammarError(Exception):
    """The text is not an expression. `offset` counts characters from 0."""

    def __init__(self, message: str, *, offset: int, length: int, fix: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.length = length
        self.fix = fix
        self.code = code


def tokens(text: str) -> Iterator[dict[str, Any]]:
    """jmespath's tokens: `type`, `value`, `start`.

    Raises:
        LexerError: at the first character that starts none.
    """
    with warnings.catch_warnings():
        # `foo` in backticks is old style for a text; check_expression has its own word for it.
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        found: Any = list(Lexer().tokenize(text))
    yield from found


def parse(text: str) -> Node:
    """The tree of an expression.

    Raises:
        GrammarError: it is not an expression, or it is over a limit.
    """
    if not text.strip():
        raise GrammarError(
            "the expression is empty",
            offset=0,
            length=len(text) or 1,
            fix="write what must hold, as in event.type == 'comment.created'.",
            code="condition-syntax",
        )
    if len(text) > MAX_LENGTH:
        raise _over(
            text, f"the expression has {len(text):,} characters, {MAX_LENGTH:,} are allowed"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            parsed: Any = Parser().parse(text).parsed
    except LexerError as error:
        if error.message.startswith("Unclosed"):
            raise _unclosed(text, error.lexer_position) from error
        raise _unexpected(text, error.lexer_position, str(error.lexer_value)) from error
    except JMESPathError as error:
        position = getattr(error, "lex_position", len(text))
        raise _unexpected(text, position, str(getattr(error, "token_value", ""))) from error
    except LookupError as error:
        raise _unexpected(text, len(text), "") from error
    except RecursionError:
        raise _over(text, f"the expression is nested deeper than {MAX_DEPTH} levels") from None
    tree: Node = parsed
    _check_size(text, tree)
    return tree


def _unclosed(text: str, position: int) -> GrammarError:
    quote = text[position]
    return GrammarError(
        f"this is not JMESPath: the quote {quote} is not closed",
        offset=position,
        length=len(text) - position,
        fix=f"write {quote} at the end of the text as well.",
        code="condition-syntax",
    )


def _unexpected(text: str, position: int, found: str) -> GrammarError:
    if position >= len(text) or not found:
        return GrammarError(
            "this is not JMESPath: the expression ends too early",
            offset=max(0, len(text) - 1),
            length=1,
            fix="finish it: a bracket, a quote or a value is missing.",
            code="condition-syntax",
        )
    shown = found if len(found) <= 20 else found[:19] + "…"
    return GrammarError(
        f"this is not JMESPath: unexpected '{shown}'",
        offset=position,
        length=max(1, min(len(found), len(text) - position)),
        fix="remove it, or write what is missing before it.",
        code="condition-syntax",
    )


def _over(text: str, message: str) -> GrammarError:
    return GrammarError(
        message,
        offset=0,
        length=len(text),
        fix="split it into several conditions, or keep long lists in vars.",
        code="condition-too-large",
    )


def size_of(tree: Node) -> int:
    """How many parts a tree has, without its literals."""
    count, stack = 0, [tree]
    while stack:
        node = stack.pop()
        count += node["type"] != "literal"
        if node["type"] != "slice":
            stack += node["children"]
    return count


def _check_size(text: str, tree: Node) -> None:
    nodes = 0
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        if node["type"] != "literal":
            nodes += 1
        if nodes > MAX_NODES:
            raise _over(text, f"the expression has more than {MAX_NODES} parts")
        if depth > MAX_DEPTH:
            raise _over(text, f"the expression is nested deeper than {MAX_DEPTH} levels")
        if node["type"] in _CHAINS:
            parts = links(node)
            nodes += len(parts) - 2
            stack += [(part, depth + 1) for part in parts]
        elif node["type"] != "slice":
            stack += [(child, depth + 1) for child in node["children"]]
