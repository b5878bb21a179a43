"""Reads counts by hour from the roll-ups: of events and deliveries, and of runs."""

from collections import defaultdict
from collections.abc import Callable, Collection
from typing import TypeVar

from sqlalchemy import func, select

from automator.model import RunState
from automator.store.batch.rollups import (
    ENDED,
    EVENTS,
    NOT_KEPT,
    REJECTED,
    STARTED,
    Counted,
    counted_since,
)
from automator.store.log import queries
from automator.store.log.reader import MOST_COUNTED, Reader
from automator.store.schema.tables import runs
from automator.store.search.log_rows import Counts, HourCounts, RuleCounts

_NOT_ENDED = [state for state in RunState if state not in ENDED]
#: The labels of the states of runs that have not ended. The roll-ups do not count these: their
#: rows are counted on request, up to a bound.
BOUNDED = frozenset(state.label for state in _NOT_ENDED)

KeyT = TypeVar("KeyT")


class RollupLog(Reader):
    """Reads counts by hour. A time in milliseconds is rounded down to its hour."""

    def counts(self, since_ms: int) -> Counts:
        """The counts since the hour of a time, and the number of runs that wait now."""
        sums = self._sums(since_ms, lambda _: None).get(None, {})
        ended = {label: sums.get(label, 0) for label in ENDED.values()}
        waits = self._waiting()
        return Counts(
            events=sums.get(EVENTS, 0),
            runs={state.label: (ended | waits)[state.label] for state in RunState},
            rejected_deliveries=sums.get(REJECTED, 0),
            waiting_follow_ups=waits["follow_ups"],
        )

    def hours(self, since_ms: int) -> list[HourCounts]:
        """The counts of each hour that has any, oldest first."""
        return [
            HourCounts(
                hour=hour,
                events=sums.get(EVENTS, 0),
                started=sums.get(STARTED, 0),
                ended={label: sums.get(label, 0) for label in ENDED.values()},
                rejected_deliveries=sums.get(REJECTED, 0),
            )
            for hour, sums in sorted(self._sums(since_ms, lambda one: one.hour).items())
        ]

    def refused_unkept(self, since_ms: int, connection: str | None = None) -> int:
        """The number of refused deliveries that have no row, from the hour of `since_ms` on."""
        by_name = self._sums(since_ms, lambda one: one.name, (NOT_KEPT,))
        return sum(
            sums.get(NOT_KEPT, 0) for name, sums in by_name.items() if connection in (None, name)
        )

    def rule_counts(self, since_ms: int) -> dict[str, RuleCounts]:
        """The number of runs of each rule that has any."""
        metrics = (STARTED, *ENDED.values())
        return {
            rule: RuleCounts(
                started=sums.get(STARTED, 0),
                ended={label: sums.get(label, 0) for label in ENDED.values()},
            )
            for rule, sums in self._sums(since_ms, lambda one: one.name, metrics).items()
        }

    def _sums(
        self, since_ms: int, key: Callable[[Counted], KeyT], metrics: Collection[str] = ()
    ) -> dict[KeyT, dict[str, int]]:
        """Sums of all nodes since the hour of a time, by the caller's key and by metric."""
        found: defaultdict[KeyT, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        with self.engine.connect() as connection:
            for one in counted_since(connection, since_ms, metrics):
                found[key(one)][one.metric] += one.count
        # A run that is tried again leaves its old hour by a negative count. If that hour was
        # deleted before, only the negative count is left.
        return {
            name: {metric: max(0, count) for metric, count in sums.items()}
            for name, sums in found.items()
        }

    def _waiting(self) -> dict[str, int]:
        conditions = {state.label: queries.in_state(state) for state in _NOT_ENDED}
        conditions["follow_ups"] = queries.waiting_follow_up()
        with self.engine.connect() as connection:
            return {
                name: connection.execute(
                    select(func.count()).select_from(
                        select(runs.c.id).where(condition).limit(MOST_COUNTED + 1).subquery()
                    )
                ).scalar_one()
                for name, condition in conditions.items()
            }
