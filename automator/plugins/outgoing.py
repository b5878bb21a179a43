"""A message to send through a provider, and the result of sending it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

OutgoingKind = Literal["reply", "private_reply", "message", "like", "hide", "unhide", "delete"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Something to say through a provider, or to do to the comment of an event."""

    kind: OutgoingKind
    event: Mapping[str, Any]
    text: str = ""
    #: The receiver's id for `message`; None = the person of the event.
    to: str | None = None
    attachments: tuple[Mapping[str, Any], ...] = ()
    quick_replies: tuple[str, ...] = ()
    #: A message that the provider has approved before, and what fills it: keys of its own.
    template: Mapping[str, Any] | None = None
    #: The same for every attempt of one step.
    idempotency_key: str = ""
    #: What is known of the person of the event, as rules see it; empty when it goes to another.
    contact: Mapping[str, Any] = field(default_factory=dict)
    #: Milliseconds since 1970.
    now_ms: int = 0
    #: An attempt of the same step that came before may have sent it.
    outcome_unknown: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of it."""

    summary: str
    output: Mapping[str, Any] = field(default_factory=dict)
    #: Another id of the same person that the answer revealed.
    alias: str | None = None
