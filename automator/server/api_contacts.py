"""The API of contacts: what is known of a person, and whether they want private messages."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from automator.model import NotFoundError, OptOut
from automator.server.api_json import JsonAnswer
from automator.server.guard import call
from automator.server.security import Role
from automator.server.visit import Visit
from automator.store import Store


async def known_contact(store: Store, connection: str, external_id: str) -> Mapping[str, Any]:
    """What is known of a person, under any of their ids.

    Raises:
        NotFoundError: nothing is.
    """
    contact = await store.contact(connection, external_id)
    if not contact:
        raise NotFoundError(
            f"{connection} knows nobody with the id {external_id}",
            fix="Copy the id from `event.actor.id`, and compare the connection's name.",
        )
    return contact


async def change_opt_out(
    store: Store, connection: str, external_id: str, effect: OptOut
) -> Mapping[str, Any]:
    """Notes that a person wants no private messages any more, or does again; they may be new."""
    await store.opt_out(connection, external_id, effect)
    return await known_contact(store, connection, external_id)


async def get_contact(visit: Visit) -> Response:
    """What is known of a person."""
    connection, external_id = visit.path("connection"), visit.path("id")
    return JsonAnswer(await known_contact(visit.services.store, connection, external_id))


async def post_opt_out(visit: Visit) -> Response:
    """Ends private messages to a person."""
    return await _change(visit, opted_out=True)


async def post_opt_in(visit: Visit) -> Response:
    """Takes an opt-out back."""
    return await _change(visit, opted_out=False)


async def _change(visit: Visit, *, opted_out: bool) -> Response:
    connection = visit.path("connection")
    # Else a slip of the pen would note the opt-out of nobody.
    visit.services.intake.connection(connection)
    effect = OptOut(opted_out=opted_out, by=visit.actor.name)
    store = visit.services.store
    return JsonAnswer(await change_opt_out(store, connection, visit.path("id"), effect))


def contact_routes() -> list[Route]:
    """The calls with the role that each needs."""
    one = "/api/contacts/{connection}/{id}"
    post = ("POST",)
    return [
        call(one, get_contact, Role.VIEWER),
        call(f"{one}/opt-out", post_opt_out, Role.EDITOR, methods=post),
        call(f"{one}/opt-in", post_opt_in, Role.EDITOR, methods=post),
    ]
