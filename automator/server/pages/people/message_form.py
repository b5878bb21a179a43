"""The form below a conversation with which a colleague writes a message by hand."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from automator.engine.intake.written_messages import Room
from automator.model import (
    AutomatorError,
    ConflictError,
    Reason,
    StoreUnavailableError,
    UsageError,
    record,
)
from automator.server.people.messages_by_hand import new_key, write_to
from automator.server.shared.contacts import address_of, find_contact
from automator.server.web.redirects import back_to
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


@record
class Writing:
    """The form for the next message, or the `refusal` if no message is possible now."""

    room: Room | None
    refusal: Reason | None
    #: A random key; if the form is sent twice with the same key, one message is sent.
    key: str
    text: str = ""
    #: The address of a picture.
    picture: str = ""


def writing_of(
    context: RequestContext,
    connection: str,
    contact: Mapping[str, Any],
    *,
    text: str = "",
    picture: str = "",
    key: str = "",
) -> Writing:
    """The form for a message to a contact, with the text typed so far."""
    found = context.services.written.room(connection, contact)
    room, refusal = (None, found) if isinstance(found, Reason) else (found, None)
    return Writing(room=room, refusal=refusal, key=key or new_key(), text=text, picture=picture)


async def write_here(context: RequestContext) -> Response:
    """The button “Send”; after an error, the form comes back with the typed text."""
    connection, person = context.path("connection"), context.path("id")
    services, form = context.services, context.form
    text, picture, key = form.get("text", ""), form.get("picture", ""), form.get("key", "")
    who = context.actor.name
    try:
        await write_to(services, connection, person, text, who=who, once=key, picture=picture)
    except (UsageError, ConflictError, StoreUnavailableError) as error:
        return await _again(context, error)
    context.services.inbox.forget()
    return back_to(form, f"{address_of(connection, person)}?changed=written#conversation")


async def _again(context: RequestContext, error: AutomatorError) -> Response:
    connection, person = context.path("connection"), context.path("id")
    contact = await find_contact(context.services.store, connection, person)
    form = context.form
    return render(
        context,
        "not_written.html",
        status=503 if isinstance(error, StoreUnavailableError) else 400,
        error=error,
        contact=contact,
        connection=connection,
        person=person,
        address=address_of(connection, person),
        writing=writing_of(
            context,
            connection,
            contact,
            text=form.get("text", ""),
            picture=form.get("picture", ""),
            key=form.get("key", ""),
        ),
    )
