"""The contacts as a file for a spreadsheet, by the filters of their page.

Each remembered value has a column with its name. The names are looked up before the file is begun.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import islice
from typing import Any

from starlette.responses import Response

from automator.clock import iso_time
from automator.server.shared.contacts import contact_filter, contact_json, every_contact
from automator.server.shared.saved_files import SPREADSHEET_HEAD, csv_line, file_answer
from automator.server.web.request_context import RequestContext
from automator.store import ContactFilter, Log

#: Contacts in a file, at most.
MOST_CONTACTS = 1_000_000
#: Contacts whose lines are made at once.
_AT_ONCE = 1_000
#: Names of remembered values that have a column, at most; what a spreadsheet can show.
_MOST_COLUMNS = 200
_COLUMNS = ("connection", "id", "name", "tags", "first_seen", "last_inbound_at", "opted_out",
            "opted_out_at", "blocked", "blocked_at", "human_reply_at")  # fmt: skip


async def send_contacts(context: RequestContext) -> Response:
    """The file, which has a column for each remembered value behind those of every contact."""
    wanted, log = contact_filter(context), context.services.store.log
    columns = await asyncio.to_thread(_names_of_values, log, wanted)

    async def lines() -> AsyncIterator[str]:
        yield SPREADSHEET_HEAD + csv_line([*_COLUMNS, *columns])
        contacts = islice(every_contact(log, wanted), MOST_CONTACTS)
        while some := await asyncio.to_thread(lambda: list(islice(contacts, _AT_ONCE))):
            yield "".join(csv_line(_values(contact_json(one), columns)) for one in some)

    return file_answer(lines(), f"contacts-{iso_time(context.now_ms)[:10]}.csv")


def _names_of_values(log: Log, wanted: ContactFilter) -> list[str]:
    names: set[str] = set()
    for contact in islice(every_contact(log, wanted), MOST_CONTACTS):
        names.update(contact.facts["state"])
    return sorted(names)[:_MOST_COLUMNS]


def _values(contact: Mapping[str, Any], columns: Sequence[str]) -> list[Any]:
    state = contact["state"]
    return [contact[name] for name in _COLUMNS] + [state.get(name) for name in columns]
