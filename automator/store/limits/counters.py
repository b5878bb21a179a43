"""`once` and `throttle`: count the runs that a key has let through within a sliding period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, literal_column, select

from automator.model import AttemptStatus, KeyedLimit, NewRun, Reason, RunState
from automator.model.rule import Once, Throttle
from automator.reasons.limits import once, once_within, throttled
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.limits.limit_rows import LockedLimits, id_of, save, shown_key
from automator.store.schema.tables import attempts, runs

#: Of these runs, the ones that ended and certainly did nothing.
RUNS_GIVEN_BACK = select(runs.c.id).where(
    runs.c.id.in_(KEYS),
    literal_column(f"runs.state IN ({int(RunState.DEAD)}, {int(RunState.CANCELLED)})"),
    literal_column("runs.crashes = 0"),
    ~exists().where(
        attempts.c.run_id == runs.c.id,
        literal_column(
            f"attempts.status IN ('{AttemptStatus.OK.value}', '{AttemptStatus.UNKNOWN.value}',"
            f" '{AttemptStatus.SUPERSEDED.value}')"
        ),
    ),
)
GIVEN_BACK = Statement(RUNS_GIVEN_BACK)


@dataclass(slots=True)
class Counter:
    """The runs that one key has let through."""

    limit: Once | Throttle
    #: (time, id of the run), the oldest first.
    uses: list[tuple[int, int]]
    expires_at: int | None = None
    is_changed: bool = False

    @property
    def allowed(self) -> int:
        """The number of runs that the limit allows within its period."""
        return 1 if isinstance(self.limit, Once) else self.limit.limit

    def within(self, now_ms: int) -> list[tuple[int, int]]:
        """The runs that count now."""
        period_ms = self.limit.period_ms
        if period_ms is None:
            return self.uses
        return [use for use in self.uses if use[0] > now_ms - period_ms]

    def is_full(self, now_ms: int) -> bool:
        """Whether no further run is let through now."""
        return len(self.within(now_ms)) >= self.allowed

    def correct(self, now_ms: int) -> None:
        """Replaces times in the future by now: a clock that was ahead has stored them."""
        if any(at > now_ms for at, _ in self.uses):
            self.uses = [(min(at, now_ms), run_id) for at, run_id in self.uses]
            period_ms = self.limit.period_ms
            self.expires_at = None if period_ms is None else now_ms + period_ms
            self.is_changed = True

    def take(self, run: NewRun, now_ms: int) -> None:
        """Counts a run. Forgets runs that no longer matter."""
        self.uses = [*self.within(now_ms), (now_ms, run.id)][-self.allowed :]
        period_ms = self.limit.period_ms
        self.expires_at = None if period_ms is None else now_ms + period_ms
        self.is_changed = True


class Counters:
    """The counters of all keys in one batch."""

    def __init__(self, db: WriteConnection, locked: LockedLimits, now_ms: int) -> None:
        self._now_ms = now_ms
        self._by_id = {
            limit_id: Counter(keyed.limit, [(at, run_id) for at, run_id in uses])
            for limit_id, (keyed, uses) in locked.items()
            if isinstance(keyed.limit, Once | Throttle)
        }
        for counter in self._by_id.values():
            counter.correct(now_ms)
        _give_back(db, [one for one in self._by_id.values() if one.is_full(now_ms)])

    def reason(self, run: NewRun) -> Reason | None:
        """The reason of the first full counter, which holds the run back; None if none is full."""
        for keyed, counter in self._of(run):
            if counter.is_full(self._now_ms):
                return reason_of(keyed, counter, counter.within(self._now_ms))
        return None

    def take(self, run: NewRun) -> None:
        """Counts a run in the counters of its keys."""
        for _, counter in self._of(run):
            counter.take(run, self._now_ms)

    def save(self, db: WriteConnection) -> None:
        """Writes the counters that have changed."""
        counters = self._by_id.items()
        save(db, [(at, one.uses, one.expires_at) for at, one in counters if one.is_changed])

    def _of(self, run: NewRun) -> Iterable[tuple[KeyedLimit, Counter]]:
        for keyed in run.limits:
            counter = self._by_id.get(id_of(run, keyed))
            if counter is not None:
                yield keyed, counter


def _give_back(db: WriteConnection, full: Sequence[Counter]) -> None:
    """Takes runs that ended without doing anything out of these counters."""
    counted = {run_id for counter in full for _, run_id in counter.uses}
    given_back = {row.id for row in db.query_in(GIVEN_BACK, counted)}
    if given_back:
        for counter in full:
            counter.uses = [use for use in counter.uses if use[1] not in given_back]


def reason_of(keyed: KeyedLimit, counter: Counter, uses: Sequence[tuple[int, int]]) -> Reason:
    """The reason of a full counter for holding a run back; `uses` are the runs that count now."""
    period_ms, (at, run_id) = counter.limit.period_ms, uses[-1]
    key = shown_key(keyed)
    if period_ms is None:
        return once(key=key, last=at, run=run_id)
    # There is room again once this run no longer counts.
    again = uses[-counter.allowed][0] + period_ms
    if isinstance(counter.limit, Once):
        return once_within(key=key, last=at, run=run_id, again=again)
    return throttled(key=key, last=at, run=run_id, again=again, count=len(uses), period=period_ms)
