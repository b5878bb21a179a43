"""The pages of deliveries: the list with the reasons of refusals, and one delivery as received."""

import asyncio
from dataclasses import replace

from automator.engine.doctor.doctor import delivery_with_id, diagnose
from automator.engine.intake.refused_deliveries import outlook, take_again
from automator.engine.replay.filter_syntax import delivery_filter
from automator.model import Delivery, Verdict, format_id
from automator.model.event import REFUSED
from automator.model.log_filters import BY_WORD, Listed
from automator.server.pages import RequestContext, Response, Services, render, see_other
from automator.server.shared.list_filters import (
    deliveries_that_fit,
    filters_on_page,
    valid_filters,
)
from automator.server.shared.lists import split_page

_PAGE_SIZE = 50
_VERDICTS = BY_WORD["verdict"].choices


async def show_deliveries(context: RequestContext) -> Response:
    """The list of deliveries, with filters; at first the rejected ones, which need a person."""
    chosen = context.query("verdict") or Verdict.REJECTED.value
    chosen = chosen if chosen in _VERDICTS else "all"
    words, wanted, problem = valid_filters(context, Listed.DELIVERIES, delivery_filter)
    found = await deliveries_that_fit(
        context,
        replace(wanted, verdict=_VERDICTS[chosen]),
        before=context.id_in_query("before"),
        limit=_PAGE_SIZE,
    )
    shown, older = split_page(found, _PAGE_SIZE)
    codes = {row.reason_code for row in shown if row.reason_code}
    return render(
        context,
        "deliveries.html",
        deliveries=shown,
        older=older or (found.looked_until and format_id(found.looked_until)),
        looked_until=found.looked_until,
        chosen=chosen,
        given={"verdict": chosen, **{name: word for name, word in words.items() if word}},
        problem=problem,
        **filters_on_page(context, Listed.DELIVERIES, words, wanted),
        suggestions={"reason": [(code, context.translator.kind(code)) for code in sorted(codes)]},
        verdicts=[*(verdict.value for verdict in reversed(Verdict)), "all"],
        refused=REFUSED,
        taken=context.query("taken"),
        failed=context.query("failed"),
    )


async def show_delivery(context: RequestContext) -> Response:
    """One delivery with its headers and its body."""
    log = context.services.store.log
    delivery = await asyncio.to_thread(delivery_with_id, log, context.id_in_path())
    connections = context.services.connections
    diagnosis = await asyncio.to_thread(diagnose, delivery, connections)
    return render(
        context,
        "delivery.html",
        delivery=delivery,
        headers=shown_headers(context.services, delivery),
        seen=diagnosis.seen,
        findings=[finding.reason for finding in diagnosis.findings],
        is_healthy=diagnosis.is_healthy,
        outlook=await asyncio.to_thread(outlook, delivery, connections),
        refused=delivery.verdict in REFUSED,
        taken=context.query("taken"),
        taken_event=context.id_in_query("taken"),
    )


async def take_here(context: RequestContext) -> Response:
    """The button “Take it in again” on the page of a delivery."""
    services, delivery_id = context.services, context.id_in_path()
    accepted = await take_again(
        services.intake, services.store.log, services.connections, delivery_id, context.actor.name
    )
    first = format_id(accepted.receipts[0].event_id) if accepted.receipts else "nothing"
    return see_other(f"/deliveries/{format_id(delivery_id)}?taken={first}")


def shown_headers(services: Services, delivery: Delivery) -> list[tuple[str, str]]:
    """The headers of a delivery, without values that are credentials of its connection now."""
    credentials = services.intake.credentials
    return list(
        credentials.headers_of(delivery.connection, delivery.headers, describes=False, again=True)
    )
