"""The API of runs: finished and waiting ones, and people's decisions about them."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from automator.configuration.values import StrictModel
from automator.engine.operations.approval_decisions import (
    MOST_AT_ONCE,
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
from automator.engine.replay.filter_syntax import run_filter
from automator.model import parse_id
from automator.model.ids import ID_PATTERN
from automator.model.log_filters import RUN_WORDS
from automator.server.access.bodies import Body
from automator.server.answers.activity import ApprovalJson, JudgedJson, RunDetailJson, RunRowJson
from automator.server.answers.values import FoundPageJson, ItemsJson, PageJson
from automator.server.shared.json_values import (
    approval_json,
    judged_json,
    run_detail_json,
    run_row_json,
)
from automator.server.shared.list_filters import given_filters
from automator.server.shared.lists import before_of, found_page_of, limit_of, page_of
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext

RunId = Annotated[str, StringConstraints(pattern=f"(?i){ID_PATTERN}")]


class Approved(Body):
    """The step that was seen, and a text in place of its own; each may be missing."""

    example: ClassVar[Mapping[str, Any]] = {"step": "answer", "text": "Dạ còn ạ"}
    step: str = ""
    text: str | None = None


class Declined(Body):
    """The step that was seen, and why it is not done; each may be missing."""

    example: ClassVar[Mapping[str, Any]] = {"step": "answer", "because": "a joke"}
    step: str = ""
    because: str = ""


class SeenStep(StrictModel):
    """A run, and the step of it that was seen."""

    id: RunId
    step: str = ""


class Chosen(Body):
    """The runs about whose steps somebody decides, and why."""

    example: ClassVar[Mapping[str, Any]] = {
        "runs": ["01mfb3w2hr000", {"id": "01mfb3w2hr001", "step": "answer"}],
        "because": "a joke",
    }
    runs: tuple[RunId | SeenStep, ...] = Field(min_length=1, max_length=MOST_AT_ONCE)
    because: str = ""


async def get_runs(context: RequestContext) -> JsonAnswer[FoundPageJson[RunRowJson]]:
    """A page of runs, follow-ups among them; `looked_until` where older ones were not looked at."""
    limit = limit_of(context)
    words = given_filters(context, RUN_WORDS)
    criteria = run_filter(words, context.now_ms, context.zone)
    log = context.services.store.log
    found = await asyncio.to_thread(
        log.find_runs,
        criteria,
        before=before_of(context),
        limit=limit + 1,
        is_awaited=context.is_awaited,
    )
    return await found_page_of(found, limit, run_row_json)


async def get_review(context: RequestContext) -> JsonAnswer[PageJson[RunRowJson]]:
    """The runs that wait for somebody to decide, the newest first."""
    limit = limit_of(context)
    log = context.services.store.log
    rows = await runs_to_review(log, before=before_of(context), limit=limit + 1)
    return await page_of(rows, limit, run_row_json)


async def get_run(context: RequestContext) -> JsonAnswer[RunDetailJson]:
    """A run with its event, its attempts and its follow-ups, and the revision now in force."""
    services = context.services
    detail = await run_detail(services.store.log, context.id_in_path())
    active = services.rulebook.active.revision
    return JsonAnswer({**run_detail_json(detail), "active_revision": active})


async def post_decision(decision: Decision, context: RequestContext) -> JsonAnswer[RunDetailJson]:
    """Tries a run again, counts its step as done, wakes it or cancels it; answers with the run."""
    services = context.services
    revisions = services.rulebook.revisions
    await decide(services.store, revisions, decision, context.id_in_path(), context.actor.name)
    return await get_run(context)


async def get_approvals(context: RequestContext) -> JsonAnswer[PageJson[ApprovalJson]]:
    """The runs whose next step waits for a person to approve it, the newest first."""
    limit = limit_of(context)
    log = context.services.store.log
    rows = await runs_to_approve(log, before=before_of(context), limit=limit + 1)
    return await page_of(rows, limit, approval_json)


async def post_approve(context: RequestContext, body: Approved) -> JsonAnswer[RunDetailJson]:
    """Lets a step be done that waits, with `text` in place of its own; answers with the run."""
    store, who = context.services.store, context.actor.name
    await approve_step(store, context.id_in_path(), who, step=body.step, text=body.text)
    return await get_run(context)


async def post_decline(context: RequestContext, body: Declined) -> JsonAnswer[RunDetailJson]:
    """Leaves a step out that waits, `because` of something; answers with the run."""
    store, who = context.services.store, context.actor.name
    await decline_step(store, context.id_in_path(), who, step=body.step, because=body.because)
    return await get_run(context)


async def post_several(
    choice: Choice, context: RequestContext, body: Chosen
) -> JsonAnswer[ItemsJson[JudgedJson]]:
    """Approves or declines the steps of several runs; answers with a result for each."""
    judged = await decide_several(
        context.services.store,
        choice,
        [_run_and_step(one) for one in body.runs],
        context.actor.name,
        because=body.because,
    )
    return JsonAnswer(judged_json(judged, context.translator))


def _run_and_step(named: str | SeenStep) -> tuple[int, str]:
    """A run, and the step that was seen, "" for any."""
    seen = SeenStep(id=named) if isinstance(named, str) else named
    return parse_id(seen.id) or 0, seen.step


async def get_follow_ups(context: RequestContext) -> JsonAnswer[PageJson[RunRowJson]]:
    """Follow-ups that wait."""
    limit = limit_of(context)
    rows = await asyncio.to_thread(
        context.services.store.log.follow_ups, limit + 1, before_of(context)
    )
    return await page_of(rows, limit, run_row_json)
