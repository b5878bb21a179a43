"""The API of deliveries: the list, and what the doctor finds wrong with one."""

import asyncio

from starlette.responses import Response

from automator.engine.doctor.doctor import LAST, examine
from automator.model import Verdict
from automator.server.shared.json_values import JsonAnswer, delivery_row_json
from automator.server.shared.lists import before_of, choice_of, limit_of, page_of
from automator.server.web.request_context import RequestContext


async def get_deliveries(context: RequestContext) -> Response:
    """A page of deliveries."""
    limit = limit_of(context)
    rows = await asyncio.to_thread(
        context.services.store.log.deliveries,
        verdict=choice_of(context, "verdict", Verdict),
        before=before_of(context),
        limit=limit + 1,
    )
    return page_of(rows, limit, delivery_row_json)


async def get_diagnosis(context: RequestContext) -> Response:
    """What is wrong with a delivery; with the id `last`, with the last one not accepted."""
    services, asked = context.services, context.path("id")
    wanted = None if asked == LAST else context.id_in_path()
    found = await asyncio.to_thread(examine, services.store.log, services.connections, wanted)
    return JsonAnswer(found.as_json(context.translator))
