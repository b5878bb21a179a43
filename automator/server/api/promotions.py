"""The API of promotions: compares a rule that is not live for everybody, and makes it so."""

from starlette.responses import Response

from automator.server.editing.promotions import SINCE, promote, promotion_of
from automator.server.shared.json_values import JsonAnswer
from automator.server.shared.promotion_text import promotion_text
from automator.server.web.request_context import RequestContext


async def get_promotion(context: RequestContext) -> Response:
    """The messages that the rule would have sent since a while ago, beside those of the others."""
    since = context.query("since") or SINCE
    found = await promotion_of(context.services, context.path("rule"), since)
    if context.query("as") == "text":
        return JsonAnswer({"text": promotion_text(found, context.now_ms, context.translator)})
    return JsonAnswer(found.as_json())


async def post_promotion(context: RequestContext) -> Response:
    """Takes `mode: shadow` and `rollout` out of the rule's file."""
    rule, services = context.path("rule"), context.services
    file = await promote(services, rule, context.actor.name)
    return JsonAnswer({"rule": rule, "file": file, "revision": services.rulebook.active.revision})
