"""Caches the latest events of this server for previews, because reading 500 of them takes long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from automator.clock import Clock
from automator.engine.tryout.tryout import Subject
from automator.http.json_body import dump_json
from automator.model import AutomatorError, Event
from automator.model.log_filters import EventFilter
from automator.plugins import Provider
from automator.server.shared.sample_paths import samples_of
from automator.server.tryout.subjects import before_event, events_of_sample
from automator.store import Log

#: At most this many events are cached, each of at most this many bytes of JSON.
MOST_EVENTS = 500
_LARGEST = 65_536
#: Seconds for which cached events and contacts are used without looking for newer ones.
_FRESH_S = 1.0
#: Seconds after which all events are read again, because retention may have deleted some.
_KEPT_S = 60.0
_MOST_SAMPLES = 60


@dataclass(slots=True)
class RecentEvents:
    """The cache of the latest events and their contacts. For one thread at a time."""

    log: Log
    connections: Mapping[str, Provider]
    clock: Clock
    _events: list[Event] = field(default_factory=list)
    _contacts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _samples: list[Event] = field(default_factory=list)
    _looked_at: float = 0.0
    _read_at: float = 0.0

    def subjects(self, limit: int, *, with_contacts: bool) -> tuple[list[Subject], bool]:
        """The subjects of tries with the latest events, newest first, and whether they are samples.

        Samples are used if there is no stored event. Each event is tried at the time when it came
        in, with the present contact as it was before the event (`before_event`).
        """
        self._refresh()
        events: Sequence[Event] = self._events[:limit]
        are_samples = not events
        if are_samples:
            events = self._of_samples()[:limit]
        found = [
            Subject(
                event=event,
                at=event.received_at,
                contact=before_event(event, self._contact(event)) if with_contacts else {},
            )
            for event in events
        ]
        return found, are_samples

    def _refresh(self) -> None:
        now = self.clock.monotonic()
        if self._looked_at and now - self._looked_at < _FRESH_S:
            return
        if not self._read_at or now - self._read_at >= _KEPT_S:
            self._events, self._read_at = [], now
        self._looked_at = now
        self._contacts = {}
        # Without `after` (None), these are the newest events.
        newest = self._events[0].id if self._events else None
        rows = self.log.events(EventFilter(), after=newest, limit=MOST_EVENTS)
        if newest is not None and len(rows) == MOST_EVENTS:
            # More new events have come in than fit, so the cached ones are dropped.
            self._events, rows = [], self.log.events(EventFilter(), limit=MOST_EVENTS)
        known = self.log.events_with_ids([row.id for row in rows])
        fresh = [known[number] for number in sorted(known, reverse=True)]
        kept = [event for event in fresh if _can_be_kept(event)]
        self._events = [*kept, *self._events][:MOST_EVENTS]

    def _contact(self, event: Event) -> Mapping[str, Any]:
        if event.contact is None:
            return {}
        if event.contact not in self._contacts:
            self._contacts[event.contact] = self.log.contact(event.contact)
        return self._contacts[event.contact]

    def _of_samples(self) -> list[Event]:
        if not self._samples:
            now_ms = self.clock.now_ms()
            for provider in self.connections.values():
                for sample in samples_of(provider):
                    if len(self._samples) < _MOST_SAMPLES:
                        self._samples += _events_of(provider, sample, now_ms)
        return self._samples


def _can_be_kept(event: Event) -> bool:
    return not event.is_emptied and len(dump_json(event.body)) <= _LARGEST


def _events_of(provider: Provider, sample: str, now_ms: int) -> list[Event]:
    """The events of a sample, without ids; empty if its connection cannot read it."""
    try:
        found = events_of_sample(provider, sample, now_ms)
    except AutomatorError:
        return []
    return [replace(event, id=0) for event, _ in found]
