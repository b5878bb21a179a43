"""The log: reads everything that was received and done, from any thread."""

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, literal_column, select, tuple_
from sqlalchemy.exc import DBAPIError

from automator.model import (
    N_,
    Delivery,
    NewRun,
    NotFoundError,
    Reason,
    RunState,
    StoreUnavailableError,
    TargetHealth,
    first_id_of,
    id_time_ms,
    parse_id,
    record,
)
from automator.model.echo import AwaitedEcho, Echoed
from automator.model.log_filters import EVERY_DELIVERY, EVERY_RUN, DeliveryFilter, RunFilter
from automator.model.run import BY_HAND
from automator.model.speech import VariantChoice
from automator.reasons.database import store_is_closed
from automator.reasons.replays import taken_again
from automator.store.cluster.connection_health import (
    ALL_HEALTH,
    ConnectionHealth,
    connection_health_from_row,
)
from automator.store.cluster.node_leases import LATEST_FIRST, NodeRow
from automator.store.cluster.targets import ALL_TARGETS, WAITING, health_from_row
from automator.store.contacts.contact_rows import load_contacts
from automator.store.database.damage import damaged
from automator.store.database.database_errors import Failure, cannot_read
from automator.store.database.dialect import Database
from automator.store.database.migration import require_current
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
    LimitStanding,
    counted_by_budgets,
    counted_by_limits,
    key_of_budget,
    key_of_limit,
    limit_ids,
    run_of,
    standing,
)
from automator.store.limits.limit_rows import uses_of
from automator.store.limits.variants import SAID_AT, chosen
from automator.store.log import queries
from automator.store.log.audit_log import AuditLog
from automator.store.log.event_log import EventLog
from automator.store.log.figures.answer_log import AnswerLog
from automator.store.log.figures.asked_log import AskedLog
from automator.store.log.figures.funnel_log import FunnelLog
from automator.store.log.figures.rollup_log import RollupLog
from automator.store.log.firing_log import FiringLog
from automator.store.log.overview_log import OverviewLog
from automator.store.log.people_log import PeopleLog
from automator.store.log.pruning import Cutoffs, Stage, count
from automator.store.log.reader import (
    MOST_COUNTED,
    FoundRows,
    IsAwaited,
    Reader,
    id_range,
    in_pages,
    newest_first,
)
from automator.store.log.send_log import SendLog
from automator.store.log.story_log import StoryLog
from automator.store.queue.echoes import ECHO_OF, row_key
from automator.store.queue.run_rows import RUN_COLUMNS, run_from_row
from automator.store.runs.replays import NEWEST_REPLAYS, Replay, replay_from_row
from automator.store.runs.schedules import ALL_SCHEDULES, ScheduleRow
from automator.store.runs.seen_values import load_seen
from automator.store.runs.work_state import WorkState
from automator.store.schema.encoding import dataclass_of, load_json, load_legible_reason
from automator.store.schema.tables import QUEUED, attempts, deliveries, events, runs
from automator.store.schema.upkeep_tables import replayed, replays
from automator.store.schema.upkeep_tables import rulesets as rulesets_table
from automator.store.search.indexing import changed_runs
from automator.store.search.log_rows import (
    ATTEMPT_COLUMNS,
    DELIVERY_COLUMNS,
    EVENT_COLUMNS,
    DeliveryRow,
    EventDetail,
    RunDetail,
    RunRow,
    attempt_from_row,
    delivery_from_row,
    delivery_row_from_row,
    event_from_row,
    run_row_from_row,
)
from automator.store.search.run_words import RunIndex
from automator.store.search.search import Candidates
from automator.store.search.terms import wanted_in_index
from automator.store.search.word_index import EVENT_WORDS

# --- Runs: lists, details, and follow-ups that wait ---

#: How many changed rows are reported at once.
_MOST_CHANGES = 200
#: How many attempts are read for them.
_MOST_ATTEMPTS = 1_000
#: Up to so many runs in a state, each of them is read, instead of all that other filters find.
_FEW = 5_000


def _in_rare_states(states: Sequence[RunState]) -> Candidates | None:
    """The runs in some states, if an index has all of these states in the order of a page."""
    if not states or min(states) <= RunState.DONE:
        return None
    return Candidates(tuple(map(queries.in_state, states)))


@record(kw_only=False)
class Sender:
    """The rule of a run that has sent something, and the key of the run's person."""

    rule: str
    contact: str | None


class RunLog(Reader):
    """Reads runs with all that belongs to them. Pages have the newest first; see EventLog."""

    def runs(
        self,
        wanted: RunFilter = EVERY_RUN,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
        is_awaited: IsAwaited | None = None,
    ) -> FoundRows[RunRow]:
        """A page of runs. With `after`, it begins after that id and has the oldest first.

        `is_awaited` is for a caller who may stop waiting; see `Reader.found_page`.
        """
        wanted = self.with_contact_keys(wanted)
        terms = wanted_in_index(wanted)
        if terms.is_hopeless:
            return FoundRows([])
        if not terms.groups or self._are_few(wanted):
            return FoundRows(self._runs_by_state(wanted, before, after, limit))
        query = queries.RUN_ROWS.where(*queries.run_conditions(wanted))
        if len(wanted.states) == 1:
            query = query.where(queries.in_state(wanted.states[0]))
        elif wanted.states:
            query = query.where(runs.c.state.in_([int(state) for state in wanted.states]))
        ids = id_range(wanted, before, after)
        found = self._marked(wanted) or _in_rare_states(wanted.states)
        if found is not None and not found.conditions:
            return FoundRows([])
        if found is not None and wanted.rule is not None and len(terms.groups) == 1:
            found = replace(found, in_row=runs.c.rule == wanted.rule)
        is_narrow = any((wanted.contact, wanted.rule, wanted.error_code, wanted.target))
        of_contact = EVENT_WORDS.for_contact(wanted.contact_keys, terms.groups)
        index = RunIndex(is_narrow=is_narrow, events=of_contact)
        page = self.found_page(
            query, runs.c.id, index, terms, ids, limit, found, is_awaited=is_awaited
        )
        return page.each(run_row_from_row)

    def _are_few(self, wanted: RunFilter) -> bool:
        """Whether so few runs are in these states, or of this event, that all can be read."""
        if wanted.text or RunState.DONE in wanted.states:
            return False
        if wanted.event_id is not None or wanted.run_ids:
            return True
        with self.engine.connect() as connection:
            return bool(wanted.states) and all(
                connection.execute(
                    select(func.count()).select_from(
                        select(runs.c.id).where(queries.in_state(state)).limit(_FEW).subquery()
                    )
                ).scalar_one()
                < _FEW
                for state in wanted.states
            )

    def _runs_by_state(
        self,
        wanted: RunFilter,
        before: int | None,
        after: int | None,
        limit: int,
    ) -> list[RunRow]:
        """Makes one query for each state and mark: an index has each of them in page order."""
        marked = self._marked(wanted)
        # The mark has the reason. Asked for it twice, PostgreSQL expects so few runs that it reads
        # and sorts all of them.
        conditions = queries.run_conditions(replace(wanted, reason_code=None))
        found: list[RunRow] = []
        for state, mark in product(
            wanted.states or (None,), (None,) if marked is None else marked.conditions
        ):
            query = queries.RUN_ROWS.where(*conditions)
            if mark is not None:
                query = query.where(mark)
            if state is not None:
                query = query.where(queries.in_state(state))
            page = in_pages(query, runs.c.id, before=before, after=after, limit=limit)
            found += [run_row_from_row(row) for row in self.all_of(page)]
        found.sort(key=lambda row: row.id, reverse=after is None)
        return found[:limit]

    def _marked(self, wanted: RunFilter) -> Candidates | None:
        """The runs with the wanted reason, rare outcome or wait; None if the filter names none."""
        if wanted.reason_code is not None:
            with_it = [codes for codes in self._reasons() if wanted.reason_code in codes.split()]
            return Candidates(tuple(map(queries.has_reason, with_it)))
        if wanted.outcome is not None and wanted.outcome.is_rare:
            return Candidates((queries.has_outcome(wanted.outcome),))
        if wanted.waits_for is not None:
            return Candidates((queries.waits_for(wanted.waits_for),))
        return None

    def _reasons(self) -> list[str]:
        """Each combination of reason codes that a run has, once. There are only few."""
        found: list[str] = []
        with self.engine.connect() as connection:
            codes = ""
            while codes := connection.execute(queries.next_reason_codes(codes)).scalar() or "":
                found.append(codes)
        return found

    def reason_codes(self) -> list[str]:
        """The codes of all runs' reasons and of the reasons inside them, sorted."""
        return sorted({code for codes in self._reasons() for code in codes.split()})

    def reason_counts(self, since_ms: int) -> dict[str, int]:
        """For each reason, alone or inside another: the number of runs since a time.

        The most frequent comes first. Each is counted up to MOST_COUNTED; one more means "more than
        these".
        """
        counts: dict[str, int] = {}
        for codes in self._reasons():
            run_ids = select(runs.c.id).where(
                queries.has_reason(codes), runs.c.id >= first_id_of(since_ms)
            )
            few = select(func.count().label("found")).select_from(
                run_ids.limit(MOST_COUNTED + 1).subquery()
            )
            number = self.all_of(few)[0].found
            for code in codes.split():
                counts[code] = min(counts.get(code, 0) + number, MOST_COUNTED + 1)
        by_count = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return {code: count for code, count in by_count if count}

    def runs_of_events(self, event_ids: Collection[int]) -> list[RunRow]:
        """The runs that these events have started, without follow-ups."""
        query = queries.RUN_ROWS.where(runs.c.event_id.in_(event_ids), runs.c.path == "")
        return [run_row_from_row(row) for row in self.all_of(query)] if event_ids else []

    def written_by_hand(self, keys: Collection[str], since_ms: int) -> dict[str, RunRow]:
        """The latest message that colleagues wrote here to each of these contacts since a time.

        By the key of the contact, or of the thread of comments in which it is.
        """
        query = queries.RUN_ROWS.add_columns(events.c.thread).where(
            events.c.contact.in_(keys),
            events.c.id >= first_id_of(since_ms),
            events.c.is_self == 1,
            runs.c.rule == BY_HAND,
        )
        rows = self.all_of(query.order_by(runs.c.id)) if keys else []
        return {row.thread or row.contact: run_row_from_row(row) for row in rows}

    def rules_that_acted(self, event_ids: Collection[int]) -> dict[int, set[str]]:
        """For each event, the rules that have a run, or that wait to be decided."""
        query = select(*RUN_COLUMNS).where(runs.c.event_id.in_(event_ids), runs.c.path == "")
        found: dict[int, set[str]] = {}
        for run in map(run_from_row, self.all_of(query)):
            rules = run.undecided_rules if run.is_undecided else (run.rule,)
            found.setdefault(run.event_id, set()).update(rules)
        return found

    def changed_since(self, run_id: int, attempt_id: int) -> tuple[list[RunRow], int, int]:
        """Runs that are new or have changed since these ids, and the ids for the next call."""
        new = select(runs.c.id).where(runs.c.id > run_id)
        tried = select(attempts.c.id, attempts.c.run_id).where(attempts.c.id > attempt_id)
        with self.engine.connect() as connection:
            new_runs = connection.execute(
                newest_first(new, runs.c.id, None, _MOST_CHANGES)
            ).scalars()
            ids = set(new_runs)
            newest_run = max(ids, default=run_id)
            for number, tried_run in connection.execute(
                newest_first(tried, attempts.c.id, None, _MOST_ATTEMPTS)
            ):
                attempt_id = max(attempt_id, number)
                ids.add(tried_run)
            ids |= changed_runs(connection, id_time_ms(run_id))
            page = queries.RUN_ROWS.where(runs.c.id.in_(sorted(ids)[-_MOST_CHANGES:]))
            rows = connection.execute(page.order_by(runs.c.id.desc())).all()
        return [run_row_from_row(row) for row in rows], newest_run, attempt_id

    def run(self, run_id: int) -> RunDetail | None:
        """A run with all that belongs to it; None if there is none."""
        found = self.all_of(queries.RUN_ROWS.where(runs.c.id == run_id))
        if not found:
            return None
        row = run_row_from_row(found[0])
        event = self.all_of(select(*EVENT_COLUMNS).where(events.c.id == row.run.event_id))[0]
        tries = select(*ATTEMPT_COLUMNS).where(attempts.c.run_id == run_id).order_by(attempts.c.id)
        below = queries.RUN_ROWS.where(runs.c.parent_id == run_id).order_by(runs.c.id)
        rows = [run_row_from_row(item) for item in self.all_of(below)]
        return RunDetail(
            run=row.run,
            event=event_from_row(event),
            attempts=tuple(attempt_from_row(item, event.body) for item in self.all_of(tries)),
            children=tuple(item for item in rows if not item.run.is_collected),
            collected=tuple(item for item in rows if item.run.is_collected),
        )

    def sender(self, run_id: int) -> Sender | None:
        """The rule and the person of a run; None if the run is no longer in the log."""
        query = select(runs.c.rule, runs.c.contact).where(runs.c.id == run_id)
        row = next(iter(self.all_of(query)), None)
        return None if row is None else Sender(row.rule, row.contact)

    def follow_ups_by_time(
        self, limit: int = 50, after: tuple[int, int] | None = None
    ) -> list[RunRow]:
        """Follow-ups that wait for their time, beginning with the next one.

        `after`: (`run_at`, id) of the last follow-up of the page before.
        """
        query = queries.RUN_ROWS.where(queries.due_later())
        if after is not None:
            query = query.where(tuple_(runs.c.run_at, runs.c.id) > tuple_(*after))
        rows = self.all_of(query.order_by(runs.c.run_at, runs.c.id).limit(limit))
        return [run_row_from_row(row) for row in rows]

    def follow_ups(self, limit: int = 50, before: int | None = None) -> list[RunRow]:
        """Follow-ups that wait for their time, newest first."""
        query = queries.RUN_ROWS.where(queries.waiting_follow_up())
        return [
            run_row_from_row(row)
            for row in self.all_of(newest_first(query, runs.c.id, before, limit))
        ]


# --- Deliveries as they came in: lists, filters, and searches in their bodies ---
#
# There is no index of contents that strangers send. So a filter reads only the newest deliveries,
# and reports how far it has come.

#: How many deliveries one page reads to filter by connection or reason.
MOST_FILTERED = 20_000
#: How many deliveries one page reads to search their bodies; below, how many bytes.
MOST_READ = 2_000
MOST_BYTES = 32_000_000
#: How many bytes of bodies are in memory at once.
_PORTION = 1_000_000


class DeliveryLog(Reader):
    """Reads deliveries. Pages have the newest first; see EventLog."""

    def deliveries(
        self, wanted: DeliveryFilter = EVERY_DELIVERY, *, before: int | None = None, limit: int = 50
    ) -> FoundRows[DeliveryRow]:
        """A page of matching deliveries. The wanted part of a body may also be a delivery's id."""
        if before is None and (number := parse_id(wanted.part)) is not None:
            query = queries.DELIVERY_ROWS.where(deliveries.c.id == number)
            if named := self.all_of(query):
                return FoundRows([delivery_row_from_row(row) for row in named])
        in_order = queries.delivery_conditions(wanted)
        others = [
            column == value
            for column, value in (
                (deliveries.c.connection, wanted.connection),
                (deliveries.c.reason_code, wanted.reason_code),
            )
            if value is not None
        ]
        floor = None
        if others or wanted.part:
            most = MOST_READ if wanted.part else MOST_FILTERED
            floor = self._floor(in_order, before, most)
            others += [] if floor is None else [deliveries.c.id >= floor]
        if wanted.part:
            size = func.length(deliveries.c.body).label("size")
            sizes = select(deliveries.c.id, size).where(*in_order, *others)
            page = self.all_of(newest_first(sizes, deliveries.c.id, before, MOST_READ))
            ids, floor = self._with_part(page, wanted.part, limit, floor)
            if not ids:
                return FoundRows([], floor)
            others = [deliveries.c.id.in_(ids)]
        query = queries.DELIVERY_ROWS.where(*in_order, *others)
        rows = self.all_of(newest_first(query, deliveries.c.id, before, limit))
        found = [delivery_row_from_row(row) for row in rows]
        return FoundRows(found, floor if len(found) < limit else None)

    def delivery(self, delivery_id: int) -> Delivery | None:
        """A delivery with its bytes as they came in; None if there is none."""
        rows = self.all_of(select(*DELIVERY_COLUMNS).where(deliveries.c.id == delivery_id))
        return delivery_from_row(rows[0]) if rows else None

    def taken_again(self, event_ids: Collection[int]) -> dict[int, Reason | None]:
        """The reasons that name whoever took a refused delivery in, by its events among these."""
        query = (
            select(events.c.id, deliveries.c.reason_code, deliveries.c.reason)
            .join(deliveries, deliveries.c.id == events.c.delivery_id)
            .where(events.c.id.in_(event_ids), deliveries.c.reason_code == taken_again.code)
        )
        rows = self.all_of(query)
        return {row.id: load_legible_reason(row.reason_code, row.reason) for row in rows}

    def _floor(
        self, conditions: list[ColumnElement[bool]], before: int | None, most: int
    ) -> int | None:
        """The id of the last delivery to look at; None if there are fewer than `most`."""
        query: Select[Any] = select(deliveries.c.id).where(*conditions)
        page = newest_first(query, deliveries.c.id, before, 1).offset(most - 1)
        return next((int(row.id) for row in self.all_of(page)), None)

    def _with_part(
        self, page: Sequence[Any], part: str, limit: int, floor: int | None
    ) -> tuple[list[int], int | None]:
        """The ids on a page whose bodies contain a part; and the id down to which it has read."""
        ways = {part.encode().lower(), json.dumps(part)[1:-1].encode().lower()}
        found: list[int] = []
        total = 0
        for portion in _portions(page):
            if total > MOST_BYTES:
                return found, portion[0].id + 1
            total += sum(row.size for row in portion)
            ids = [row.id for row in portion]
            query = select(deliveries.c.id, deliveries.c.body).where(deliveries.c.id.in_(ids))
            for row in self.all_of(query.order_by(deliveries.c.id.desc())):
                body = bytes(row.body).lower()
                if any(way in body for way in ways):
                    found.append(row.id)
            if len(found) >= limit:
                break
        return found[:limit], floor


def _portions(page: Sequence[Any]) -> Iterator[list[Any]]:
    """Splits rows into portions, each with bodies that can be in memory at once."""
    portion: list[Any] = []
    size = 0
    for row in page:
        if portion and size + row.size > _PORTION:
            yield portion
            portion, size = [], 0
        portion.append(row)
        size += row.size
    if portion:
        yield portion


# --- Replays: how far each has come, and what it has replayed ---


class ReplayLog(Reader):
    """Reads replays, newest first, and the runs that they have started."""

    def replay(self, replay_id: int) -> Replay | None:
        """One replay; None if there is none."""
        rows = self.all_of(select(replays).where(replays.c.id == replay_id))
        return replay_from_row(rows[0]) if rows else None

    def replays(self, limit: int = 50) -> list[Replay]:
        """The newest replays."""
        return [replay_from_row(row) for row in self.all_of(NEWEST_REPLAYS.limit(limit))]

    def replays_going(self, untouched_since_ms: int) -> list[Replay]:
        """Replays that are not over, and that nobody has continued since a time in milliseconds."""
        query = NEWEST_REPLAYS.where(
            replays.c.state == int(WorkState.GOING), replays.c.updated_at <= untouched_since_ms
        )
        return [replay_from_row(row) for row in self.all_of(query)]

    def replayed_as(self, sources: Collection[int]) -> dict[tuple[int, str], int]:
        """The newest run by a replay, for each (id of the run or event, rule)."""
        query = (
            select(replayed.c.source_id, replayed.c.rule, replayed.c.run_id)
            .where(replayed.c.source_id.in_(sources))
            .order_by(replayed.c.run_id)
        )
        return {(row.source_id, row.rule): row.run_id for row in self.all_of(query)}

    def still_due(self, run_ids: Collection[int], now_ms: int) -> set[int]:
        """Of these runs, the ones that are due and that no node has begun."""
        query = select(runs.c.id).where(
            runs.c.id.in_(run_ids), literal_column(f"runs.{QUEUED}"), runs.c.run_at <= now_ms
        )
        return {row.id for row in self.all_of(query)}


T = TypeVar("T")
#: How many runs one query asks for.
_AT_ONCE = 500


class Log(
    RunLog,
    StoryLog,
    AuditLog,
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
    """Reads everything that is stored. Pages have the newest first; `before` is the last id."""

    @classmethod
    def open(cls, database: Database) -> "Log":
        """Opens the log of a database.

        Raises:
            NotFoundError: there is no such database.
        """
        database.require()
        return cls(database)

    def check(self) -> None:
        """Checks that the database can be read.

        Raises:
            NotFoundError: no server has ever worked on this database.
            StoreUnavailableError: the database server cannot be reached.
            AutomatorError: the database is damaged, or another version made it.
        """
        try:
            with self.damage_in_words():
                self.latest_revision()
                with self.engine.connect() as connection:
                    require_current(connection, self._database)
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
        """Turns an error of a damaged database into an error with its name and with advice.

        Raises:
            AutomatorError: the database is damaged; as at the start of a server.
        """
        try:
            yield
        except (DBAPIError, sqlite3.Error) as error:
            failure = Failure(error)
            if not failure.is_damage:
                raise
            raise damaged(self._database.place, failure.cause) from error

    def database_bytes(self) -> int:
        """The size of SQLite's file once its log is copied into it, in bytes; 0 if unknown."""
        try:
            with self.engine.connect() as connection:
                pages: int = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
                size: int = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        except DBAPIError:
            return 0
        return pages * size

    def targets(self) -> list[TargetHealth]:
        """The health of every destination that was ever stored."""
        return [health_from_row(row) for row in self.all_of(ALL_TARGETS)]

    def waiting_for_targets(self) -> dict[str, int]:
        """The number of runs that wait for each destination."""
        return dict(map(tuple, self.all_of(WAITING)))

    def event(self, event_id: int) -> EventDetail | None:
        """An event with all that belongs to it; None if there is none."""
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
        """One revision of the rules; None if there is none."""
        rows = self.all_of(NEWEST_FIRST.where(rulesets_table.c.revision == revision))
        return ruleset_from_row(rows[0]) if rows else None

    def latest_ruleset(self) -> RuleSetRow | None:
        """The newest revision of the rules; None if none was published."""
        rows = self.all_of(NEWEST_FIRST.limit(1))
        return ruleset_from_row(rows[0]) if rows else None

    def rulesets(self, limit: int = 50, *, before: int | None = None) -> list[RuleSetRow]:
        """The newest revisions of the rules; with `before`, the newest before that one."""
        query = NEWEST_FIRST.limit(limit)
        if before is not None:
            query = query.where(rulesets_table.c.revision < before)
        return [ruleset_from_row(row) for row in self.all_of(query)]

    def revisions(self, limit: int) -> list[RevisionRow]:
        """The newest revisions of the rules without their files."""
        return [RevisionRow(*row) for row in self.all_of(REVISIONS.limit(limit))]

    def was_published(self, digest: str) -> bool:
        """Whether any revision, however old, had exactly these files."""
        query = select(rulesets_table.c.revision).where(rulesets_table.c.digest == digest)
        return bool(self.all_of(query.limit(1)))

    def latest_revision(self) -> int:
        """The number of the newest revision of the rules; 0 if none was published."""
        return int(self.all_of(select(func.coalesce(func.max(rulesets_table.c.revision), 0)))[0][0])

    def nodes(self) -> list[NodeRow]:
        """The processes that work on this database, the most recent heartbeat first."""
        return [dataclass_of(NodeRow, row) for row in self.all_of(LATEST_FIRST)]

    def counted_by_limits(
        self, rule: str | None, parts: Sequence[str], *, after: str = "", limit: int = 50
    ) -> list[CountedKey]:
        """Keys that limits have counted, of a rule or of all, with one of `parts` in the key."""
        query = counted_by_limits(rule, parts, after, limit)
        return [key_of_limit(row) for row in self.all_of(query)]

    def counted_by_budgets(self, parts: Sequence[str], *, limit: int = 50) -> list[CountedKey]:
        """The keys that budgets have counted, with one of `parts` in the key."""
        return [key_of_budget(row) for row in self.all_of(counted_by_budgets(parts, limit))]

    def limits_of(
        self, run: NewRun, now_ms: int, but: Collection[int] = ()
    ) -> tuple[LimitStanding, ...]:
        """The answers of the limits to a run that would start now. Runs in `but` do not count."""
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
        """Of these runs, the ones that ended without doing anything: no limit counts them."""
        counted, given_back = sorted(set(run_ids)), set[int]()
        for first in range(0, len(counted), _AT_ONCE):
            keys = {KEYS.key: counted[first : first + _AT_ONCE]}
            given_back |= {row.id for row in self.all_of(RUNS_GIVEN_BACK, keys)}
        return given_back

    def schedules(self) -> list[ScheduleRow]:
        """The rules that fire by schedule, by their ids."""
        return [dataclass_of(ScheduleRow, row) for row in self.all_of(ALL_SCHEDULES)]

    def connection_health(self) -> list[ConnectionHealth]:
        """The health of every connection from which anything has come in."""
        return [connection_health_from_row(row) for row in self.all_of(ALL_HEALTH)]

    def contact(self, key: str) -> Mapping[str, Any]:
        """The contact with this key, which may be any of the person's; empty if there is none.

        Raises:
            StoreUnavailableError: the store is closed.
        """
        if self.is_closed:
            raise StoreUnavailableError(store_is_closed(), code="store_closed")
        with self.queries() as db:
            return load_contacts(db, [key]).get(key, {})

    def echo(self, awaited: AwaitedEcho) -> Echoed | None:
        """The echo that a run with an unknown outcome waits for; None if it has not come."""
        key = row_key(awaited.connection, awaited.key)
        rows = self.all_of(ECHO_OF, {"row_key": key, "since": awaited.since_ms})
        return Echoed(event_id=rows[0].id, body=load_json(rows[0].body)) if rows else None

    def variant(self, choice: VariantChoice) -> int | None:
        """The index of the text that a run has chosen among several; None if it has not chosen."""
        rows = self.all_of(SAID_AT, {"key": choice.key})
        return chosen(load_json(rows[0].uses), choice) if rows else None
