"""What limits and budgets have counted: the list, and forgetting what one key has."""

import asyncio
import logging
from typing import Any

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from automator.clock import iso_time
from automator.model import NotFoundError, format_id
from automator.server.access.guard import call
from automator.server.shared.json_lists import limit_of
from automator.server.shared.json_values import JsonAnswer, optional_time
from automator.server.web.request_context import RequestContext, read_json
from automator.server.web.security import Role
from automator.server.web.templates import render
from automator.store import CountedKey, Log, Store

logger = logging.getLogger(__name__)

_SEE_OTHER = 303
_PAGE_SIZE = 50


def counted_keys(log: Log, *, rule: str, key: str, after: str, limit: int) -> list[CountedKey]:
    """What limits have counted, by their ids, and behind the last of them what budgets have.

    `key` is a part of the key as it is shown.
    """
    parts = [key] if key else []
    found = log.counted_by_limits(rule or None, parts, after=after, limit=limit)
    if rule or len(found) == limit:
        return found
    return [*found, *log.counted_by_budgets(parts, limit=limit - len(found))]


async def reset_limit(store: Store, key_id: str, who: str) -> CountedKey:
    """Forgets what a key has counted, so that the next event is let through.

    Raises:
        NotFoundError: it has counted nothing.
    """
    gone = await store.limits.reset(key_id)
    if gone is None:
        raise NotFoundError(
            f"no limit has counted anything under {key_id}",
            fix="Take the id from the list: automator limit list. It may have run out since.",
        )
    logger.info("limit.reset limit=%s rule=%s key=%s by=%s", gone.name, gone.rule, gone.key, who)
    return gone


def counted_json(item: CountedKey) -> dict[str, Any]:
    """A key for programs."""
    return {
        "id": item.id,
        "rule": item.rule or None,
        "limit": item.name,
        "key": item.key,
        "count": item.count,
        "last_at": iso_time(item.last_at),
        "last_run": None if item.last_run is None else format_id(item.last_run),
        "until": optional_time(item.until),
    }


async def show_limits(context: RequestContext) -> Response:
    """The list, with filters in the address."""
    rows = await _rows(context, _PAGE_SIZE + 1)
    return render(
        context,
        "limits.html",
        keys=rows[:_PAGE_SIZE],
        after=_next(rows, _PAGE_SIZE),
        words={"rule": context.query("rule"), "key": context.query("key")},
        reset=context.query("reset"),
    )


async def reset_here(context: RequestContext) -> Response:
    """The button “Reset”."""
    await reset_limit(context.services.store, context.form.get("id", ""), context.actor.name)
    return RedirectResponse("/limits?reset=1", _SEE_OTHER)


async def get_limits(context: RequestContext) -> Response:
    """What limits and budgets have counted: `rule`, a part of the `key`, `after`."""
    limit = limit_of(context)
    rows = await _rows(context, limit + 1)
    items = [counted_json(item) for item in rows[:limit]]
    return JsonAnswer({"items": items, "next": _next(rows, limit) or None})


async def post_reset(context: RequestContext) -> Response:
    """Forgets what a key has counted: its `id`."""
    key_id = str((await read_json(context.request)).get("id", ""))
    return JsonAnswer(
        counted_json(await reset_limit(context.services.store, key_id, context.actor.name))
    )


async def _rows(context: RequestContext, limit: int) -> list[CountedKey]:
    return await asyncio.to_thread(
        counted_keys,
        context.services.store.log,
        rule=context.query("rule"),
        key=context.query("key"),
        after=context.query("after"),
        limit=limit,
    )


def _next(rows: list[CountedKey], limit: int) -> str:
    """Behind which id the next page begins; budgets, which come last, are not continued."""
    last = rows[limit - 1] if len(rows) > limit else None
    return last.id if last is not None and last.rule else ""


def limit_calls() -> list[Route]:
    """The calls with the role that each needs."""
    return [
        call("/api/limits", get_limits, Role.VIEWER),
        call("/api/limits/reset", post_reset, Role.EDITOR, methods=("POST",)),
    ]
