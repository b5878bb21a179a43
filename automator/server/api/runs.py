"""The API of runs: finished and waiting ones, and people's decisions about them."""

import asyncio

from starlette.responses import Response

from automator.engine.operations.review import Decision, decide, run_detail, runs_to_review
from automator.server.shared.json_values import JsonAnswer, run_detail_json, run_row_json
from automator.server.shared.list_filters import LogFilter
from automator.server.shared.lists import before_of, limit_of, page_of
from automator.server.web.request_context import RequestContext


async def get_runs(context: RequestContext) -> Response:
    """A page of runs, follow-ups among them, with the filters of the log page."""
    limit = limit_of(context)
    wanted = LogFilter.of(context).wanted
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


async def get_follow_ups(context: RequestContext) -> Response:
    """Follow-ups that wait."""
    limit = limit_of(context)
    rows = await asyncio.to_thread(
        context.services.store.log.follow_ups, limit + 1, before_of(context)
    )
    return page_of(rows, limit, run_row_json)
