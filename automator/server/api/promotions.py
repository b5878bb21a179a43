"""The API of promotions: compares a rule that is not live for everybody, and makes it so."""

from typing import TYPE_CHECKING

from automator.server.editing.promotions import SINCE, promote, promotion_of
from automator.server.figures.promotion_text import promotion_text
from automator.server.shared.responses import JsonAnswer, report_answer
from automator.server.web.request_context import RequestContext

if TYPE_CHECKING:
    from automator.server.answers.figures import PromotionJson
    from automator.server.answers.rules import PromotedJson
    from automator.server.answers.values import TextJson


async def get_promotion(context: RequestContext) -> "JsonAnswer[PromotionJson | TextJson]":
    """The messages that the rule would have sent since a while ago, beside those of the others."""
    since = context.query("since") or SINCE
    found = await promotion_of(context.services, context.path("rule"), since)
    now_ms = context.now_ms
    return report_answer(context, found, lambda found, _: promotion_text(found, now_ms, _))


async def post_promotion(context: RequestContext) -> "JsonAnswer[PromotedJson]":
    """Takes `mode: shadow` and `rollout` out of the rule's file."""
    rule, services = context.path("rule"), context.services
    file = await promote(services, rule, context.actor.name)
    return JsonAnswer({"rule": rule, "file": file, "revision": services.rulebook.active.revision})
