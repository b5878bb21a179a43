"""The API of contacts: what is known of a person, and whether they want private messages."""

import logging
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

logger = logging.getLogger(__name__)


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


async def change_pause(
    store: Store, connection: str, external_id: str, *, paused: bool, who: str
) -> Mapping[str, Any]:
    """Keeps rules with `pause_on` silent for a person from now on, or lets them speak again.

    Raises:
        NotFoundError: nothing is known of the person.
    """
    await known_contact(store, connection, external_id)
    await store.pause_contact(connection, external_id, paused=paused)
    what = "paused" if paused else "resumed"
    logger.info("contact.%s connection=%s contact=%s by=%s", what, connection, external_id, who)
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


async def post_pause(visit: Visit) -> Response:
    """Pauses rules for a person."""
    return await _change_pause(visit, paused=True)


async def post_resume(visit: Visit) -> Response:
    """Lets rules speak to a person again."""
    return await _change_pause(visit, paused=False)


async def _change_pause(visit: Visit, *, paused: bool) -> Response:
    connection, person = visit.path("connection"), visit.path("id")
    store, who = visit.services.store, visit.actor.name
    return JsonAnswer(await change_pause(store, connection, person, paused=paused, who=who))


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
        call(f"{one}/pause", post_pause, Role.EDITOR, methods=post),
        call(f"{one}/resume", post_resume, Role.EDITOR, methods=post),
        call(f"{one}/opt-in", post_opt_in, Role.EDITOR, methods=post),
    ]
