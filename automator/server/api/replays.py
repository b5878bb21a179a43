"""The API of replays (a plan, its confirmation, its progress) and of runs held after a restore."""

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, StrictBool, StrictInt

from automator.engine.replay.request import DEFAULT_RATE, MAX_RATE
from automator.reasons import audit as acts
from automator.server.access.bodies import Body
from automator.server.access.guard import Calls
from automator.server.answer_types.common import ItemsJson
from automator.server.answer_types.replays import ReplayJson, ReplayPlanJson
from automator.server.answer_types.setup import HeldJson
from automator.server.shared.replays import find_replay, replay_json, replay_request
from automator.server.shared.responses import Created, JsonAnswer
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role

calls = Calls()


class ReplayBody(Body):
    """The runs or events to replay, and how; the `request` of a plan has every field filled in."""

    example: ClassVar[Mapping[str, Any]] = {"filters": {"state": "dead", "since": "2d"}}
    over: Literal["runs", "events"] = "runs"
    filters: dict[str, str] = Field(max_length=50)
    begin: Literal["step", "start"] = Field(default="step", alias="from")
    rules: Literal["now", "then"] = "now"
    again: StrictBool = False
    rate: StrictInt = Field(default=DEFAULT_RATE, ge=1, le=MAX_RATE)
    revision: StrictInt | None = Field(default=None, ge=1)


@calls.declare("POST /api/replays/plan", Role.EDITOR, acts.NO_CHANGE, group="replays")
async def post_plan(context: RequestContext, body: ReplayBody) -> JsonAnswer[ReplayPlanJson]:
    """The plan of a replay; nothing is started. Posting its `request` to /api/replays starts it."""
    request = replay_request(context, _data(body))
    plan = await context.services.replays.plan(request)
    return JsonAnswer(plan.as_data())


@calls.declare("GET /api/replays", Role.VIEWER, group="replays")
async def get_replays(context: RequestContext) -> JsonAnswer[ItemsJson[ReplayJson]]:
    """The newest replays."""
    found = await asyncio.to_thread(context.services.store.log.replays)
    return JsonAnswer({"items": [replay_json(replay) for replay in found]})


@calls.declare("POST /api/replays", Role.EDITOR, acts.replay_started, group="replays")
async def post_replay(
    context: RequestContext, body: ReplayBody
) -> Created[ReplayJson] | JsonAnswer[ReplayJson]:
    """Starts a replay: 201, or 200 if the same plan was confirmed before."""
    request = replay_request(context, _data(body))
    replay, is_new = await context.services.replays.confirm(request, context.actor.name)
    return Created(replay_json(replay)) if is_new else JsonAnswer(replay_json(replay))


def _data(body: ReplayBody) -> dict[str, Any]:
    return body.model_dump(by_alias=True, exclude_none=True)


@calls.declare("GET /api/replays/{id}", Role.VIEWER, group="replays")
async def get_replay(context: RequestContext) -> JsonAnswer[ReplayJson]:
    """The progress of a replay."""
    return JsonAnswer(replay_json(await find_replay(context.services, context.id_in_path())))


@calls.declare(
    "POST /api/replays/{id}/stop", Role.EDITOR, acts.replay_stopped, group="replays", errors=(409,)
)
async def post_stop(context: RequestContext) -> JsonAnswer[ReplayJson]:
    """Stops a replay: it starts no more runs."""
    await context.services.replays.stop(context.id_in_path())
    return await get_replay(context)


@calls.declare("POST /api/held/release", Role.EDITOR, acts.held_runs_decided, group="maintenance")
async def post_release_held(context: RequestContext) -> JsonAnswer[HeldJson]:
    """Releases the runs that are held since a backup was restored."""
    return JsonAnswer({"runs": await context.services.store.quarantine.release()})


@calls.declare("POST /api/held/cancel", Role.EDITOR, acts.held_runs_decided, group="maintenance")
async def post_cancel_held(context: RequestContext) -> JsonAnswer[HeldJson]:
    """Cancels the runs that are held since a backup was restored."""
    return JsonAnswer({"runs": await context.services.store.quarantine.cancel(context.actor.name)})
