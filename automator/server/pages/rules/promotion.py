"""The page of the report `promotion`, with the button that makes a rule live for everybody."""

from starlette.responses import Response

from automator.server.reports.declarations import PROMOTION
from automator.server.reports.promotion import BOTH_SEND, VERDICT_WORDS, answer
from automator.server.reports.routes import asked_in
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render

#: The periods that the page offers for the comparison.
_LENGTHS = ("1d", "7d", "30d")


async def show_promotion(context: RequestContext) -> Response:
    """The messages that a rule would have sent, compared with the messages of live rules."""
    asked = asked_in(context, PROMOTION)
    return render(
        context,
        "promotion.html",
        found=await answer(context, asked),
        since=asked.since,
        lengths=_LENGTHS,
        words=VERDICT_WORDS,
        both_send=BOTH_SEND,
    )
