"""Reads people: who wrote last, who they are, and which contacts a filter selects."""

import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, not_, or_, select

from automator.model import first_id_of, hook_of, record
from automator.model.event import account_connection
from automator.model.own_events import SCHEDULE_CONTACT
from automator.store.contacts.contact_rows import contact_from_row, load_contacts
from automator.store.contacts.contacts import Mark
from automator.store.contacts.person_keys import People, contact_key
from automator.store.documents.staff_notes import StaffNote, staff_notes
from automator.store.log import queries
from automator.store.log.figures.answer_log import IN_PUBLIC, REALLY_SAID
from automator.store.log.reader import Reader
from automator.store.schema.encoding import dataclass_of
from automator.store.schema.state_tables import contacts, marks
from automator.store.schema.tables import attempts, events, runs
from automator.store.search.log_rows import EventRow, event_row_from_row
from automator.store.search.tokenizer import fold_text

#: How many events are read for one page of people.
_MOST_EVENTS = 5_000
#: How many unanswered events are read for one page of the inbox.
_MOST_WRITTEN = 1_000
#: How many contacts are read for one page of a filtered list.
_MOST_CONTACTS = 5_000
#: How many of these contacts are in memory at once. A contact's values may be 16 KiB of JSON, which
#: takes ten times as much memory when parsed.
_PORTION = 100

#: The facts about contacts by which a filter can select.
Only = Literal["", "opted_out", "blocked", "unassigned"]
ONLY: tuple[Only, ...] = get_args(Only)
#: The name of a contact's value with the colleague who looks after them.
ASSIGNEE = "assignee"


@record
class ContactFilter:
    """Selects contacts. A field that is "" selects every contact."""

    #: The name of a connection. If it has several accounts, all of them are meant.
    connection: str = ""
    #: A tag that the contacts have.
    tag: str = ""
    #: The name of a value that is stored for the contacts.
    value: str = ""
    #: The colleague who looks after the contacts; case and accents do not matter.
    assignee: str = ""
    #: Only contacts who have opted out, who are blocked, or whom nobody looks after.
    only: Only = ""
    #: A part of the name, the id or a stored value; case and accents do not matter.
    text: str = ""

    @property
    def is_set(self) -> bool:
        """Whether the filter leaves any contact out."""
        return self != ContactFilter()

    def admits(self, contact: "KnownContact") -> bool:
        """Whether the filter selects a contact."""
        facts = contact.facts
        known_as = (facts["name"], facts["id"], *facts["state"].values())
        wanted = fold_text(self.text)
        return (
            self.connection in ("", contact.connection, hook_of(contact.connection))
            and (not self.tag or self.tag in facts["tags"])
            and (not self.value or facts["state"].get(self.value) is not None)
            and (not self.assignee or is_looked_after_by(facts, self.assignee))
            and self._has_fact(facts)
            and any(wanted in fold_text(str(one or "")) for one in known_as)
        )

    def _has_fact(self, facts: Mapping[str, Any]) -> bool:
        if self.only == "unassigned":
            return is_looked_after_by(facts, "")
        return not self.only or bool(facts[self.only])


def is_looked_after_by(facts: Mapping[str, Any], name: str) -> bool:
    """Whether this colleague looks after the contact. With "" as name: whether nobody does."""
    return is_same_name(str(facts["state"].get(ASSIGNEE) or ""), name)


def is_same_name(one: str, other: str) -> bool:
    """Whether two names of colleagues are the same; case and accents do not matter."""
    return fold_text(one) == fold_text(other)


@record(kw_only=False)
class Reply:
    """The last message of a rule, or of a colleague who wrote here, to somebody."""

    #: The time in milliseconds.
    at: int
    rule: str


@record
class KnownContact:
    """A person about whom something is stored."""

    #: `connection:id`, the main key of the person.
    key: str
    #: The contact in the form that rules see.
    facts: Mapping[str, Any]

    @property
    def connection(self) -> str:
        """The connection through which the person writes."""
        return self.key.partition(":")[0]


class PeopleLog(Reader):
    """Reads people and their contacts."""

    def contacts(
        self, wanted: ContactFilter, *, after: str = "", limit: int, most: int = _MOST_CONTACTS
    ) -> tuple[list[KnownContact], str]:
        """Contacts that a filter selects, by key, beginning after the key `after`.

        Also returns the key after which the next page begins; "" at the end. A page reads at most
        `most` contacts, so it can be short although more pages follow.
        """
        most = most if wanted.is_set else limit
        query = select(contacts).order_by(contacts.c.key)
        if wanted.connection:
            of_accounts = account_connection(wanted.connection, "")
            own = contact_key(wanted.connection, "")
            begins = [contacts.c.key.startswith(one, autoescape=True) for one in (of_accounts, own)]
            query = query.where(or_(*begins))
            if self.engine.dialect.name == "sqlite":
                # Keys are sorted by code points, so all keys of a connection are together.
                query = query.where(contacts.c.key.between(of_accounts, own + chr(sys.maxunicode)))
        found: list[KnownContact] = []
        while most > 0:
            size = min(most, _PORTION)
            rows = self.all_of(query.where(contacts.c.key > after).limit(size))
            for row in rows:
                contact = KnownContact(key=row.key, facts=contact_from_row(row))
                if wanted.admits(contact):
                    found.append(contact)
                if len(found) == limit:
                    return found, row.key
            if len(rows) < size:
                return found, ""
            after = rows[-1].key
            most -= size
        return found, after

    def latest_of_people(
        self, *, before: int | None, limit: int
    ) -> tuple[list[EventRow], int | None]:
        """The latest event of each person, newest first.

        Also returns the id before which the next page begins. Events that a schedule raised about
        people are left out. A page reads a limited number of events, so it can be short although
        more pages follow.
        """

        def is_wanted(table: FromClause) -> ColumnElement[bool]:
            return table.c.type != SCHEDULE_CONTACT

        return self._latest_of_each("contact", is_wanted, before, limit)

    def latest_of_threads(
        self,
        providers: Collection[str],
        *,
        before: int | None,
        limit: int,
        connection: str = "",
        marked: str = "",
    ) -> tuple[list[EventRow], int | None]:
        """The latest event in each conversation and below each comment, as a page of people.

        Only events of these providers count, and of one connection if it is named. `marked`: only
        threads with this mark, if nobody has written there since.
        """

        def is_wanted(table: FromClause) -> ColumnElement[bool]:
            of_providers = table.c.provider.in_(providers)
            if not connection:
                return of_providers
            # So that SQLite reads the newest events, and not all events of the connection.
            name = table.c.connection.concat("")
            of_accounts = name.startswith(account_connection(connection, ""), autoescape=True)
            return and_(of_providers, or_(name == connection, of_accounts))

        return self._latest_of_each("thread", is_wanted, before, limit, marked)

    def latest_in_threads(self, threads: Collection[str]) -> list[EventRow]:
        """The latest event of people in each of these threads, the newest first."""
        newest = (
            select(func.max(events.c.id))
            .where(events.c.thread.in_(threads), events.c.is_self == 0)
            .group_by(events.c.thread)
        )
        query = queries.EVENT_ROWS.where(events.c.id.in_(newest)).order_by(events.c.id.desc())
        return [event_row_from_row(row) for row in self.all_of(query)] if threads else []

    def _latest_of_each(
        self,
        key: str,
        is_wanted: Callable[[FromClause], ColumnElement[bool]],
        before: int | None,
        limit: int,
        marked: str = "",
    ) -> tuple[list[EventRow], int | None]:
        """The latest wanted event of people with each value of a column, as a page of people."""
        # A mark that still counts names the latest event. So marks are read, newest event first,
        # instead of thousands of events of which few are marked.
        number = marks.c.event_id if marked else events.c.id
        ids = select(number).order_by(number.desc())
        if before is not None:
            ids = ids.where(number < before)
        oldest = self.all_of(ids.offset(_MOST_EVENTS - 1).limit(1))
        first_id = oldest[0][0] if oldest else 0
        later = events.alias("later")
        wrote_again = exists().where(
            later.c[key] == events.c[key],
            later.c.id > events.c.id,
            later.c.is_self == 0,
            is_wanted(later),
        )
        query = queries.EVENT_ROWS.where(
            number >= first_id,
            events.c[key].is_not(None),
            events.c.is_self == 0,
            is_wanted(events),
        ).where(~wrote_again)
        if marked:
            query = query.where(marks.c.event_id == events.c.id, marks.c.state == marked)
        if before is not None:
            query = query.where(number < before)
        page = query.order_by(number.desc()).limit(limit)
        rows = [event_row_from_row(row) for row in self.all_of(page)]
        if len(rows) == limit:
            return rows, rows[-1].id
        return rows, first_id or None

    def written_since(self, threads: Mapping[str, int]) -> list[EventRow]:
        """The events of people in each thread after a time in milliseconds, the newest first.

        Of all threads together, a limited number of events is read.
        """
        if not threads:
            return []
        query = queries.EVENT_ROWS.where(
            events.c.thread.in_(threads),
            events.c.is_self == 0,
            events.c.id >= first_id_of(min(threads.values())),
        )
        page = self.all_of(query.order_by(events.c.id.desc()).limit(_MOST_WRITTEN))
        rows = [event_row_from_row(row) for row in page]
        return [row for row in rows if row.thread and row.received_at > threads[row.thread]]

    def events_of_thread(self, thread: str, limit: int) -> list[EventRow]:
        """The newest events of a thread, ours included, the newest first."""
        query = queries.EVENT_ROWS.where(events.c.thread == thread)
        page = self.all_of(query.order_by(events.c.id.desc()).limit(limit))
        return [event_row_from_row(row) for row in page]

    def last_replies(
        self, keys: Collection[str], since_ms: int, *, in_public: bool
    ) -> dict[str, list[Reply]]:
        """The last reply of each rule, and of colleagues here, by threads or by contacts' keys.

        `in_public`: all replies to the comments of these threads. Otherwise all private messages
        to these contacts. Only replies to events that came in after `since_ms` count.
        """
        key = events.c.thread if in_public else events.c.contact
        query = (
            select(key, attempts.c.rule, func.max(attempts.c.started_at))
            .join_from(events, runs, runs.c.event_id == events.c.id)
            .join(attempts, attempts.c.run_id == runs.c.id)
            .where(
                key.in_(keys),
                events.c.id >= first_id_of(since_ms),
                REALLY_SAID,
            )
            .group_by(key, attempts.c.rule)
        )
        if not in_public:
            query = query.where(not_(IN_PUBLIC))
        found: dict[str, list[Reply]] = {}
        for one, rule, at in self.all_of(query) if keys else ():
            found.setdefault(one, []).append(Reply(at=at, rule=rule))
        return found

    def own_comments_in(self, threads: Collection[str]) -> dict[str, int]:
        """The times of our own accounts' last comments in these threads, in milliseconds."""
        query = (
            select(events.c.thread, func.max(events.c.received_at))
            .where(events.c.thread.in_(threads), events.c.is_self == 1)
            .group_by(events.c.thread)
        )
        return dict(self.all_of(query)) if threads else {}

    def marks(self, threads: Collection[str]) -> dict[str, Mark]:
        """The marks of colleagues on these threads."""
        query = select(marks).where(marks.c.thread.in_(threads))
        return {row.thread: dataclass_of(Mark, row) for row in self.all_of(query) if threads}

    def marks_of_person(self, keys: Collection[str]) -> list[Mark]:
        """The marks of colleagues on all threads of a person, by all keys of the person."""
        query = select(marks).where(marks.c.contact.in_(keys)).order_by(marks.c.at)
        return [dataclass_of(Mark, row) for row in self.all_of(query)]

    def people_with_several_keys(self, keys: Collection[str]) -> dict[str, list[str]]:
        """All keys of people who have several, by each of these keys."""
        with self.queries() as db:
            people = People(db, keys)
            if not people.has_aliases:
                return {}
            found = {key: people.all_keys(key) for key in keys}
        return {key: of_one for key, of_one in found.items() if len(of_one) > 1}

    def known_people(self, keys: Collection[str]) -> dict[str, Mapping[str, Any]]:
        """The contacts of these keys, in the form that rules see, without unknown people."""
        with self.queries() as db:
            return load_contacts(db, keys)

    def staff_notes(self, keys: Collection[str]) -> dict[str, list[StaffNote]]:
        """The notes of colleagues about people, newest first, by these keys; without empty ones."""
        with self.queries() as db:
            return staff_notes(db, keys)
