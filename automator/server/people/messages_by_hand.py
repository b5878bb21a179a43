"""Sends messages by hand, which colleagues write to a contact on a page, by API or command."""

import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from automator.engine.intake.written_messages import Written
from automator.model import format_id
from automator.server.access.bodies import Body
from automator.server.shared.contacts import find_contact
from automator.server.web.services import Services

#: A generated key has this many random bytes.
_KEY_BYTES = 12


def new_key() -> str:
    """A new key of a message; two requests with the same key send one message."""
    return secrets.token_urlsafe(_KEY_BYTES)


class MessageBody(Body):
    """A message to a contact: a text, a picture (its address), or both.

    Several requests with the same `key` send one message; without a key each sends one.
    """

    example: ClassVar[Mapping[str, Any]] = {"text": "Dạ còn ạ", "key": "order-17"}
    text: str = ""
    picture: str = ""
    key: str | None = None


async def write_to(
    services: Services,
    connection: str,
    external_id: str,
    text: str,
    *,
    who: str,
    once: str,
    picture: str = "",
) -> Written:
    """Stores a message to a contact with the run that sends it.

    `once` is the key of the message, `picture` the address of a picture.

    Raises:
        NotFoundError: nobody is known by this id.
        UsageError: the text or the key is not allowed.
        ConflictError: the contact may not be written to now.
        StoreUnavailableError: nothing could be committed.
    """
    contact = await find_contact(services.store, connection, external_id)
    return await services.written.take(
        connection, contact, text, who=who, once=once, picture=picture
    )


def written_json(written: Written) -> dict[str, Any]:
    """A message with the run that sends it, in JSON."""
    run = None if written.run_id is None else format_id(written.run_id)
    return {"event": format_id(written.event_id), "run": run, "new": written.is_new}
