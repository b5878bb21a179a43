"""The API of replays: the plan first, then its confirmation, and how far each is."""

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from automator.clock import iso_time
from automator.engine.replay.request import ReplayRequest, read_request
from automator.model import format_id
from automator.server.access.guard import call
from automator.server.shared.json_values import JsonAnswer, optional_time
from automator.server.shared.replay_of import replay_of
from automator.server.web.request_context import RequestContext, read_json
from automator.server.web.security import Role
from automator.store import Replay

_CREATED = 201


async def post_plan(context: RequestContext) -> Response:
    """What a replay would do; nothing is started. Its `request` is what confirms it."""
    plan = await context.services.replays.plan(await _request(context))
    return JsonAnswer(plan.as_data())


async def post_replay(context: RequestContext) -> Response:
    """Starts a replay: 201, or 200 when this very plan was confirmed before."""
    request = await _request(context)
    replay, is_new = await context.services.replays.confirm(request, context.actor.name)
    return JsonAnswer(replay_json(replay), _CREATED if is_new else 200)


async def get_replays(context: RequestContext) -> Response:
    """The newest replays."""
    found = await asyncio.to_thread(context.services.store.log.replays)
    return JsonAnswer({"items": [replay_json(replay) for replay in found], "next": None})


async def get_replay(context: RequestContext) -> Response:
    """How far a replay is."""
    return JsonAnswer(replay_json(await replay_of(context.services, context.id_in_path())))


async def post_stop(context: RequestContext) -> Response:
    """Starts nothing more of a replay."""
    await context.services.replays.stop(context.id_in_path())
    return await get_replay(context)


async def _request(context: RequestContext) -> ReplayRequest:
    return read_request(
        await read_json(context.request),
        now_ms=context.now_ms,
        revision=context.services.rulebook.active.revision,
    )


def replay_json(replay: Replay) -> dict[str, Any]:
    """A replay and how far it is."""
    return {
        "id": format_id(replay.id),
        "state": replay.state.label,
        "by": replay.author,
        "request": replay.request,
        "found": replay.found,
        "seen": replay.seen,
        "started": replay.started,
        "skipped": dict(replay.skipped),
        "created_at": iso_time(replay.created_at),
        "updated_at": iso_time(replay.updated_at),
        "finished_at": optional_time(replay.finished_at),
    }


def replay_routes() -> list[Route]:
    """The calls with the role that each needs."""
    post = ("POST",)
    return [
        call("/api/replays/plan", post_plan, Role.EDITOR, methods=post),
        call("/api/replays", get_replays, Role.VIEWER),
        call("/api/replays", post_replay, Role.EDITOR, methods=post),
        call("/api/replays/{id}", get_replay, Role.VIEWER),
        call("/api/replays/{id}/stop", post_stop, Role.EDITOR, methods=post),
    ]
