"""The API of targets: their states, pausing and resuming them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from automator.server.access.bodies import Body
from automator.server.answers.setup import TargetJson
from automator.server.answers.values import ItemsJson
from automator.server.shared.responses import JsonAnswer
from automator.server.shared.targets import everything_row, pause_target, target_json, target_rows
from automator.server.web.request_context import RequestContext


class Pause(Body):
    """The reason for a pause, for people."""

    example: ClassVar[Mapping[str, Any]] = {"reason": "the CRM moves house"}
    reason: str = ""


async def get_targets(context: RequestContext) -> JsonAnswer[ItemsJson[TargetJson]]:
    """All targets."""
    rows = await target_rows(context.services)
    everything = await everything_row(context.services)
    if not everything.is_open_to_all:
        rows.insert(0, everything)
    return JsonAnswer({"items": [target_json(row) for row in rows]})


async def post_pause(context: RequestContext, body: Pause) -> JsonAnswer[TargetJson]:
    """Holds a target back: `reason` says why, for people."""
    await pause_target(context.services, context.path("name"), context.actor.name, body.reason)
    return await _one(context)


async def post_resume(context: RequestContext) -> JsonAnswer[TargetJson]:
    """Lets a target go on."""
    await context.services.gate.resume(context.path("name"), context.actor.name)
    return await _one(context)


async def _one(context: RequestContext) -> JsonAnswer[TargetJson]:
    services = context.services
    rows = [await everything_row(services), *await target_rows(services)]
    name = context.path("name")
    return JsonAnswer(next(target_json(row) for row in rows if row.destination.name == name))
