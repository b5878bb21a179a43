"""Echoes: messages of ours that a provider sent back, and the unknown runs that wait for them.

A run whose answer was lost writes down by what its echo would be known; an echo writes down that it
has come. Both write the same row, so that whoever commits second sees the first, on any node. The
run is made due then, and proves itself when it is claimed.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, delete, literal_column, select, update
from sqlalchemy.sql.expression import ClauseElement

from automator.model import AwaitedEcho, Event, RunState
from automator.store.batch.batch import Batch
from automator.store.database.dialect import insert
from automator.store.database.statements import (
    InsertStatement,
    InStatement,
    Statement,
    WriteConnection,
    keys_of,
)
from automator.store.schema.encoding import load_json, storable_key
from automator.store.schema.state_tables import echoes
from automator.store.schema.tables import events, runs

#: Milliseconds for which a row is kept: longer than any provider repeats a delivery.
KEPT_MS = 3 * 24 * 3_600_000
#: Rows that one commit of a prune deletes, at most.
PRUNED_AT_ONCE = 500


def _upsert(*changed: str) -> InsertStatement:
    def build(rows: list[dict[str, Any]]) -> ClauseElement:
        new = insert(echoes).values(rows)
        return new.on_conflict_do_update(
            index_elements=[echoes.c.key],
            set_={name: new.excluded[name] for name in (*changed, "at")},
        )

    return InsertStatement(echoes, build)


_AWAIT = _upsert("run_id")
_ARRIVE = _upsert("event_id", "echoed_at")
ECHOES = InStatement(
    lambda count: select(echoes.c.key, echoes.c.run_id, echoes.c.echoed_at).where(
        echoes.c.key.in_(keys_of(count))
    )
)
#: Those that somebody is working on see the echo when they are done.
IN_DOUBT = InStatement(
    lambda count: (
        select(runs.c.id, runs.c.state, runs.c.rule, runs.c.finished_at, runs.c.data)
        .where(
            runs.c.id.in_(keys_of(count)),
            literal_column(f"state IN ({int(RunState.QUEUED)}, {int(RunState.UNKNOWN)})"),
        )
        .with_for_update(skip_locked=True)
    )
)
_MAKE_DUE = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .ordered_values(
        (runs.c.run_at, bindparam("new_run_at")), (runs.c.waits_for, literal_column("NULL"))
    )
)
_QUEUE_AGAIN = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .ordered_values(
        (runs.c.state, literal_column(str(int(RunState.QUEUED)))),
        (runs.c.run_at, bindparam("new_run_at")),
        (runs.c.seq_at, bindparam("new_seq_at")),
        (runs.c.finished_at, literal_column("NULL")),
    )
)


def row_key(connection: str, key: str) -> str:
    """The key of the row of an echo."""
    return storable_key(f"{connection}:{key}")


def await_echo(db: WriteConnection, awaited: AwaitedEcho, run_id: int, batch: Batch) -> bool:
    """Writes down what a run waits for; true when it has come already."""
    key = row_key(awaited.connection, awaited.key)
    db.insert(_AWAIT, [(key, run_id, None, None, batch.now_ms)])
    return any(
        echoed_at is not None and echoed_at >= awaited.since_ms
        for _, _, echoed_at in db.query_in(ECHOES, [key])
    )


def note_echoes(db: WriteConnection, arrived: Sequence[Event], batch: Batch) -> None:
    """Writes down that echoes have come, and makes the runs due that wait for them."""
    by_key = {
        row_key(event.connection, event.echo): event for event in arrived if event.echo is not None
    }
    if not by_key:
        return
    # Always in the same order, so that two nodes do not wait for each other.
    keys = sorted(by_key)
    db.insert(
        _ARRIVE,
        [(key, None, by_key[key].id, by_key[key].received_at, batch.now_ms) for key in keys],
    )
    waiting = {run_id: key for key, run_id, _ in db.query_in(ECHOES, keys) if run_id is not None}
    if waiting:
        _wake(db, {run_id: by_key[key] for run_id, key in waiting.items()}, batch)


def _wake(db: WriteConnection, waiting: dict[int, Event], batch: Batch) -> None:
    for run_id, state, rule, finished_at, stored in db.query_in(IN_DOUBT, sorted(waiting)):
        if load_json(stored).get("unknown", {}).get("key") != waiting[run_id].echo:
            # It is past that step.
            continue
        if state == RunState.QUEUED:
            db.run(_MAKE_DUE, (batch.now_ms, run_id))
        else:
            db.run(_QUEUE_AGAIN, (batch.now_ms, batch.now_ms, run_id))
            batch.tally.goes_on(RunState(state), rule, finished_at)
        batch.work_released = True


ECHO_OF = (
    select(events.c.id, events.c.body)
    .join(echoes, echoes.c.event_id == events.c.id)
    .where(echoes.c.key == bindparam("row_key"), echoes.c.echoed_at >= bindparam("since"))
)


def prune_echoes(db: WriteConnection, batch: Batch) -> int:
    """Deletes some rows that nobody can wait for any more; says how many."""
    old = select(echoes.c.key).where(echoes.c.at < batch.now_ms - KEPT_MS).limit(PRUNED_AT_ONCE)
    return db.core.execute(delete(echoes).where(echoes.c.key.in_(old))).rowcount
