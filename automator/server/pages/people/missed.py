"""The page of the report `missed`: people who wanted to buy and got no answer in time, and why."""

from functools import partial

from starlette.responses import Response

from automator.engine.figures.missed_buyers import PERIODS
from automator.model.messaging_policy import MINUTE_MS
from automator.server.reports import missed
from automator.server.reports.declarations import EVENTS, MISSED
from automator.server.reports.routes import asked_in, further
from automator.server.shared.contacts import address_of
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


async def show_missed(context: RequestContext) -> Response:
    """The list of missed buyers, the newest first."""
    asked = asked_in(context, MISSED)
    report = await missed.answer(context, asked)
    found, _ = report.found, context.translator
    query = {
        "days": asked.days,
        "minutes": found.after_ms // MINUTE_MS,
        "connection": asked.connection,
    }
    return render(
        context,
        "missed.html",
        found=found,
        silences=report.silences,
        query=query,
        periods=sorted({*PERIODS, query["days"]}),
        connections=context.services.connection_names,
        further=further(context, "events", EVENTS.usual),
        address_of=_address_of,
        signs=partial(missed.signs_text, _=_),
        fate=partial(missed.fate_text, _=_),
        silence=partial(missed.silence_text, _=_),
        texts=missed,
    )


def _address_of(key: str) -> str:
    """The address of the page of the contact with this key."""
    connection, _, person = key.partition(":")
    return address_of(connection, person)
