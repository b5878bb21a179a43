"""The pages of events: the list, and one event with the decision of each rule about it."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from automator.engine.explanation.bundle import make_bundle
from automator.engine.explanation.why import explain_event
from automator.engine.replay.filter_syntax import event_filter
from automator.model import NotFoundError, format_id, record, whole_number
from automator.model.log_filters import Listed
from automator.model.text_helpers import LAST_MS
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.pages.activity.deliveries import shown_headers
from automator.server.pages.activity.run_rows import rows_of
from automator.server.pages.activity.samples import is_sample
from automator.server.shared.events import event_detail, replay_event
from automator.server.shared.list_filters import filters_on_page, valid_filters
from automator.server.shared.lists import split_page
from automator.server.tryout.senders import TEST_REMOTE
from automator.store import EventRow
from automator.store.log.event_log import MOST_LOOKED_THROUGH

_PAGE_SIZE = 50


async def show_events(context: RequestContext) -> Response:
    """The list of events, by the filters in the address."""
    words, wanted, problem = valid_filters(context, Listed.EVENTS, event_filter)
    rows = await asyncio.to_thread(
        context.services.store.log.events,
        wanted,
        before=context.id_in_query("before"),
        limit=_PAGE_SIZE + 1,
    )
    shown, older = split_page(rows, _PAGE_SIZE)
    return render(
        context,
        "events.html",
        events=shown,
        older=older,
        chosen={name: word for name, word in words.items() if word},
        problem=problem,
        within=[] if rows else await within_words(context, words["text"]),
        most_looked_through=MOST_LOOKED_THROUGH,
        **filters_on_page(context, Listed.EVENTS, words, wanted),
    )


async def within_words(context: RequestContext, text: str) -> Sequence[EventRow]:
    """Events that contain a text inside a word, which the index of words cannot find."""
    return await asyncio.to_thread(context.services.store.log.events_with_part, text)


async def show_event(context: RequestContext) -> Response:
    """One event: its content, the rules that it started, and why other rules did nothing."""
    services, event_id = context.services, context.id_in_path()
    detail = await event_detail(services, event_id)
    return render(
        context,
        "event.html",
        event=detail.event,
        delivery=detail.delivery,
        taken_again=detail.taken_again,
        headers=shown_headers(services, detail.delivery) if detail.delivery else [],
        runs=await asyncio.to_thread(rows_of, services, detail.runs),
        revision=detail.revision,
        why=await _why(context, event_id),
        replayed=context.query("replayed"),
        saved=context.query("saved"),
        tested=_tested(context),
        is_test=detail.delivery is not None and detail.delivery.remote == TEST_REMOTE,
        is_sample=await is_sample(services, event_id),
        nodes=nodes_of(detail.event.body),
    )


async def save_bundle(context: RequestContext) -> Response:
    """The bundle of an event as a zip file, to try it on another machine."""
    services, event_id = context.services, context.id_in_path()
    content = await make_bundle(
        services.store.log, services.rulebook.revisions, services.settings, event_id
    )
    return Response(
        content,
        media_type="application/zip",
        headers={
            "content-disposition": f'attachment; filename="event-{format_id(event_id)}.zip"',
            "cache-control": "no-store",
        },
    )


async def replay_here(context: RequestContext) -> Response:
    """The button “Replay”: leads to the new run, or back to the event if there is not just one."""
    event_id = context.id_in_path()
    known = whole_number(context.form.get("planned_at", ""), LAST_MS)
    runs = await replay_event(context.services, event_id, context.actor.name, known)
    if len(runs) == 1:
        return see_other(f"/runs/{format_id(runs[0])}")
    return see_other(f"/events/{format_id(event_id)}?replayed={len(runs)}")


async def _why(context: RequestContext, event_id: int) -> dict[str, Any] | None:
    try:
        return (await explain_event(context.log, context.revisions, event_id)).as_json()
    except NotFoundError:
        return None


def _tested(context: RequestContext) -> dict[str, Any] | None:
    """The test that was just made from the event, as the address says; None for none.

    `revision` is set if the change can be undone, because it is the newest revision.
    """
    active, revision = context.services.rulebook.active, context.query("revision")
    rule = active.rule_set.rule(context.query("tested"))
    if rule is None:
        return None
    return {
        "rule": rule.spec,
        "passes": context.query("passes") == "1",
        "revision": active.revision if revision == str(active.revision) else None,
    }


# --- The payload as a tree: each value with its path, and as a condition ---

#: At most this many values of an event are shown; a longer value gets no condition.
MOST_VALUES = 500
_LONGEST_VALUE = 200
_DEEPEST = 12
#: Characters that a text between apostrophes cannot contain.
_NEEDS_JSON = re.compile(r"['\\\x00-\x1f]")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@record(kw_only=False)
class Node:
    """A value of the payload, for one line of the tree."""

    key: str
    #: The path as conditions and templates write it.
    path: str
    depth: int
    #: The value as it is shown and copied; "" if it contains other values.
    text: str = ""
    #: The condition that holds for this value; "" if too long, or if it contains other values.
    condition: str = ""
    #: The number of values inside it; None for a plain value.
    size: int | None = None


def nodes_of(event: Mapping[str, Any]) -> list[Node]:
    """The values of an event in order, each after the value that contains it."""
    found: list[Node] = []
    for node in _nodes("event", "event", event, 0):
        found.append(node)
        if len(found) > MOST_VALUES:
            break
    # The event itself needs no line.
    return found[1:]


def _nodes(key: str, path: str, value: Any, depth: int) -> Iterator[Node]:
    if depth < _DEEPEST and isinstance(value, Mapping):
        yield Node(key, path, depth, size=len(value))
        for name, inner in value.items():
            yield from _nodes(str(name), f"{path}.{_name(str(name))}", inner, depth + 1)
    elif depth < _DEEPEST and isinstance(value, Sequence) and not isinstance(value, str):
        yield Node(key, path, depth, size=len(value))
        for index, inner in enumerate(value):
            yield from _nodes(f"[{index}]", f"{path}[{index}]", inner, depth + 1)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield Node(key, path, depth, text, condition_of(path, value))


def _name(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)


def condition_of(path: str, value: Any) -> str:
    """The condition that the path has this value; "" if it would be too long."""
    if isinstance(value, str) and not _NEEDS_JSON.search(value):
        return f"{path} == '{value}'" if len(value) <= _LONGEST_VALUE else ""
    literal = json.dumps(value, ensure_ascii=False)
    # A backtick would end the literal.
    escaped = literal.replace("`", "\\u0060")
    return f"{path} == `{escaped}`" if len(literal) <= _LONGEST_VALUE else ""
