"""The API of targets: whether they take what is sent to them, pausing and resuming them."""

from starlette.responses import Response

from automator.server.shared.json_values import JsonAnswer
from automator.server.shared.targets import everything_row, pause_target, target_json, target_rows
from automator.server.web.request_context import RequestContext, read_json


async def get_targets(context: RequestContext) -> Response:
    """All targets."""
    rows = await target_rows(context.services)
    everything = await everything_row(context.services)
    if not everything.is_open_to_all:
        rows.insert(0, everything)
    return JsonAnswer({"items": [target_json(row) for row in rows]})


async def post_pause(context: RequestContext) -> Response:
    """Holds a target back: `reason` says why, for people."""
    reason = str((await read_json(context.request, ("reason",))).get("reason", ""))
    await pause_target(context.services, context.path("name"), context.actor.name, reason)
    return await _one(context)


async def post_resume(context: RequestContext) -> Response:
    """Lets a target go on."""
    await context.services.gate.resume(context.path("name"), context.actor.name)
    return await _one(context)


async def _one(context: RequestContext) -> Response:
    services = context.services
    rows = [await everything_row(services), *await target_rows(services)]
    name = context.path("name")
    return JsonAnswer(next(target_json(row) for row in rows if row.destination.name == name))
