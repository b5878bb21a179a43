"""Contacts as a spreadsheet: sends them as CSV; the import first shows a plan, then carries it out.

In the file, each remembered value has a column with its name; the names are collected before it
begins. The staff notes of a contact share one cell, a note on each line.
"""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from automator.clock import iso_time
from automator.model import N_, UsageError
from automator.server.pages import RequestContext, Response, render
from automator.server.people.notes import Import, import_notes, plan_import
from automator.server.people.spreadsheet import Spreadsheet, decoded, read_contacts
from automator.server.people.staff_notes import line_of, note_json
from automator.server.shared.contacts import contact_filter, contact_json, every_contact
from automator.server.shared.saved_files import SPREADSHEET_HEAD, csv_line, file_answer
from automator.store import ContactFilter, KnownContact, Log, StaffNote

#: The most bytes of a file that the page accepts; the command accepts larger files.
MOST_BYTES = 1024 * 1024
#: A file has at most this many contacts.
MOST_CONTACTS = 1_000_000
#: The lines of this many contacts are made and sent at once.
_AT_ONCE = 1_000
#: At most this many remembered values get a column: more than a spreadsheet shows well.
_MOST_COLUMNS = 200
_COLUMNS = ("connection", "id", "name", "tags", "first_seen", "last_inbound_at", "opted_out",
            "opted_out_at", "blocked", "blocked_at", "human_reply_at",
            "window_opened_at", "staff_notes")  # fmt: skip


async def show_import(context: RequestContext) -> Response:
    """The form for a file."""
    return _page(context)


async def import_here(context: RequestContext) -> Response:
    """Shows the changes that a file would make or, once they are confirmed, makes them."""
    upload = context.files.get("file")
    # The confirmation sends the text back, which is longer: in UTF-8, with two characters at each
    # line end.
    content, most = context.form.get("text", "").encode(), 2 * MOST_BYTES
    if upload:
        content, most = upload.content, MOST_BYTES
    try:
        sheet = await asyncio.to_thread(_read, context, content, most)
        if sheet.problems:
            return _page(context, sheet=sheet, status=422)
        store = context.services.store
        if context.form.get("do") == "import":
            done = await import_notes(store, sheet.notes, who=context.actor.name)
            imported = sorted({note.connection for note in sheet.notes})
            return _page(context, done=done, imported=imported)
        plan = await plan_import(store, sheet.notes)
    except UsageError as error:
        return _page(context, refused=error, status=422)
    return _page(context, sheet=sheet, plan=plan, text=decoded(content))


def _read(context: RequestContext, content: bytes, most: int) -> Spreadsheet:
    if not content:
        raise UsageError(N_("No file was chosen."), fix=N_("Choose a CSV file."))
    if len(content) > most:
        raise UsageError(
            N_("The file has more than {most:size}."),
            fix=N_("Cut it into several, or take it in by `automator contact import`."),
            most=MOST_BYTES,
        )
    return read_contacts(
        content,
        context.services.connection_names,
        connection=context.form.get("connection", ""),
        by=context.actor.name,
    )


def _page(
    context: RequestContext,
    *,
    sheet: Spreadsheet | None = None,
    plan: Import | None = None,
    done: Import | None = None,
    imported: Sequence[str] = (),
    refused: UsageError | None = None,
    text: str = "",
    status: int = 200,
) -> Response:
    return render(
        context,
        "contacts_import.html",
        status=status,
        sheet=sheet,
        plan=plan,
        done=done,
        imported=imported,
        refused=refused,
        text=text,
        connection=context.form.get("connection", ""),
        connections=context.services.connection_names,
    )


# --- The file with the contacts that fit the filters of their page ---


async def send_contacts(context: RequestContext) -> Response:
    """Sends the file: the common columns first, then a column for each remembered value."""
    wanted, log = contact_filter(context), context.services.store.log
    columns = await asyncio.to_thread(_names_of_values, log, wanted)

    def lines() -> Iterator[str]:
        yield SPREADSHEET_HEAD + csv_line([*_COLUMNS, *columns])
        contacts = islice(every_contact(log, wanted), MOST_CONTACTS)
        while portion := list(islice(contacts, _AT_ONCE)):
            notes = log.staff_notes([one.key for one in portion])
            text = "".join(
                [csv_line(_values(one, columns, notes.get(one.key, ()))) for one in portion]
            )
            # Only the text stays in memory while a slow reader receives it.
            del portion, notes
            yield text

    return file_answer(lines(), f"contacts-{iso_time(context.now_ms)[:10]}.csv")


def _names_of_values(log: Log, wanted: ContactFilter) -> list[str]:
    names: set[str] = set()
    for contact in islice(every_contact(log, wanted), MOST_CONTACTS):
        names.update(contact.facts["state"])
    return sorted(names)[:_MOST_COLUMNS]


def _values(contact: KnownContact, columns: Sequence[str], notes: Sequence[StaffNote]) -> list[Any]:
    lines = [line_of(note_json(note)) for note in notes]
    known, state = {**contact_json(contact), "staff_notes": lines}, contact.facts["state"]
    return [known[name] for name in _COLUMNS] + [state.get(name) for name in columns]
