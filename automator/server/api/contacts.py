"""The API of contacts: what is known of a person, and whether they want private messages."""

from starlette.responses import Response

from automator.model import OptOut
from automator.server.shared.contacts import change_opt_out, change_pause, find_contact
from automator.server.shared.json_values import JsonAnswer
from automator.server.web.request_context import RequestContext


async def get_contact(context: RequestContext) -> Response:
    """What is known of a person."""
    connection, external_id = context.path("connection"), context.path("id")
    return JsonAnswer(await find_contact(context.services.store, connection, external_id))


async def post_opt_out(context: RequestContext) -> Response:
    """Ends private messages to a person."""
    return await _change(context, opted_out=True)


async def post_opt_in(context: RequestContext) -> Response:
    """Takes an opt-out back."""
    return await _change(context, opted_out=False)


async def post_pause(context: RequestContext) -> Response:
    """Pauses rules for a person."""
    return await _change_pause(context, paused=True)


async def post_resume(context: RequestContext) -> Response:
    """Lets rules speak to a person again."""
    return await _change_pause(context, paused=False)


async def _change_pause(context: RequestContext, *, paused: bool) -> Response:
    connection, person = context.path("connection"), context.path("id")
    store, who = context.services.store, context.actor.name
    return JsonAnswer(await change_pause(store, connection, person, paused=paused, who=who))


async def _change(context: RequestContext, *, opted_out: bool) -> Response:
    connection = context.path("connection")
    # Else a slip of the pen would note the opt-out of nobody.
    context.services.intake.connection(connection)
    effect = OptOut(opted_out=opted_out, by=context.actor.name)
    store = context.services.store
    return JsonAnswer(await change_opt_out(store, connection, context.path("id"), effect))
