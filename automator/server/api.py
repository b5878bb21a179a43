"""The JSON API under `/api/`: what the pages show and do, for programs with a bearer token."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.routing import Route

from automator import __version__
from automator.clock import iso_time
from automator.engine.where import event_filter
from automator.model import UsageError, format_id, parse_id
from automator.server.accounts import OWNER
from automator.server.api_json import (
    JsonAnswer,
    delivery_row_json,
    event_detail_json,
    event_row_json,
    run_detail_json,
    run_row_json,
    schedule_json,
    token_json,
)
from automator.server.deliveries_page import VERDICTS
from automator.server.event_page import EVENT_FILTERS, event_detail, explained, replay
from automator.server.filters import filter_words
from automator.server.guard import call
from automator.server.log_page import LogFilter
from automator.server.run_page import cancel_run, retry_run, run_detail, wake_run
from automator.server.security import Role
from automator.server.services import Services
from automator.server.sign_in import new_sign_in_link
from automator.server.tokens import LIFETIME_DAYS, create_token, delete_token, list_tokens
from automator.server.visit import Visit, read_json

_MOST_ROWS = 200
_DEFAULT_ROWS = 50
_DAY_MS = 86_400_000
_CREATED = 201

RowT = TypeVar("RowT")
ValueT = TypeVar("ValueT")


def _limit(visit: Visit) -> int:
    text = visit.query("limit") or str(_DEFAULT_ROWS)
    if not text.isdecimal() or not 1 <= int(text[:9]) <= _MOST_ROWS:
        raise UsageError("limit is a number", fix=f"From 1 to {_MOST_ROWS}.")
    return int(text)


def _before(visit: Visit) -> int | None:
    text = visit.query("before")
    number = parse_id(text)
    if text and number is None:
        raise UsageError("before is not an id", fix="Take `next` from the page before.")
    return number


def _choice(visit: Visit, name: str, choices: dict[str, ValueT]) -> ValueT | None:
    text = visit.query(name)
    if not text:
        return None
    if text not in choices:
        raise UsageError(f"there is no {name} '{text}'", fix=f"One of: {', '.join(choices)}.")
    return choices[text]


def _page(rows: Sequence[RowT], limit: int, as_json: Callable[[RowT], dict[str, Any]]) -> Response:
    """Rows, and under `next` the `before` of the page after this one, or null."""
    items = [as_json(row) for row in rows[:limit]]
    return JsonAnswer({"items": items, "next": items[-1]["id"] if len(rows) > limit else None})


# --- Events ---


async def get_events(visit: Visit) -> Response:
    """A page of events, the newest first."""
    limit = _limit(visit)
    words = filter_words(visit, EVENT_FILTERS)
    rows = await asyncio.to_thread(
        visit.services.store.log.events_where,
        event_filter(words, visit.now_ms),
        before=_before(visit),
        limit=limit + 1,
    )
    return _page(rows, limit, event_row_json)


async def get_event(visit: Visit) -> Response:
    """An event with its runs."""
    return JsonAnswer(event_detail_json(await event_detail(visit.services, visit.id_in_path())))


async def get_why(visit: Visit) -> Response:
    """Why each rule did or did not fire for an event."""
    return JsonAnswer(await explained(visit.services, visit.id_in_path()))


async def post_replay(visit: Visit) -> Response:
    """Starts new runs for an event."""
    runs = await replay(visit.services, visit.id_in_path(), visit.actor.name)
    return JsonAnswer({"runs": [format_id(run) for run in runs]}, _CREATED)


# --- Runs ---


async def get_runs(visit: Visit) -> Response:
    """A page of runs, with the filters of the log page."""
    limit = _limit(visit)
    rows = await asyncio.to_thread(
        LogFilter.of(visit).page, visit, before=_before(visit), limit=limit + 1
    )
    return _page(rows, limit, run_row_json)


async def get_run(visit: Visit) -> Response:
    """A run with its event, its attempts and its follow-ups."""
    return JsonAnswer(run_detail_json(await run_detail(visit.services, visit.id_in_path())))


async def post_retry(visit: Visit) -> Response:
    """Tries a run again now."""
    await retry_run(visit.services, visit.id_in_path())
    return await get_run(visit)


async def post_now(visit: Visit) -> Response:
    """Does a sleeping run, such as a follow-up, now."""
    await wake_run(visit.services, visit.id_in_path())
    return await get_run(visit)


async def post_cancel(visit: Visit) -> Response:
    """Cancels a run that waits."""
    await cancel_run(visit.services, visit.id_in_path(), visit.actor.name)
    return await get_run(visit)


async def get_follow_ups(visit: Visit) -> Response:
    """Follow-ups that wait."""
    limit = _limit(visit)
    rows = await asyncio.to_thread(visit.services.store.log.follow_ups, limit + 1, _before(visit))
    return _page(rows, limit, run_row_json)


async def get_deliveries(visit: Visit) -> Response:
    """A page of deliveries."""
    limit = _limit(visit)
    rows = await asyncio.to_thread(
        visit.services.store.log.deliveries,
        verdict=_choice(visit, "verdict", VERDICTS),
        before=_before(visit),
        limit=limit + 1,
    )
    return _page(rows, limit, delivery_row_json)


# --- The server itself ---


async def get_status(visit: Visit) -> Response:
    """What this server is doing."""
    services = visit.services
    counts = await asyncio.to_thread(services.store.log.counts, visit.now_ms - _DAY_MS)
    nodes = await asyncio.to_thread(services.store.log.nodes)
    schedules = await services.schedules.states()
    active = services.rulebook.active
    return JsonAnswer(
        {
            "version": __version__,
            "node": services.store.node,
            "now": iso_time(visit.now_ms),
            "demo": services.demo,
            "store_available": services.store.is_accepting,
            "rules": {
                "revision": active.revision,
                "count": len(active.rule_set.rules),
                "loaded_at": iso_time(active.loaded_at),
                "problems": len(services.rulebook.problems),
            },
            "connections": sorted(services.connections),
            "last_24_hours": {
                "events": counts.events,
                "runs": dict(counts.runs),
                "rejected_deliveries": counts.rejected_deliveries,
            },
            "waiting_follow_ups": counts.waiting_follow_ups,
            "schedules": [schedule_json(state) for state in schedules],
            "store_warnings": list(services.store_warnings),
            "held": services.store.held.count,
            "backups": await asyncio.to_thread(_backups_json, services),
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


async def post_release_held(visit: Visit) -> Response:
    """Lets the runs go on that are held since a backup was restored."""
    return JsonAnswer({"runs": await visit.services.store.held.release()})


async def post_cancel_held(visit: Visit) -> Response:
    """Cancels the runs that are held since a backup was restored."""
    return JsonAnswer({"runs": await visit.services.store.held.cancel(visit.actor.name)})


async def post_sign_in_link(visit: Visit) -> Response:
    """A link that signs in once: `account` and `role` say as whom, the owner by default."""
    body = await read_json(visit.request)
    account = _text(body, "account", OWNER)
    role = _role(body, Role.ADMIN.label if account == OWNER else Role.VIEWER.label)
    link = await new_sign_in_link(visit.services, account=account, role=role)
    return JsonAnswer({"url": link}, _CREATED)


async def get_tokens(visit: Visit) -> Response:
    """The API tokens, without their secrets."""
    tokens = await list_tokens(visit.services.store)
    return JsonAnswer({"items": [token_json(token) for token in tokens]})


async def post_token(visit: Visit) -> Response:
    """A new API token; its secret is in this answer and nowhere else."""
    body = await read_json(visit.request)
    days = body.get("days", LIFETIME_DAYS)
    if not isinstance(days, int) or isinstance(days, bool):
        raise UsageError("days is a whole number", fix="Leave it out for 90 days.")
    token, secret = await create_token(
        visit.services.store,
        name=_text(body, "name", ""),
        role=_role(body, Role.VIEWER.label),
        now_ms=visit.now_ms,
        days=days,
    )
    return JsonAnswer({**token_json(token), "token": secret}, _CREATED)


async def remove_token(visit: Visit) -> Response:
    """Makes a token worthless."""
    await delete_token(visit.services.store, visit.path("id"))
    return Response(status_code=204)


def _text(body: dict[str, Any], name: str, default: str) -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise UsageError(f"{name} is a text")
    return value


def _role(body: dict[str, Any], default: str) -> Role:
    role = Role.named(_text(body, "role", default))
    if role is None:
        raise UsageError("there is no such role", fix="viewer, editor or admin.")
    return role


def api_routes() -> list[Route]:
    """The calls with the role that each needs; those of rule files stand in `api_rules`."""
    viewer, editor, admin = Role.VIEWER, Role.EDITOR, Role.ADMIN
    post, delete = ("POST",), ("DELETE",)
    return [
        call("/api/events", get_events, viewer),
        call("/api/events/{id}", get_event, viewer),
        call("/api/events/{id}/why", get_why, viewer),
        call("/api/events/{id}/replay", post_replay, editor, methods=post),
        call("/api/runs", get_runs, viewer),
        call("/api/runs/{id}", get_run, viewer),
        call("/api/runs/{id}/retry", post_retry, editor, methods=post),
        call("/api/runs/{id}/now", post_now, editor, methods=post),
        call("/api/runs/{id}/cancel", post_cancel, editor, methods=post),
        call("/api/held/release", post_release_held, editor, methods=post),
        call("/api/held/cancel", post_cancel_held, editor, methods=post),
        call("/api/follow-ups", get_follow_ups, viewer),
        call("/api/deliveries", get_deliveries, viewer),
        call("/api/status", get_status, viewer),
        call("/api/sign-in-links", post_sign_in_link, admin, methods=post),
        call("/api/tokens", get_tokens, admin),
        call("/api/tokens", post_token, admin, methods=post),
        call("/api/tokens/{id}", remove_token, admin, methods=delete),
    ]
