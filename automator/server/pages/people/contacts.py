"""The list of contacts: who wrote last, and a search by name, word or id."""

import asyncio
from collections.abc import Sequence

from starlette.responses import Response

from automator.model import record
from automator.server.pages.activity.run_rows import colour_of, initials_of
from automator.server.web.request_context import RequestContext
from automator.server.web.services import Services
from automator.server.web.templates import render
from automator.store import EventFilter, EventRow, KnownPerson

_PAGE_SIZE = 50
#: Events that a search looks at for the people behind them.
_MOST_FOUND = 300


@record(kw_only=False)
class ContactRow:
    """Somebody in the list, with the last that came from them."""

    latest: EventRow
    known: KnownPerson | None

    @property
    def key(self) -> str:
        """Their key, as events have it."""
        return self.latest.contact or ""

    @property
    def name(self) -> str:
        """Their name, or else their id at the platform."""
        known = self.known.name if self.known else ""
        return known or self.latest.actor_name or self.key.partition(":")[2]

    @property
    def initials(self) -> str:
        """At most two letters that stand for the name."""
        return initials_of(self.name)

    @property
    def colour(self) -> int:
        """The number of the colour behind the initials, as in the log."""
        return colour_of(self.key)


async def show_contacts(context: RequestContext) -> Response:
    """The list, the latest writer first, or who is found."""
    text = context.query("text")
    before = context.id_in_query("before")
    rows, older = await asyncio.to_thread(_found, context.services, text, before)
    return render(context, "contacts.html", contacts=rows, older=older, text=text)


def _found(
    services: Services, text: str, before: int | None
) -> tuple[Sequence[ContactRow], int | None]:
    """A page of people, and from where the next one goes on; blocks."""
    log = services.store.log
    if text:
        latest, older = find_people(services, text)[:_PAGE_SIZE], None
    else:
        latest, older = log.latest_of_people(before=before, limit=_PAGE_SIZE)
    known = log.known_people({row.contact for row in latest if row.contact})
    return [ContactRow(row, known.get(row.contact or "")) for row in latest], older


def find_people(services: Services, text: str) -> list[EventRow]:
    """The latest event of each person who has this id, or whose name or words have this text.

    Blocks.
    """
    log = services.store.log
    by_id = [
        row
        for name in services.connections
        for row in log.events(EventFilter(contact=f"{name}:{text}"), limit=1)
    ]
    by_words = log.events(EventFilter(text=text), limit=_MOST_FOUND)
    latest: dict[str, EventRow] = {}
    for row in [*by_id, *by_words]:
        if row.contact and not row.is_self:
            latest.setdefault(row.contact, row)
    return sorted(latest.values(), key=lambda row: -row.id)
