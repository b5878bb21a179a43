"""The API of deliveries: the list, and the doctor's diagnosis of one."""

import asyncio

from automator.engine.doctor.doctor import LAST, examine
from automator.engine.intake.taking_again import take_again
from automator.model import format_id
from automator.server.answers.activity import DeliveryRowJson, DiagnosisJson, TakenInJson
from automator.server.answers.values import FoundPageJson
from automator.server.shared.json_values import delivery_row_json
from automator.server.shared.list_filters import deliveries_in_address, deliveries_that_fit
from automator.server.shared.lists import before_of, found_page_of, limit_of
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext


async def get_deliveries(context: RequestContext) -> JsonAnswer[FoundPageJson[DeliveryRowJson]]:
    """A page of the deliveries that fit; `looked_until` where older ones were not looked at."""
    limit, wanted = limit_of(context), deliveries_in_address(context)
    found = await deliveries_that_fit(context, wanted, before=before_of(context), limit=limit)
    return await found_page_of(found, limit, delivery_row_json)


async def post_take_again(context: RequestContext) -> JsonAnswer[TakenInJson]:
    """Takes in a delivery that was refused, verified anew; 409 with the reason where it is not."""
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


async def get_diagnosis(context: RequestContext) -> JsonAnswer[DiagnosisJson]:
    """The diagnosis of a delivery; the id `last` stands for the last one that was not accepted."""
    services, asked = context.services, context.path("id")
    delivery_id = None if asked == LAST else context.id_in_path()
    found = await asyncio.to_thread(examine, services.store.log, services.connections, delivery_id)
    return JsonAnswer(found.as_json(context.translator))
