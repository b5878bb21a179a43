"""Echoes of our own messages, and the runs that wait for them; also places that were deleted.

A run whose answer was lost stores the key of the echo that it waits for. An echo that comes in
stores the same key. Both write the same row, so that the later commit sees the earlier one, on any
node. The run then becomes due, and its claim finds the echo.
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

#: For how many milliseconds a row is kept. No provider repeats a delivery for so long.
KEPT_MS = 3 * 24 * 3_600_000
#: The same for a deleted place: a follow-up may answer below it a year later.
_DELETED_KEPT_MS = 366 * 24 * 3_600_000
#: How many rows one commit deletes.
PRUNED_AT_ONCE = 500


_AWAIT = InsertStatement(echoes, lambda new: upsert(new, "run_id", "at"))
_ARRIVE = InsertStatement(echoes, lambda new: upsert(new, "event_id", "echoed_at", "at"))
ECHOES = Statement(
    select(echoes.c.key, echoes.c.run_id, echoes.c.echoed_at).where(echoes.c.key.in_(KEYS))
)
#: Without runs that a node is working on, which will see the echo when they are done.
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
    """The key of an echo's row."""
    return storable_key(f"{connection}:{key}")


def await_echo(db: WriteConnection, awaited: AwaitedEcho, run_id: int, batch: Batch) -> bool:
    """Stores the echo that a run waits for. Returns True if this echo has come already."""
    key = row_key(awaited.connection, awaited.key)
    row = {"key": key, "run_id": run_id, "event_id": None, "echoed_at": None, "at": batch.now_ms}
    db.insert(_AWAIT, [row])
    return any(
        row.echoed_at is not None and row.echoed_at >= awaited.since_ms
        for row in db.query_in(ECHOES, [key])
    )


def note_echoes(db: WriteConnection, arrived: Sequence[Event], batch: Batch) -> None:
    """Stores the echoes that have come and the places that were deleted.

    Runs that wait for one of these echoes become due.
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
        # Written in the same order everywhere, so that no two nodes wait for each other.
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
    """The times at which places were deleted, by connection and place; without existing places."""
    by_key = {row_key(of, f"deleted {place}"): (of, place) for of, place in places}
    return {by_key[row.key]: row.echoed_at for row in db.query_in(ECHOES, sorted(by_key))}


def _wake(db: WriteConnection, waiting: dict[int, Event], batch: Batch) -> None:
    for row in db.query_in(IN_DOUBT, sorted(waiting)):
        if row.echo_key != waiting[row.id].echo:
            # The run has already gone on after the step that waited for the echo.
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
    """Deletes some rows for which no run can wait any more; returns how many."""
    old = select(echoes.c.key).where(echoes.c.at < batch.now_ms - KEPT_MS).limit(PRUNED_AT_ONCE)
    return db.core.execute(delete(echoes).where(echoes.c.key.in_(old))).rowcount
