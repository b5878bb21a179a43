"""Recognises the echo of a message or comment that this server has sent.

A message carries the key of its step as `metadata`, and the echo repeats it. A comment has no
metadata: it comes back as a comment by the account itself, and is recognised by its thread and its
words. A mention at the beginning comes back as the person's name, and does not count.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from automator.configuration.values import Duration
from automator.model import N_, Echo
from automator.plugins import Outgoing
from automator.providers.shared.payloads import id_in, join_key

#: The beginning of the `metadata` of every message that this server sends.
METADATA_PREFIX = "automator:"

#: How many seconds a message whose answer was lost waits for its echo.
EchoWithin = Annotated[
    Duration,
    Field(
        ge=0,
        le=3600,
        description=N_(
            "How long something whose answer was lost waits for its echo, which proves it,"
            " before `on_unknown` decides; 0 does not wait."
        ),
    ),
]


#: A mention: anywhere as this server sends it, or at the beginning in Instagram's form.
_MENTION = re.compile(r"@\[[^\]]*\]?|^\s*@[\w.]+")


def metadata_of(key: str, piece: int, pieces: int) -> str:
    """Returns the `metadata` for message number `piece` of a step with `pieces` messages.

    Only the last message has the plain key: when its echo comes, all messages have arrived.
    """
    return f"{METADATA_PREFIX}{key}" if piece == pieces else f"{METADATA_PREFIX}{key}#{piece}"


def key_in(metadata: str | None) -> str | None:
    """Returns the step's key in the `metadata` of its last message; None for any other message."""
    if metadata is None or not metadata.startswith(METADATA_PREFIX) or "#" in metadata:
        return None
    return metadata.removeprefix(METADATA_PREFIX)


def comment_key(parent: str, text: str) -> str:
    """Returns the key of an answer under a comment, made from its thread and its words."""
    return join_key("reply", parent, " ".join(_MENTION.sub(" ", text).split()))


def echo_of(outgoing: Outgoing, wait_s: float, *, is_tagged: bool) -> Echo | None:
    """Returns the echo to expect for `outgoing`; None if it could not be recognised."""
    key = _key_of(outgoing, is_tagged=is_tagged)
    return Echo(key=key, wait_ms=round(wait_s * 1000)) if key and wait_s else None


def _key_of(outgoing: Outgoing, *, is_tagged: bool) -> str | None:
    comment = id_in(outgoing.event, "comment")
    if outgoing.kind == "reply" and comment:
        # The platform puts an answer to an answer under the first comment of the thread.
        thread = id_in(outgoing.event, "parent") or comment
        return comment_key(thread, outgoing.text) if outgoing.text else None
    says = outgoing.kind in ("reply", "private_reply", "message")
    return outgoing.idempotency_key if says and is_tagged else None


def echo_in_comment(parts: Mapping[str, Any], text: str | None, *, is_self: bool) -> str | None:
    """Returns the key of a comment that the account itself wrote as an answer; None for others."""
    parent = (parts.get("parent") or {}).get("id")
    if not (is_self and parent and text):
        return None
    return comment_key(parent, _without_name(text, parts.get("tagged") or ()))


def _without_name(text: str, tagged: Iterable[Mapping[str, Any]]) -> str:
    """Removes the name of a tagged person from the beginning of a text."""
    for person in tagged:
        name = person.get("name")
        if name and text.startswith(name):
            return text.removeprefix(name)
    return text
