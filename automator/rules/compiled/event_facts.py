"""The facts of an event that triggers read, and the scope that conditions read."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from automator.clock import iso_time
from automator.model import Event


class EventFacts(NamedTuple):
    """An event's type, connection and provider, and whether the account itself caused it."""

    event_type: str
    connection: str
    provider: str
    is_self: bool = False

    @classmethod
    def of(cls, event: Event) -> "EventFacts":
        """The facts of a stored event."""
        return cls(event.type, event.connection, event.provider, event.is_self)

    @classmethod
    def of_body(cls, body: Mapping[str, Any], connection: str) -> "EventFacts":
        """The facts in an event's body, as conditions see it."""
        is_self = bool((body.get("actor") or {}).get("is_self"))
        return cls(body["type"], connection, body["provider"], is_self)


def event_scope(event: Event, contact: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    """The scope in which conditions evaluate an event at a moment, without `vars`."""
    return body_scope(event.body, EventFacts.of(event), contact, iso_time(now_ms))


def body_scope(
    body: Mapping[str, Any], facts: EventFacts, contact: Mapping[str, Any], now: str
) -> dict[str, Any]:
    """The same scope, for the body of an event that is not at hand itself."""
    return {
        "event": body,
        "contact": contact,
        "connection": {"name": facts.connection, "provider": facts.provider},
        "now": now,
        "steps": {},
    }
