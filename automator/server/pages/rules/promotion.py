"""The page of a rule that is not live for everybody: its messages, beside those of other rules."""

from starlette.responses import Response

from automator.engine.figures.promotion import sends_a_day
from automator.server.editing.promotions import SINCE, promotion_of
from automator.server.figures.promotion_text import BOTH_SEND, VERDICT_WORDS
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render

#: The times that the page offers for the comparison.
_LENGTHS = ("1d", "7d", "30d")


async def show_promotion(context: RequestContext) -> Response:
    """The comparison since a while ago, with a button that makes the rule live."""
    rule, since = context.query("rule"), context.query("since") or SINCE
    found = await promotion_of(context.services, rule, since)
    return render(
        context,
        "promotion.html",
        found=found,
        daily=sends_a_day(found, context.now_ms),
        since=since,
        lengths=_LENGTHS,
        words=VERDICT_WORDS,
        both_send=BOTH_SEND,
    )
