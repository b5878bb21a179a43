"""The pages of deliveries: the list with the reasons of refusals, and one delivery as it came."""

import asyncio

from starlette.responses import Response

from automator.engine.doctor.doctor import diagnose
from automator.model import N_, Delivery, NotFoundError, Verdict
from automator.server.pages.activity.run_rows import initials_of
from automator.server.shared.lists import split_page
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services
from automator.server.web.templates import render

_PAGE_SIZE = 50
_VERDICTS = {verdict.value: verdict for verdict in Verdict}


async def show_deliveries(context: RequestContext) -> Response:
    """The deliveries of one verdict, or all; at first the rejected ones, which need somebody.

    Those that were not simply accepted are few, and can be asked for by their connection.
    """
    chosen = context.query("verdict") or Verdict.REJECTED.value
    verdict = _VERDICTS.get(chosen)
    is_rare = verdict is not None and verdict is not Verdict.ACCEPTED
    connection = context.query("connection") if is_rare else ""
    rows = await asyncio.to_thread(
        context.services.store.log.deliveries,
        verdict=verdict,
        connection=connection or None,
        before=context.id_in_query("before"),
        limit=_PAGE_SIZE + 1,
    )
    shown, older = split_page(rows, _PAGE_SIZE)
    return render(
        context,
        "deliveries.html",
        deliveries=shown,
        older=older,
        chosen=chosen if chosen in _VERDICTS else "all",
        connection=connection,
        initials=initials_of,
        verdicts=list(_VERDICTS),
    )


async def show_delivery(context: RequestContext) -> Response:
    """One delivery with its headers and its body."""
    delivery = await asyncio.to_thread(context.services.store.log.delivery, context.id_in_path())
    if delivery is None:
        raise NotFoundError(
            N_("there is no such delivery"), fix=N_("It may have been deleted since.")
        )
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
    )


def shown_headers(services: Services, delivery: Delivery) -> list[tuple[str, str]]:
    """The headers of a delivery without what gives access, by the connections as they are now."""
    credentials = services.intake.credentials
    return list(
        credentials.headers_of(delivery.connection, delivery.headers, describes=False, again=True)
    )
