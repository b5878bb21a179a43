"""`debounce`: collects events with the same key into one run, which waits until no more come.

The first event makes this run. Each later event is stored with its own run, which is suppressed
and has the first run as its parent. It also postpones the first run, unless a node has claimed it.
With the last event that it may collect, the first run is due at once.

`both` is the same with two events that differ: the run of the first one is due when the other one
comes. If the first one comes again, the newer run waits instead, so that the two are never further
apart than the rule allows.
"""

from collections import defaultdict
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from sqlalchemy import bindparam, literal_column, select, update

from automator.lifecycle import Fact, On, move, moved
from automator.model import KeyedLimit, NewRun, Reason, RunState, Waits, format_id
from automator.model.rule import MOST_COLLECTED, Debounce
from automator.reasons.limits import (
    collected,
    collected_for_place,
    collected_last,
    debounce_full,
    debounced_for_place,
    debounced_until,
    debouncing,
    debouncing_up_to,
)
from automator.reasons.runs import both_come, came_again, came_with, joined, waits_for_other
from automator.store.batch.batch import Batch
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.limits.limit_rows import LockedLimits, id_of, save, shown_key
from automator.store.queue.follow_ups import end_waiting
from automator.store.queue.run_moves import ReasonValues, columns_of
from automator.store.schema.encoding import load_json, reason_columns
from automator.store.schema.tables import events, runs

#: Of these runs, the ones that nobody has begun. A run that a node is claiming counts as begun.
WAITING = Statement(
    select(runs.c.id, runs.c.run_at, runs.c.waits_for)
    .where(
        runs.c.id.in_(KEYS),
        literal_column(f"state = {int(RunState.QUEUED)} AND step = 0 AND attempt = 0"),
    )
    .order_by(runs.c.id)
    .with_for_update()
)
_GIVEN: ReasonValues = bindparam("new_reason_codes"), bindparam("new_reason")
_MOVE = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .values(
        **columns_of(
            move(On.COLLECTING), given=_GIVEN, at=bindparam("now"), until=bindparam("new_run_at")
        ),
        run_at=bindparam("new_run_at"),
        seq_at=bindparam("new_run_at"),
    )
)
#: Changes only the reason: a run that waits for its concurrency key has no time to move.
_TELL = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .values(reason_codes=_GIVEN[0], reason=_GIVEN[1])
)
#: The events that these runs have collected.
COLLECTED = Statement(
    select(runs.c.id, runs.c.parent_id, events.c.body)
    .join(events, events.c.id == runs.c.event_id)
    .where(
        runs.c.parent_id.in_(KEYS),
        # The path of a follow-up is not "".
        literal_column("runs.path = ''"),
    )
)


def collected_events(db: WriteConnection, run_ids: Iterable[int]) -> dict[int, list[Any]]:
    """The bodies of the events that runs have collected besides their own, by the run's id."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in sorted(db.query_in(COLLECTED, set(run_ids)), key=attrgetter("id")):
        found[row.parent_id].append(load_json(row.body))
    return found


@dataclass(slots=True)
class _Collection:
    """One run that collects events."""

    limit: Debounce
    first_at: int
    run_id: int
    count: int
    due: int
    #: For `both`: which of its two events the run waits for.
    awaits: str = ""
    #: Whether the run waits for its concurrency key, and not for a time.
    waits_for_place: bool = False
    is_new: bool = False
    is_changed: bool = False

    @property
    def is_full(self) -> bool:
        """Whether it has as many events as its rule allows, so that the next begins another run."""
        return self.count >= self.limit.limit

    def takes(self, keyed: KeyedLimit, now_ms: int) -> bool:
        """Whether it collects an event: for `both`, the other one, and only in time."""
        is_other = keyed.awaits != self.awaits and now_ms <= self.first_at + self.limit.quiet_ms
        return not self.is_full and (is_other or not self.awaits)

    @property
    def reason(self) -> Reason:
        """The reason why the collecting run goes on waiting."""
        if self.awaits:
            return both_come(event=self.awaits, at=self.due)
        if self.waits_for_place:
            return debounced_for_place(count=self.count)
        if self.is_full:
            return debounce_full(count=self.count, at=self.due)
        return debounced_until(count=self.count, at=self.due)

    def collected(self, keyed: KeyedLimit) -> Reason:
        """The reason of a collected run, which does nothing itself."""
        run, count, key = self.run_id, self.count, shown_key(keyed)
        if self.awaits:
            return came_with(run=run, key=key, at=self.due)
        if self.waits_for_place:
            return collected_for_place(run=run, count=count, key=key)
        if self.is_full:
            return collected_last(run=run, count=count, key=key, at=self.due)
        return collected(run=run, count=count, key=key, at=self.due)

    def move(self, now_ms: int, not_before: int) -> None:
        """Counts one more event, and postpones the run, but no longer than its rule allows."""
        self.count += 1
        latest = self.first_at + self.limit.max_wait_ms
        if self.is_full:
            # `not_before` of the last event is in the active times of the rule, as of the first.
            self.due = max(min(now_ms, self.due), not_before)
        else:
            self.due = max(min(now_ms + self.limit.quiet_ms, latest), not_before, self.due)
        self.is_changed = True


class Debounced:
    """The runs that collect events, as the events of one batch concern them."""

    def __init__(self, db: WriteConnection, locked: LockedLimits, batch: Batch) -> None:
        self._batch = batch
        self._by_id: dict[str, _Collection] = {}
        #: Runs of this batch that collect no more, and whose key collects into a newer one.
        self._before: list[tuple[str, _Collection]] = []
        #: The reasons of runs that end because a newer one waits instead, by their ids.
        self._replaced: dict[int, tuple[str, Reason]] = {}
        known = {
            limit_id: (keyed.limit, *uses[0])
            for limit_id, (keyed, uses) in locked.items()
            if isinstance(keyed.limit, Debounce) and uses
        }
        collecting = {found[2] for found in known.values()}
        waiting = {row.id: row for row in db.query_in(WAITING, collecting)}
        for limit_id, (limit, first_at, run_id, count, *awaits) in known.items():
            if run_id in waiting:
                found = waiting[run_id]
                is_placeless = found.waits_for == Waits.PLACE.value
                # A time in the future was stored by a clock that was ahead.
                first_at = min(first_at, batch.now_ms)
                self._by_id[limit_id] = _Collection(
                    limit, first_at, run_id, count, found.run_at, *awaits
                )
                self._by_id[limit_id].waits_for_place = is_placeless

    def join(self, run: NewRun) -> NewRun | None:
        """The run, collected into another run; None if there is none, so that it must begin one."""
        keyed = _debounce_of(run)
        collection = self._by_id.get(id_of(run, keyed)) if keyed else None
        batch = self._batch
        if keyed is None or collection is None or not collection.takes(keyed, batch.now_ms):
            return None
        collection.move(batch.now_ms, batch.stored_time(run.run_at))
        return replace(
            moved(run, On.COLLECTED, because=collection.collected(keyed)),
            parent_id=collection.run_id,
            data={**run.data, "into": format_id(collection.run_id)},
        )

    def begin(self, run: NewRun) -> NewRun:
        """The run. If its rule has `debounce`, it collects events from now on."""
        keyed = _debounce_of(run)
        if keyed is None or not isinstance(keyed.limit, Debounce) or run.is_wanted:
            return run
        batch = self._batch
        limit, awaits = keyed.limit, keyed.awaits
        collection = _Collection(limit, batch.now_ms, run.id, 0, 0, awaits, is_new=True)
        collection.move(batch.now_ms, batch.stored_time(run.run_at))
        limit_id = id_of(run, keyed)
        before = self._by_id.get(limit_id)
        if before is not None:
            self._before.append((limit_id, before))
            if not before.is_full:
                self._replaced[before.run_id] = run.rule, came_again(run=run.id)
        self._by_id[limit_id] = collection
        note, until = (
            joined(run.note, debouncing_by(keyed.limit, keyed)),
            batch.own_time(collection.due),
        )
        facts = {Fact.ABSENCE} if awaits else ()
        collects = moved(run, On.COLLECTING, facts, because=note, until=until)
        data = {**run.data, "collected_by": run.id}
        # With a key, the log shows it like other waits that may end without acting.
        return replace(collects, note=note, data=data, wait_key=limit_id if awaits else None)

    def save(self, db: WriteConnection, kept: MutableMapping[int, NewRun]) -> None:
        """Postpones runs that have collected more events: stored ones, and new ones in `kept`."""
        moves, told, rows = [], [], {}
        for limit_id, one in (*self._before, *self._by_id.items()):
            if not one.is_changed:
                continue
            expires_at = max(one.first_at + one.limit.max_wait_ms, one.due)
            use = (one.first_at, one.run_id, one.count, *filter(None, [one.awaits]))
            rows[limit_id] = (limit_id, [use], expires_at)
            if one.is_new:
                run = kept[one.run_id]
                if run.waits_for is not Waits.PLACE:
                    run_at = self._batch.own_time(one.due)
                    kept[one.run_id] = replace(run, run_at=run_at)
            else:
                codes, reason = reason_columns(one.reason)
                said = {"run_id": one.run_id, "new_reason_codes": codes, "new_reason": reason}
                if one.waits_for_place:
                    told.append(said)
                    continue
                moves.append({**said, "new_run_at": one.due, "now": self._batch.now_ms})
                self._batch.stepped_aside.append(one.run_id)
                self._batch.note_due(one.due)
        for run_id in self._replaced.keys() & kept.keys():
            _, because = self._replaced.pop(run_id)
            kept[run_id] = moved(kept[run_id], On.REPLACED, because=because)
        ended = [(run_id, *told) for run_id, told in sorted(self._replaced.items())]
        end_waiting(db, On.REPLACED, ended, self._batch, is_news=False)
        db.many(_TELL, told)
        db.many(_MOVE, moves)
        save(db, list(rows.values()))


def _debounce_of(run: NewRun) -> KeyedLimit | None:
    for keyed in run.limits:
        if isinstance(keyed.limit, Debounce):
            return keyed
    return None


def debouncing_by(limit: Debounce, keyed: KeyedLimit) -> Reason:
    """The reason of a run that begins to collect events."""
    quiet, longest, key = limit.quiet_ms, limit.max_wait_ms, shown_key(keyed)
    if keyed.awaits:
        return waits_for_other(event=keyed.awaits, key=key, within=quiet)
    if limit.limit == MOST_COLLECTED:
        return debouncing(quiet=quiet, longest=longest, key=key)
    return debouncing_up_to(quiet=quiet, longest=longest, key=key, most=limit.limit)
