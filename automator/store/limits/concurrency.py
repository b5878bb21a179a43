"""`concurrency`: limits how many runs with the same key are unfinished at the same time.

The runs themselves are the count: the `concurrency_key` of every such run is the id of its key's
row in `limits`. So the count is right however a run ends, and a dead node leaves nothing behind
that would have to be freed. A run that waits for its key is in no lane until it is let in.
"""

from collections import defaultdict
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field, replace

from sqlalchemy import bindparam, literal_column, select, update
from sqlalchemy.sql.expression import ColumnElement

from automator.lifecycle import NO_FACTS, Also, Fact, On, move, moved
from automator.model import KeyedLimit, NewRun, Reason, RunState
from automator.model.rule import ON_ERROR_PATH, Concurrency
from automator.reasons.limits import (
    concurrency_full,
    concurrency_replaced,
    concurrency_waited,
    concurrency_waits,
)
from automator.reasons.runs import joined
from automator.store.batch.batch import Batch
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.limits.limit_rows import LockedLimits, id_of, lock_again, shown_key
from automator.store.queue.follow_ups import end_waiting
from automator.store.queue.run_moves import columns_of
from automator.store.schema.encoding import dump_reason
from automator.store.schema.state_tables import limits
from automator.store.schema.tables import COUNTS_FOR_CONCURRENCY, WAITS_FOR_PLACE, runs

#: How many waiting runs one settlement looks at. The next settlement continues from there.
_MOST_LET_IN = 64
#: How many runs a reason names.
_NAMED = 3

_counts: ColumnElement[bool] = literal_column(f"({COUNTS_FOR_CONCURRENCY})")
_waits: ColumnElement[bool] = literal_column(f"({WAITS_FOR_PLACE})")

_of_keys = select(runs.c.concurrency_key, runs.c.id, runs.c.state).where(
    runs.c.concurrency_key.in_(KEYS)
)
HOLDING = Statement(_of_keys.where(_counts))
#: The runs to cancel, locked so that nobody claims or settles them meanwhile.
HOLDING_LOCKED = Statement(_of_keys.where(_counts).order_by(runs.c.id).with_for_update())
WAITING_LOCKED = Statement(_of_keys.where(_waits).order_by(runs.c.id).with_for_update())
#: For each of these keys: a run that waits, or NULL. It is not a join, so that the index of the
#: keys is used whatever the database's statistics say.
AWAITED = Statement(
    select(
        limits.c.id,
        select(runs.c.id)
        .where(runs.c.concurrency_key == limits.c.id, _waits)
        .order_by(runs.c.id)
        .limit(1)
        .correlate(limits)
        .scalar_subquery()
        .label("waiting"),
    ).where(limits.c.id.in_(KEYS))
)
WAITING_LONGEST = Statement(
    select(runs.c.id, runs.c.run_at, runs.c.concurrency_limit)
    .where(runs.c.concurrency_key == bindparam("key"), _waits)
    .order_by(runs.c.id)
    .limit(_MOST_LET_IN)
)
ALL_AWAITED = (
    select(runs.c.concurrency_key).where(_waits).distinct().order_by(runs.c.concurrency_key)
)
_LET_IN = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"), _waits)
    .values(columns_of(move(On.LET_IN), at=bindparam("new_run_at")))
)
_CANCEL_LATER = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .values(cancel_reason=bindparam("new_reason"))
)


@dataclass(slots=True)
class _KeyedRuns:
    """The unfinished runs of one key."""

    limit: Concurrency
    #: The state of each run that was let in, by its id, including runs of this batch.
    holding: dict[int, int] = field(default_factory=dict)
    is_awaited: bool = False

    @property
    def is_full(self) -> bool:
        """Whether no further run may be let in."""
        return len(self.holding) >= self.limit.limit

    def full(self, keyed: KeyedLimit, *, waits: bool) -> Reason:
        """The reason why another run waits or is held back; it names runs that are under way."""
        return (concurrency_waits if waits else concurrency_full)(
            count=len(self.holding),
            limit=self.limit.limit,
            key=shown_key(keyed),
            runs=sorted(self.holding)[:_NAMED],
        )


class ConcurrencyLimits:
    """The keys of `concurrency` that a batch concerns, with their runs."""

    def __init__(self, db: WriteConnection, locked: LockedLimits, batch: Batch) -> None:
        self._batch = batch
        self._by_id = {
            limit_id: _KeyedRuns(keyed.limit)
            for limit_id, (keyed, _) in locked.items()
            if isinstance(keyed.limit, Concurrency)
        }
        #: For each key whose runs are cancelled: the reason, and the rule.
        self._cancelled: dict[int, tuple[Reason, str]] = {}
        by_mode: defaultdict[str, list[str]] = defaultdict(list)
        for limit_id, keyed_runs in self._by_id.items():
            by_mode[keyed_runs.limit.mode].append(limit_id)
        counted = by_mode["queue"] + by_mode["skip"]
        rows = db.query_in(HOLDING, counted)
        for locked_rows in (HOLDING_LOCKED, WAITING_LOCKED):
            rows += db.query_in(locked_rows, by_mode["restart"])
        for row in rows:
            self._by_id[row.concurrency_key].holding[row.id] = row.state
        for row in db.query_in(AWAITED, by_mode["queue"]):
            self._by_id[row.id].is_awaited = row.waiting is not None

    def reason(self, run: NewRun) -> Reason | None:
        """The reason why a run is held back; None if it is not."""
        keyed, keyed_runs = self._of(run)
        if (
            keyed is None
            or keyed_runs is None
            or keyed_runs.limit.mode != "skip"
            or not keyed_runs.is_full
        ):
            return None
        return keyed_runs.full(keyed, waits=False)

    def take(self, run: NewRun, kept: MutableMapping[int, NewRun]) -> NewRun:
        """The run with its key: let in, or waiting. Older runs may be cancelled for it."""
        keyed, keyed_runs = self._of(run)
        if keyed is None or keyed_runs is None:
            return run
        run = replace(run, concurrency_key=id_of(run, keyed))
        if keyed_runs.limit.mode == "queue" and (keyed_runs.is_full or keyed_runs.is_awaited):
            keyed_runs.is_awaited = True
            return _waiting(run, keyed, keyed_runs)
        if keyed_runs.limit.mode == "restart" and not run.is_wanted:
            self._restart(run, keyed, keyed_runs, kept)
        keyed_runs.holding[run.id] = int(RunState.QUEUED)
        return run

    def save(self, db: WriteConnection) -> None:
        """Cancels the stored runs that newer runs replace."""
        now, later = [], []
        for keyed_runs in self._by_id.values():
            for run_id, state in keyed_runs.holding.items():
                if run_id not in self._cancelled:
                    continue
                reason, rule = self._cancelled[run_id]
                facts = {Fact.CLAIMED} if state == RunState.RUNNING else NO_FACTS
                if move(On.REPLACED, facts).then is Also.SETTLED:
                    later.append({"run_id": run_id, "new_reason": dump_reason(reason)})
                else:
                    now.append((run_id, rule, reason))
        end_waiting(db, On.REPLACED, now, self._batch)
        db.many(_CANCEL_LATER, later)

    def _of(self, run: NewRun) -> tuple[KeyedLimit | None, _KeyedRuns | None]:
        for keyed in run.limits:
            if isinstance(keyed.limit, Concurrency):
                return keyed, self._by_id[id_of(run, keyed)]
        return None, None

    def _restart(
        self,
        run: NewRun,
        keyed: KeyedLimit,
        keyed_runs: _KeyedRuns,
        kept: MutableMapping[int, NewRun],
    ) -> None:
        reason = _replaces(run, keyed)
        for run_id in keyed_runs.holding:
            if run_id in kept:
                kept[run_id] = moved(kept[run_id], On.REPLACED, because=reason)
            else:
                self._cancelled.setdefault(run_id, (reason, run.rule))


def _replaces(run: NewRun, keyed: KeyedLimit) -> Reason:
    return concurrency_replaced(run=run.id, key=shown_key(keyed))


def with_key(run: NewRun) -> NewRun:
    """The run with the id of its key's row, if its rule has `concurrency`."""
    ids = (id_of(run, keyed) for keyed in run.limits if isinstance(keyed.limit, Concurrency))
    return replace(run, concurrency_key=next(ids, None))


def replaced_by(starting: NewRun, older: NewRun) -> Reason | None:
    """The reason why an unfinished run ends for one that starts now; None if it goes on."""
    return next(
        (
            _replaces(starting, keyed)
            for keyed in starting.limits
            if isinstance(keyed.limit, Concurrency)
            and keyed.limit.mode == "restart"
            and id_of(starting, keyed) == older.concurrency_key
        ),
        None,
    )


def of_replaced(new_runs: Iterable[NewRun], reason: Reason | None) -> tuple[NewRun, ...]:
    """The runs that a replaced run starts: its follow-ups are cancelled, too."""
    return tuple(
        moved(run, On.REPLACED, because=reason) if run.path != ON_ERROR_PATH else run
        for run in new_runs
    )


def _waiting(run: NewRun, keyed: KeyedLimit, keyed_runs: _KeyedRuns) -> NewRun:
    """The run in its wait for the key. It keeps the time before which it must not act."""
    waited = concurrency_waited(key=shown_key(keyed))
    waiting = moved(run, On.FULL, because=keyed_runs.full(keyed, waits=True))
    limit = keyed_runs.limit.limit
    return replace(waiting, note=joined(run.note, waited), concurrency_limit=limit)


def let_in(db: WriteConnection, keys: Iterable[str], batch: Batch) -> int:
    """Lets runs in that wait for these keys, those that waited longest first; returns how many.

    The rows of the keys have to be locked: see `lock_again`.
    """
    changed = []
    for key in keys:
        waiting = db.query(WAITING_LONGEST, key=key)
        if not waiting:
            continue
        free = (waiting[0].concurrency_limit or 1) - len(db.query_in(HOLDING, [key]))
        for row in waiting[: max(0, free)]:
            run_at = max(batch.now_ms, row.run_at)
            batch.note_due(run_at)
            changed.append({"run_id": row.id, "new_run_at": run_at})
    return db.many(_LET_IN, changed)


def let_in_everywhere(db: WriteConnection, batch: Batch) -> int:
    """Does what `let_in` does for all keys, because some runs end without a settlement."""
    keys = list(db.core.execute(ALL_AWAITED).scalars())
    lock_again(db, keys, batch.now_ms)
    return let_in(db, keys, batch)
