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
from automator.server.web.request_context import Visit, read_json
from automator.server.web.security import Role
from automator.store import Replay

_CREATED = 201


async def post_plan(visit: Visit) -> Response:
    """What a replay would do; nothing is started. Its `request` is what confirms it."""
    plan = await visit.services.replays.plan(await _request(visit))
    return JsonAnswer(plan.as_data())


async def post_replay(visit: Visit) -> Response:
    """Starts a replay: 201, or 200 when this very plan was confirmed before."""
    request = await _request(visit)
    replay, is_new = await visit.services.replays.confirm(request, visit.actor.name)
    return JsonAnswer(replay_json(replay), _CREATED if is_new else 200)


async def get_replays(visit: Visit) -> Response:
    """The newest replays."""
    found = await asyncio.to_thread(visit.services.store.log.replays)
    return JsonAnswer({"items": [replay_json(replay) for replay in found], "next": None})


async def get_replay(visit: Visit) -> Response:
    """How far a replay is."""
    return JsonAnswer(replay_json(await replay_of(visit.services, visit.id_in_path())))


async def post_stop(visit: Visit) -> Response:
    """Starts nothing more of a replay."""
    await visit.services.replays.stop(visit.id_in_path())
    return await get_replay(visit)


async def _request(visit: Visit) -> ReplayRequest:
    return read_request(
        await read_json(visit.request),
        now_ms=visit.now_ms,
        revision=visit.services.rulebook.active.revision,
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
