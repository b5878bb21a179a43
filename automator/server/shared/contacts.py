"""Contacts for pages, API and command line: finding one, and changing its opt-out or pause."""

import logging
from collections.abc import Mapping
from typing import Any

from automator.model import NotFoundError, OptOut
from automator.store import Store

logger = logging.getLogger(__name__)


async def find_contact(store: Store, connection: str, external_id: str) -> Mapping[str, Any]:
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
    return await find_contact(store, connection, external_id)


async def change_pause(
    store: Store, connection: str, external_id: str, *, paused: bool, who: str
) -> Mapping[str, Any]:
    """Keeps rules with `pause_on` silent for a person from now on, or lets them speak again.

    Raises:
        NotFoundError: nothing is known of the person.
    """
    await find_contact(store, connection, external_id)
    await store.pause_contact(connection, external_id, paused=paused)
    what = "paused" if paused else "resumed"
    logger.info("contact.%s connection=%s contact=%s by=%s", what, connection, external_id, who)
    return await find_contact(store, connection, external_id)
