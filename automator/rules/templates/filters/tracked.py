"""The filter `tracked`: makes a tracked link, whose click is an event.

The scheme and the host of the target are literal in the rule file, and every value after them is
percent-encoded, so that no value can lead people somewhere else.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from jinja2 import nodes

from automator.reasons.attempts.templates import template_dots_in_address, template_tracked_too_long
from automator.rules.templates.values import BadValueError

NAME = "tracked"
#: How many characters a target may have, so that its link fits into a message.
MOST_TARGET = 500
_WITH_HOST = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s\\]*)?")
_UP_TO_HOST = re.compile(r"https?://[^\s/?#@\\]+[/?#]")
DOTS = re.compile(r"/(?:\.|%2[eE]){1,2}(?=[/?#]|$)")
#: The characters that stay unencoded in an address.
_OF_ADDRESSES = "%/:?#[]@!$&'()*+,;=~"


def tracked(target: str) -> str:
    """The address of a link that raises `link.clicked` when the receiver opens it."""
    if DOTS.search(target.partition("?")[0]):
        raise BadValueError(template_dots_in_address())
    written = quote(target, safe=_OF_ADDRESSES, errors="replace")
    if len(written) > MOST_TARGET:
        raise BadValueError(template_tracked_too_long(most=MOST_TARGET))
    return written


def has_host(node: nodes.Expr) -> bool:
    """Whether the filter's value begins with a literal scheme and host."""
    first, *others = _joined(node)
    if not isinstance(first, nodes.Const) or not isinstance(first.value, str):
        return False
    if not others:
        return _WITH_HOST.fullmatch(first.value) is not None
    return _UP_TO_HOST.match(first.value) is not None


def encoded(node: nodes.Expr, encode: Callable[[nodes.Expr], nodes.Expr]) -> nodes.Expr:
    """The filter's value as one text, with filled-in values percent-encoded."""
    parts = _joined(node)
    if len(parts) == 1:
        return node
    kept: Any = [one if isinstance(one, nodes.Const) else encode(one) for one in parts]
    return nodes.Concat(kept, lineno=node.lineno)


def is_tracked_in(tree: nodes.Template) -> bool:
    """Whether a template makes a tracked link."""
    return any(one.name == NAME for one in tree.find_all(nodes.Filter))


def _joined(node: nodes.Expr) -> list[nodes.Expr]:
    """The parts that `~` and `+` join, in order."""
    if isinstance(node, nodes.Concat):
        return [part for one in node.nodes for part in _joined(one)]
    if isinstance(node, nodes.Add):
        return [*_joined(node.left), *_joined(node.right)]
    return [node]
