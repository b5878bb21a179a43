"""The API of limits: their counts by key, and resetting one key."""

from starlette.responses import Response

from automator.server.shared.json_values import JsonAnswer
from automator.server.shared.limits import counted_json, counted_rows, next_page, reset_limit
from automator.server.shared.lists import limit_of
from automator.server.web.request_context import RequestContext, read_json


async def get_limits(context: RequestContext) -> Response:
    """The counts of limits and budgets; filters are `rule`, a part of the `key`, and `after`."""
    limit = limit_of(context)
    rows = await counted_rows(context, limit + 1)
    items = [counted_json(item) for item in rows[:limit]]
    return JsonAnswer({"items": items, "next": next_page(rows, limit) or None})


async def post_reset(context: RequestContext) -> Response:
    """Forgets the counts of the key with this `id`."""
    key_id = str((await read_json(context.request, ("id",))).get("id", ""))
    return JsonAnswer(
        counted_json(await reset_limit(context.services.store, key_id, context.actor.name))
    )
