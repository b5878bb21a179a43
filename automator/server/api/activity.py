"""The API of activity: runs and people's decisions about them, events, and deliveries."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import Field, StringConstraints

from automator.configuration.values import StrictModel
from automator.engine.doctor.doctor import LAST, examine
from automator.engine.explanation.why import explain_event
from automator.engine.intake.refused_deliveries import take_again
from automator.engine.operations.run_review import (
    MOST_AT_ONCE,
    NEEDS_REVIEW,
    TO_APPROVE,
    Choice,
    Decision,
    approve_step,
    decide,
    decide_several,
    decline_step,
    run_detail,
)
from automator.engine.replay.filter_syntax import event_filter, run_filter
from automator.model import format_id, parse_id
from automator.model.ids import ID_PATTERN
from automator.model.log_filters import DELIVERY_WORDS, EVENT_WORDS, RUN_WORDS
from automator.reasons import audit as acts
from automator.record_json import record_json
from automator.server.access.bodies import Body
from automator.server.access.guard import Calls
from automator.server.answer_types.activity import (
    ApprovalJson,
    DeliveryRowJson,
    DiagnosisJson,
    EventRowJson,
    EventWithRunsJson,
    JudgedJson,
    NewRunsJson,
    RunDetailJson,
    RunRowJson,
    TakenInJson,
)
from automator.server.answer_types.common import FoundPageJson, ItemsJson, PageJson, TextJson
from automator.server.answer_types.decisions import ExplanationJson
from automator.server.http.parameters import AS_TEXT, texts
from automator.server.shared.events import event_detail, replay_event
from automator.server.shared.explanation_text import explanation_text
from automator.server.shared.json_values import (
    approval_json,
    delivery_row_json,
    event_detail_json,
    judged_json,
    run_detail_json,
    run_row_json,
)
from automator.server.shared.list_filters import (
    deliveries_in_address,
    given_filters,
)
from automator.server.shared.lists import PAGE_PARAMETERS, page_of
from automator.server.shared.responses import Created, JsonAnswer, report_answer
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role

#: The id of a run in a body.
RunId = Annotated[str, StringConstraints(pattern=f"(?i){ID_PATTERN}")]
calls = Calls()


# --- Runs ---


@calls.declare(
    "GET /api/runs", Role.VIEWER, group="runs", parameters=(*texts(RUN_WORDS), *PAGE_PARAMETERS)
)
async def get_runs(context: RequestContext) -> JsonAnswer[FoundPageJson[RunRowJson]]:
    """A page of runs, also follow-ups; `looked_until` is set if the search stopped early."""
    wanted = run_filter(given_filters(context, RUN_WORDS), context.now_ms, context.zone)
    find = partial(context.log.runs, wanted, is_awaited=context.is_awaited)
    return await page_of(context, find, run_row_json)


@calls.declare("GET /api/review", Role.VIEWER, group="runs", parameters=PAGE_PARAMETERS)
async def get_review(context: RequestContext) -> JsonAnswer[FoundPageJson[RunRowJson]]:
    """The runs that wait for somebody to decide, the newest first."""
    return await page_of(context, partial(context.log.runs, NEEDS_REVIEW), run_row_json)


@calls.declare("GET /api/runs/{id}", Role.VIEWER, group="runs")
async def get_run(context: RequestContext) -> JsonAnswer[RunDetailJson]:
    """A run with its event, its attempts and its follow-ups, and the revision now in force."""
    services = context.services
    detail = await run_detail(services.store.log, context.id_in_path())
    active = services.rulebook.active.revision
    return JsonAnswer({**run_detail_json(detail), "active_revision": active})


@calls.declare(
    "POST /api/runs/{id}/{word}",
    Role.EDITOR,
    acts.run_decided,
    group="runs",
    words={
        "retry": "Tries the step of a run again.",
        "done": "Counts the step of a run as done, and goes on with the next one.",
        "now": "Wakes a run that sleeps.",
        "cancel": "Cancels a run.",
    },
    errors=(409,),
)
async def post_decision(decision: Decision, context: RequestContext) -> JsonAnswer[RunDetailJson]:
    """Retries, completes, wakes or cancels a run; answers with the run."""
    services = context.services
    revisions = services.rulebook.revisions
    await decide(services.store, revisions, decision, context.id_in_path(), context.actor.name)
    return await get_run(context)


@calls.declare("GET /api/follow-ups", Role.VIEWER, group="runs", parameters=PAGE_PARAMETERS)
async def get_follow_ups(context: RequestContext) -> JsonAnswer[PageJson[RunRowJson]]:
    """A page of the waiting follow-ups."""
    return await page_of(context, context.log.follow_ups, run_row_json)


# --- Events and deliveries ---


@calls.declare(
    "GET /api/events",
    Role.VIEWER,
    group="events",
    parameters=(*texts(EVENT_WORDS), *PAGE_PARAMETERS),
)
async def get_events(context: RequestContext) -> JsonAnswer[FoundPageJson[EventRowJson]]:
    """A page of events, the newest first; `looked_until` is set if the search stopped early."""
    wanted = event_filter(given_filters(context, EVENT_WORDS), context.now_ms, context.zone)
    find = partial(context.log.events, wanted, is_awaited=context.is_awaited)
    return await page_of(context, find, record_json)


@calls.declare("GET /api/events/{id}", Role.VIEWER, group="events")
async def get_event(context: RequestContext) -> JsonAnswer[EventWithRunsJson]:
    """An event with its runs."""
    return JsonAnswer(event_detail_json(await event_detail(context.services, context.id_in_path())))


@calls.declare(
    "GET /api/events/{id}/why", Role.VIEWER, group="events", parameters=(*texts(["rule"]), AS_TEXT)
)
async def get_why(context: RequestContext) -> JsonAnswer[ExplanationJson | TextJson]:
    """The decision of each rule about an event, with its reason."""
    rule, event_id = context.query("rule") or None, context.id_in_path()
    found = await explain_event(context.log, context.revisions, event_id, rule)
    return report_answer(context, found, explanation_text)


@calls.declare(
    "GET /api/deliveries",
    Role.VIEWER,
    group="deliveries",
    parameters=(*texts(DELIVERY_WORDS), *PAGE_PARAMETERS),
)
async def get_deliveries(context: RequestContext) -> JsonAnswer[FoundPageJson[DeliveryRowJson]]:
    """A page of deliveries; `looked_until` is set if the search stopped early."""
    find = partial(context.log.deliveries, deliveries_in_address(context))
    return await page_of(context, find, delivery_row_json)


@calls.declare("GET /api/deliveries/{id}/doctor", Role.VIEWER, group="deliveries")
async def get_diagnosis(context: RequestContext) -> JsonAnswer[DiagnosisJson]:
    """The diagnosis of a delivery; the id `last` means the last delivery that was not accepted."""
    services, asked = context.services, context.path("id")
    delivery_id = None if asked == LAST else context.id_in_path()
    found = await asyncio.to_thread(examine, services.store.log, services.connections, delivery_id)
    return JsonAnswer(found.as_json(context.translator))


@calls.declare(
    "POST /api/deliveries/{id}/take-again",
    Role.EDITOR,
    acts.delivery_taken_again,
    group="deliveries",
    errors=(409,),
)
async def post_take_again(context: RequestContext) -> JsonAnswer[TakenInJson]:
    """Verifies a refused delivery anew and takes it in; 409 with the reason if it still fails."""
    services = context.services
    accepted = await take_again(
        services.intake,
        services.store.log,
        services.connections,
        context.id_in_path(),
        context.actor.name,
    )
    events = [
        {"id": format_id(receipt.event_id), "duplicate": receipt.duplicate}
        for receipt in accepted.receipts
    ]
    return JsonAnswer({"delivery": format_id(accepted.delivery_id), "events": events})


# --- Approvals ---


@calls.declare("GET /api/approvals", Role.VIEWER, group="runs", parameters=PAGE_PARAMETERS)
async def get_approvals(context: RequestContext) -> JsonAnswer[FoundPageJson[ApprovalJson]]:
    """The runs whose next step waits for a person to approve it, the newest first."""
    return await page_of(context, partial(context.log.runs, TO_APPROVE), approval_json)


class SeenStep(StrictModel):
    """A run, and the step that the person saw when deciding."""

    id: RunId
    step: str = ""


class Chosen(Body):
    """The runs whose waiting steps are approved or declined, and why."""

    example: ClassVar[Mapping[str, Any]] = {
        "runs": ["01mfb3w2hr000", {"id": "01mfb3w2hr001", "step": "answer"}],
        "because": "a joke",
    }
    runs: tuple[RunId | SeenStep, ...] = Field(min_length=1, max_length=MOST_AT_ONCE)
    because: str = ""


@calls.declare(
    "POST /api/approvals/{word}",
    Role.EDITOR,
    acts.approvals_decided,
    group="runs",
    words={
        "approve": "Approves the steps of several runs.",
        "decline": "Declines the steps of several runs.",
    },
)
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
    """The id of a run and the step that the person saw; "" means whichever step waits."""
    seen = SeenStep(id=named) if isinstance(named, str) else named
    return parse_id(seen.id) or 0, seen.step


class Approved(Body):
    """The step that the person saw, and a text in place of the step's; each may be missing."""

    example: ClassVar[Mapping[str, Any]] = {"step": "answer", "text": "Dạ còn ạ"}
    step: str = ""
    text: str | None = None


@calls.declare(
    "POST /api/approvals/{id}/approve",
    Role.EDITOR,
    acts.approval_decided,
    group="runs",
    errors=(409,),
)
async def post_approve(context: RequestContext, body: Approved) -> JsonAnswer[RunDetailJson]:
    """Approves a waiting step, with `text` in place of its text if given; answers with the run."""
    store, who = context.services.store, context.actor.name
    await approve_step(store, context.id_in_path(), who, step=body.step, text=body.text)
    return await get_run(context)


class Declined(Body):
    """The step that the person saw, and why it is declined; each may be missing."""

    example: ClassVar[Mapping[str, Any]] = {"step": "answer", "because": "a joke"}
    step: str = ""
    because: str = ""


@calls.declare(
    "POST /api/approvals/{id}/decline",
    Role.EDITOR,
    acts.approval_decided,
    group="runs",
    errors=(409,),
)
async def post_decline(context: RequestContext, body: Declined) -> JsonAnswer[RunDetailJson]:
    """Declines a waiting step, with the reason `because`; answers with the run."""
    store, who = context.services.store, context.actor.name
    await decline_step(store, context.id_in_path(), who, step=body.step, because=body.because)
    return await get_run(context)


# --- New runs for one event ---


@calls.declare("POST /api/events/{id}/replay", Role.EDITOR, acts.event_replayed, group="events")
async def post_replay(context: RequestContext) -> Created[NewRunsJson]:
    """Starts new runs for an event."""
    runs = await replay_event(context.services, context.id_in_path(), context.actor.name)
    return Created({"runs": [format_id(run) for run in runs]})
