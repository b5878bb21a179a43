"""The API of contacts: the contact of a person, and whether they want private messages."""

from starlette.responses import Response

from automator.server.shared.contacts import Change, change_contact_in_path, find_contact
from automator.server.shared.json_values import JsonAnswer
from automator.server.web.request_context import RequestContext


async def get_contact(context: RequestContext) -> Response:
    """The contact of a person."""
    connection, external_id = context.path("connection"), context.path("id")
    return JsonAnswer(await find_contact(context.services.store, connection, external_id))


async def post_change(change: Change, context: RequestContext) -> Response:
    """Ends private messages to a person or pauses rules for them, or takes that back."""
    return JsonAnswer(await change_contact_in_path(context, change))
