"""Echoes: messages that a provider reports back after they were sent through it."""

from collections.abc import Mapping
from typing import Any

from automator.model.record import record


@record
class Echo:
    """By what the echo of something said is known, and how long it is waited for."""

    #: The same in what is said and in what comes back; see `ParsedEvent.echo`.
    key: str
    wait_ms: int


@record
class AwaitedEcho:
    """What a run with an unknown outcome waits for: an echo since its attempt began."""

    connection: str
    key: str
    since_ms: int


@record
class Echoed:
    """The event that has brought an awaited echo, as rules see it."""

    event_id: int
    body: Mapping[str, Any]
