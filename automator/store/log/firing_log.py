"""Reads firings: how far each schedule for contacts has come, and what became of its runs."""

from collections.abc import Collection

from sqlalchemy import func, literal_column, select

from automator.model import RunState, Waits, first_id_of, record
from automator.store.log.reader import Reader
from automator.store.runs.firings import (
    NEWEST_FIRINGS,
    STALE_MS,
    Firing,
    firing_from_row,
    runs_under_way,
)
from automator.store.schema.state_tables import FIRING_GOES, firings
from automator.store.schema.tables import UNFINISHED, runs

#: How many milliseconds the clocks of nodes, with which ids of events are made, may differ.
_SETTLES_MS = 60_000
#: Waits of runs that have sent nothing because of a limit on messages, not because of their rule.
_SOON = (
    "",
    Waits.BUDGET.value,
    Waits.TARGET.value,
    Waits.REST.value,
    # People look at no more runs at a time than may be under way.
    Waits.APPROVAL.value,
)


@record(kw_only=False)
class RunsOfFiring:
    """The number of runs of a firing that have ended, or wait, in the same way."""

    state: RunState
    #: The codes of the runs' reason, and of the reasons inside it; empty if there is no reason.
    codes: tuple[str, ...]
    count: int


class FiringLog(Reader):
    """Reads firings, newest first."""

    def firing(self, firing_id: int) -> Firing | None:
        """The firing whose event has this id; None if there is none."""
        rows = self.all_of(select(firings).where(firings.c.id == firing_id))
        return firing_from_row(rows[0]) if rows else None

    def firings(self, rule: str, limit: int = 10) -> list[Firing]:
        """The newest firings of a rule."""
        query = NEWEST_FIRINGS.where(firings.c.rule == rule).limit(limit)
        return [firing_from_row(row) for row in self.all_of(query)]

    def firings_going(self) -> list[Firing]:
        """The firings that are not over."""
        return [firing_from_row(row) for row in self.all_of(NEWEST_FIRINGS.where(FIRING_GOES))]

    def is_stale(self, firing: Firing, now_ms: int) -> bool:
        """Whether a firing stood still with nothing under way, as when no server was running."""
        if now_ms - firing.next_at <= STALE_MS:
            return False
        return not self.all_of(runs_under_way(firing.rule, firing.id))

    def runs_of(self, firing: Firing) -> list[RunsOfFiring]:
        """Groups a firing's runs by the way in which they ended or wait; the largest group first.

        Runs of follow-ups and questions are not counted.
        """
        last = None
        if firing.finished_at is not None:
            last = first_id_of(firing.finished_at + _SETTLES_MS)
        query = (
            select(runs.c.state, runs.c.reason_codes, func.count().label("count"))
            .where(runs.c.rule == firing.rule, runs.c.event_id > firing.id, runs.c.path == "")
            .group_by(runs.c.state, runs.c.reason_codes)
        )
        if last is not None:
            query = query.where(runs.c.event_id < last)
        found = [
            RunsOfFiring(RunState(row.state), tuple(row.reason_codes.split()), row.count)
            for row in self.all_of(query)
        ]
        return sorted(found, key=lambda item: -item.count)

    def unfinished_runs(self, run_ids: Collection[int]) -> dict[int, str]:
        """Of these runs, the ones whose first step is not done, each with the cause of its wait.

        Runs that wait for a time or for a person are left out.
        """
        query = select(runs.c.id, runs.c.waits_for).where(
            runs.c.id.in_(run_ids),
            literal_column(f"runs.{UNFINISHED}"),
            runs.c.step == 0,
            runs.c.waits_for.in_(_SOON),
        )
        return {row.id: row.waits_for for row in self.all_of(query)}
