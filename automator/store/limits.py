"""Limits: which runs `once` and `throttle` hold back, and what they have let through.

It is counted in the transaction that stores the runs, so that a duplicate, a batch that is done
again and a commit that fails count nothing. Each key has a row, which is locked while its count is
in doubt: of two nodes that store runs with the same key, one waits for the other's commit.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import bindparam, delete, exists, literal_column, select, update

from automator.clock import iso_time
from automator.model import AttemptStatus, KeyedLimit, NewRun, Once, RunState, format_id
from automator.store.batch import Batch
from automator.store.dialect import insert
from automator.store.encoding import clean_text, dump_json, load_json
from automator.store.statements import (
    InsertStatement,
    InStatement,
    Statement,
    WriteConnection,
    keys_of,
)
from automator.store.tables import attempts, limits, runs
from automator.written import format_duration

#: Rows that one commit of a prune deletes, at most.
PRUNED_AT_ONCE = 500
_SHOWN_KEY = 80
_STORED_KEY = 200

# The update changes nothing: it locks a row that is there already.
_LOCK = InsertStatement(
    limits,
    lambda rows: (
        insert(limits)
        .values(rows)
        .on_conflict_do_update(index_elements=[limits.c.id], set_={"id": limits.c.id})
    ),
)
COUNTED = InStatement(
    lambda count: select(limits.c.id, limits.c.uses).where(limits.c.id.in_(keys_of(count)))
)
_COUNT = Statement(
    update(limits)
    .where(limits.c.id == bindparam("limit_id"))
    .ordered_values(
        (limits.c.uses, bindparam("new_uses")), (limits.c.expires_at, bindparam("new_expires_at"))
    )
)
#: Of these runs, those that ended without anything that worked, or may have.
GIVEN_BACK = InStatement(
    lambda count: select(runs.c.id).where(
        runs.c.id.in_(keys_of(count)),
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
)


@dataclass(slots=True)
class _Counter:
    """What one key has let through."""

    #: (time, run id), the oldest first.
    uses: list[tuple[int, int]]
    expires_at: int | None = None
    is_changed: bool = False

    def within(self, keyed: KeyedLimit, now_ms: int) -> list[tuple[int, int]]:
        """The uses that count now."""
        period_ms = keyed.limit.period_ms
        if period_ms is None:
            return self.uses
        return [use for use in self.uses if use[0] > now_ms - period_ms]

    def is_full(self, keyed: KeyedLimit, now_ms: int) -> bool:
        """Nothing more is let through now."""
        return len(self.within(keyed, now_ms)) >= _allowed(keyed)

    def take(self, keyed: KeyedLimit, run: NewRun, now_ms: int) -> None:
        """Counts a run; of the earlier ones only those stay that can still matter."""
        uses = [*self.within(keyed, now_ms), (now_ms, run.id)]
        self.uses = uses[-_allowed(keyed) :]
        period_ms = keyed.limit.period_ms
        self.expires_at = None if period_ms is None else now_ms + period_ms
        self.is_changed = True


def enforce(db: WriteConnection, starting: Sequence[NewRun], batch: Batch) -> list[NewRun]:
    """The runs of a batch as they are to be stored, in their order: those that a limit holds back
    are suppressed, the others are counted. A run in place of one that goes ahead is left out.
    """
    counters = _counters(db, starting, batch.now_ms)
    kept: list[NewRun] = []
    held_back: set[int] = set()
    for run in starting:
        if run.instead_of is not None and run.instead_of not in held_back:
            continue
        if run.limits and run.state is RunState.QUEUED:
            mine = [(keyed, counters[_id_of(run, keyed)]) for keyed in run.limits]
            reason = "" if run.is_wanted else _reason(mine, batch.now_ms)
            if reason:
                held_back.add(run.id)
                run = replace(run, state=RunState.SUPPRESSED, reason=reason)
            else:
                for keyed, counter in mine:
                    counter.take(keyed, run, batch.now_ms)
        kept.append(run)
    changed = [
        (dump_json(counter.uses), counter.expires_at, limit_id)
        for limit_id, counter in counters.items()
        if counter.is_changed
    ]
    if changed:
        db.many(_COUNT, changed)
    return kept


def prune_limits(db: WriteConnection, batch: Batch) -> int:
    """Deletes some counters that hold nothing back any more; says how many."""
    over = (
        select(limits.c.id)
        .where(literal_column("expires_at IS NOT NULL"), limits.c.expires_at <= batch.now_ms)
        .limit(PRUNED_AT_ONCE)
    )
    return db.core.execute(delete(limits).where(limits.c.id.in_(over))).rowcount


def _counters(db: WriteConnection, starting: Sequence[NewRun], now_ms: int) -> dict[str, _Counter]:
    """The counters of all keys of these runs, locked until the commit."""
    keyed_by_id = {
        _id_of(run, keyed): (run.rule, keyed) for run in starting for keyed in run.limits
    }
    # Always in the same order, so that two nodes do not wait for each other.
    ids = sorted(keyed_by_id)
    new_rows = []
    for limit_id in ids:
        rule, keyed = keyed_by_id[limit_id]
        shown = clean_text(keyed.key[:_STORED_KEY])
        new_rows.append((limit_id, rule, keyed.name, shown, b"[]", now_ms))
    db.insert(_LOCK, new_rows)
    counters = {
        limit_id: _Counter([(at, run_id) for at, run_id in load_json(uses)])
        for limit_id, uses in db.query_in(COUNTED, ids)
    }
    full = [
        counters[limit_id]
        for limit_id, (_, keyed) in keyed_by_id.items()
        if counters[limit_id].is_full(keyed, now_ms)
    ]
    _give_back(db, full)
    return counters


def _give_back(db: WriteConnection, full: Iterable[_Counter]) -> None:
    """Takes out the runs that did nothing in the end: nobody has got what they stood for."""
    counted = {run_id for counter in full for _, run_id in counter.uses}
    given_back = {row[0] for row in db.query_in(GIVEN_BACK, counted)}
    if given_back:
        for counter in full:
            counter.uses = [use for use in counter.uses if use[1] not in given_back]


def _id_of(run: NewRun, keyed: KeyedLimit) -> str:
    """The row of a counter. Rules in shadow mode have their own."""
    parts = (run.rule, str(run.data.get("mode", "")), keyed.name, keyed.key)
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _allowed(keyed: KeyedLimit) -> int:
    return 1 if isinstance(keyed.limit, Once) else keyed.limit.limit


def _reason(mine: Sequence[tuple[KeyedLimit, _Counter]], now_ms: int) -> str:
    """Why the first of the limits that hold a run back does so, or ""."""
    for keyed, counter in mine:
        if counter.is_full(keyed, now_ms):
            return clean_text(_words(keyed, counter.within(keyed, now_ms)))
    return ""


def _words(keyed: KeyedLimit, uses: Sequence[tuple[int, int]]) -> str:
    key = keyed.key if len(keyed.key) <= _SHOWN_KEY else f"{keyed.key[: _SHOWN_KEY - 1]}…"
    period_ms = keyed.limit.period_ms
    at, run_id = uses[-1]
    last = f"{_shown(at)}, run {format_id(run_id)}"
    # The oldest one that has to be over before there is room again.
    again_ms = None if period_ms is None else uses[-_allowed(keyed)][0] + period_ms
    again = "" if again_ms is None else f"; again from {_shown(again_ms)}"
    if isinstance(keyed.limit, Once):
        return f"once: already started for {key} on {last}{again}"
    period = format_duration(keyed.limit.period_ms / 1000)
    return f"throttle: {len(uses)} runs within {period} for {key}, the last on {last}{again}"


def _shown(ms: int) -> str:
    return f"{iso_time(ms)[:19].replace('T', ' ')} UTC"
