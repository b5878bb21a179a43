"""The list of contacts: the latest writers, or found people."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from automator.model import format_id, record
from automator.model.log_filters import EventFilter
from automator.server.pages import RequestContext, Response, Services, render
from automator.server.people.erasing import NOT_REACHED, erased_in_words
from automator.server.shared.contacts import (
    assignee_of,
    contact_filter,
    every_contact,
)
from automator.server.shared.list_filters import given_filters
from automator.server.web.security import Role
from automator.store import ContactFilter, EventRow, Log

_PAGE_SIZE = 50
#: A search for people looks through at most this many events.
_MOST_FOUND = 300
#: The proposals for the filters are collected from this many contacts.
_ASKED_FOR_WORDS = 500
#: A filter has at most this many proposals.
_MOST_PROPOSED = 200
#: The filters in an address; a lone `text` is also searched for among events.
_FILTERS = ("text", "connection", "tag", "value", "assignee", "only")


@record(kw_only=False)
class ContactRow:
    """A contact in the list, with the latest message if it was looked up."""

    key: str
    latest: EventRow | None
    facts: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The contact's name, or else the id at the platform."""
        seen = self.latest.actor_name if self.latest else ""
        return self.facts.get("name") or seen or self.key.partition(":")[2]

    @property
    def assignee(self) -> str:
        """The colleague who looks after the contact; "" for nobody."""
        return assignee_of(self.facts)

    @property
    def connection(self) -> str:
        """The connection through which the contact writes."""
        return self.key.partition(":")[0]


@record(kw_only=False)
class _Words:
    """The words that filters propose: tags, names of values, and assignees."""

    tags: Sequence[str]
    values: Sequence[str]
    colleagues: Sequence[str]


@record
class _Page:
    """A page of people, and the query of the next page; "" on the last page."""

    rows: Sequence[ContactRow]
    more: str
    words: _Words


async def show_contacts(context: RequestContext) -> Response:
    """The list of people: the latest writers first, or the people whom the filters find."""
    words = given_filters(context, _FILTERS)
    chosen = {name: text for name, text in words.items() if text}
    wanted = contact_filter(context)
    # A lone text is also searched for among events, by `_latest`.
    is_picked = wanted.is_set and wanted != ContactFilter(text=wanted.text)
    find = _picked if is_picked else _latest
    page = await asyncio.to_thread(find, context, wanted)
    return render(
        context,
        "contacts.html",
        contacts=page.rows,
        more=f"/contacts?{urlencode(chosen)}&{page.more}" if page.more else "",
        words=words,
        chosen=chosen,
        is_picked=is_picked,
        connections=context.services.connection_names,
        proposed=page.words,
        erased=await _erased(context),
    )


async def _erased(context: RequestContext) -> dict[str, Any] | None:
    """The figures of the erasure that the address names, for an admin."""
    code = context.query("erased")
    if not code or not context.may(Role.ADMIN):
        return None
    noted = await context.services.store.erasing.erasures()
    return next(
        (
            {
                "code": one.code,
                "gone": erased_in_words(one.figures, context.translator),
                "not_reached": NOT_REACHED,
            }
            for one in noted
            if one.code == code
        ),
        None,
    )


def _picked(context: RequestContext, wanted: ContactFilter) -> _Page:
    """A page of contacts that pass a filter; blocks."""
    log = context.services.store.log
    found, after = log.contacts(wanted, after=context.query("after"), limit=_PAGE_SIZE)
    rows = [ContactRow(one.key, None, one.facts) for one in found]
    return _Page(rows=rows, more=urlencode({"after": after}) if after else "", words=_words_in(log))


def _latest(context: RequestContext, wanted: ContactFilter) -> _Page:
    """A page of the people who wrote last, or of people whom a text finds; blocks."""
    services, log = context.services, context.services.store.log
    older = None
    if wanted.text:
        latest = find_people(services, wanted.text)[:_PAGE_SIZE]
    else:
        before = context.id_in_query("before")
        latest, older = log.latest_of_people(before=before, limit=_PAGE_SIZE)
    more = f"before={format_id(older)}" if older else ""
    return _Page(rows=_rows_of(services, latest), more=more, words=_words_in(log))


def _words_in(log: Log) -> _Words:
    tags: set[str] = set()
    values: set[str] = set()
    colleagues: set[str] = set()
    # One by one, because all their remembered values together would take a lot of memory.
    for one in islice(every_contact(log, ContactFilter()), _ASKED_FOR_WORDS):
        tags.update(map(str, one.facts["tags"]))
        values.update(one.facts["state"])
        colleagues.add(assignee_of(one.facts))
    return _Words(*(_proposed(words) for words in (tags, values, colleagues)))


def _proposed(words: set[str]) -> list[str]:
    return sorted(words - {""})[:_MOST_PROPOSED]


def _rows_of(services: Services, latest: Sequence[EventRow]) -> list[ContactRow]:
    keys = [row.contact or "" for row in latest]
    known = services.store.log.known_people(set(keys))
    return [ContactRow(key, row, known.get(key, {})) for key, row in zip(keys, latest, strict=True)]


def find_people(services: Services, text: str) -> list[EventRow]:
    """The latest event of each person with this id, or with this text in their name or words.

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
