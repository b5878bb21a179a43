"""The API of events: the list, one event, why rules did or did not fire, and replaying it."""

import asyncio

from automator.engine.explanation.why import explain_event
from automator.engine.replay.filter_syntax import event_filter
from automator.model import format_id
from automator.model.log_filters import EVENT_WORDS
from automator.server.answers.activity import EventRowJson, EventWithRunsJson, NewRunsJson
from automator.server.answers.decisions import ExplanationJson
from automator.server.answers.values import FoundPageJson, TextJson
from automator.server.shared.events import event_detail, replay_event
from automator.server.shared.explanation_text import explanation_text
from automator.server.shared.json_values import event_detail_json, record_json
from automator.server.shared.list_filters import given_filters
from automator.server.shared.lists import before_of, found_page_of, limit_of
from automator.server.shared.responses import Created, JsonAnswer, report_answer
from automator.server.web.request_context import RequestContext


async def get_events(context: RequestContext) -> JsonAnswer[FoundPageJson[EventRowJson]]:
    """A page of events, the newest first; `looked_until` where older ones were not looked at."""
    limit = limit_of(context)
    words = given_filters(context, EVENT_WORDS)
    found = await asyncio.to_thread(
        context.services.store.log.find_events,
        event_filter(words, context.now_ms, context.zone),
        before=before_of(context),
        limit=limit + 1,
        is_awaited=context.is_awaited,
    )
    return await found_page_of(found, limit, record_json)


async def get_event(context: RequestContext) -> JsonAnswer[EventWithRunsJson]:
    """An event with its runs."""
    return JsonAnswer(event_detail_json(await event_detail(context.services, context.id_in_path())))


async def get_why(context: RequestContext) -> JsonAnswer[ExplanationJson | TextJson]:
    """The decision of each rule about an event, with its reason."""
    rule, event_id = context.query("rule") or None, context.id_in_path()
    found = await explain_event(context.log, context.revisions, event_id, rule)
    return report_answer(context, found, explanation_text)


async def post_replay(context: RequestContext) -> Created[NewRunsJson]:
    """Starts new runs for an event."""
    runs = await replay_event(context.services, context.id_in_path(), context.actor.name)
    return Created({"runs": [format_id(run) for run in runs]})
