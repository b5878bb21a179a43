"""Echoes: messages that a provider reports back after they were sent through it."""

from collections.abc import Mapping
from typing import Any

from automator.model.record import record


@record
class Echo:
    """The key by which the echo of a sent message is recognised, and the wait of a run for it."""

    #: A part that the sent message and its echo share; see `ParsedEvent.echo`.
    key: str
    wait_ms: int


@record
class AwaitedEcho:
    """The echo that a run with an unknown outcome waits for, since its attempt began."""

    connection: str
    key: str
    since_ms: int


@record
class Echoed:
    """The event that has brought an awaited echo, as rules see it."""

    event_id: int
    body: Mapping[str, Any]
