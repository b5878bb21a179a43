"""Collects the knowledge of completion about this server: its names, and its newest events."""

import asyncio
from collections.abc import Callable
from functools import cache
from threading import Lock

from automator.clock import Clock
from automator.rules import RuleSet
from automator.rules.assistance.completion import Knowledge, Seen, seen_in
from automator.store import Store

#: Completion offers the values of this many of the newest events.
_EVENTS = 200
#: The newest events are read again after this many milliseconds.
_FRESH_MS = 15_000


class RuleKnowledge:
    """Caches the knowledge, and adds the newest events and the rules in force to it."""

    def __init__(self, lasting: Callable[[], Knowledge], *, store: Store, clock: Clock) -> None:
        """`lasting` makes the part that stays the same while the server runs, in about 0.1 s."""
        self._lasting, self._store, self._clock = cache(lasting), store, clock
        self._lock = Lock()
        self._seen: Seen = {}
        self._read_at: int | None = None

    async def now(self, rule_set: RuleSet) -> Knowledge:
        """The present knowledge; `rule_set` has the rules in force."""
        lasting, seen = await asyncio.to_thread(self._lately)
        rules = [rule.spec.id for rule in rule_set.rules]
        return lasting.with_events(seen, rules, rule_set.snippets)

    def _lately(self) -> tuple[Knowledge, Seen]:
        with self._lock:
            lasting = self._lasting()
            now = self._clock.now_ms()
            if self._read_at is None or not 0 <= now - self._read_at < _FRESH_MS:
                rows = self._store.log.events(limit=_EVENTS)
                events = self._store.log.events_with_ids([row.id for row in rows])
                newest = sorted(events.values(), key=lambda event: event.id, reverse=True)
                self._seen = seen_in((event.type, event.body) for event in newest)
                self._read_at = now
            return lasting, self._seen
