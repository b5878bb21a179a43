"""The facts of an event that triggers look at."""

from typing import NamedTuple


class EventFacts(NamedTuple):
    """The kind of an event, where it came from, and whether our own page or bot caused it."""

    event_type: str
    connection: str
    provider: str
    is_self: bool = False
