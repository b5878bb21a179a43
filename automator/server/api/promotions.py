"""The API of promotions: compares a rule that is not live for everybody, and makes it so."""

from starlette.responses import Response

from automator.server.editing.promotions import SINCE, promote, promotion_of
from automator.server.figures.promotion_text import promotion_text
from automator.server.shared.json_values import JsonAnswer, report_answer
from automator.server.web.request_context import RequestContext


async def get_promotion(context: RequestContext) -> Response:
    """The messages that the rule would have sent since a while ago, beside those of the others."""
    since = context.query("since") or SINCE
    found = await promotion_of(context.services, context.path("rule"), since)
    now_ms = context.now_ms
    return report_answer(context, found, lambda found, _: promotion_text(found, now_ms, _))


async def post_promotion(context: RequestContext) -> Response:
    """Takes `mode: shadow` and `rollout` out of the rule's file."""
    rule, services = context.path("rule"), context.services
    file = await promote(services, rule, context.actor.name)
    return JsonAnswer({"rule": rule, "file": file, "revision": services.rulebook.active.revision})
