"""Staff notes: adds, corrects, deletes and lists the notes of colleagues about a contact."""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from automator.model import N_, Remember, UsageError
from automator.server.answer_types.people import StaffNoteJson
from automator.server.shared.contacts import find_contact
from automator.server.shared.json_values import record_json
from automator.server.shared.saved_files import trimmed
from automator.server.web.request_context import Actor
from automator.server.web.security import RequestError, Role
from automator.store import Log, StaffNote, Store

#: A note has at most this many characters.
MOST_LETTERS = 1_000

logger = logging.getLogger(__name__)


def notes_about(log: Log, connection: str, external_id: str) -> Sequence[StaffNote]:
    """The notes about a person, under any of their ids, the newest first. Blocks."""
    key = f"{connection}:{external_id}"
    return log.staff_notes([key]).get(key, ())


async def contact_with_notes(store: Store, connection: str, external_id: str) -> dict[str, Any]:
    """The contact as rules see it, with its staff notes.

    Raises:
        NotFoundError: nobody is known by this id.
    """
    contact = await find_contact(store, connection, external_id)
    notes = await asyncio.to_thread(notes_about, store.log, connection, external_id)
    return {**contact, "staff_notes": [note_json(note) for note in notes]}


def note_json(note: StaffNote) -> dict[str, Any]:
    """A note in JSON."""
    return record_json(note, StaffNoteJson)


def line_of(note: Mapping[str, Any]) -> str:
    """A note as a line of a file, made from its JSON: `2026-11-24T07:00:00.000Z lan → mai: …`."""
    to = note["handed_to"]
    handed_on = "" if to is None else f" → {to or '–'}"
    said = f": {note['text']}" if note["text"] else ""
    return f"{note['at']} {note['by']}{handed_on}{said}"


async def add_note(
    store: Store, connection: str, external_id: str, text: str, *, author: Actor
) -> None:
    """Adds a note about a person.

    Raises:
        NotFoundError: nobody is known by this id.
        UsageError: the text is empty or too long, or there are too many notes.
    """
    await find_contact(store, connection, external_id)
    await keep(store, connection, external_id, new_note(words_of(text), author))


async def keep(
    store: Store,
    connection: str,
    external_id: str,
    note: StaffNote,
    kept: Remember | None = None,
) -> None:
    """Stores a new note, and in the same commit the change of the contact that the note reports.

    Raises:
        UsageError: there are too many notes.
    """
    await store.staff_notes.add(connection, external_id, note, kept)
    logger.info("staff_note.added connection=%s contact=%s by=%s", connection, external_id, note.by)


async def correct_note(
    store: Store, connection: str, external_id: str, note_id: str, text: str, *, author: Actor
) -> None:
    """Replaces the text of a note; only its author may.

    Raises:
        NotFoundError: the person or the note is not known.
        UsageError: the text is empty or too long.
        RequestError: the note is somebody else's (403).
    """
    words = words_of(text)

    def change(note: StaffNote, now_ms: int) -> StaffNote:
        if not is_own(note, author):
            raise RequestError(
                403,
                "forbidden",
                N_("the note is by {name:author}, and only its author corrects it"),
                fix=N_("Write a note of your own."),
                name=note.by,
            )
        return replace(note, text=words, corrected_at=now_ms)

    await find_contact(store, connection, external_id)
    await store.staff_notes.change(connection, external_id, note_id, change)


async def delete_note(
    store: Store, connection: str, external_id: str, note_id: str, *, author: Actor
) -> None:
    """Deletes a note; if the note records a handing on, deletes only its text.

    Raises:
        NotFoundError: the person or the note is not known.
        RequestError: the note is somebody else's, and the requester is no admin (403).
    """

    def change(note: StaffNote, now_ms: int) -> StaffNote | None:
        if not may_delete(note, author):
            raise RequestError(
                403,
                "forbidden",
                N_("the note is by {name:author}; its author or an admin deletes it"),
                fix=N_("Ask one of them."),
                name=note.by,
            )
        return None if note.handed_to is None else replace(note, text="", corrected_at=now_ms)

    await find_contact(store, connection, external_id)
    await store.staff_notes.change(connection, external_id, note_id, change)
    logger.info(
        "staff_note.deleted connection=%s contact=%s by=%s", connection, external_id, author.name
    )


def is_own(note: StaffNote, actor: Actor) -> bool:
    """Whether `actor` has written a note: with the same account, or both on the command line."""
    return note.account == actor.account and (bool(note.account) or note.by == actor.name)


def may_delete(note: StaffNote, actor: Actor) -> bool:
    """Whether `actor` may delete a note: its author or an admin."""
    return is_own(note, actor) or actor.role >= Role.ADMIN


def new_note(text: str, author: Actor, handed_to: str | None = None) -> StaffNote:
    """A note that is not stored yet."""
    return StaffNote(
        id=secrets.token_hex(8),
        by=author.name,
        account=author.account,
        text=text,
        handed_to=handed_to,
    )


def words_of(text: str) -> str:
    """The text of a note, trimmed.

    Raises:
        UsageError: the text is empty or too long.
    """
    words = trimmed(text)
    if not words:
        raise UsageError(N_("The note has no words."), fix=N_("Write what colleagues should know."))
    if len(words) > MOST_LETTERS:
        raise UsageError(
            N_("The note has {count} letters, and {most} are the most."),
            fix=N_("Shorten it, or write two notes."),
            count=len(words),
            most=MOST_LETTERS,
        )
    return words
