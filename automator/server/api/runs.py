"""The API of runs: finished and waiting ones, and people's decisions about them."""

import asyncio

from starlette.responses import Response

from automator.engine.operations.review import (
    Decision,
    approve_step,
    decide,
    decline_step,
    run_detail,
    runs_to_approve,
    runs_to_review,
)
from automator.engine.replay.filter_syntax import RUN_WORDS, run_filter
from automator.model import N_, UsageError
from automator.server.shared.json_values import (
    JsonAnswer,
    approval_json,
    run_detail_json,
    run_row_json,
)
from automator.server.shared.list_filters import given_filters
from automator.server.shared.lists import before_of, limit_of, page_of
from automator.server.web.request_context import RequestContext, read_json

#: What a decision about a step may say.
_TEXTS = ("step", "text", "because")


async def get_runs(context: RequestContext) -> Response:
    """A page of runs, follow-ups among them."""
    limit = limit_of(context)
    words = given_filters(context, RUN_WORDS)
    wanted = run_filter(words, context.now_ms, context.zone)
    log = context.services.store.log
    rows = await asyncio.to_thread(log.runs, wanted, before=before_of(context), limit=limit + 1)
    return page_of(rows, limit, run_row_json)


async def get_review(context: RequestContext) -> Response:
    """The runs that wait for somebody to decide, the newest first."""
    limit = limit_of(context)
    log = context.services.store.log
    rows = await runs_to_review(log, before=before_of(context), limit=limit + 1)
    return page_of(rows, limit, run_row_json)


async def get_run(context: RequestContext) -> Response:
    """A run with its event, its attempts and its follow-ups, and the revision now in force."""
    services = context.services
    detail = await run_detail(services.store.log, context.id_in_path())
    active = services.rulebook.active.revision
    return JsonAnswer({**run_detail_json(detail), "active_revision": active})


async def post_decision(decision: Decision, context: RequestContext) -> Response:
    """Tries a run again, counts its step as done, wakes it or cancels it; answers with the run."""
    services = context.services
    revisions = services.rulebook.revisions
    await decide(services.store, revisions, decision, context.id_in_path(), context.actor.name)
    return await get_run(context)


async def get_approvals(context: RequestContext) -> Response:
    """The runs whose next step waits for a person to approve it, the newest first."""
    limit = limit_of(context)
    log = context.services.store.log
    rows = await runs_to_approve(log, before=before_of(context), limit=limit + 1)
    return page_of(rows, limit, approval_json)


async def post_approve(context: RequestContext) -> Response:
    """Lets a step be done that waits, with `text` in place of its own; answers with the run."""
    said = await _said_in(context)
    text = said.get("text")
    await approve_step(
        context.services.store,
        context.id_in_path(),
        context.actor.name,
        step=said.get("step", ""),
        text=text,
    )
    return await get_run(context)


async def post_decline(context: RequestContext) -> Response:
    """Leaves a step out that waits, `because` of something; answers with the run."""
    said = await _said_in(context)
    await decline_step(
        context.services.store,
        context.id_in_path(),
        context.actor.name,
        step=said.get("step", ""),
        because=said.get("because", ""),
    )
    return await get_run(context)


async def _said_in(context: RequestContext) -> dict[str, str]:
    """The texts of the body."""
    body = await read_json(context.request, _TEXTS)
    for name, value in body.items():
        if not isinstance(value, str):
            raise UsageError(
                N_("{name} is a text"), fix=N_("Write it in double quotes."), name=name
            )
    return body


async def get_follow_ups(context: RequestContext) -> Response:
    """Follow-ups that wait."""
    limit = limit_of(context)
    rows = await asyncio.to_thread(
        context.services.store.log.follow_ups, limit + 1, before_of(context)
    )
    return page_of(rows, limit, run_row_json)
