"""The API of runs: what was done, what waits, and what people decide about it."""

import asyncio

from starlette.responses import Response

from automator.engine.operations.review import (
    cancel_run,
    mark_done,
    retry_run,
    run_detail,
    runs_to_review,
    wake_run,
)
from automator.server.shared.json_lists import before_of, limit_of, page_of
from automator.server.shared.json_values import JsonAnswer, run_detail_json, run_row_json
from automator.server.shared.list_filters import LogFilter
from automator.server.web.request_context import RequestContext


async def get_runs(context: RequestContext) -> Response:
    """A page of runs, with the filters of the log page."""
    limit = limit_of(context)
    rows = await asyncio.to_thread(
        LogFilter.of(context).page, context, before=before_of(context), limit=limit + 1
    )
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


async def post_retry(context: RequestContext) -> Response:
    """Tries a run again now."""
    await retry_run(context.services.store, context.id_in_path(), context.actor.name)
    return await get_run(context)


async def post_done(context: RequestContext) -> Response:
    """Counts the step as done at which a run stopped."""
    services, run_id = context.services, context.id_in_path()
    await mark_done(services.store, services.rulebook.revisions, run_id, context.actor.name)
    return await get_run(context)


async def post_now(context: RequestContext) -> Response:
    """Does a sleeping run, such as a follow-up, now."""
    await wake_run(context.services.store, context.id_in_path())
    return await get_run(context)


async def post_cancel(context: RequestContext) -> Response:
    """Cancels a run that waits."""
    await cancel_run(context.services.store, context.id_in_path(), context.actor.name)
    return await get_run(context)


async def get_follow_ups(context: RequestContext) -> Response:
    """Follow-ups that wait."""
    limit = limit_of(context)
    rows = await asyncio.to_thread(
        context.services.store.log.follow_ups, limit + 1, before_of(context)
    )
    return page_of(rows, limit, run_row_json)
