"""The API of maintenance: runs held after a restore, and data that is past its retention."""

from automator.server.answers.setup import HeldJson, PrunedJson
from automator.server.shared.maintenance import prune_now
from automator.server.shared.responses import JsonAnswer
from automator.server.web.request_context import RequestContext


async def post_release_held(context: RequestContext) -> JsonAnswer[HeldJson]:
    """Lets the runs go on that are held since a backup was restored."""
    return JsonAnswer({"runs": await context.services.store.quarantine.release()})


async def post_cancel_held(context: RequestContext) -> JsonAnswer[HeldJson]:
    """Cancels the runs that are held since a backup was restored."""
    return JsonAnswer({"runs": await context.services.store.quarantine.cancel(context.actor.name)})


async def post_prune(context: RequestContext) -> JsonAnswer[PrunedJson]:
    """Deletes data that is past its retention at once, even where the clock cannot be trusted."""
    return JsonAnswer(await prune_now(context.services.pruner))
