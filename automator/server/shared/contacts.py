"""Contacts for pages, API and command line: finding one, and changing its opt-out or pause."""

import logging
from collections.abc import Mapping
from typing import Any, Literal, get_args

from automator.model import N_, NotFoundError, OptOut
from automator.server.web.request_context import RequestContext
from automator.store import Store

Change = Literal["opt-out", "opt-in", "pause", "resume"]
CHANGES: tuple[Change, ...] = get_args(Change)

logger = logging.getLogger(__name__)


async def find_contact(store: Store, connection: str, external_id: str) -> Mapping[str, Any]:
    """The contact of a person, under any of their ids.

    Raises:
        NotFoundError: nothing is.
    """
    contact = await store.contacts.find(connection, external_id)
    if not contact:
        raise NotFoundError(
            N_("{connection} knows nobody with the id {id}"),
            fix=N_("Copy the id from `event.actor.id`, and compare the connection's name."),
            connection=connection,
            id=external_id,
        )
    return contact


async def change_contact(
    store: Store, connection: str, external_id: str, change: Change, *, who: str
) -> Mapping[str, Any]:
    """Changes a person's opt-out, or pauses rules with `pause_on` for them; the contact after it.

    Raises:
        NotFoundError: a pause of somebody of whom nothing is known. An opt-out may come first.
    """
    if change in ("opt-out", "opt-in"):
        await store.contacts.opt_out(
            connection, external_id, OptOut(opted_out=change == "opt-out", by=who)
        )
    else:
        await find_contact(store, connection, external_id)
        await store.contacts.pause(connection, external_id, paused=change == "pause")
        what = "paused" if change == "pause" else "resumed"
        logger.info("contact.%s connection=%s contact=%s by=%s", what, connection, external_id, who)
    return await find_contact(store, connection, external_id)


async def change_contact_in_path(context: RequestContext, change: Change) -> Mapping[str, Any]:
    """Changes the contact that the address names.

    Raises:
        NotFoundError: neither the connection nor the person is known.
    """
    connection, external_id = context.path("connection"), context.path("id")
    store = context.services.store
    if not await store.contacts.find(connection, external_id):
        # An opt-out may be of somebody new, but not under the misspelt name of a connection.
        context.services.connection_named(connection)
    return await change_contact(store, connection, external_id, change, who=context.actor.name)
