"""Lists the counts of limits and budgets by key, and resets the count of a key."""

import asyncio
import logging
from typing import Any

from automator.clock import optional_time
from automator.model import N_, NotFoundError, format_id
from automator.record_json import record_json
from automator.server.answer_types.setup import CountedFieldsJson
from automator.server.shared.lists import CURSOR
from automator.server.web.request_context import RequestContext
from automator.store import CountedKey, Log, Store

logger = logging.getLogger(__name__)


def counted_keys(log: Log, *, rule: str, key: str, after: str, limit: int) -> list[CountedKey]:
    """The counts of limits in the order of their ids, and then the counts of budgets.

    `rule` ("" = all) and `key`, a part of the shown key, filter them. `after` is the id of the last
    row of the page before.
    """
    parts = [key] if key else []
    found = log.counted_by_limits(rule or None, parts, after=after, limit=limit)
    if rule or len(found) == limit:
        return found
    return [*found, *log.counted_by_budgets(parts, limit=limit - len(found))]


async def counted_rows(context: RequestContext, limit: int) -> list[CountedKey]:
    """The counts that fit the parameters `rule`, `key` and `cursor` of the address."""
    return await asyncio.to_thread(
        counted_keys,
        context.services.store.log,
        rule=context.query("rule"),
        key=context.query("key"),
        after=context.query(CURSOR.name),
        limit=limit,
    )


def next_page(rows: list[CountedKey], limit: int) -> str:
    """The cursor of the next page, or "". Budgets come last, and no page follows them."""
    last = rows[limit - 1] if len(rows) > limit else None
    return last.id if last is not None and last.rule else ""


async def reset_limit(store: Store, key_id: str, who: str) -> CountedKey:
    """Deletes the counts of a key, so that the next event is let through.

    Raises:
        NotFoundError: there are no counts of this key.
    """
    gone = await store.limits.reset(key_id)
    if gone is None:
        raise NotFoundError(
            N_("no limit has counted anything under {id}"),
            fix=N_("Take the id from the list: automator limit list. It may have run out since."),
            id=key_id,
        )
    logger.info("limit.reset limit=%s rule=%s key=%s by=%s", gone.name, gone.rule, gone.key, who)
    return gone


def counted_json(item: CountedKey) -> dict[str, Any]:
    """A key in JSON."""
    return {
        **record_json(item, CountedFieldsJson),
        "rule": item.rule or None,
        "limit": item.name,
        "last_run": None if item.last_run is None else format_id(item.last_run),
        "until": optional_time(item.until),
    }
