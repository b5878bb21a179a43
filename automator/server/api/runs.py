"""The API of runs: finished and waiting ones, and people's decisions about them."""

import asyncio

from starlette.responses import Response

from automator.engine.operations.approval_decisions import (
    Choice,
    approve_step,
    decide_several,
    decline_step,
)
from automator.engine.operations.review import (
    Decision,
    decide,
    run_detail,
    runs_to_approve,
    runs_to_review,
)
from automator.engine.replay.filter_syntax import RUN_WORDS, run_filter
from automator.model import N_, UsageError, parse_id
from automator.server.shared.json_values import (
    JsonAnswer,
    approval_json,
    judged_json,
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
    criteria = run_filter(words, context.now_ms, context.zone)
    log = context.services.store.log
    rows = await asyncio.to_thread(log.runs, criteria, before=before_of(context), limit=limit + 1)
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


async def post_several(choice: Choice, context: RequestContext) -> Response:
    """Approves or declines the steps of several runs; answers with what has become of each."""
    body = await read_json(context.request, ("runs", "because"))
    because, listed = body.get("because", ""), body.get("runs", [])
    chosen = [_run_and_step(one) for one in listed] if isinstance(listed, list) else []
    if not isinstance(because, str) or not chosen or None in chosen:
        raise UsageError(
            N_("the body names no runs"),
            fix=N_('It is like {"runs": ["ID", {"id": "ID", "step": "answer"}]}, with "because".'),
        )
    judged = await decide_several(
        context.services.store,
        choice,
        [one for one in chosen if one is not None],
        context.actor.name,
        because=because,
    )
    return JsonAnswer(judged_json(judged, context.translator))


def _run_and_step(named: object) -> tuple[int, str] | None:
    """A run, and the step that was seen, as a list names them; None when it is something else."""
    named = {"id": named} if isinstance(named, str) else named
    if not isinstance(named, dict) or not named.keys() <= {"id", "step"}:
        return None
    run_id, step = named.get("id"), named.get("step", "")
    found = parse_id(run_id) if isinstance(run_id, str) else None
    return None if found is None or not isinstance(step, str) else (found, step)


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
