"""Echoes: messages of ours that a provider sent back, and the unknown runs that wait for them; also
the places that a provider has reported as deleted.

A run whose answer was lost stores the key of its echo; an incoming echo stores the same key. Both
write the same row, so the later commit sees the earlier one, on any node. The run then becomes due,
and its claim finds the echo.
"""

from collections.abc import Collection, Sequence
from operator import itemgetter

from sqlalchemy import bindparam, delete, literal_column, select, update

from automator.lifecycle import MOVES, NO_FACTS, Fact, On, move
from automator.model import Event, RunState
from automator.model.echo import AwaitedEcho
from automator.store.batch.batch import Batch
from automator.store.database.dialect import upsert
from automator.store.database.statements import KEYS, InsertStatement, Statement, WriteConnection
from automator.store.queue.run_moves import columns_of, states_for
from automator.store.schema.encoding import storable_key
from automator.store.schema.state_tables import echoes
from automator.store.schema.tables import events, runs

#: Milliseconds for which a row is kept: longer than any provider repeats a delivery.
KEPT_MS = 3 * 24 * 3_600_000
#: Milliseconds for a deleted place, since a follow-up may answer below it a year later.
_DELETED_KEPT_MS = 366 * 24 * 3_600_000
#: How many rows one commit of a prune deletes.
PRUNED_AT_ONCE = 500


_AWAIT = InsertStatement(echoes, lambda new: upsert(new, "run_id", "at"))
_ARRIVE = InsertStatement(echoes, lambda new: upsert(new, "event_id", "echoed_at", "at"))
ECHOES = Statement(
    select(echoes.c.key, echoes.c.run_id, echoes.c.echoed_at).where(echoes.c.key.in_(KEYS))
)
#: Runs that a node is working on are left out: they see the echo when they are done.
IN_DOUBT = Statement(
    select(runs.c.id, runs.c.state, runs.c.rule, runs.c.finished_at, runs.c.echo_key)
    .where(
        runs.c.id.in_(KEYS),
        literal_column(f"state IN {states_for(On.ECHOED)}"),
    )
    .with_for_update(skip_locked=True)
)
_WAKE = {
    made: Statement(
        update(runs)
        .where(runs.c.id == bindparam("run_id"))
        .values(columns_of(made, at=bindparam("now")))
    )
    for made in MOVES[On.ECHOED]
}


def row_key(connection: str, key: str) -> str:
    """The key of the row of an echo."""
    return storable_key(f"{connection}:{key}")


def await_echo(db: WriteConnection, awaited: AwaitedEcho, run_id: int, batch: Batch) -> bool:
    """Stores the echo that a run waits for; True if that echo has come already."""
    key = row_key(awaited.connection, awaited.key)
    row = {"key": key, "run_id": run_id, "event_id": None, "echoed_at": None, "at": batch.now_ms}
    db.insert(_AWAIT, [row])
    return any(
        row.echoed_at is not None and row.echoed_at >= awaited.since_ms
        for row in db.query_in(ECHOES, [key])
    )


def note_echoes(db: WriteConnection, arrived: Sequence[Event], batch: Batch) -> None:
    """Stores which echoes have come and which places were deleted; makes the runs due that wait for
    these echoes.
    """
    by_key = {
        row_key(event.connection, key): event
        for event in arrived
        for key in (event.echo, _deleted_key(event.deleted_place))
        if key is not None
    }
    rows = [
        {
            "key": key,
            "run_id": None,
            "event_id": event.id,
            "echoed_at": event.received_at,
            "at": batch.now_ms + (0 if event.deleted_place is None else _DELETED_KEPT_MS),
        }
        # Always in the same order, so that two nodes never wait for each other.
        for key, event in sorted(by_key.items(), key=itemgetter(0))
    ]
    db.insert(_ARRIVE, rows)
    found = db.query_in(ECHOES, sorted(by_key))
    _wake(db, {row.run_id: by_key[row.key] for row in found if row.run_id is not None}, batch)


def _deleted_key(place: str | None) -> str | None:
    return None if place is None else f"deleted {place}"


def deleted_places(
    db: WriteConnection, places: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """The times at which places were deleted, by connection and place; other places are missing."""
    by_key = {row_key(of, f"deleted {place}"): (of, place) for of, place in places}
    return {by_key[row.key]: row.echoed_at for row in db.query_in(ECHOES, sorted(by_key))}


def _wake(db: WriteConnection, waiting: dict[int, Event], batch: Batch) -> None:
    for row in db.query_in(IN_DOUBT, sorted(waiting)):
        if row.echo_key != waiting[row.id].echo:
            # The run has gone past the step that waited for the echo.
            continue
        state = RunState(row.state)
        made = move(On.ECHOED, {Fact.ENDED} if state.is_final else NO_FACTS)
        db.run(_WAKE[made], run_id=row.id, now=batch.now_ms)
        batch.tally.goes_on(state, row.rule, row.finished_at)
        batch.work_released = True


ECHO_OF = (
    select(events.c.id, events.c.body)
    .join(echoes, echoes.c.event_id == events.c.id)
    .where(echoes.c.key == bindparam("row_key"), echoes.c.echoed_at >= bindparam("since"))
)


def prune_echoes(db: WriteConnection, batch: Batch) -> int:
    """Deletes some rows that no run can now wait for; returns how many."""
    old = select(echoes.c.key).where(echoes.c.at < batch.now_ms - KEPT_MS).limit(PRUNED_AT_ONCE)
    return db.core.execute(delete(echoes).where(echoes.c.key.in_(old))).rowcount
