"""The API of maintenance: runs held after a restore, data that is past its retention, and what a
provider sends here.
"""

from starlette.responses import Response

from automator.server.shared.json_values import JsonAnswer, reason_with_sentence
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


async def post_subscribe(context: RequestContext) -> Response:
    """Has the provider of a connection send this server what its rules need."""
    problem = await context.services.watchdog.subscribe(context.path("name"))
    say = context.translator.say
    return JsonAnswer({"problem": None if problem is None else reason_with_sentence(problem, say)})
