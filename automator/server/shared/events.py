"""Finds stored events with their details, and replays one, for pages and the API."""

import asyncio
from collections.abc import Iterable

from automator.engine.explanation.stored_event import stored_event
from automator.engine.replay.request import read_request
from automator.model import format_id
from automator.model.log_filters import EventFilter, RunFilter
from automator.server.web.services import Services
from automator.store import EventDetail, EventRow, Log


def latest_events(log: Log, connections: Iterable[str]) -> dict[str, EventRow]:
    """The last event of each connection that has one; blocks.

    This is more recent than the watchdog's record, which is stored once a minute.
    """
    found = {name: log.events(EventFilter(connection=name), limit=1) for name in connections}
    return {name: rows[0] for name, rows in found.items() if rows}


async def event_detail(services: Services, event_id: int) -> EventDetail:
    """An event with its delivery and its runs.

    Raises:
        NotFoundError: there is no such event.
    """
    return await asyncio.to_thread(stored_event, services.store.log, event_id)


async def replay_event(
    services: Services, event_id: int, who: str, planned_at: int | None = None
) -> list[int]:
    """Starts new runs for a stored event by the present rules; returns their ids.

    Calls with the same `planned_at`, in milliseconds, start the runs only once.

    Raises:
        NotFoundError: there is no such event.
    """
    await event_detail(services, event_id)
    request = read_request(
        {"over": "events", "filters": {"event": format_id(event_id)}, "again": True},
        now_ms=services.clock.now_ms() if planned_at is None else planned_at,
        revision=services.rulebook.active.revision,
    )
    started, _ = await services.replays.confirm(request, who)
    wanted = RunFilter(replay_id=started.id)
    rows = await asyncio.to_thread(services.store.log.runs, wanted, after=0)
    return [row.id for row in rows]
