"""Roll-ups: counts of each hour, kept so that no page has to count rows.

They are written in the commit that stores what they count, and only by it, so they are exact. Each
node adds to rows of its own: two never wait for each other, and the sum over the nodes is what
counts. A run counts in the hour in which it was stored, and, with the state in which it ended, in
the hour in which it ended; when a person has it tried again, it is taken out of that one.
"""

from typing import Any

from sqlalchemy import delete

from automator.model import RunState, Verdict
from automator.store.database.statements import InsertStatement, WriteConnection
from automator.store.schema.upkeep_tables import rollups

#: Milliseconds.
HOUR_MS = 3_600_000
#: Milliseconds for which an hour stays, whatever happens to what it counted.
KEPT_MS = 400 * 86_400_000

#: What is counted: events and deliveries by their connection, runs by their rule.
EVENTS = "events"
STARTED = "started"
#: Final states that say when a run ended. What is held after a backup has not ended.
ENDED: dict[RunState, str] = {
    state: state.label for state in RunState if state.is_final and state is not RunState.HELD
}
#: Deliveries that were not accepted, by their verdict.
NOT_TAKEN = {
    verdict.value: f"deliveries {verdict.value}"
    for verdict in Verdict
    if verdict is not Verdict.ACCEPTED
}
REJECTED = NOT_TAKEN[Verdict.REJECTED.value]
#: Those of the rejected deliveries of which nothing was kept.
NOT_KEPT = "deliveries not kept"


class Tally:
    """What one batch adds to the roll-ups."""

    def __init__(self, counts: dict[tuple[int, str, str], int] | None = None) -> None:
        #: By hour, what is counted, and name.
        self._counts = counts or {}

    def add(self, metric: str, name: str, at_ms: int, count: int = 1) -> None:
        """Counts something that happened at a time, milliseconds."""
        key = (at_ms - at_ms % HOUR_MS, metric, name)
        self._counts[key] = self._counts.get(key, 0) + count

    def ended(self, state: RunState, rule: str, at_ms: int, count: int = 1) -> None:
        """Counts a run that has come to a final state; what is held has not ended."""
        if state in ENDED:
            self.add(ENDED[state], rule, at_ms, count)

    def goes_on(self, state: RunState, rule: str, ended_ms: int | None) -> None:
        """A run leaves the state in which it had ended, if it had."""
        if ended_ms is not None:
            self.add(ENDED[state], rule, ended_ms, -1)

    def copy(self) -> "Tally":
        """The same counts, for when what follows may be undone."""
        return Tally(dict(self._counts))

    def rows(self, node: str) -> list[dict[str, Any]]:
        """What is to be added, as rows of the table."""
        return [
            {"hour": hour, "node": node, "metric": metric, "name": name, "count": count}
            for (hour, metric, name), count in sorted(self._counts.items())
            if count
        ]


_ADD = InsertStatement(
    rollups,
    lambda new: new.on_conflict_do_update(
        index_elements=list(rollups.primary_key),
        set_={"count": rollups.c.count + new.excluded["count"]},
    ),
)


def write(db: WriteConnection, tally: Tally, node: str) -> None:
    """Adds what a batch has counted."""
    db.insert(_ADD, tally.rows(node))


def forget_before(db: WriteConnection, before_ms: int) -> int:
    """Deletes old hours and says how many rows that was."""
    return db.core.execute(delete(rollups).where(rollups.c.hour < before_ms)).rowcount
