"""A page of the sources of a replay, with everything from the log that it needs, read at once."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from automator.engine.replay.request import ReplayRequest
from automator.model import Event, record
from automator.rules import event_scope
from automator.store import EventRow, Log, RunRow


@record(kw_only=False)
class SourcePage:
    """The data that were read for a page of sources."""

    events: Mapping[int, Event]
    contacts: Mapping[str, Mapping[str, Any]]
    replayed: Mapping[tuple[int, str], int]
    acted: Mapping[int, set[str]]

    @classmethod
    async def look_up(
        cls,
        log: Log,
        request: ReplayRequest,
        sources: Sequence[RunRow | EventRow],
        *,
        needs_contacts: bool,
    ) -> "SourcePage":
        """Reads the page from the log, with contacts only where a rule reads them."""
        event_ids = {item.run.event_id if isinstance(item, RunRow) else item.id for item in sources}
        events = await asyncio.to_thread(log.events_with_ids, event_ids)
        contacts: dict[str, Mapping[str, Any]] = {}
        if needs_contacts:
            for key in {event.contact for event in events.values() if event.contact}:
                contacts[key] = await asyncio.to_thread(log.contact, key)
        replayed: Mapping[tuple[int, str], int] = {}
        if not request.again:
            replayed = await asyncio.to_thread(log.replayed_as, [item.id for item in sources])
        acted: dict[int, set[str]] = {}
        if request.over == "events" and not request.again:
            acted = await asyncio.to_thread(log.rules_that_acted, event_ids)
        return cls(events, contacts, replayed, acted)

    def scope(self, event: Event, now_ms: int) -> dict[str, Any]:
        """The scope of a stored event; the contact is as it is now."""
        return event_scope(event, self.contacts.get(event.contact or "", {}), now_ms)
