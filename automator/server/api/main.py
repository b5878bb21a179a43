"""The JSON API under `/api/`: what the pages show and do, for programs with a bearer token."""

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from automator import __version__
from automator.clock import iso_time
from automator.engine.doctor.doctor import LAST, examine
from automator.engine.replay.filter_syntax import event_filter
from automator.model import UsageError, format_id
from automator.server.access.guard import call
from automator.server.pages.deliveries import VERDICTS
from automator.server.pages.event import EVENT_FILTERS, account_of, event_detail, replay
from automator.server.pages.targets import target_json, target_rows
from automator.server.shared.json_lists import before_of, choice_of, limit_of, page_of
from automator.server.shared.json_values import (
    JsonAnswer,
    delivery_row_json,
    event_detail_json,
    event_row_json,
    health_json,
    hour_json,
    schedule_json,
)
from automator.server.web.filters import filter_words
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role
from automator.server.web.services import Services
from automator.store import HOUR_MS

_CREATED = 201
_MOST_HOURS = 24 * 31

# --- Events ---


async def get_events(context: RequestContext) -> Response:
    """A page of events, the newest first."""
    limit = limit_of(context)
    words = filter_words(context, EVENT_FILTERS)
    rows = await asyncio.to_thread(
        context.services.store.log.events_where,
        event_filter(words, context.now_ms),
        before=before_of(context),
        limit=limit + 1,
    )
    return page_of(rows, limit, event_row_json)


async def get_event(context: RequestContext) -> Response:
    """An event with its runs."""
    return JsonAnswer(event_detail_json(await event_detail(context.services, context.id_in_path())))


async def get_why(context: RequestContext) -> Response:
    """Why each rule did or did not fire for an event."""
    rule = context.query("rule") or None
    account = await account_of(context.services, context.id_in_path(), rule)
    if context.query("as") == "text":
        return JsonAnswer({"account": account.render_text()})
    return JsonAnswer(account.as_json())


async def post_replay(context: RequestContext) -> Response:
    """Starts new runs for an event."""
    runs = await replay(context.services, context.id_in_path(), context.actor.name)
    return JsonAnswer({"runs": [format_id(run) for run in runs]}, _CREATED)


async def get_deliveries(context: RequestContext) -> Response:
    """A page of deliveries."""
    limit = limit_of(context)
    rows = await asyncio.to_thread(
        context.services.store.log.deliveries,
        verdict=choice_of(context, "verdict", VERDICTS),
        before=before_of(context),
        limit=limit + 1,
    )
    return page_of(rows, limit, delivery_row_json)


async def get_diagnosis(context: RequestContext) -> Response:
    """What is wrong with a delivery; with the id `last`, with the last one not accepted."""
    services, asked = context.services, context.path("id")
    wanted = None if asked == LAST else context.id_in_path()
    found = await asyncio.to_thread(examine, services.store.log, services.connections, wanted)
    return JsonAnswer({**found.as_json(), "text": found.render_text()})


# --- The server itself ---


async def get_status(context: RequestContext) -> Response:
    """What this server is doing."""
    services = context.services
    counts = await asyncio.to_thread(services.store.log.counts, context.now_ms - 24 * HOUR_MS)
    nodes = await asyncio.to_thread(services.store.log.nodes)
    schedules = await services.schedules.states()
    targets = await target_rows(services)
    active = services.rulebook.active
    return JsonAnswer(
        {
            "version": __version__,
            "node": services.store.node,
            "now": iso_time(context.now_ms),
            "demo": services.demo,
            "store_available": services.store.is_accepting,
            "rules": {
                "revision": active.revision,
                "count": len(active.rule_set.rules),
                "loaded_at": iso_time(active.loaded_at),
                "problems": len(services.rulebook.problems),
            },
            "connections": sorted(services.connections),
            "watch": [health_json(state) for state in await services.watchdog.states()],
            "last_24_hours": {
                "events": counts.events,
                "runs": dict(counts.runs),
                "rejected_deliveries": counts.rejected_deliveries,
            },
            "waiting_follow_ups": counts.waiting_follow_ups,
            "targets": [target_json(row) for row in targets if not row.is_open_to_all],
            "schedules": [schedule_json(state) for state in schedules],
            "lost_access": {
                keeper.connection: keeper.lost for keeper in services.token_keepers if keeper.lost
            },
            "store_warnings": list(services.store_warnings),
            "held": services.store.held.count,
            "backups": await asyncio.to_thread(_backups_json, services),
            "backup_note": await services.store.backup_note(),
            "nodes": [
                {
                    "name": node.name,
                    "version": node.version,
                    "revision": node.revision,
                    "started_at": iso_time(node.started_at),
                    "heartbeat_at": iso_time(node.heartbeat_at),
                }
                for node in nodes
            ],
        }
    )


async def get_hours(context: RequestContext) -> Response:
    """How much there was in each of the last hours; those with nothing are left out."""
    text = context.query("hours") or "24"
    if not text.isdecimal() or not 1 <= int(text[:9]) <= _MOST_HOURS:
        raise UsageError("hours is a number", fix=f"From 1 to {_MOST_HOURS}.")
    since_ms = context.now_ms - int(text) * HOUR_MS
    hours = await asyncio.to_thread(context.services.store.log.hours, since_ms)
    return JsonAnswer({"items": [hour_json(hour) for hour in hours]})


def _backups_json(services: Services) -> dict[str, Any] | None:
    backups = services.backups
    if backups is None:
        return None
    kept = backups.kept()
    return {
        "folder": str(backups.folder),
        "kept": len(kept),
        "newest": iso_time(kept[0].made_at) if kept else None,
        "failure": backups.failure,
    }


async def post_release_held(context: RequestContext) -> Response:
    """Lets the runs go on that are held since a backup was restored."""
    return JsonAnswer({"runs": await context.services.store.held.release()})


async def post_cancel_held(context: RequestContext) -> Response:
    """Cancels the runs that are held since a backup was restored."""
    return JsonAnswer({"runs": await context.services.store.held.cancel(context.actor.name)})


async def post_prune(context: RequestContext) -> Response:
    """Deletes at once what is older than it is to be kept, also while the clock is in doubt."""
    gone = await context.services.pruner.run(trusts_clock=True) or {}
    return JsonAnswer({"deleted": {stage.value: count for stage, count in gone.items()}})


def api_routes() -> list[Route]:
    """The calls with the role that each needs; other groups have files of their own."""
    viewer, editor, admin = Role.VIEWER, Role.EDITOR, Role.ADMIN
    post = ("POST",)
    return [
        call("/api/events", get_events, viewer),
        call("/api/events/{id}", get_event, viewer),
        call("/api/events/{id}/why", get_why, viewer),
        call("/api/events/{id}/replay", post_replay, editor, methods=post),
        call("/api/held/release", post_release_held, editor, methods=post),
        call("/api/held/cancel", post_cancel_held, editor, methods=post),
        call("/api/deliveries", get_deliveries, viewer),
        call("/api/deliveries/{id}/doctor", get_diagnosis, viewer),
        call("/api/status", get_status, viewer),
        call("/api/hours", get_hours, viewer),
        call("/api/prune", post_prune, admin, methods=post),
    ]
