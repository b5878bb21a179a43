"""Parses an expression to jmespath's syntax tree, within limits on its size."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from jmespath.exceptions import JMESPathError, LexerError
from jmespath.lexer import Lexer
from jmespath.parser import Parser

from automator.conditions.forms.finding import ExpressionError, Finding
from automator.conditions.forms.logic import links
from automator.conditions.forms.values import Node, parts_of
from automator.model import Reason, shortened
from automator.reasons.problems import conditions

#: Characters of an expression, at most; most of them are the words of a keyword list.
MAX_LENGTH: Final = 2_000
#: Nodes of the tree, at most; literals do not count.
MAX_NODES: Final = 256
#: Levels of the tree, and of a literal, at most; a chain of `&&`, `||` or `|` is one level.
MAX_DEPTH: Final = 32

_CHAINS: Final = frozenset({"and_expression", "or_expression", "pipe"})


def tokens(text: str) -> Iterator[dict[str, Any]]:
    """jmespath's tokens: `type`, `value`, `start`.

    Raises:
        LexerError: at the first character that begins no token.
    """
    with _old_style_allowed(text):
        found: Any = list(Lexer().tokenize(text))
    yield from found


@contextmanager
def _old_style_allowed(text: str) -> Iterator[None]:
    """Suppresses jmespath's warning of `foo` in backticks, an old style of text.

    `check_expression` reports that style itself. For a text without backticks nothing is
    suppressed: suppressing a warning takes longer than parsing most expressions.
    """
    if "`" not in text:
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        yield


def parse(text: str) -> Node:
    """The tree of an expression.

    Raises:
        ExpressionError: it is not an expression, or it is over a limit.
    """
    if not text.strip():
        raise _error(0, len(text) or 1, conditions.condition_expression_empty())
    if len(text) > MAX_LENGTH:
        raise _over(
            text, conditions.condition_expression_too_long(count=len(text), most=MAX_LENGTH)
        )
    try:
        with _old_style_allowed(text):
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
        raise _over(text, conditions.condition_expression_too_deep(most=MAX_DEPTH)) from None
    tree: Node = parsed
    _check_size(text, tree)
    return tree


def _unclosed(text: str, position: int) -> ExpressionError:
    quote = text[position]
    return _error(
        position,
        len(text) - position,
        conditions.condition_expression_quote_not_closed(quote=quote),
    )


def _unexpected(text: str, position: int, found: str) -> ExpressionError:
    if position >= len(text) or not found:
        return _error(max(0, len(text) - 1), 1, conditions.condition_expression_ends_early())
    shown = shortened(found, 20)
    length = max(1, min(len(found), len(text) - position))
    return _error(position, length, conditions.condition_unexpected_sign(found=shown))


def _over(text: str, reason: Reason) -> ExpressionError:
    return _error(0, len(text), reason)


def _error(offset: int, length: int, reason: Reason) -> ExpressionError:
    return ExpressionError(Finding(offset, length, reason))


def size_of(tree: Node) -> int:
    """The number of parts of a tree, without its literals."""
    return len([node for node in parts_of(tree) if node["type"] != "literal"])


def _check_size(text: str, tree: Node) -> None:
    if size_of(tree) > MAX_NODES:
        raise _over(text, conditions.condition_expression_has_too_many_parts(most=MAX_NODES))
    _check_depth(text, tree, _parts_below)
    for node in parts_of(tree):
        if node["type"] == "literal":
            # Versions of Python differ in the depth of JSON that they can read.
            _check_depth(text, node["value"], _values_below)


def _check_depth(text: str, top: Any, below: Callable[[Any], Iterable[Any]]) -> None:
    level, depth = [top], 1
    while level:
        if depth > MAX_DEPTH:
            raise _over(text, conditions.condition_expression_too_deep(most=MAX_DEPTH))
        level = [child for parent in level for child in below(parent)]
        depth += 1


def _parts_below(node: Node) -> Iterable[Node]:
    if node["type"] == "slice":
        return ()
    return links(node) if node["type"] in _CHAINS else node["children"]


def _values_below(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
