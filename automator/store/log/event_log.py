"""The part of the log for events: lists, whole events, and the events of a person."""

from collections.abc import Callable, Collection

from sqlalchemy import bindparam, func, select

from automator.model import Event, first_id_of
from automator.model.log_filters import EVERY_EVENT, EventFilter
from automator.store.contacts.person_keys import person_of
from automator.store.database.statements import KEYS, Statement
from automator.store.log import queries
from automator.store.log.reader import (
    FoundRows,
    IsAwaited,
    Reader,
    id_range,
    in_pages,
    newest_first,
)
from automator.store.schema.encoding import storable_key
from automator.store.schema.tables import events
from automator.store.search.log_rows import (
    EVENT_COLUMNS,
    EventRow,
    event_from_row,
    event_row_from_row,
)
from automator.store.search.terms import wanted_in_index
from automator.store.search.tokenizer import fold_text
from automator.store.search.word_index import EVENT_WORDS, NEWEST

#: For a search for a part of a word: how many of the newest events are searched; below, how many
#: characters of each text, how many characters the part must have, how many events are found.
MOST_LOOKED_THROUGH = 2_000
_LONGEST_TEXT = 500
_SHORTEST_PART = 3
_MOST_WITH_PART = 20
# Prepared, because every follow-up that begins runs this query.
OF_CONTACT_AFTER = Statement(
    select(*EVENT_COLUMNS)
    .where(events.c.contact.in_(KEYS), events.c.id > bindparam("after"))
    .order_by(events.c.id)
    .limit(bindparam("most"))
)


class EventLog(Reader):
    """Reads events. Pages have the newest first; `before` is the last id of the page before."""

    def events(
        self,
        wanted: EventFilter = EVERY_EVENT,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
        is_awaited: IsAwaited | None = None,
    ) -> FoundRows[EventRow]:
        """A page of events. With `after`, it begins after that id and has the oldest first.

        `is_awaited` is for a caller who may stop waiting; see `Reader.found_page`.
        """
        wanted = self.with_contact_keys(wanted)
        query = queries.EVENT_ROWS.where(*queries.event_conditions(wanted))
        terms = wanted_in_index(wanted)
        if wanted.event_id is None and (terms.groups or terms.is_hopeless):
            ids = id_range(wanted, before, after)
            index = EVENT_WORDS.for_contact(wanted.contact_keys, terms.groups)
            found = self.found_page(
                query, events.c.id, index, terms, ids, limit, is_awaited=is_awaited
            )
            return found.each(event_row_from_row)
        page = in_pages(query, events.c.id, before=before, after=after, limit=limit)
        return FoundRows([event_row_from_row(row) for row in self.all_of(page)])

    def events_with_part(self, part: str) -> list[EventRow]:
        """The newest events whose text or name contains `part`, anywhere.

        The index of words finds only beginnings of words, so the events are read one by one.
        """
        letters = fold_text(part).strip()
        if len(letters) < _SHORTEST_PART:
            return []
        text = func.substr(events.c.text, 1, _LONGEST_TEXT).label("text")
        query = select(events.c.id, text, events.c.actor_name)
        newest = self.all_of(newest_first(query, events.c.id, NEWEST, MOST_LOOKED_THROUGH))
        ids = [
            row.id
            for row in newest
            if letters in fold_text(row.text) or letters in fold_text(row.actor_name)
        ][:_MOST_WITH_PART]
        page = queries.EVENT_ROWS.where(events.c.id.in_(ids)).order_by(events.c.id.desc())
        return [event_row_from_row(row) for row in self.all_of(page)] if ids else []

    def events_with_ids(self, event_ids: Collection[int]) -> dict[int, Event]:
        """Whole events by their ids, without deleted ones."""
        query = select(*EVENT_COLUMNS).where(events.c.id.in_(event_ids))
        return {row.id: event_from_row(row) for row in self.all_of(query)}

    def whole_events(self, *, after: int, until_ms: int, limit: int) -> list[Event]:
        """Whole events after an id and before a time, oldest first."""
        query = (
            select(*EVENT_COLUMNS)
            .where(events.c.id > after, events.c.id < first_id_of(until_ms))
            .order_by(events.c.id)
            .limit(limit)
        )
        return [event_from_row(row) for row in self.all_of(query)]

    def count_events(self, *, after: int, until_ms: int) -> int:
        """The number of events after an id and before a time."""
        query = select(func.count()).where(events.c.id > after, events.c.id < first_id_of(until_ms))
        with self.engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def before_newest(self, count: int) -> int:
        """The id after which there are exactly `count` events; 0 if there are fewer."""
        query = select(events.c.id).order_by(events.c.id.desc()).offset(count).limit(1)
        return next((int(row.id) for row in self.all_of(query)), 0)

    def own_events_between(
        self, connection: str, since_ms: int, until_ms: int, limit: int
    ) -> list[Event]:
        """Events by our own account at a connection, oldest first. Times are in milliseconds."""
        query = (
            select(*EVENT_COLUMNS)
            .where(
                events.c.connection == connection,
                events.c.id >= first_id_of(since_ms),
                events.c.id < first_id_of(until_ms),
                events.c.is_self == 1,
            )
            .order_by(events.c.id)
            .limit(limit)
        )
        return [event_from_row(row) for row in self.all_of(query)]

    def event_with_key(self, connection: str, dedupe_key: str) -> int | None:
        """The id of a connection's event with this dedupe key; None if there is none."""
        query = select(events.c.id).where(
            events.c.connection == connection,
            events.c.dedupe_key == storable_key(dedupe_key),
        )
        found = self.all_of(query)
        return found[0].id if found else None

    def events_with_keys_between(
        self, connections: Collection[str], first: str, last: str, limit: int
    ) -> list[EventRow]:
        """The newest events of these connections with dedupe keys from `first` to `last`."""
        query = queries.EVENT_ROWS.where(
            events.c.connection.in_(connections), events.c.dedupe_key.between(first, last)
        )
        page = query.order_by(events.c.id.desc()).limit(limit)
        return [event_row_from_row(row) for row in self.all_of(page)]

    def events_of_contact_after(
        self,
        contact: str,
        after_event_id: int,
        limit: int = 100,
        is_wanted: Callable[[str], bool] = lambda _type: True,
    ) -> list[Event]:
        """Events of a person after an event, oldest first, under any of the person's keys.

        Only the first `limit` events are looked at; of these, only the wanted types are read.
        """
        with self.queries() as db:
            keys = person_of(db, contact)
            found = db.query_in(OF_CONTACT_AFTER, keys, after=after_event_id, most=limit)
        return [event_from_row(row) for row in found if is_wanted(row.type)]
