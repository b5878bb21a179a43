"""The API of limits: their counts by key, and resetting one key."""

from collections.abc import Mapping
from typing import Any, ClassVar

from automator.server.access.bodies import Body
from automator.server.answers.setup import CountedKeyJson
from automator.server.answers.values import PageJson
from automator.server.shared.limits import counted_json, counted_rows, next_page, reset_limit
from automator.server.shared.lists import limit_of
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext


class KeyBody(Body):
    """The key whose counts are forgotten."""

    example: ClassVar[Mapping[str, Any]] = {"id": "5f0c…"}
    id: str


async def get_limits(context: RequestContext) -> JsonAnswer[PageJson[CountedKeyJson]]:
    """The counts of limits and budgets; filters are `rule` and a part of the `key`."""
    limit = limit_of(context)
    rows = await counted_rows(context, limit + 1)
    items = [counted_json(item) for item in rows[:limit]]
    return JsonAnswer({"items": items, "next": next_page(rows, limit) or None})


async def post_reset(context: RequestContext, body: KeyBody) -> JsonAnswer[CountedKeyJson]:
    """Forgets the counts of the key with this `id`."""
    return JsonAnswer(
        counted_json(await reset_limit(context.services.store, body.id, context.actor.name))
    )
