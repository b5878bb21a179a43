"""Parses the text of an expression to jmespath's syntax tree, within limits."""

import warnings
from collections.abc import Iterator
from typing import Any, Final

from jmespath.exceptions import JMESPathError, LexerError
from jmespath.lexer import Lexer
from jmespath.parser import Parser

from automator.conditions.forms.finding import ExpressionError, worded
from automator.conditions.forms.logic import links
from automator.conditions.forms.values import Node, parts_of

#: Characters of an expression, at most; most of them are the words of a keyword list.
MAX_LENGTH: Final = 2_000
#: Nodes of the tree, at most; literals do not count.
MAX_NODES: Final = 256
#: Levels of the tree, at most; a chain of `&&`, `||` or `|` is one level.
MAX_DEPTH: Final = 32

_CHAINS: Final = frozenset({"and_expression", "or_expression", "pipe"})


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
        ExpressionError: it is not an expression, or it is over a limit.
    """
    if not text.strip():
        fix = "write what must hold, as in event.type == 'comment.created'."
        raise _error(0, len(text) or 1, "the expression is empty", fix)
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


def _unclosed(text: str, position: int) -> ExpressionError:
    quote = text[position]
    message = f"this is not JMESPath: the quote {quote} is not closed"
    fix = f"write {quote} at the end of the text as well."
    return _error(position, len(text) - position, message, fix)


def _unexpected(text: str, position: int, found: str) -> ExpressionError:
    if position >= len(text) or not found:
        message = "this is not JMESPath: the expression ends too early"
        fix = "finish it: a bracket, a quote or a value is missing."
        return _error(max(0, len(text) - 1), 1, message, fix)
    shown = found if len(found) <= 20 else found[:19] + "…"
    message = f"this is not JMESPath: unexpected '{shown}'"
    length = max(1, min(len(found), len(text) - position))
    return _error(position, length, message, "remove it, or write what is missing before it.")


def _over(text: str, message: str) -> ExpressionError:
    fix = "split it into several conditions, or keep long lists in vars."
    return _error(0, len(text), message, fix, "condition-too-large")


def _error(
    offset: int, length: int, message: str, fix: str, code: str = "condition-syntax"
) -> ExpressionError:
    return ExpressionError(worded(offset, length, message, code, fix))


def size_of(tree: Node) -> int:
    """How many parts a tree has, without its literals."""
    return len([node for node in parts_of(tree) if node["type"] != "literal"])


def _check_size(text: str, tree: Node) -> None:
    if size_of(tree) > MAX_NODES:
        raise _over(text, f"the expression has more than {MAX_NODES} parts")
    level, depth = [tree], 1
    while level:
        if depth > MAX_DEPTH:
            raise _over(text, f"the expression is nested deeper than {MAX_DEPTH} levels")
        level = [
            child
            for node in level
            if node["type"] != "slice"
            for child in (links(node) if node["type"] in _CHAINS else node["children"])
        ]
        depth += 1
