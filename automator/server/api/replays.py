"""The API of replays: the plan first, then its confirmation, and how far each is."""

import asyncio

from starlette.responses import Response

from automator.server.shared.json_values import JsonAnswer
from automator.server.shared.replays import find_replay, replay_json, replay_request
from automator.server.web.request_context import RequestContext, read_json

_CREATED = 201


async def post_plan(context: RequestContext) -> Response:
    """The plan of a replay; nothing is started. Its `request` confirms it."""
    request = replay_request(context, await read_json(context.request))
    plan = await context.services.replays.plan(request)
    return JsonAnswer(plan.as_data())


async def post_replay(context: RequestContext) -> Response:
    """Starts a replay: 201, or 200 when this very plan was confirmed before."""
    request = replay_request(context, await read_json(context.request))
    replay, is_new = await context.services.replays.confirm(request, context.actor.name)
    return JsonAnswer(replay_json(replay), _CREATED if is_new else 200)


async def get_replays(context: RequestContext) -> Response:
    """The newest replays."""
    found = await asyncio.to_thread(context.services.store.log.replays)
    return JsonAnswer({"items": [replay_json(replay) for replay in found], "next": None})


async def get_replay(context: RequestContext) -> Response:
    """The progress of a replay."""
    return JsonAnswer(replay_json(await find_replay(context.services, context.id_in_path())))


async def post_stop(context: RequestContext) -> Response:
    """Starts nothing more of a replay."""
    await context.services.replays.stop(context.id_in_path())
    return await get_replay(context)
