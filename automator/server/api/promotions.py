"""The API of promotions: makes a rule that is not live for everybody live."""

from automator.server.answers.rules import PromotedJson
from automator.server.editing.promotions import promote
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext


async def post_promotion(context: RequestContext) -> JsonAnswer[PromotedJson]:
    """Takes `mode: shadow` and `rollout` out of the rule's file."""
    rule, services = context.path("rule"), context.services
    file = await promote(services, rule, context.actor.name)
    return JsonAnswer({"rule": rule, "file": file, "revision": services.rulebook.active.revision})
