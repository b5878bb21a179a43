"""The log: everything that came in and was done, for reading only, from any thread."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Column, Engine, Select, func, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ColumnElement
from tinydb import TinyDB

from automator.model import (
    Delivery,
    Event,
    NotFoundError,
    RunState,
    StoreUnavailableError,
    Verdict,
)
from automator.store import queries
from automator.store.contacts import CONTACT_COLUMNS, contact_from_row
from automator.store.dialect import Database
from automator.store.documents import with_documents
from automator.store.failure import Failure
from automator.store.log_rows import (
    ATTEMPT_COLUMNS,
    DELIVERY_COLUMNS,
    EVENT_COLUMNS,
    Counts,
    DeliveryRow,
    EventDetail,
    EventRow,
    RunDetail,
    RunRow,
    attempt_from_row,
    delivery_from_row,
    delivery_row_from_row,
    event_from_row,
    event_row_from_row,
    run_row_from_row,
)
from automator.store.nodes import LATEST_FIRST, NodeRow, node_from_row
from automator.store.rulesets import NEWEST_FIRST, RuleSetRow, ruleset_from_row
from automator.store.tables import attempts, contact_aliases, contacts, deliveries, events, runs
from automator.store.tables import rulesets as rulesets_table

T = TypeVar("T")

#: Rows that changed, reported at once, at most.
_MOST_CHANGES = 200


class Log:
    """Read-only connections to the database. Pages are newest first; `before` is the last id."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, database: Database) -> "Log":
        """The log of a database.

        Raises:
            NotFoundError: there is no such database.
        """
        if not database.exists():
            raise NotFoundError(
                f"there is no database {database.place}",
                fix="Start the server once, or name its folder: --data FOLDER",
            )
        return cls(database.read_engine())

    def check(self) -> None:
        """Makes sure that it can be read.

        Raises:
            NotFoundError: no server has ever worked on this database.
            StoreUnavailableError: the database server cannot be reached.
        """
        try:
            self.latest_revision()
        except DBAPIError as error:
            failure = Failure(error)
            if failure.is_unavailable:
                raise StoreUnavailableError(
                    f"the database cannot be read: {failure.cause}", fix=failure.fix
                ) from error
            raise NotFoundError(
                f"the database {self.engine.url.database} has no tables of ours",
                fix="Start the server once, or check the address of the database.",
            ) from error

    def close(self) -> None:
        """Lets the database go."""
        self.engine.dispose()

    # --- Runs ---

    def runs(
        self,
        *,
        state: RunState | None = None,
        rule: str | None = None,
        connection: str | None = None,
        contact: str | None = None,
        text: str | None = None,
        event_id: int | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[RunRow]:
        """A page of runs. `contact` is a contact's key; `text` is looked for in the event."""
        where: list[ColumnElement[bool]] = []
        if state is not None:
            where.append(queries.in_state(state))
        if rule is not None:
            where.append(runs.c.rule == rule)
        if connection is not None:
            where.append(events.c.connection == connection)
        if contact is not None:
            where.append(events.c.contact.in_(self._keys_of(contact)))
        if text:
            where.append(queries.text_matches(text))
        if event_id is not None:
            where.append(runs.c.event_id == event_id)
        page = _page(queries.RUN_ROWS.where(*where), runs.c.id, before, limit)
        return [run_row_from_row(row) for row in self._all(page)]

    def changed_since(self, run_id: int, attempt_id: int) -> tuple[list[RunRow], int, int]:
        """Runs that are new or were tried since, with the ids to ask with the next time."""
        tried = select(attempts.c.run_id).where(attempts.c.id > attempt_id)
        with self.engine.connect() as connection:
            newest_run = connection.execute(select(func.max(runs.c.id))).scalar_one()
            newest_attempt = connection.execute(select(func.max(attempts.c.id))).scalar_one()
            page = queries.RUN_ROWS.where(or_(runs.c.id > run_id, runs.c.id.in_(tried)))
            rows = connection.execute(_page(page, runs.c.id, None, _MOST_CHANGES)).all()
        found = [run_row_from_row(row) for row in rows]
        return found, max(run_id, newest_run or 0), max(attempt_id, newest_attempt or 0)

    def run(self, run_id: int) -> RunDetail | None:
        """A run with everything that belongs to it."""
        found = self._all(queries.RUN_ROWS.where(runs.c.id == run_id))
        if not found:
            return None
        row = run_row_from_row(found[0])
        event = self._all(select(*EVENT_COLUMNS).where(events.c.id == row.run.event_id))[0]
        tries = select(*ATTEMPT_COLUMNS).where(attempts.c.run_id == run_id).order_by(attempts.c.id)
        children = queries.RUN_ROWS.where(runs.c.parent_id == run_id).order_by(runs.c.id)
        return RunDetail(
            run=row.run,
            event=event_from_row(event),
            attempts=tuple(attempt_from_row(item) for item in self._all(tries)),
            children=tuple(run_row_from_row(item) for item in self._all(children)),
        )

    def follow_ups(self, limit: int = 50, before: int | None = None) -> list[RunRow]:
        """Follow-ups that wait for their time."""
        query = queries.RUN_ROWS.where(queries.waiting_follow_up())
        return [run_row_from_row(row) for row in self._all(_page(query, runs.c.id, before, limit))]

    # --- Events ---

    def event(self, event_id: int) -> EventDetail | None:
        """An event with everything that belongs to it."""
        found = self._all(select(*EVENT_COLUMNS).where(events.c.id == event_id))
        if not found:
            return None
        event = event_from_row(found[0])
        return EventDetail(
            event=event,
            delivery=self.delivery(event.delivery_id),
            runs=tuple(self.runs(event_id=event_id, limit=1000)),
            revision=found[0].revision,
        )

    def events(
        self,
        *,
        connection: str | None = None,
        type: str | None = None,  # noqa: A002 - the field is called so everywhere.
        matched: bool | None = None,
        text: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[EventRow]:
        """A page of events. `matched` asks for those that did or did not start a run."""
        where: list[ColumnElement[bool]] = []
        if connection is not None:
            where.append(events.c.connection == connection)
        if type is not None:
            where.append(events.c.type == type)
        if matched is not None:
            where.append(queries.has_runs() if matched else ~queries.has_runs())
        if text:
            where.append(queries.text_matches(text))
        page = _page(queries.EVENT_ROWS.where(*where), events.c.id, before, limit)
        return [event_row_from_row(row) for row in self._all(page)]

    def events_of_contact_after(
        self, contact: str, after_event_id: int, limit: int = 100
    ) -> list[Event]:
        """What a person did after an event, oldest first, under any of their keys."""
        query = (
            select(*EVENT_COLUMNS)
            .where(events.c.contact.in_(self._keys_of(contact)), events.c.id > after_event_id)
            .order_by(events.c.id)
            .limit(limit)
        )
        return [event_from_row(row) for row in self._all(query)]

    # --- Deliveries ---

    def deliveries(
        self, *, verdict: Verdict | None = None, before: int | None = None, limit: int = 50
    ) -> list[DeliveryRow]:
        """A page of deliveries."""
        query = queries.DELIVERY_ROWS
        if verdict is not None:
            query = query.where(queries.has_verdict(verdict))
        page = _page(query, deliveries.c.id, before, limit)
        return [delivery_row_from_row(row) for row in self._all(page)]

    def delivery(self, delivery_id: int) -> Delivery | None:
        """A delivery as it came, byte for byte."""
        rows = self._all(select(*DELIVERY_COLUMNS).where(deliveries.c.id == delivery_id))
        return delivery_from_row(rows[0]) if rows else None

    # --- The rest ---

    def counts(self, since_ms: int) -> Counts:
        """How much there was since a time, milliseconds."""
        first = queries.first_id_of(since_ms)
        by_state = (
            select(runs.c.state, func.count()).where(runs.c.id >= first).group_by(runs.c.state)
        )
        rejected = select(func.count()).where(
            queries.has_verdict(Verdict.REJECTED), deliveries.c.id >= first
        )
        waiting = select(func.count()).select_from(runs).where(queries.waiting_follow_up())
        with self.engine.connect() as connection:
            found = {row[0]: row[1] for row in connection.execute(by_state)}
            return Counts(
                events=connection.execute(
                    select(func.count()).where(events.c.id >= first)
                ).scalar_one(),
                runs={state.label: found.get(int(state), 0) for state in RunState},
                rejected_deliveries=connection.execute(rejected).scalar_one(),
                waiting_follow_ups=connection.execute(waiting).scalar_one(),
            )

    def ruleset(self, revision: int) -> RuleSetRow | None:
        """One revision of the rules."""
        rows = self._all(NEWEST_FIRST.where(rulesets_table.c.revision == revision))
        return ruleset_from_row(rows[0]) if rows else None

    def latest_ruleset(self) -> RuleSetRow | None:
        """The newest revision of the rules, if any was published."""
        rows = self._all(NEWEST_FIRST.limit(1))
        return ruleset_from_row(rows[0]) if rows else None

    def rulesets(self, limit: int = 50) -> list[RuleSetRow]:
        """The newest revisions of the rules."""
        return [ruleset_from_row(row) for row in self._all(NEWEST_FIRST.limit(limit))]

    def was_published(self, digest: str) -> bool:
        """Some revision, however old, was exactly this rule set."""
        query = select(rulesets_table.c.revision).where(rulesets_table.c.digest == digest)
        return bool(self._all(query.limit(1)))

    def latest_revision(self) -> int:
        """The number of the newest revision of the rules; 0 when none was published."""
        return int(self._all(select(func.coalesce(func.max(rulesets_table.c.revision), 0)))[0][0])

    def nodes(self) -> list[NodeRow]:
        """The processes that work on this database; the one seen last is first."""
        return [node_from_row(row) for row in self._all(LATEST_FIRST)]

    def contact(self, key: str) -> Mapping[str, Any]:
        """What is known of a contact, under any of their keys; empty when nothing is."""
        rows = self._all(select(*CONTACT_COLUMNS).where(contacts.c.key == self._keys_of(key)[0]))
        return contact_from_row(rows[0]) if rows else {}

    def read_documents(self, name: str, function: Callable[[TinyDB], T]) -> T:
        """Reads a set of documents through TinyDB."""
        with self.engine.connect() as connection:
            return with_documents(connection, name, function, writable=False)

    def _keys_of(self, contact: str) -> list[str]:
        """All keys of a person; the first is the one whose row holds what is known."""
        query = select(contact_aliases.c.contact).where(contact_aliases.c.alias == contact)
        with self.engine.connect() as connection:
            root = connection.execute(query).scalar_one_or_none() or contact
            others: Iterable[str] = connection.execute(
                select(contact_aliases.c.alias).where(contact_aliases.c.contact == root)
            ).scalars()
            return [root, *others]

    def _all(self, query: Select[Any]) -> Sequence[Any]:
        with self.engine.connect() as connection:
            return connection.execute(query).all()


def _page(query: Select[Any], key: Column[Any], before: int | None, limit: int) -> Select[Any]:
    if before is not None:
        query = query.where(key < before)
    return query.order_by(key.desc()).limit(limit)
