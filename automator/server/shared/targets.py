"""Lists and pauses targets and other destinations, for pages, API and command line."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from automator.clock import iso_time, optional_time
from automator.engine.outbound.destination import Destination
from automator.model import TargetState, reason_json, record
from automator.server.web.services import Services

#: At most this many characters of a person's reason for a pause are stored.
_LONGEST_REASON = 200


@record(kw_only=False)
class TargetRow:
    """A destination in a list."""

    destination: Destination
    #: The scheme and the host of a target, without its path, which may be a secret; "" for a host.
    origin: str
    #: The number of runs that wait for the destination.
    waiting: int

    #: The number of requests in the last minute, and how many of them were retries.
    requests: int
    retries: int
    #: The used percentage of the quota that the destination reports; 0 if it reports none.
    quota_percent: int
    #: The time until which retries are put off, in milliseconds; None if they are not.
    retries_held_until: int | None

    @property
    def is_open_to_all(self) -> bool:
        """Whether no requests to the destination are held back."""
        return self.destination.health.state is TargetState.CLOSED


async def target_rows(services: Services) -> list[TargetRow]:
    """All targets, and other hosts that were used since the start or have a stored state."""
    waiting = await asyncio.to_thread(services.store.log.waiting_for_targets)
    return [_row(services, item, waiting.get(item.name, 0)) for item in services.gate.destinations]


async def everything_row(services: Services) -> TargetRow:
    """The row for all targets: whether all sending is paused, and how many runs wait."""
    waiting = await asyncio.to_thread(services.store.log.waiting_for_targets)
    return _row(services, services.gate.destinations.everything, sum(waiting.values()))


async def pause_target(services: Services, name: str, who: str, reason: str) -> None:
    """Pauses a target until a person resumes it; people see the `reason`."""
    await services.gate.pause(name, who, reason.strip()[:_LONGEST_REASON])


def target_json(row: TargetRow) -> dict[str, Any]:
    """A destination in JSON."""
    item = row.destination
    health = item.health
    return {
        "name": item.name,
        "origin": row.origin,
        "state": health.state.value,
        "since": iso_time(health.since) if health.since else None,
        "reason": reason_json(health.reason),
        "by": health.by,
        "failures": health.failures,
        "failing_since": optional_time(health.failing_since),
        "retry_at": optional_time(health.retry_at),
        "waiting": row.waiting,
        "under_way": item.capacity.under_way,
        "concurrency": item.capacity.concurrency,
        "rate_per_second": item.capacity.per_second,
        "requests_last_minute": row.requests,
        "retries_last_minute": row.retries,
        "usage_percent": row.quota_percent or None,
        "retries_held_until": optional_time(row.retries_held_until),
    }


def _row(services: Services, item: Destination, waiting: int) -> TargetRow:
    target = services.settings.targets.get(item.name)
    now_s = services.clock.monotonic()
    requests, retries = item.retries.counted(now_s)
    held_s = item.retries.held_for_s(now_s, item.nodes)
    return TargetRow(
        destination=item,
        origin=_origin(target.url) if target is not None else "",
        waiting=waiting,
        requests=requests,
        retries=retries,
        quota_percent=item.quota.percent(now_s),
        retries_held_until=services.clock.now_ms() + round(held_s * 1000) if held_s else None,
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
