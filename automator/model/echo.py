"""Echoes: events in which a provider reports a message that was sent through it."""

from collections.abc import Mapping
from typing import Any

from automator.model.record import record


@record
class Echo:
    """Identifies the echo of a sent message, and says how long its run waits for the echo."""

    #: A value that occurs in the sent message and in its echo; see `ParsedEvent.echo`.
    key: str
    wait_ms: int


@record
class AwaitedEcho:
    """The echo that a run with an unknown outcome has been waiting for since its attempt began."""

    connection: str
    key: str
    since_ms: int


@record
class Echoed:
    """The event that brought the awaited echo, in the form that rules see."""

    event_id: int
    body: Mapping[str, Any]
