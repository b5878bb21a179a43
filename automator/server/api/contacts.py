"""The API of contacts: who is known, one person, and whether they want private messages."""

import asyncio

from starlette.responses import Response

from automator.server.shared.contacts import (
    Change,
    change_contact_in_path,
    contact_filter,
    contact_json,
    find_contact,
)
from automator.server.shared.json_values import JsonAnswer
from automator.server.shared.lists import limit_of
from automator.server.web.request_context import RequestContext


async def get_contacts(context: RequestContext) -> Response:
    """A page of contacts by their keys, with the filters of the page of people."""
    wanted, limit, after = contact_filter(context), limit_of(context), context.query("after")
    find = context.services.store.log.contacts
    found, following = await asyncio.to_thread(find, wanted, after=after, limit=limit)
    items = [contact_json(contact) for contact in found]
    return JsonAnswer({"items": items, "next": following or None})


async def get_contact(context: RequestContext) -> Response:
    """The contact of a person."""
    connection, external_id = context.path("connection"), context.path("id")
    return JsonAnswer(await find_contact(context.services.store, connection, external_id))


async def post_change(change: Change, context: RequestContext) -> Response:
    """Ends private messages to a person or pauses rules for them, or takes that back."""
    return JsonAnswer(await change_contact_in_path(context, change))
