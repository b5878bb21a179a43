"""The log of people: who wrote last, who they are, and which contacts a filter picks."""

import sys
from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, or_, select

from automator.model import AttemptStatus, first_id_of, hook_of, record
from automator.model.event import account_connection
from automator.model.own_events import SCHEDULE_CONTACT
from automator.store.contacts.contact_rows import contact_from_row, load_contacts
from automator.store.contacts.people import People, contact_key
from automator.store.documents.staff_notes import StaffNote, staff_notes
from automator.store.log import queries
from automator.store.log.reader import Reader
from automator.store.schema.state_tables import contacts
from automator.store.schema.tables import attempts, events, runs
from automator.store.search.log_rows import EventRow, event_row_from_row
from automator.store.search.tokenizer import fold_text

#: Events that are looked at for one page of people.
_MOST_EVENTS = 5_000
#: Contacts that are read for one page of a filtered list.
_MOST_CONTACTS = 5_000
#: Contacts that are held in memory at once for it. The values of a contact may be 16 KiB of JSON,
#: which takes ten times as much memory once it is parsed.
_PORTION = 100

#: Facts about contacts that a filter can ask for.
Only = Literal["", "opted_out", "blocked", "unassigned"]
ONLY: tuple[Only, ...] = get_args(Only)
#: The value of a contact with the name of the colleague who looks after them.
ASSIGNEE = "assignee"


@record
class ContactFilter:
    """A filter of contacts; an empty text is no restriction."""

    #: The name of a connection; the name of one with several accounts means all of these.
    connection: str = ""
    #: A tag that they have.
    tag: str = ""
    #: The name of a value that is remembered about them.
    value: str = ""
    #: The colleague who looks after them, ignoring case and accents.
    assignee: str = ""
    #: Only contacts that have opted out, that are blocked, or that nobody looks after.
    only: Only = ""
    #: A part of the name, of the id or of a remembered value, ignoring case and accents.
    text: str = ""

    @property
    def is_set(self) -> bool:
        """Whether the filter leaves anybody out."""
        return self != ContactFilter()

    def admits(self, contact: "KnownContact") -> bool:
        """Whether a contact passes the filter."""
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
    """Whether this colleague looks after the contact; with an empty name, whether nobody does."""
    return is_same_name(str(facts["state"].get(ASSIGNEE) or ""), name)


def is_same_name(one: str, other: str) -> bool:
    """Whether two names of colleagues are the same, ignoring case and accents."""
    return fold_text(one) == fold_text(other)


@record
class KnownContact:
    """A person about whom something is known."""

    #: `connection:id`, the key of their row.
    key: str
    #: The contact as rules see it.
    facts: Mapping[str, Any]

    @property
    def connection(self) -> str:
        """The connection through which they write."""
        return self.key.partition(":")[0]


class PeopleLog(Reader):
    """The people who wrote."""

    def contacts(
        self, wanted: ContactFilter, *, after: str = "", limit: int, most: int = _MOST_CONTACTS
    ) -> tuple[list[KnownContact], str]:
        """The contacts that pass a filter, ordered by key and beginning after the key `after`, and
        the key from which to go on, "" at the end.

        A page looks at `most` contacts: it can be short although more pages follow.
        """
        most = most if wanted.is_set else limit
        query = select(contacts).order_by(contacts.c.key)
        if wanted.connection:
            of_accounts = account_connection(wanted.connection, "")
            own = contact_key(wanted.connection, "")
            begins = [contacts.c.key.startswith(one, autoescape=True) for one in (of_accounts, own)]
            query = query.where(or_(*begins))
            if self.engine.dialect.name == "sqlite":
                # Keys are ordered by code points, so the keys of a connection are adjacent.
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
        self, *, before: int | None, limit: int, event_type: str = ""
    ) -> tuple[list[EventRow], int | None]:
        """The latest event of each person, or their latest of a type, the newest first, and from
        where to go on. Events of a schedule about a person do not count.

        A page looks at a bounded number of events: it can be short although more pages follow.
        """

        def comes_from_them(table: FromClause) -> ColumnElement[bool]:
            kind = table.c.type
            wanted = kind == event_type if event_type else kind != SCHEDULE_CONTACT
            return and_(table.c.is_self == 0, wanted)

        ids = select(events.c.id).order_by(events.c.id.desc())
        if before is not None:
            ids = ids.where(events.c.id < before)
        oldest = self.all_of(ids.offset(_MOST_EVENTS - 1).limit(1))
        first_id = oldest[0].id if oldest else 0
        later = events.alias("later")
        wrote_again = exists().where(
            later.c.contact == events.c.contact, later.c.id > events.c.id, comes_from_them(later)
        )
        query = queries.EVENT_ROWS.where(
            events.c.id >= first_id, events.c.contact.is_not(None), comes_from_them(events)
        ).where(~wrote_again)
        if before is not None:
            query = query.where(events.c.id < before)
        page = query.order_by(events.c.id.desc()).limit(limit)
        rows = [event_row_from_row(row) for row in self.all_of(page)]
        if len(rows) == limit:
            return rows, rows[-1].id
        return rows, first_id or None

    def last_answers(self, keys: Collection[str], since_ms: int) -> dict[str, int]:
        """The times at which rules last spoke to people, in milliseconds, by these of their keys.

        Only answers to events that came in since `since_ms` are looked for.
        """
        said_at = func.max(attempts.c.started_at)
        query = (
            select(events.c.contact, said_at)
            .join_from(events, runs, runs.c.event_id == events.c.id)
            .join(attempts, attempts.c.run_id == runs.c.id)
            .where(
                events.c.contact.in_(keys),
                events.c.id >= first_id_of(since_ms),
                attempts.c.said.is_not(None),
                attempts.c.status == AttemptStatus.OK,
            )
            .group_by(events.c.contact)
        )
        return dict(self.all_of(query)) if keys else {}

    def people_with_several_keys(self, keys: Collection[str]) -> dict[str, list[str]]:
        """All keys of the people who have more than one, by each of these keys."""
        with self.queries() as db:
            people = People(db, keys)
            if not people.has_aliases:
                return {}
            found = {key: people.all_keys(key) for key in keys}
        return {key: of_one for key, of_one in found.items() if len(of_one) > 1}

    def known_people(self, keys: Collection[str]) -> dict[str, Mapping[str, Any]]:
        """The contacts of people as rules see them, by these of their keys; people about whom
        nothing is known are missing.
        """
        with self.queries() as db:
            return load_contacts(db, keys)

    def staff_notes(self, keys: Collection[str]) -> dict[str, list[StaffNote]]:
        """The notes of colleagues about people, the newest first, by these of their keys; people
        without notes are left out.
        """
        with self.queries() as db:
            return staff_notes(db, keys)
