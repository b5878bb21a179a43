"""The targets: whether they take what is sent to them, and the buttons that hold them back."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from automator.clock import iso_time
from automator.engine.outbound.destination import Destination
from automator.model import TargetState
from automator.server.access.guard import call
from automator.server.shared.json_values import JsonAnswer, optional_time
from automator.server.web.request_context import RequestContext, read_json
from automator.server.web.security import Role
from automator.server.web.services import Services
from automator.server.web.templates import render

_SEE_OTHER = 303
#: Characters of a person's reason.
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A destination as page, API and command line show it."""

    destination: Destination
    #: Where a target leads, without its path, which may be a secret; "" for a host.
    origin: str
    #: Runs that wait for it in the queue.
    waiting: int

    #: Requests of the last minute, and how many of them were retries.
    requests: int
    retries: int
    #: Percent of what the other side allows that are used, as it says; 0 = it says nothing.
    quota_percent: int
    #: Until when retries are put off, milliseconds; None when none is.
    retries_held_until: int | None

    @property
    def is_open_to_all(self) -> bool:
        """Nothing is held back."""
        return self.destination.health.state is TargetState.CLOSED


async def target_rows(services: Services) -> list[TargetRow]:
    """Every target, and every other host that was sent to since the start or that has a past."""
    waiting = await asyncio.to_thread(services.store.log.waiting_for_targets)
    return [
        _row(services, item, waiting.get(item.name, 0)) for item in services.gate.destinations()
    ]


def _row(services: Services, item: Destination, waiting: int) -> TargetRow:
    target = services.settings.targets.get(item.name)
    now_s = services.clock.monotonic()
    requests, retries = item.retries.counted(now_s)
    held_s = item.retries.held_for_s(now_s)
    return TargetRow(
        destination=item,
        origin=_origin(target.url) if target is not None else "",
        waiting=waiting,
        requests=requests,
        retries=retries,
        quota_percent=services.gate.quotas.percent(item.name),
        retries_held_until=services.clock.now_ms() + round(held_s * 1000) if held_s else None,
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def target_json(row: TargetRow) -> dict[str, Any]:
    """A destination for programs."""
    item = row.destination
    health = item.health
    return {
        "name": item.name,
        "origin": row.origin,
        "state": health.state.value,
        "since": iso_time(health.since) if health.since else None,
        "reason": health.reason,
        "by": health.by,
        "failures": health.failures,
        "failing_since": optional_time(health.failing_since),
        "retry_at": optional_time(health.retry_at),
        "waiting": row.waiting,
        "under_way": item.under_way,
        "concurrency": item.concurrency,
        "rate_per_second": item.per_second,
        "requests_last_minute": row.requests,
        "retries_last_minute": row.retries,
        "usage_percent": row.quota_percent or None,
        "retries_held_until": optional_time(row.retries_held_until),
    }


async def show_targets(context: RequestContext) -> Response:
    """The page of all targets."""
    return render(context, "targets.html", targets=await target_rows(context.services))


async def pause_here(context: RequestContext) -> Response:
    """The button “Pause”."""
    reason = context.form.get("reason", "").strip()[:_LONGEST_REASON]
    await context.services.gate.pause(context.path("name"), context.actor.name, reason)
    return RedirectResponse("/targets", _SEE_OTHER)


async def resume_here(context: RequestContext) -> Response:
    """The button “Resume”."""
    await context.services.gate.resume(context.path("name"), context.actor.name)
    return RedirectResponse("/targets", _SEE_OTHER)


async def get_targets(context: RequestContext) -> Response:
    """All targets."""
    rows = await target_rows(context.services)
    return JsonAnswer({"items": [target_json(row) for row in rows]})


async def post_pause(context: RequestContext) -> Response:
    """Holds a target back: `reason` says why, for people."""
    reason = str((await read_json(context.request)).get("reason", "")).strip()[:_LONGEST_REASON]
    await context.services.gate.pause(context.path("name"), context.actor.name, reason)
    return await _one(context)


async def post_resume(context: RequestContext) -> Response:
    """Lets a target go on."""
    await context.services.gate.resume(context.path("name"), context.actor.name)
    return await _one(context)


async def _one(context: RequestContext) -> Response:
    rows = await target_rows(context.services)
    name = context.path("name")
    return JsonAnswer(next(target_json(row) for row in rows if row.destination.name == name))


def target_calls() -> list[Route]:
    """The calls with the role that each needs."""
    post = ("POST",)
    return [
        call("/api/targets", get_targets, Role.VIEWER),
        call("/api/targets/{name}/pause", post_pause, Role.EDITOR, methods=post),
        call("/api/targets/{name}/resume", post_resume, Role.EDITOR, methods=post),
    ]
