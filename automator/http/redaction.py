"""Removes the values that a connection's `redact` names from a request, before it is stored.

A removed value becomes null in JSON, and empty in a form or a query: rules see it as missing, and
no text can be taken for a person's name or id. Whatever cannot be read is not kept at all.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

from automator.http.json_body import dump_json
from automator.http.types import InboundRequest
from automator.model import UnparsableDelivery
from automator.reasons.bodies import redact_unreadable

#: How many paths a connection may name, and how many characters each.
MOST_PATHS, MOST_OF_A_PATH = 20, 200
_NAME = r'[\w@:$-]+|"[^"]+"'
_PATH = re.compile(rf"(?:body(?:\[\])?(?:\.(?:{_NAME})(?:\[\])?)+|query\.(?:{_NAME}))")
_STEP = re.compile(rf"\.({_NAME})")
_FORM = "application/x-www-form-urlencoded"
#: The name of a form's field up to its brackets or dots, as in `card[number]`.
_BASE = re.compile(r"[\[.]")

#: The names below each name; None if its whole value is removed.
_Tree = dict[str, "_Tree | None"]


def is_path(text: str) -> bool:
    """Whether a text is a path such as `body.messages[].phone` or `query.email`."""
    return len(text) <= MOST_OF_A_PATH and _PATH.fullmatch(text) is not None


def redacted(request: InboundRequest, paths: Sequence[str]) -> InboundRequest:
    """The request without the values at `paths`; the same object if it has none of them.

    Raises:
        UnparsableDelivery: the body is neither JSON nor a form in UTF-8.
    """
    tree = _tree_of(tuple(paths))
    of_body, of_query = tree.get("body") or {}, tree.get("query") or {}
    body = _body_of(request, of_body) if of_body and request.body else request.body
    query = _form_of(request.query, of_query) if of_query else request.query
    if body == request.body and query == request.query:
        return request
    return replace(request, body=body, query=query)


def redacted_or_empty(request: InboundRequest, paths: Sequence[str]) -> InboundRequest:
    """The request without the values at `paths`; without body and query if it cannot be read."""
    if not paths:
        return request
    try:
        return redacted(request, paths)
    except UnparsableDelivery:
        return replace(request, body=b"", query="")


@lru_cache
def _tree_of(paths: tuple[str, ...]) -> _Tree:
    tree: _Tree = {}
    for path in paths:
        place = tree
        *above, last = (path[: path.find(".")].removesuffix("[]"), *_STEP.findall(path))
        for name in above:
            below = place.setdefault(name.strip('"'), {})
            if below is None:
                break
            place = below
        else:
            place[last.strip('"')] = None
    return tree


def _body_of(request: InboundRequest, tree: _Tree) -> bytes:
    if request.media_type == _FORM:
        # Some providers read JSON whatever the content type says.
        if request.charset != "utf-8" or request.body.lstrip()[:1] in (b"{", b"["):
            raise UnparsableDelivery(redact_unreadable())
        try:
            return _form_of(request.body.decode(), tree).encode()
        except UnicodeDecodeError as error:
            raise UnparsableDelivery(redact_unreadable()) from error
    try:
        value = request.json()
    except UnparsableDelivery as error:
        raise UnparsableDelivery(redact_unreadable()) from error
    if not isinstance(value, dict | list):
        raise UnparsableDelivery(redact_unreadable())
    kept = _value_of(value, tree)
    # Of equal keys, only the last was read: the others must not stay in the bytes.
    if kept == value and not request.repeated_keys:
        return request.body
    # ASCII is the same in every character set that the content type may name.
    return dump_json(kept) if request.charset == "utf-8" else json.dumps(kept).encode()


def _value_of(value: Any, tree: _Tree) -> Any:
    if isinstance(value, list):
        return [_value_of(item, tree) for item in value]
    if not isinstance(value, Mapping):
        # The path goes on below a text, which may be JSON itself: it is removed whole.
        return None
    kept = dict(value)
    for name in tree.keys() & kept.keys():
        below = tree[name]
        kept[name] = None if below is None else _value_of(kept[name], below)
    return kept


def _form_of(text: str, tree: _Tree) -> str:
    def kept(pair: str) -> str:
        written, mark, value = pair.partition("=")
        name = unquote_plus(written)
        is_named = name in tree or _BASE.split(name, maxsplit=1)[0] in tree
        return written + mark if is_named and value else pair

    return "&".join([kept(pair) for pair in text.split("&")])
