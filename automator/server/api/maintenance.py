"""The API of maintenance: runs held after a restore, and deleting data that is past its
retention.
"""

from starlette.responses import Response

from automator.server.shared.json_values import JsonAnswer
from automator.server.shared.maintenance import prune_now
from automator.server.web.request_context import RequestContext


async def post_release_held(context: RequestContext) -> Response:
    """Lets the runs go on that are held since a backup was restored."""
    return JsonAnswer({"runs": await context.services.store.quarantine.release()})


async def post_cancel_held(context: RequestContext) -> Response:
    """Cancels the runs that are held since a backup was restored."""
    return JsonAnswer({"runs": await context.services.store.quarantine.cancel(context.actor.name)})


async def post_prune(context: RequestContext) -> Response:
    """Deletes data that is past its retention at once, even where the clock cannot be trusted."""
    return JsonAnswer(await prune_now(context.services.pruner))
