"""The log of replays: the progress of each, and which run replays which source."""

from collections.abc import Collection

from sqlalchemy import literal_column, select

from automator.store.log.reader import Reader
from automator.store.runs.replays import NEWEST_REPLAYS, Replay, replay_from_row
from automator.store.runs.work_state import WorkState
from automator.store.schema.tables import QUEUED, runs
from automator.store.schema.upkeep_tables import replayed, replays


class ReplayLog(Reader):
    """Replays, the newest first, and the runs that they started."""

    def replay(self, replay_id: int) -> Replay | None:
        """One replay."""
        rows = self.all_of(select(replays).where(replays.c.id == replay_id))
        return replay_from_row(rows[0]) if rows else None

    def replays(self, limit: int = 50) -> list[Replay]:
        """The newest replays."""
        return [replay_from_row(row) for row in self.all_of(NEWEST_REPLAYS.limit(limit))]

    def replays_going(self, untouched_since_ms: int) -> list[Replay]:
        """Replays that are not over and that nobody has carried on since a time, milliseconds."""
        query = NEWEST_REPLAYS.where(
            replays.c.state == int(WorkState.GOING), replays.c.updated_at <= untouched_since_ms
        )
        return [replay_from_row(row) for row in self.all_of(query)]

    def replayed_as(self, sources: Collection[int]) -> dict[tuple[int, str], int]:
        """The newest run that was made of each (run or event, rule) by replays."""
        query = (
            select(replayed.c.source_id, replayed.c.rule, replayed.c.run_id)
            .where(replayed.c.source_id.in_(sources))
            .order_by(replayed.c.run_id)
        )
        return {(row.source_id, row.rule): row.run_id for row in self.all_of(query)}

    def still_due(self, run_ids: Collection[int], now_ms: int) -> set[int]:
        """The runs among these that are due and that no node has begun."""
        query = select(runs.c.id).where(
            runs.c.id.in_(run_ids), literal_column(f"runs.{QUEUED}"), runs.c.run_at <= now_ms
        )
        return {row.id for row in self.all_of(query)}
