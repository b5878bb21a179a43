"""What a replay is made of, a page at a time, and what can come of each part of it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from automator.clock import iso_time
from automator.engine.replay.request import ReplayRequest
from automator.model import Event, NewRun, format_id
from automator.rules import CompiledRule
from automator.store import EventRow, Log, RunRow, Start


@dataclass(frozen=True, slots=True)
class Planned:
    """A run that would be started, and from which step on."""

    source: RunRow | EventRow
    rule: CompiledRule
    #: A run without an id and a mark; it gets them when it is started.
    run: NewRun

    @property
    def steps(self) -> tuple[str, ...]:
        """The ids of the steps that it does."""
        sequence = self.rule.spec.sequence(self.run.path)
        return tuple(step.id for step in sequence[self.run.step :])

    def start(self, run_id: int, mark: Mapping[str, Any], now_ms: int) -> Start:
        """The same, ready to be stored. `mark` says which replay it is, by whom and when."""
        of = {"of" if isinstance(self.source, RunRow) else "of_event": format_id(self.source.id)}
        run = replace(
            self.run,
            id=run_id,
            run_at=self.run.run_at or now_ms,
            data={**self.run.data, "replay": {**mark, **of}},
        )
        state = self.source.run.state if isinstance(self.source, RunRow) else None
        return Start(run=run, source_id=self.source.id, state=state)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A source, or one rule for it, that is not replayed, and why."""

    source: RunRow | EventRow
    reason: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class SourcePage:
    """What was looked up for a page of sources."""

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
        """Reads it from the log; contacts only where a rule looks at them."""
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
        """What conditions see of a stored event; the contact is as it is now."""
        return {
            "event": event.body,
            "contact": self.contacts.get(event.contact or "", {}),
            "connection": {"name": event.connection, "provider": event.provider},
            "now": iso_time(now_ms),
            "steps": {},
        }
