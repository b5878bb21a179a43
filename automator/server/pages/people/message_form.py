"""The form below a conversation with which a colleague writes a message by hand."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from starlette.responses import Response

from automator.engine.intake.written_messages import Room, Way, WrittenAs
from automator.model import (
    AutomatorError,
    ConflictError,
    Event,
    StoreUnavailableError,
    UsageError,
    parse_id,
    record,
)
from automator.server.people.messages_by_hand import comment_with_id, new_key, write_to
from automator.server.shared.contacts import address_of, find_contact
from automator.server.web.redirects import back_to
from automator.server.web.request_context import RequestContext
from automator.server.web.templates import render


@record
class Writing:
    """The form for the next message; without an open way, the reasons."""

    ways: Sequence[Way]
    #: A random key; if the form is sent twice with the same key, one message is sent.
    key: str
    text: str = ""
    #: The address of a picture.
    picture: str = ""
    #: The comment that the message answers, if it does.
    comment: Event | None = None

    @property
    def open(self) -> Sequence[Way]:
        """The ways in which a message can be sent now."""
        return [way for way in self.ways if way.is_open]

    @property
    def most(self) -> int:
        """The greatest length of the text, in the way that allows most."""
        return max(way.room.most for way in self.ways if isinstance(way.room, Room))


def writing_of(
    context: RequestContext,
    connection: str,
    contact: Mapping[str, Any],
    comment: Event | None = None,
) -> Writing:
    """The form for a message to a contact, or for an answer to a comment, as far as it is typed."""
    ways = context.services.written.ways(connection, contact, comment)
    text, picture, key = (context.form.get(name, "") for name in ("text", "picture", "key"))
    return Writing(ways=ways, key=key or new_key(), text=text, picture=picture, comment=comment)


async def write_here(context: RequestContext) -> Response:
    """The button “Send”; after an error, the form comes back with the typed text."""
    connection, person = context.path("connection"), context.path("id")
    form = context.form
    kinds: Sequence[WrittenAs] = get_args(WrittenAs)
    kind = next((one for one in kinds if one == form.get("kind")), kinds[0])
    try:
        await write_to(
            context.services,
            connection,
            person,
            form.get("text", ""),
            who=context.actor.name,
            once=form.get("key", ""),
            picture=form.get("picture", ""),
            kind=kind,
            comment_id=parse_id(form.get("comment", "")),
        )
    except (UsageError, ConflictError, StoreUnavailableError) as error:
        return await _again(context, error)
    return back_to(form, f"{address_of(connection, person)}?changed=written#conversation")


async def _again(context: RequestContext, error: AutomatorError) -> Response:
    connection, person = context.path("connection"), context.path("id")
    contact = await find_contact(context.services.store, connection, person)
    comment_id = parse_id(context.form.get("comment", ""))
    comment = await comment_with_id(context.services, contact, connection, comment_id)
    return render(
        context,
        "not_written.html",
        status=503 if isinstance(error, StoreUnavailableError) else 400,
        error=error,
        contact=contact,
        connection=connection,
        person=person,
        address=address_of(connection, person),
        writing=writing_of(context, connection, contact, comment),
    )
