"""Roll-ups: counts by hour, kept so that no page has to count rows.

A commit writes its counts into a row of `deferred`. A later commit adds them to the roll-ups and
deletes that row. So the sum of both is exact, whenever the process dies: see `counted_since`.
Each node has its own rows, so that nodes never wait for each other; a count is the sum over all
nodes. A run counts in the hour in which it was stored. It also counts, with its final state, in the
hour in which it ended. If a person has it tried again, it no longer counts in that hour.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, LargeBinary, delete, func, literal_column, null, select

from automator.model import RunState, Verdict, record
from automator.store.database.statements import InsertStatement, WriteConnection
from automator.store.schema.encoding import dump_json, load_json
from automator.store.schema.upkeep_tables import deferred, rollups

#: Milliseconds of an hour.
HOUR_MS = 3_600_000
#: For how many milliseconds counts are kept, even if the counted rows are deleted.
KEPT_MS = 400 * 86_400_000

#: The metrics. Events and deliveries are counted by connection, runs by rule.
EVENTS = "events"
STARTED = "started"
#: The metric for each final state. A run that is held after a restore has not ended.
ENDED: dict[RunState, str] = {
    state: state.label for state in RunState if state.is_final and state is not RunState.HELD
}
#: The metrics of deliveries that were not accepted, by verdict.
NOT_TAKEN = {
    verdict.value: f"deliveries {verdict.value}"
    for verdict in Verdict
    if verdict is not Verdict.ACCEPTED
}
REJECTED = NOT_TAKEN[Verdict.REJECTED.value]
#: The metrics of rules that only `Totals` counts: events whose conditions held or did not, events
#: that started a run, runs that made their first attempt, and the milliseconds until then.
MET, UNMET, MATCHED, BEGUN, LATE_MS = "met", "unmet", "matched", "begun", "late_ms"
_NOT_KEPT_BY_HOUR = frozenset((MET, UNMET, MATCHED, BEGUN, LATE_MS))
#: The metric of rejected deliveries that were not stored at all.
NOT_KEPT = "deliveries not kept"


class Tally:
    """The counts that one batch adds to the roll-ups."""

    def __init__(self, counts: dict[tuple[int, str, str], int] | None = None) -> None:
        #: The counts, by hour, metric and name.
        self._counts = counts or {}

    def add(self, metric: str, name: str, at_ms: int, count: int = 1) -> None:
        """Counts something that happened at a time in milliseconds."""
        key = (at_ms - at_ms % HOUR_MS, metric, name)
        self._counts[key] = self._counts.get(key, 0) + count

    def evaluated(self, met: Iterable[str], unmet: Iterable[str]) -> None:
        """Counts, for each rule, an event for which its conditions held or did not."""
        for metric, rules in ((MET, met), (UNMET, unmet)):
            for rule in rules:
                self.add(metric, rule, 0)

    def began(self, rule: str, late_ms: int) -> None:
        """Counts a run that has made its first attempt, and how long after its event."""
        self.add(BEGUN, rule, 0)
        self.add(LATE_MS, rule, 0, late_ms)

    def ended(self, state: RunState, rule: str, at_ms: int, count: int = 1) -> None:
        """Counts runs that have ended. Held runs do not count."""
        if state in ENDED:
            self.add(ENDED[state], rule, at_ms, count)

    def goes_on(self, state: RunState, rule: str, ended_ms: int | None) -> None:
        """If a run had ended and now goes on, removes it from the count of its final state."""
        if ended_ms is not None:
            self.add(ENDED[state], rule, ended_ms, -1)

    def counted(self) -> Iterator[tuple[str, str, int]]:
        """Yields metric, name and count. A negative count takes something out again."""
        for (_, metric, name), count in self._counts.items():
            yield metric, name, count

    def copy(self) -> "Tally":
        """A copy of the counts, for returning to it if the next operations are undone."""
        return Tally(dict(self._counts))

    def dump(self) -> bytes:
        """The counts as bytes, in the form that `fold` reads; empty if there are none."""
        counted = [
            [*key, count]
            for key, count in self._counts.items()
            if count and key[1] not in _NOT_KEPT_BY_HOUR
        ]
        return dump_json(counted) if counted else b""


@record(kw_only=False)
class Counted:
    """A count of one hour. Other rows may have further parts of the same count."""

    #: The first millisecond of the hour.
    hour: int
    metric: str
    #: The name of the connection, or the id of the rule.
    name: str
    count: int


_ADD = InsertStatement(
    rollups,
    lambda new: new.on_conflict_do_update(
        index_elements=list(rollups.primary_key),
        set_={"count": rollups.c.count + new.excluded["count"]},
    ),
)


def fold(db: WriteConnection, dumped: Collection[bytes], node: str) -> None:
    """Adds the counts of several batches to the roll-ups."""
    together: Counter[tuple[int, str, str]] = Counter()
    # Equal texts are read once and multiplied: most batches of a single event have the same.
    for counts, times in Counter(dumped).items():
        for one in _loaded(counts, times):
            together[one.hour, one.metric, one.name] += one.count
    rows = [
        {"hour": hour, "node": node, "metric": metric, "name": name, "count": count}
        for (hour, metric, name), count in sorted(together.items())
        if count
    ]
    db.insert(_ADD, rows)


def counted_since(
    connection: Connection, since_ms: int, metrics: Collection[str] = ()
) -> Iterator[Counted]:
    """Yields the counts of all nodes since the hour of a time; of some metrics, or of all.

    It reads everything in one statement: between two, counts could move into the roll-ups.
    """
    first = since_ms - since_ms % HOUR_MS
    folded = select(
        *[rollups.c[name] for name in ("hour", "metric", "name", "count")],
        null().cast(LargeBinary).label("counts"),
    ).where(rollups.c.hour >= first)
    if metrics:
        folded = folded.where(rollups.c.metric.in_(metrics))
    waiting = (
        select(
            literal_column("0").label("hour"),
            literal_column("''").label("metric"),
            literal_column("''").label("name"),
            func.count().label("count"),
            deferred.c.counts,
        )
        .where(deferred.c.counts != b"")
        .group_by(deferred.c.counts)
    )
    found: Iterable[Any] = connection.execute(folded.union_all(waiting))
    for hour, metric, name, count, counts in found:
        if counts is None:
            yield Counted(hour, metric, name, count)
            continue
        for one in _loaded(counts, count):
            if one.hour >= first and (not metrics or one.metric in metrics):
                yield one


def _loaded(dumped: bytes, times: int) -> Iterator[Counted]:
    """Yields the counts of a batch, multiplied by `times`, the number of rows that had them.

    Damaged counts yield nothing. They must not stop the pages, nor the full-text indexing of the
    ids that the same row holds.
    """
    if not dumped:
        return
    try:
        found = [
            Counted(hour, metric, name, int(count) * times)
            for hour, metric, name, count in load_json(dumped)
        ]
    except (ValueError, TypeError):
        return
    yield from found


def forget_before(db: WriteConnection, before_ms: int) -> int:
    """Deletes old hours, and returns the number of deleted rows."""
    return db.core.execute(delete(rollups).where(rollups.c.hour < before_ms)).rowcount
