"""The log: everything that was received and done, for reading only, from any thread."""

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from automator.model import (
    N_,
    AwaitedEcho,
    Echoed,
    NewRun,
    NotFoundError,
    StoreUnavailableError,
    TargetHealth,
    VariantChoice,
)
from automator.model.log_filters import RunFilter
from automator.reasons.database import STORE_CLOSED
from automator.store.cluster.connection_health import (
    ALL_HEALTH,
    ConnectionHealth,
    connection_health_from_row,
)
from automator.store.cluster.node_leases import LATEST_FIRST, NodeRow
from automator.store.cluster.targets import ALL_TARGETS, WAITING, health_from_row
from automator.store.contacts.contact_rows import load_contacts
from automator.store.database.damage import damaged
from automator.store.database.dialect import Database
from automator.store.database.failure import Failure, cannot_read
from automator.store.database.statements import KEYS
from automator.store.documents.rulesets import (
    NEWEST_FIRST,
    REVISIONS,
    RevisionRow,
    RuleSetRow,
    ruleset_from_row,
)
from automator.store.limits.counters import RUNS_GIVEN_BACK
from automator.store.limits.limit_log import (
    CountedKey,
    counted_by_budgets,
    counted_by_limits,
    key_of_budget,
    key_of_limit,
)
from automator.store.limits.limit_rows import uses_of
from automator.store.limits.standing import LimitStanding, limit_ids, run_of, standing
from automator.store.limits.variants import SAID_AT, chosen
from automator.store.log.delivery_log import DeliveryLog
from automator.store.log.event_log import EventLog
from automator.store.log.figures.answer_log import AnswerLog
from automator.store.log.figures.asked_log import AskedLog
from automator.store.log.figures.funnel_log import FunnelLog
from automator.store.log.figures.rollup_log import RollupLog
from automator.store.log.firing_log import FiringLog
from automator.store.log.overview_log import OverviewLog
from automator.store.log.people_log import PeopleLog
from automator.store.log.pruning import Cutoffs, Stage, count
from automator.store.log.replay_log import ReplayLog
from automator.store.log.run_log import RunLog
from automator.store.log.send_log import SendLog
from automator.store.log.story_log import StoryLog
from automator.store.queue.echoes import ECHO_OF, row_key
from automator.store.runs.schedules import ALL_SCHEDULES, ScheduleRow
from automator.store.runs.seen_values import load_seen
from automator.store.schema.encoding import dataclass_of, load_json
from automator.store.schema.tables import events
from automator.store.schema.upkeep_tables import rulesets as rulesets_table
from automator.store.search.log_rows import EVENT_COLUMNS, EventDetail, event_from_row

T = TypeVar("T")
#: Runs that are asked about at once.
_AT_ONCE = 500


class Log(
    RunLog,
    StoryLog,
    SendLog,
    EventLog,
    DeliveryLog,
    OverviewLog,
    PeopleLog,
    AnswerLog,
    AskedLog,
    FiringLog,
    FunnelLog,
    ReplayLog,
    RollupLog,
):
    """Everything that can be read. Pages are newest first; `before` is the last id."""

    @classmethod
    def open(cls, database: Database) -> "Log":
        """The log of a database.

        Raises:
            NotFoundError: there is no such database.
        """
        database.require()
        return cls(database)

    def check(self) -> None:
        """Makes sure that it can be read.

        Raises:
            NotFoundError: no server has ever worked on this database.
            StoreUnavailableError: the database server cannot be reached.
            AutomatorError: it is damaged.
        """
        try:
            with self.damage_in_words():
                self.latest_revision()
                with self.engine.connect() as connection:
                    self._database.require_columns(connection)
        except DBAPIError as error:
            if unavailable := cannot_read(error):
                raise unavailable from error
            raise NotFoundError(
                N_("the database {database} has no tables of ours"),
                fix=N_("Start the server once, or check the address of the database."),
                database=self.engine.url.database,
            ) from error

    @contextlib.contextmanager
    def damage_in_words(self) -> Iterator[None]:
        """Turns an error that damage causes meanwhile into one that names the database and the
        advice.

        Raises:
            AutomatorError: it is damaged; the same error as at the start of a server.
        """
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            failure = Failure(error)
            if not failure.is_damage:
                raise
            raise damaged(self._database.place, failure.cause) from error

    def database_bytes(self) -> int:
        """The size of SQLite's file after its whole log is copied into it; 0 if unknown."""
        try:
            with self.engine.connect() as connection:
                pages: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
                size: int = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        except DBAPIError:
            return 0
        return pages * size

    def targets(self) -> list[TargetHealth]:
        """Every destination of which something is known."""
        return [health_from_row(row) for row in self.all_of(ALL_TARGETS)]

    def waiting_for_targets(self) -> dict[str, int]:
        """The number of runs that wait for each destination."""
        return dict(map(tuple, self.all_of(WAITING)))

    def event(self, event_id: int) -> EventDetail | None:
        """An event with everything that belongs to it."""
        found = self.all_of(select(*EVENT_COLUMNS).where(events.c.id == event_id))
        if not found:
            return None
        event = event_from_row(found[0])
        return EventDetail(
            event=event,
            delivery=self.delivery(event.delivery_id),
            runs=tuple(self.runs(RunFilter(event_id=event_id), limit=1000)),
            revision=found[0].revision,
            seen=load_seen(found[0].seen),
        )

    def prunable(self, cutoffs: Cutoffs) -> dict[Stage, int]:
        """The number of rows older than their retention, by what a pass would do with them."""
        with self.engine.connect() as connection:
            return {stage: count(connection, stage, cutoffs) for stage in Stage}

    def ruleset(self, revision: int) -> RuleSetRow | None:
        """One revision of the rules."""
        rows = self.all_of(NEWEST_FIRST.where(rulesets_table.c.revision == revision))
        return ruleset_from_row(rows[0]) if rows else None

    def latest_ruleset(self) -> RuleSetRow | None:
        """The newest revision of the rules, if any was published."""
        rows = self.all_of(NEWEST_FIRST.limit(1))
        return ruleset_from_row(rows[0]) if rows else None

    def rulesets(self, limit: int = 50, *, before: int | None = None) -> list[RuleSetRow]:
        """The newest revisions of the rules, or the newest before one of them."""
        query = NEWEST_FIRST.limit(limit)
        if before is not None:
            query = query.where(rulesets_table.c.revision < before)
        return [ruleset_from_row(row) for row in self.all_of(query)]

    def revisions(self, limit: int) -> list[RevisionRow]:
        """The newest revisions of the rules without their files."""
        return [RevisionRow(*row) for row in self.all_of(REVISIONS.limit(limit))]

    def was_published(self, digest: str) -> bool:
        """Some revision, however old, was exactly this rule set."""
        query = select(rulesets_table.c.revision).where(rulesets_table.c.digest == digest)
        return bool(self.all_of(query.limit(1)))

    def latest_revision(self) -> int:
        """The number of the newest revision of the rules; 0 when none was published."""
        return int(self.all_of(select(func.coalesce(func.max(rulesets_table.c.revision), 0)))[0][0])

    def nodes(self) -> list[NodeRow]:
        """The processes that work on this database; the one seen last is first."""
        return [dataclass_of(NodeRow, row) for row in self.all_of(LATEST_FIRST)]

    def counted_by_limits(
        self, rule: str | None, parts: Sequence[str], *, after: str = "", limit: int = 50
    ) -> list[CountedKey]:
        """Keys that limits have counted: of a rule, with one of these texts in the key."""
        query = counted_by_limits(rule, parts, after, limit)
        return [key_of_limit(row) for row in self.all_of(query)]

    def counted_by_budgets(self, parts: Sequence[str], *, limit: int = 50) -> list[CountedKey]:
        """Keys that budgets have counted: with one of these texts in the key."""
        return [key_of_budget(row) for row in self.all_of(counted_by_budgets(parts, limit))]

    def limits_of(
        self, run: NewRun, now_ms: int, but: Collection[int] = ()
    ) -> tuple[LimitStanding, ...]:
        """The answers of the limits about a run that would start now; the runs `but` do not
        count.
        """
        return standing(run, self.uses_of_limits(limit_ids(run)), now_ms, but)

    def uses_of_limits(self, ids: Sequence[str]) -> dict[str, list[Any]]:
        """The uses that limits have counted in these rows, without runs that did nothing."""
        rows = self.all_of(uses_of(ids)) if ids else ()
        uses = {row.id: load_json(row.uses) for row in rows}
        given_back = self._given_back(run_of(use) for found in uses.values() for use in found)
        return {
            limit_id: [use for use in found if run_of(use) not in given_back]
            for limit_id, found in uses.items()
        }

    def _given_back(self, run_ids: Iterable[int]) -> set[int]:
        """The runs among these that no limit counts any more."""
        counted, given_back = sorted(set(run_ids)), set[int]()
        for first in range(0, len(counted), _AT_ONCE):
            keys = {KEYS.key: counted[first : first + _AT_ONCE]}
            given_back |= {row.id for row in self.all_of(RUNS_GIVEN_BACK, keys)}
        return given_back

    def schedules(self) -> list[ScheduleRow]:
        """The rules that fire by themselves, by their ids."""
        return [dataclass_of(ScheduleRow, row) for row in self.all_of(ALL_SCHEDULES)]

    def connection_health(self) -> list[ConnectionHealth]:
        """The health of every connection that was ever heard of."""
        return [connection_health_from_row(row) for row in self.all_of(ALL_HEALTH)]

    def contact(self, key: str) -> Mapping[str, Any]:
        """The contact with this key, which may be any of theirs; empty when nothing is known.

        Raises:
            StoreUnavailableError: the store is closed.
        """
        if self.is_closed:
            raise StoreUnavailableError(STORE_CLOSED(), code="store_closed")
        with self.queries() as db:
            return load_contacts(db, [key]).get(key, {})

    def echo(self, awaited: AwaitedEcho) -> Echoed | None:
        """The echo that a run in doubt waits for, if it has come."""
        key = row_key(awaited.connection, awaited.key)
        rows = self.all_of(ECHO_OF, {"row_key": key, "since": awaited.since_ms})
        return Echoed(event_id=rows[0].id, body=load_json(rows[0].body)) if rows else None

    def variant(self, choice: VariantChoice) -> int | None:
        """The index of the text that a run has chosen from several, if it has."""
        rows = self.all_of(SAID_AT, {"key": choice.key})
        return chosen(load_json(rows[0].uses), choice) if rows else None
