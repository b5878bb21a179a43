"""The log of people: who wrote last, and who has a name or an id."""

from collections.abc import Collection, Sequence

from sqlalchemy import exists, select

from automator.model import record
from automator.store.contacts.people import People
from automator.store.log import queries
from automator.store.log.reader import Reader
from automator.store.schema.encoding import load_json
from automator.store.schema.state_tables import contacts
from automator.store.schema.tables import events
from automator.store.search.log_rows import EventRow, event_row_from_row

#: Events that are looked at for one page of people.
_MOST_EVENTS = 5_000


@record
class KnownPerson:
    """The known facts about somebody beside their events."""

    name: str | None
    tags: Sequence[str]
    is_opted_out: bool
    #: Milliseconds; when somebody of ours last wrote to them by hand.
    human_reply_at: int | None


class PeopleLog(Reader):
    """The people who wrote."""

    def latest_of_people(
        self, *, before: int | None, limit: int
    ) -> tuple[list[EventRow], int | None]:
        """The latest event of each person, the newest first, and from where to go on.

        A page looks at a bounded number of events: it can be short, and others come after it.
        """
        ids = select(events.c.id).order_by(events.c.id.desc())
        if before is not None:
            ids = ids.where(events.c.id < before)
        oldest = self.all_of(ids.offset(_MOST_EVENTS - 1).limit(1))
        first_id = oldest[0].id if oldest else 0
        later = events.alias("later")
        wrote_again = exists().where(
            later.c.contact == events.c.contact, later.c.id > events.c.id, later.c.is_self == 0
        )
        query = queries.EVENT_ROWS.where(
            events.c.id >= first_id, events.c.contact.is_not(None), events.c.is_self == 0
        ).where(~wrote_again)
        if before is not None:
            query = query.where(events.c.id < before)
        page = query.order_by(events.c.id.desc()).limit(limit)
        rows = [event_row_from_row(row) for row in self.all_of(page)]
        if len(rows) == limit:
            return rows, rows[-1].id
        return rows, first_id or None

    def people_with_several_keys(self, keys: Collection[str]) -> dict[str, list[str]]:
        """All keys of the people who have more than one, by each of these keys."""
        with self.queries() as db:
            people = People(db, keys)
            if not people.has_aliases:
                return {}
            found = {key: people.all_keys(key) for key in keys}
        return {key: of_one for key, of_one in found.items() if len(of_one) > 1}

    def known_people(self, keys: Collection[str]) -> dict[str, KnownPerson]:
        """The known facts about people, by their keys; people without any are missing."""
        query = select(
            contacts.c.key,
            contacts.c.name,
            contacts.c.tags,
            contacts.c.opted_out_at,
            contacts.c.human_reply_at,
        ).where(contacts.c.key.in_(sorted(keys)))
        return {
            row.key: KnownPerson(
                name=row.name,
                tags=load_json(row.tags),
                is_opted_out=row.opted_out_at is not None,
                human_reply_at=row.human_reply_at,
            )
            for row in (self.all_of(query) if keys else ())
        }
