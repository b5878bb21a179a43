"""Pruning: deletes data that is older than its retention, in portions.

A reader searches for rows to delete, so that the search does not delay the writer. Each portion is
checked once more in the transaction that deletes it, because a replay may have used a row
meanwhile. A run that has not ended, or that waits for a person, keeps all that it needs: its event,
the bytes of its delivery, its attempts.

In a SQLite file the writer deletes the portions, between deliveries. A server's database deletes
them over a connection of their own, thousands of rows at once.

The row of an event also remembers its dedupe key. If keys are kept longer than the log, an event is
first emptied, and deleted later.
"""

import contextlib
import math
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, or_, select, update
from sqlalchemy.sql.expression import ColumnElement

from automator.model import N_, RunState, first_id_of, record
from automator.store.database.dialect import Database, among
from automator.store.schema.state_tables import marks
from automator.store.schema.tables import EMPTY_BODY, attempts, deliveries, events, runs
from automator.store.search.word_index import EVENT_WORDS, RUN_WORDS

#: How many rows a portion has at most: of the writer, and over a connection of its own. The runs of
#: an event and their attempts go with it.
_MOST, _MOST_BESIDE = 500, 5_000
#: If the rows of one of the writer's portions take more seconds, the next one is half as large.
_LONG_S = 0.03
#: The same for portions that delay no delivery. The server would end a statement after 10 seconds.
_LONG_BESIDE_S = 0.5
_WAITING = (RunState.QUEUED, RunState.RUNNING, RunState.UNKNOWN, RunState.HELD)
_is_waiting = runs.c.state.in_([int(state) for state in _WAITING])
_NO_HEADERS = b"[]"


class PortionSize:
    """Decides how many rows the next commit takes, by the time that the last ones took.

    Deliveries wait for the commit of each portion. A smaller portion shortens only the work on the
    rows. But a slow disk's sync, or the way to a distant server, takes as long for one row as for
    many. So with too small portions deliveries wait even longer.
    """

    def __init__(self, most: int, long_s: float = _LONG_S) -> None:
        """A portion whose rows take more than `long_s` is too large; a quarter of it is short."""
        self.rows = 1
        self.most = most
        self._long_s = long_s
        #: The time of the fastest portion, which hardly contains any work on rows.
        self._fixed_s = math.inf

    @classmethod
    def of_pruning(cls, database: Database) -> "PortionSize":
        """The size of portions in which retention deletes from a database."""
        return cls(_MOST_BESIDE, _LONG_BESIDE_S) if database.is_shared else cls(_MOST)

    @contextlib.contextmanager
    def timed(self) -> Iterator[None]:
        """Measures the statements of a portion, inside their transaction.

        The wait for the writer before them, and for the disk after them, have other causes.
        """
        began = time.monotonic()
        yield
        self.took(time.monotonic() - began)

    def took(self, seconds: float) -> None:
        """Takes the time that the statements of a portion took."""
        self._fixed_s = min(self._fixed_s, seconds)
        of_rows_s = seconds - self._fixed_s
        if of_rows_s > self._long_s:
            self.rows = max(1, self.rows // 2)
        elif of_rows_s < self._long_s / 4:
            self.rows = min(self.most, self.rows * 4)


class Stage(StrEnum):
    """The kinds of portions, in the order in which a pass takes them."""

    # Whole rows first, so that none of them is emptied just before it is deleted.
    LOG = N_("events with their runs and attempts")
    KEYS = N_("dedupe keys of events")
    DELIVERIES = N_("deliveries")
    ATTEMPT_PAYLOADS = N_("requests and answers of attempts")
    DELIVERY_PAYLOADS = N_("bytes of deliveries")


@record(kw_only=False)
class Cutoffs:
    """For each kind of data, the time in milliseconds before which it is deleted; None: never."""

    payloads: int | None
    log: int | None
    dedupe_keys: int | None

    def first_kept_id(self, stage: Stage) -> int:
        """The first id whose row is kept; 0 if all rows are kept."""
        payloads, log, keys = self.payloads or 0, self.log or 0, self.dedupe_keys or 0
        cutoff = {
            Stage.DELIVERY_PAYLOADS: max(payloads, log),
            Stage.ATTEMPT_PAYLOADS: payloads,
            Stage.LOG: log,
            Stage.KEYS: min(log, keys),
            Stage.DELIVERIES: log,
        }[stage]
        return first_id_of(max(cutoff, 0))


def may_go(stage: Stage, cutoffs: Cutoffs) -> list[ColumnElement[bool]]:
    """The conditions for rows of the stage's table to be deleted, except for their ids."""
    key = key_of(stage)
    conditions: list[ColumnElement[bool]] = [key < cutoffs.first_kept_id(stage)]
    match stage:
        case Stage.DELIVERY_PAYLOADS:
            waits = exists().where(
                events.c.delivery_id == deliveries.c.id, runs.c.event_id == events.c.id, _is_waiting
            )
            conditions += [
                or_(func.length(deliveries.c.body) > 0, deliveries.c.headers != _NO_HEADERS),
                ~waits,
            ]
        case Stage.ATTEMPT_PAYLOADS:
            conditions += [
                or_(attempts.c.request.is_not(None), attempts.c.response.is_not(None)),
                ~exists().where(runs.c.id == attempts.c.run_id, _is_waiting),
            ]
        case Stage.LOG:
            is_young = runs.c.id >= cutoffs.first_kept_id(stage)
            conditions += [
                events.c.body != EMPTY_BODY,
                ~exists().where(runs.c.event_id == events.c.id, or_(is_young, _is_waiting)),
            ]
        case Stage.KEYS:
            conditions += [
                events.c.body == EMPTY_BODY,
                ~exists().where(runs.c.event_id == events.c.id),
            ]
        case Stage.DELIVERIES:
            conditions.append(~exists().where(events.c.delivery_id == deliveries.c.id))
    return conditions


def key_of(stage: Stage) -> Any:
    """The column with the ids of the rows that a stage deletes or empties."""
    match stage:
        case Stage.DELIVERY_PAYLOADS | Stage.DELIVERIES:
            return deliveries.c.id
        case Stage.ATTEMPT_PAYLOADS:
            return attempts.c.id
        case _:
            return events.c.id


def find_portion(
    connection: Connection, stage: Stage, cutoffs: Cutoffs, after: int, most: int
) -> Sequence[int]:
    """The oldest rows after an id that may be deleted. Fewer than `most`: no more follow."""
    key = key_of(stage)
    query = select(key).where(key > after, *may_go(stage, cutoffs)).order_by(key).limit(most)
    return connection.execute(query).scalars().all()


def count(connection: Connection, stage: Stage, cutoffs: Cutoffs) -> int:
    """The number of rows that may be deleted now."""
    query = select(func.count()).select_from(key_of(stage).table).where(*may_go(stage, cutoffs))
    return connection.execute(query).scalar_one()


def prune(
    database: Database,
    connection: Connection,
    stage: Stage,
    cutoffs: Cutoffs,
    ids: Sequence[int],
    size: PortionSize,
) -> int:
    """Deletes those rows of a portion that may still be deleted; returns how many.

    Also returns 0 while another node prunes.
    """
    if not database.try_lock(connection, "pruning"):
        return 0
    key = key_of(stage)
    is_of_portion = among(connection, key, ids)
    with size.timed():
        if database.is_shared:
            # Whoever has locked one of the rows, to use it, has committed after these statements.
            # So the next one sees what they did.
            for lock in _locks(stage, connection, ids):
                connection.execute(lock).all()
        still = select(key).where(is_of_portion, *may_go(stage, cutoffs))
        going = connection.execute(still).scalars().all()
        if going:
            _let_go(connection, stage, going, cutoffs)
    return len(going)


def _locks(stage: Stage, connection: Connection, ids: Sequence[int]) -> Iterator[Select[Any]]:
    """Locks rows that a server's database deletes, and runs that could begin to wait meanwhile."""
    key, of_runs = key_of(stage), select(runs.c.id).order_by(runs.c.id)
    if stage not in (Stage.DELIVERY_PAYLOADS, Stage.ATTEMPT_PAYLOADS):
        yield select(key).where(among(connection, key, ids)).order_by(key).with_for_update()
    if stage is Stage.DELIVERY_PAYLOADS:
        of_deliveries = among(connection, events.c.delivery_id, ids)
        joined = of_runs.join(events, events.c.id == runs.c.event_id).where(of_deliveries)
        yield joined.with_for_update(read=True, of=runs)
    if stage is Stage.LOG:
        yield of_runs.where(among(connection, runs.c.event_id, ids)).with_for_update()


def empty_deliveries(connection: Connection, ids: Sequence[int]) -> int:
    """Deletes headers, query and bytes of deliveries; returns how many deliveries had any."""
    had_some = or_(func.length(deliveries.c.body) > 0, deliveries.c.headers != _NO_HEADERS)
    return connection.execute(
        update(deliveries)
        .where(among(connection, deliveries.c.id, ids), had_some)
        .values(headers=_NO_HEADERS, query="", body=b"")
    ).rowcount


def empty_events(connection: Connection, ids: Sequence[int]) -> None:
    """Deletes everything of events except connection, type, times and dedupe key."""
    connection.execute(
        update(events)
        .where(among(connection, events.c.id, ids))
        .values(
            lane=None,
            contact=None,
            thread=None,
            actor_name=None,
            text=None,
            body=EMPTY_BODY,
            seen=None,
        )
    )


def delete_runs(connection: Connection, event_ids: Sequence[int]) -> tuple[int, int]:
    """Deletes the runs of events with their attempts, also from the words indexes.

    Returns how many runs and attempts were deleted.
    """
    of_events = select(runs.c.id).where(among(connection, runs.c.event_id, event_ids))
    run_ids = connection.execute(of_events).scalars().all()
    gone = 0
    if run_ids:
        of_runs = among(connection, attempts.c.run_id, run_ids)
        gone = connection.execute(delete(attempts).where(of_runs)).rowcount
        connection.execute(delete(runs).where(among(connection, runs.c.id, run_ids)))
        RUN_WORDS.forget(connection, run_ids)
    EVENT_WORDS.forget(connection, event_ids)
    return len(run_ids), gone


def _let_go(connection: Connection, stage: Stage, ids: Sequence[int], cutoffs: Cutoffs) -> None:
    """Deletes or empties the rows of a stage."""
    match stage:
        case Stage.DELIVERY_PAYLOADS:
            empty_deliveries(connection, ids)
        case Stage.ATTEMPT_PAYLOADS:
            without = update(attempts).values(request=None, response=None)
            connection.execute(without.where(among(connection, attempts.c.id, ids)))
        case Stage.LOG:
            delete_runs(connection, ids)
            connection.execute(delete(marks).where(among(connection, marks.c.event_id, ids)))
            first_kept = cutoffs.first_kept_id(Stage.KEYS)
            if emptied := [number for number in ids if number >= first_kept]:
                empty_events(connection, emptied)
            if gone := [number for number in ids if number < first_kept]:
                _delete_keys(connection, gone)
        case Stage.KEYS:
            _delete_keys(connection, ids)
        case Stage.DELIVERIES:
            connection.execute(delete(deliveries).where(among(connection, deliveries.c.id, ids)))


def _delete_keys(connection: Connection, ids: Sequence[int]) -> None:
    connection.execute(delete(events).where(among(connection, events.c.id, ids)))
