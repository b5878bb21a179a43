"""The pages of replays: the plan for a filter, its confirmation, the progress, and the list."""

import asyncio
from functools import partial

import orjson

from automator.model import N_, UsageError, format_id
from automator.model.log_filters import Kind, Listed, filters_of
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.shared.list_filters import (
    set_filters,
)
from automator.server.shared.replays import find_replay, replay_request
from automator.store import WorkState

#: Parameters of a plan's address besides its filter.
_CHOICES = ("over", "from", "rules")
_LONGEST_IDS = 4_000


async def plan_here(context: RequestContext) -> Response:
    """The plan of a replay of the runs or events that fit the address; nothing is started yet."""
    over = context.query("over") or "runs"
    listed = Listed.EVENTS if over == "events" else Listed.RUNS
    words = {}
    for one in filters_of(listed):
        # The ids of many ticked rows may be longer than other filters.
        ids = context.request.query_params.get(one.word, "")[:_LONGEST_IDS]
        if text := ids if one.kind is Kind.IDS else context.query(one.word):
            words[one.word] = text
    chosen = {name: text for name in _CHOICES if (text := context.query(name))}
    again = context.query("again") == "yes"
    request = replay_request(context, {**chosen, "filters": words, "again": again})
    plan = await context.services.replays.plan(request)
    return render(
        context,
        "replay_plan.html",
        plan=plan.as_data(),
        request=request,
        words=words,
        filters=set_filters(context, request.filters),
        confirmation=orjson.dumps(request.as_data()).decode(),
        back=f"/{'events' if over == 'events' else 'log'}",
    )


async def confirm_here(context: RequestContext) -> Response:
    """The button “Start”: starts the plan once, however often it is pressed."""
    try:
        data = orjson.loads(context.form.get("request", ""))
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise UsageError(N_("this is no plan of a replay"), fix=N_("Make it again from the log."))
    request = replay_request(context, data)
    replay, _ = await context.services.replays.confirm(request, context.actor.name)
    return see_other(f"/replays/{format_id(replay.id)}")


async def show_replay(context: RequestContext) -> Response:
    """The progress of a replay; the page reloads itself until the replay is over."""
    replay = await find_replay(context.services, context.id_in_path())
    return render(
        context,
        "replay.html",
        replay=replay,
        filters=set_filters(context, replay.request["filters"]),
        is_going=replay.state is WorkState.GOING,
    )


async def show_replays(context: RequestContext) -> Response:
    """The newest replays."""
    found = await asyncio.to_thread(context.services.store.log.replays)
    return render(context, "replays.html", replays=found, filters_of=partial(set_filters, context))


async def stop_here(context: RequestContext) -> Response:
    """The button “Stop”."""
    replay_id = context.id_in_path()
    await context.services.replays.stop(replay_id)
    return see_other(f"/replays/{format_id(replay_id)}")
