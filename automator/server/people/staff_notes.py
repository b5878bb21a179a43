"""Staff notes about a contact, and handing it on to a colleague, who is notified.

The value `assignee` of a contact names the colleague who looks after them. A rule may have set it
to any text; handing on sets it to the name of an account.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from automator.actions.notify import send_notice
from automator.actions.notify_services import Notice
from automator.engine.outbound.gated_http import GatedHttp
from automator.model import N_, Note, Remember, StepError, UsageError, format_id
from automator.record_json import record_json
from automator.server.access.accounts import find_account
from automator.server.answer_types.people import StaffNoteJson
from automator.server.people.inbox import address_of_newest
from automator.server.people.notes import remaining
from automator.server.shared.contacts import assignee_of, find_contact
from automator.server.shared.saved_files import trimmed
from automator.server.web.redirects import safe_next
from automator.server.web.request_context import Actor, RequestContext
from automator.server.web.security import RequestError, Role
from automator.store import Log, StaffNote, Store
from automator.store.log.people_log import ASSIGNEE, is_looked_after_by, is_same_name

#: A note has at most this many characters.
MOST_LETTERS = 1_000
#: The service has this many seconds to accept the notice, because a person waits for the page.
_WITHIN_S = 5.0

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


# --- Handing a contact on ---


async def hand_on(
    store: Store, connection: str, external_id: str, to: str, text: str = "", *, author: Actor
) -> None:
    """Gives a person to the account `to` ("" = nobody), and records it in a staff note.

    A tag with the name of the earlier assignee becomes a tag with the new name.

    Raises:
        NotFoundError: nobody is known by this id.
        UsageError: there is no such account, it has the person already, or the text is too long.
    """
    contact = await find_contact(store, connection, external_id)
    if to and await find_account(store, to) is None:
        raise UsageError(
            N_("no account is called “{name}”"),
            fix=N_("Choose one of those under Settings, “Accounts”."),
            name=to[:100],
        )
    if is_looked_after_by(contact, to):
        raise UsageError(
            N_("{name} looks after this person already")
            if to
            else N_("nobody looks after this person"),
            fix=N_("Look at the person's page again."),
            name=to,
        )
    words = words_of(text) if text.strip() else ""
    wanted = Note(connection=connection, external_id=external_id, kept=_change(contact, to))
    left = remaining(wanted, contact)
    note = new_note(words, author, handed_to=to)
    await keep(store, connection, external_id, note, left.kept if left else None)


async def hand_on_in_path(context: RequestContext, to: str, text: str) -> StepError | None:
    """Gives the person in the address to an account, and notifies the receiver of the same name.

    Returns the error if the notice failed; None if it was sent, or there is no such receiver.

    Raises:
        NotFoundError, UsageError: as in `hand_on`.
    """
    connection, external_id = context.path("connection"), context.path("id")
    store = context.services.store
    await hand_on(store, connection, external_id, to, text, author=context.actor)
    receiver = _receiver_of(to, context)
    if receiver is None:
        return None
    contact = await find_contact(store, connection, external_id)
    try:
        # The line in which it was handed on, or else the newest one.
        shown = safe_next([context.form.get("next", "")]).partition("?")[0]
        if not shown.startswith("/inbox/"):
            shown = await address_of_newest(context, connection, external_id)
        await _tell(context, receiver, contact, shown, text.strip())
    except StepError as failed:
        # Nothing is undone: the change is stored, and the colleague sees the person in the list.
        logger.warning("contact.handed_on_untold receiver=%s reason=%s", receiver, failed.reason)
        return failed
    return None


def _receiver_of(to: str, context: RequestContext) -> str | None:
    """The receiver of notices with the name of an account, ignoring case and accents; or None.

    None also if the account is the author's: nobody is notified of their own change.
    """
    if not to or to == context.actor.account:
        return None
    names = context.services.settings.notify
    return next((name for name in names if is_same_name(name, to)), None)


async def _tell(
    context: RequestContext, receiver: str, contact: Mapping[str, Any], address: str, text: str
) -> None:
    services, _ = context.services, context.translator
    said = _(
        N_("{who} has handed {person} on to you."),
        who=_.author(context.actor.name),
        person=contact["name"] or contact["id"],
    )
    notice = Notice(
        _(N_("A contact is yours now")),
        "\n".join(filter(None, (said, text, f"{services.outside_url}{address}"))),
        f"handed-on-{format_id(services.ids.next())}",
        context.now_ms,
    )
    http = GatedHttp(services.gate, services.http)
    to = services.settings.notify[receiver]
    await send_notice(http, receiver, to, notice, timeout_s=_WITHIN_S)


def _change(contact: Mapping[str, Any], to: str) -> Remember:
    before = assignee_of(contact)
    is_tag = before in contact["tags"]
    return Remember(
        values={ASSIGNEE: to} if to else {},
        forget=() if to else (ASSIGNEE,),
        remove_tags=(before,) if is_tag else (),
        add_tags=(to,) if is_tag and to else (),
    )
