"""Takes in clicks on tracked links: each becomes an event of the person who got the message."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from automator.caches import RecentEntries
from automator.clock import Clock
from automator.engine.intake.intake import Intake
from automator.engine.intake.own_events import click_event
from automator.engine.links.link_tokens import Link
from automator.model import IdSource
from automator.plugins import Provider
from automator.store import HOUR_MS, Store

#: How many clicks a process remembers, so that opening a link again and again costs nothing.
_MOST_REMEMBERED = 10_000


@dataclass(kw_only=True, eq=False)
class Clicks:
    """Takes in clicks. One instance per process, on the event loop.

    Clicks on a link within the same hour count as one, even on different nodes, because their
    events have the same dedupe key.
    """

    connections: Mapping[str, Provider]
    intake: Intake
    store: Store
    clock: Clock
    ids: IdSource
    #: The keys of clicks whose events are stored, the latest last.
    _stored: RecentEntries[str, None] = field(
        init=False, default_factory=lambda: RecentEntries(_MOST_REMEMBERED)
    )

    async def take(self, link: Link) -> None:
        """Stores a click on a link as an event, once an hour.

        Stores nothing if the run that sent the link is no longer in the log, or if its connection
        is gone.

        Raises:
            StoreUnavailableError: nothing could be read or committed.
        """
        now_ms = self.clock.now_ms()
        key = _key_of(link, now_ms)
        if key in self._stored:
            self._stored.move_to_end(key)
            return
        await self._store_click(link, key, now_ms)
        self._stored[key] = None

    async def _store_click(self, link: Link, key: str, now_ms: int) -> None:
        log = self.store.log
        sender = await asyncio.to_thread(log.sender, link.run_id)
        person = link.receiver or (sender.contact if sender else None)
        if sender is None or person is None:
            return
        provider = self.connections.get(person.partition(":")[0])
        if provider is None:
            return
        contact = await asyncio.to_thread(log.contact, person)
        delivery, parsed = click_event(
            self.ids.next(),
            now_ms,
            connection=provider.connection,
            person=person,
            name=contact.get("name"),
            link={"url": link.target, "rule": sender.rule, "step": link.step},
            run_id=link.run_id,
            dedupe_key=key,
        )
        await self.intake.take_in(provider, delivery, parsed)


def _key_of(link: Link, now_ms: int) -> str:
    target = blake2b(link.target.encode(), digest_size=8).hexdigest()
    return f"click:{link.run_id}:{link.step}:{target}:{now_ms // HOUR_MS}"
