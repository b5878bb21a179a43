"""The part of a contact's page for colleagues: the assignee, handing on, and staff notes."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from automator.model import record
from automator.server.access.accounts import list_accounts
from automator.server.pages import RequestContext, Response
from automator.server.people.handing_on import hand_on_in_path
from automator.server.people.staff_notes import (
    MOST_LETTERS,
    add_note,
    correct_note,
    delete_note,
    is_own,
    may_delete,
    notes_about,
)
from automator.server.shared.contacts import address_of, assignee_of
from automator.server.web.redirects import safe_next, see_other
from automator.store import StaffNote
from automator.store.log.people_log import is_looked_after_by


@record(kw_only=False)
class NoteRow:
    """A staff note, and whether the reader may correct or delete it."""

    note: StaffNote
    may_correct: bool
    may_delete: bool


@record
class Staff:
    """A contact's assignee ("" = nobody), who can take over, and the notes, the newest first."""

    assignee: str
    #: Names of accounts, the reader's own first.
    colleagues: Sequence[str]
    notes: Sequence[NoteRow]
    most_letters: int = MOST_LETTERS


async def staff_of(
    context: RequestContext, contact: Mapping[str, Any], connection: str, person: str
) -> Staff:
    """Collects the part for colleagues of a contact's page."""
    store, actor = context.services.store, context.actor
    notes = await asyncio.to_thread(notes_about, store.log, connection, person)
    names = [account.name for account in await list_accounts(store)]
    return Staff(
        assignee=assignee_of(contact),
        colleagues=sorted(
            (name for name in names if not is_looked_after_by(contact, name)),
            key=lambda name: (name != actor.account, name),
        ),
        notes=[NoteRow(note, is_own(note, actor), may_delete(note, actor)) for note in notes],
    )


async def add_here(context: RequestContext) -> Response:
    """The button that adds a staff note."""
    store, text = context.services.store, context.form.get("text", "")
    await add_note(store, *_person(context), text, author=context.actor)
    return _back(context)


async def change_here(context: RequestContext) -> Response:
    """The buttons that correct or delete a staff note."""
    store, note_id, form = context.services.store, context.path("note"), context.form
    if form.get("do") == "delete":
        await delete_note(store, *_person(context), note_id, author=context.actor)
    else:
        text = form.get("text", "")
        await correct_note(store, *_person(context), note_id, text, author=context.actor)
    return _back(context)


async def hand_on_here(context: RequestContext) -> Response:
    """The button that gives the contact to a colleague."""
    to, text = context.form.get("to", ""), context.form.get("text", "")
    if await hand_on_in_path(context, to, text) is not None:
        return _back(context, "changed=untold")
    return _back(context)


def _person(context: RequestContext) -> tuple[str, str]:
    return context.path("connection"), context.path("id")


def _back(context: RequestContext, query: str = "") -> Response:
    shown = context.form.get("next") or address_of(*_person(context))
    sign = "&" if "?" in shown else "?"
    return see_other(safe_next([f"{shown}{sign}{query}#staff" if query else f"{shown}#staff"]))
