"""Exports the contacts that fit the filters of their page, as CSV for a spreadsheet.

Each remembered value has a column with its name; the names are collected before the file begins.
The staff notes of a contact share one cell, a note on each line.
"""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from automator.clock import iso_time
from automator.server.pages import RequestContext, Response
from automator.server.people.staff_notes import line_of, note_json
from automator.server.shared.contacts import contact_filter, contact_json, every_contact
from automator.server.shared.saved_files import SPREADSHEET_HEAD, csv_line, file_answer
from automator.store import ContactFilter, KnownContact, Log, StaffNote

#: A file has at most this many contacts.
MOST_CONTACTS = 1_000_000
#: The lines of this many contacts are made and sent at once.
_AT_ONCE = 1_000
#: At most this many remembered values get a column: more than a spreadsheet shows well.
_MOST_COLUMNS = 200
_COLUMNS = ("connection", "id", "name", "tags", "first_seen", "last_inbound_at", "opted_out",
            "opted_out_at", "blocked", "blocked_at", "human_reply_at",
            "window_opened_at", "staff_notes")  # fmt: skip


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
