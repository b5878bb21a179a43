"""Sends messages by hand, which colleagues write to a contact on a page, by API or command."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from automator.conditions import fold
from automator.engine.intake.typed_texts import checked_picture, checked_text
from automator.engine.intake.written_messages import Written, WrittenAs
from automator.model import N_, Event, NotFoundError, format_id
from automator.server.access.bodies import Body
from automator.server.answer_types.people import ReadyAnswerJson
from automator.server.shared.contacts import find_contact
from automator.server.web.services import Services
from automator.store import Store, TinyDB

#: A ready answer has a title and a text of at most so many characters.
MOST_TITLE, MOST_TEXT = 60, 2_000
#: A generated key has this many random bytes.
_KEY_BYTES = 12


def new_key() -> str:
    """A new key of a message; two requests with the same key send one message."""
    return secrets.token_urlsafe(_KEY_BYTES)


class MessageBody(Body):
    """A message to a contact: a text, a picture (its address), or both.

    Several requests with the same `key` send one message; without a key each sends one. With
    `comment`, the id of a comment's event, it can also be a `reply` below the comment, or the
    `private_reply` that the comment allows.
    """

    example: ClassVar[Mapping[str, Any]] = {"text": "Dạ còn ạ", "key": "order-17"}
    text: str = ""
    picture: str = ""
    key: str | None = None
    #: The event of a comment, if the message answers it: below it, or in private.
    comment: str | None = None
    kind: WrittenAs = "message"


async def write_to(
    services: Services,
    connection: str,
    external_id: str,
    text: str,
    *,
    who: str,
    once: str,
    picture: str = "",
    kind: WrittenAs = "message",
    comment_id: int | None = None,
) -> Written:
    """Stores a message to a contact with the run that sends it.

    `once` is the key of the message, `picture` the address of a picture. `comment_id` is the event
    of the comment that it answers, if it does.

    Raises:
        NotFoundError: nobody is known by this id.
        UsageError: the text or the key is not allowed.
        ConflictError: the contact may not be written to now.
        StoreUnavailableError: nothing could be committed.
    """
    contact = await find_contact(services.store, connection, external_id)
    comment = await comment_with_id(services, contact, connection, comment_id)
    written = await services.written.take(
        connection,
        contact,
        text,
        who=who,
        once=once,
        picture=picture,
        kind=kind,
        comment=comment,
    )
    services.inbox.forget()
    return written


async def comment_with_id(
    services: Services, contact: Mapping[str, Any], connection: str, event_id: int | None
) -> Event | None:
    """The event of a comment by this contact; None if none is named.

    Raises:
        NotFoundError: there is no such comment of the contact.
    """
    if event_id is None:
        return None
    log, key = services.store.log, f"{connection}:{contact['id']}"
    event = (await asyncio.to_thread(log.events_with_ids, [event_id])).get(event_id)
    keys = await asyncio.to_thread(log.keys_of_person, key)
    if event is None or event.type != "comment.created" or event.contact not in keys:
        raise NotFoundError(
            N_("there is no comment {id} of this person"),
            fix=N_("Look at the inbox again."),
            id=format_id(event_id),
        )
    return event


def written_json(written: Written) -> dict[str, Any]:
    """A message with the run that sends it, in JSON."""
    run = None if written.run_id is None else format_id(written.run_id)
    return {"event": format_id(written.event_id), "run": run, "new": written.is_new}


# --- Ready answers, from which colleagues choose in the answer box ---

_READY = "ready answers"


class ReadyAnswerBody(Body):
    """A ready answer: a text, a picture (its address), or both, under a title."""

    example: ClassVar[Mapping[str, Any]] = {"title": "Ship", "text": "Ship toàn quốc 30k ạ"}
    title: str = Field(min_length=1, max_length=MOST_TITLE)
    text: str = ""
    picture: str = ""


async def ready_answers(store: Store) -> list[ReadyAnswerJson]:
    """The ready answers, by title."""
    found: list[Any] = await store.documents.read(_READY, lambda one: list(map(dict, one.all())))
    return sorted(found, key=lambda one: fold(one["title"]))


async def keep_ready_answer(store: Store, answer: ReadyAnswerBody) -> None:
    """Keeps a ready answer; one with the same title is replaced.

    Raises:
        UsageError: the title or the text is empty or too long, or the picture has no address.
    """
    title, picture = checked_text(answer.title.strip(), MOST_TITLE), checked_picture(answer.picture)
    text = checked_text(answer.text, MOST_TEXT) if answer.text.strip() or not picture else ""
    kept = {"title": title, "text": text, "picture": picture}

    def write(documents: TinyDB) -> None:
        documents.remove(lambda one: one["title"] == title)
        documents.insert(kept)

    await store.documents.edit(_READY, write)


async def drop_ready_answer(store: Store, title: str) -> None:
    """Deletes the ready answer with this title, if there is one."""
    await store.documents.edit(_READY, lambda one: one.remove(lambda each: each["title"] == title))
