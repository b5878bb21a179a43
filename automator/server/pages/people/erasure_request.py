"""The page of a person's request to delete their data, for everybody who has its address.

The platform passes the request on to this server, and the address of the page to the person, who
has no account here. An admin marks the request as settled on the page.
"""

import asyncio
import re

from automator.model import N_, NotFoundError, id_time_ms, record
from automator.plugins import Provider, data_deletion_key
from automator.server.pages import RequestContext, Response, render, see_other
from automator.server.people.erasing import settle_request
from automator.server.web.attention import find_attention

_CODE = re.compile("[0-9a-f]{16}")


@record(kw_only=False)
class ErasureRequest:
    """A request to delete a person's data."""

    code: str
    #: The time of the request, in milliseconds.
    came_at: int
    #: The time at which an admin has settled it; None before.
    settled_at: int | None
    provider: Provider


async def show_request(context: RequestContext) -> Response:
    """The page of a request, which says when it came and whether it is settled."""
    asked = await _request_of(context)
    if context.actor.name:
        context.attention = await find_attention(context.services)
    return render(context, "erasure_request.html", asked=asked)


async def settle_here(context: RequestContext) -> Response:
    """The button with which an admin marks a request as settled."""
    asked = await _request_of(context)
    if asked.settled_at is None:
        connection, store = asked.provider.connection, context.services.store
        await settle_request(store, connection, asked.code, who=context.actor.name)
    return see_other(f"/erasures/{asked.provider.connection}/{asked.code}")


async def _request_of(context: RequestContext) -> ErasureRequest:
    """The request that the address names.

    Raises:
        NotFoundError: there is no such request.
    """
    services, code = context.services, context.path("code")
    provider = services.connections.get(context.path("connection"))
    if provider is not None and _CODE.fullmatch(code):
        log = services.store.log
        key = data_deletion_key(code)
        found = await asyncio.to_thread(log.event_with_key, provider.connection, key)
        if found is not None:
            noted = await services.store.erasing.erasures()
            settled = next((one.at for one in noted if one.code == code), None)
            return ErasureRequest(code, id_time_ms(found), settled, provider)
    raise NotFoundError(
        N_("no request is known by this code"),
        fix=N_("Compare the address with the one that you were given. Old requests are forgotten."),
    )
