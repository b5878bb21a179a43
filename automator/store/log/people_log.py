"""Reads people: who wrote last, who they are, and which contacts a filter selects."""

import sys
from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, or_, select

from automator.model import AttemptStatus, first_id_of, hook_of, record
from automator.model.event import account_connection
from automator.model.own_events import SCHEDULE_CONTACT
from automator.store.contacts.contact_rows import contact_from_row, load_contacts
from automator.store.contacts.person_keys import People, contact_key
from automator.store.documents.staff_notes import StaffNote, staff_notes
from automator.store.log import queries
from automator.store.log.reader import Reader
from automator.store.schema.state_tables import contacts
from automator.store.schema.tables import attempts, events, runs
from automator.store.search.log_rows import EventRow, event_row_from_row
from automator.store.search.tokenizer import fold_text

#: How many events are read for one page of people.
_MOST_EVENTS = 5_000
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
        self, *, before: int | None, limit: int, event_type: str = ""
    ) -> tuple[list[EventRow], int | None]:
        """The latest event of each person, or the latest of one type, newest first.

        Also returns the id before which the next page begins. Events that a schedule raised about
        people are left out. A page reads a limited number of events, so it can be short although
        more pages follow.
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
        """The times in milliseconds when rules last sent something to these people, by key.

        Only answers to events that came in after `since_ms` count.
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
