"""Reads what the home page shows: open tasks, and the next runs.

Each query reads a limited number of rows in the order of an index. So it costs as little in a log
of millions of events as in a small one.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, exists, func, literal_column, or_, select
from sqlalchemy.sql.selectable import Subquery

from automator.model import Outcome, RunState, Waits, first_id_of, record
from automator.store.log import queries
from automator.store.log.reader import Reader, newest_first
from automator.store.queue.lanes import WINDOW, has_one_before
from automator.store.schema.tables import CLAIMABLE, attempts, events, runs
from automator.store.schema.upkeep_tables import replayed
from automator.store.search.log_rows import EventRow, RunRow, event_row_from_row, run_row_from_row

#: How many runs of one state are looked at, the newest.
_MOST_UNDECIDED = 500
#: How many events are looked at, the newest.
_MOST_EVENTS = 2_000
#: Outcomes of runs that others have not noticed.
_SAYS_NOTHING = (int(Outcome.NOTHING_TO_SEND), int(Outcome.WOULD_HAVE_SENT))
#: How many sleeping runs are looked at: the next to be due.
_MOST_SLEEPING = 500
#: How many runs are searched for one that has sent something, the newest.
_MOST_RUNS = 1_000


@record
class FailureGroup:
    """Runs of one rule that failed for the same reason, and about which nobody has decided."""

    rule: str
    #: The code of the runs' reason; "" if they have none.
    reason_code: str
    #: The error code of the last attempt; "" if it has none.
    error_code: str
    count: int
    newest: RunRow


class OverviewLog(Reader):
    """Reads the figures that a person looks at first. Times are in milliseconds."""

    def undecided_count(self, states: Sequence[RunState]) -> int:
        """The number of the newest runs in some rare states that were not replayed."""
        with self.engine.connect() as connection:
            return sum(
                connection.execute(
                    select(func.count()).select_from(_undecided(state).subquery())
                ).scalar_one()
                for state in states
            )

    def waiting_counts(self, awaited: Waits, most: int) -> dict[str, int]:
        """The number of runs that wait for `awaited`, by rule. Counts `most` at most."""
        waiting = select(runs.c.rule).where(queries.waits_for(awaited)).limit(most).subquery()
        query = select(waiting.c.rule, func.count().label("found")).group_by(waiting.c.rule)
        return {row.rule: row.found for row in self.all_of(query)}

    def began_to_wait(
        self, awaited: Waits, since_ms: int, until_ms: int, besides: str, most: int
    ) -> dict[str, int]:
        """Counts, by rule, the runs that began to wait for `awaited` in a period.

        Counts `most` runs at most, and no run of an event of type `besides`.
        """
        waiting = (
            select(runs.c.rule)
            .join(events, events.c.id == runs.c.event_id)
            .where(
                queries.waits_for(awaited),
                runs.c.waits_since >= since_ms,
                runs.c.waits_since < until_ms,
                events.c.type != besides,
            )
            .limit(most)
            .subquery()
        )
        query = select(waiting.c.rule, func.count().label("found")).group_by(waiting.c.rule)
        return {row.rule: row.found for row in self.all_of(query)}

    def failures(self, states: Sequence[RunState]) -> list[FailureGroup]:
        """The newest runs in some rare states, grouped by cause; the most frequent comes first."""
        groups: dict[tuple[str, str, str], list[int]] = {}
        for state in states:
            for row in self.all_of(_undecided(state)):
                cause = (row.rule, row.reason_codes.partition(" ")[0], row.error_code or "")
                groups.setdefault(cause, []).append(row.id)
        newest = self._runs_with_ids([max(ids) for ids in groups.values()])
        found = [
            FailureGroup(
                rule=rule,
                reason_code=reason_code,
                error_code=error_code,
                count=len(ids),
                newest=newest[max(ids)],
            )
            for (rule, reason_code, error_code), ids in groups.items()
            if max(ids) in newest
        ]
        return sorted(found, key=lambda group: (-group.count, -group.newest.id))

    def unanswered(
        self, types: Collection[str], since_ms: int, but_by: Collection[str] = ()
    ) -> list[EventRow]:
        """Events of some types to which no rule has reacted visibly, newest first.

        A rule that only stores something or writes into the log does not count as a reaction; nor
        do the rules in `but_by`.
        """
        first_id = max(first_id_of(since_ms), self._first_of_newest_events())
        is_answered = exists().where(
            runs.c.event_id == events.c.id,
            runs.c.rule.not_in(but_by),
            ~(
                (runs.c.state == int(RunState.DONE))
                & func.coalesce(runs.c.outcome, 0).in_(_SAYS_NOTHING)
            ),
        )
        query = (
            queries.EVENT_ROWS.where(events.c.id >= first_id, ~is_answered)
            .where(events.c.type.in_(types), events.c.is_self == 0, events.c.text.is_not(None))
            .order_by(events.c.id.desc())
        )
        return [event_row_from_row(row) for row in self.all_of(query)]

    def next_follow_ups(self, after_ms: int, limit: int) -> list[RunRow]:
        """The follow-ups that are due next."""
        sleeping = (
            select(runs.c.id, runs.c.run_at, runs.c.path)
            .where(literal_column(f"({CLAIMABLE})"), runs.c.run_at > after_ms)
            .order_by(runs.c.run_at, runs.c.id)
            .limit(_MOST_SLEEPING)
            .subquery()
        )
        query = (
            select(sleeping.c.id)
            .where(sleeping.c.path != "")
            .order_by(sleeping.c.run_at, sleeping.c.id)
            .limit(limit)
        )
        ids = [row.id for row in self.all_of(query)]
        found = self._runs_with_ids(ids)
        return [found[number] for number in ids if number in found]

    def oldest_due(self, now_ms: int) -> int | None:
        """The time since which the oldest due run waits that nobody has claimed; None if none does.

        Runs that something holds back do not count.
        """
        due = (
            select(runs.c.id)
            .where(literal_column(f"({CLAIMABLE})"), runs.c.run_at <= now_ms)
            .order_by(runs.c.run_at, runs.c.id)
            .limit(WINDOW)
        )
        is_first = or_(runs.c.lane.is_(None), ~has_one_before)
        query = select(func.min(runs.c.run_at)).where(runs.c.id.in_(due), is_first)
        with self.engine.connect() as connection:
            return connection.execute(query).scalar()

    def has_answered(self) -> bool:
        """Whether any of the newest runs has sent something."""
        newest = newest_first(
            select(runs.c.id, runs.c.outcome), runs.c.id, None, _MOST_RUNS
        ).subquery()
        answered = select(newest.c.id).where(newest.c.outcome == int(Outcome.ANSWERED))
        return bool(self.all_of(answered.limit(1)))

    def _first_of_newest_events(self) -> int:
        """The id of the oldest event that is looked at; 0 if there are only so few."""
        ids = select(events.c.id).order_by(events.c.id.desc()).offset(_MOST_EVENTS - 1).limit(1)
        found = self.all_of(ids)
        return int(found[0].id) if found else 0

    def _runs_with_ids(self, ids: Sequence[int]) -> dict[int, RunRow]:
        rows = self.all_of(queries.RUN_ROWS.where(runs.c.id.in_(ids))) if ids else ()
        return {row.id: run_row_from_row(row) for row in rows}


def _undecided(state: RunState) -> Select[Any]:
    """Selects the newest runs in a rare state that were not replayed, with their failures."""
    newest: Subquery = newest_first(
        select(runs.c.id, runs.c.rule, runs.c.reason_codes).where(queries.in_state(state)),
        runs.c.id,
        None,
        _MOST_UNDECIDED,
    ).subquery()
    error_code = (
        select(attempts.c.error_code)
        .where(attempts.c.run_id == newest.c.id)
        .order_by(attempts.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    was_replayed = exists().where(
        replayed.c.source_id == newest.c.id, replayed.c.rule == newest.c.rule
    )
    return select(
        newest.c.id, newest.c.rule, newest.c.reason_codes, error_code.label("error_code")
    ).where(~was_replayed)
