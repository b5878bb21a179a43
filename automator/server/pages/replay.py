"""Replays in the browser: the plan over a filter, its confirmation, and how far each is."""

import asyncio
from typing import Any

import orjson
from starlette.responses import RedirectResponse, Response

from automator.engine.replay.request import ReplayRequest, read_request
from automator.model import UsageError, format_id
from automator.server.pages.event import EVENT_FILTERS
from automator.server.pages.log import FILTERS
from automator.server.shared.replay_of import replay_of
from automator.server.web.filters import filter_words
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render
from automator.store import ReplayState

_SEE_OTHER = 303
#: What the address of a plan says beyond its filter.
_CHOICES = ("over", "from", "rules")


async def plan_here(context: RequestContext) -> Response:
    """What a replay of everything in a list would do; nothing is started yet."""
    over = context.query("over") or "runs"
    names = EVENT_FILTERS if over == "events" else (*FILTERS, "event", "run")
    words = {name: text for name, text in filter_words(context, names).items() if text}
    chosen = {name: text for name in _CHOICES if (text := context.query(name))}
    again = context.query("again") == "yes"
    request = _read(context, {**chosen, "where": words, "again": again})
    plan = await context.services.replays.plan(request)
    return render(
        context,
        "replay_plan.html",
        plan=plan.as_data(),
        request=request,
        words=words,
        confirmation=orjson.dumps(request.as_data()).decode(),
        back=f"/{'events' if over == 'events' else 'log'}",
    )


async def confirm_here(context: RequestContext) -> Response:
    """The button “Start”: what the plan said, however often it is pressed."""
    try:
        data = orjson.loads(context.form.get("request", ""))
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise UsageError("this is no plan of a replay", fix="Make it again from the log.")
    replay, _ = await context.services.replays.confirm(_read(context, data), context.actor.name)
    return RedirectResponse(f"/replays/{format_id(replay.id)}", _SEE_OTHER)


async def show_replay(context: RequestContext) -> Response:
    """How far a replay is; the page renews itself until it is over."""
    replay = await replay_of(context.services, context.id_in_path())
    return render(context, "replay.html", replay=replay, is_going=replay.state is ReplayState.GOING)


async def show_replays(context: RequestContext) -> Response:
    """The newest replays."""
    found = await asyncio.to_thread(context.services.store.log.replays)
    return render(context, "replays.html", replays=found)


async def stop_here(context: RequestContext) -> Response:
    """The button “Stop”."""
    replay_id = context.id_in_path()
    await context.services.replays.stop(replay_id)
    return RedirectResponse(f"/replays/{format_id(replay_id)}", _SEE_OTHER)


def _read(context: RequestContext, data: dict[str, Any]) -> ReplayRequest:
    revision = context.services.rulebook.active.revision
    return read_request(data, now_ms=context.now_ms, revision=revision)
