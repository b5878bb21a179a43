"""Events and ended runs that still have to be exported as spans.

While traces are on, `search.indexing` stores their ids in the table `untraced`, in the commit that
indexes them. An id is deleted once its spans are exported. So no crash loses a span.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from automator.http.traceparent import TraceContext, given_traceparent, trace_of
from automator.model import record
from automator.store.batch.batch import Batch, Edit, read_beside
from automator.store.batch.deferred_work import unpack_ids
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.schema.encoding import dataclass_of, load_legible_json, load_summary
from automator.store.schema.tables import attempts, deliveries, events, runs
from automator.store.schema.upkeep_tables import untraced, upkeep

#: For how many milliseconds a node has the lease to export.
LEASE_MS = 30_000
#: How many ids a portion has, roughly; and how many rows of the table are read for it. With more,
#: the threads that make spans would hold Python's global lock too long for the event loop.
_PORTION, _MOST_ROWS = 128, 64
#: Of how many runs attempts are read at once. A run has up to 32 KiB of requests and answers.
_RUNS_AT_ONCE = 4
_LEASE = "traces"

_NEXT = select(untraced).order_by(untraced.c.id).limit(_MOST_ROWS)
_DONE = Statement(delete(untraced).where(untraced.c.id.in_(KEYS)))
_DELIVERY = (events.c.delivery_id, deliveries.c.headers)
_EVENTS = (
    select(
        events.c.id,
        events.c.connection,
        events.c.provider,
        events.c.type,
        events.c.received_at,
        deliveries.c.method,
        deliveries.c.verdict,
        deliveries.c.reason_code,
        *_DELIVERY,
    )
    .join_from(events, deliveries)
    .where(events.c.id.in_(KEYS))
    .order_by(events.c.id)
)
_RUNS = (
    select(
        runs.c.id,
        runs.c.event_id,
        runs.c.parent_id,
        runs.c.rule,
        runs.c.path,
        runs.c.state,
        runs.c.reason_codes,
        runs.c.created_at,
        runs.c.finished_at,
        *_DELIVERY,
    )
    .join_from(runs, events)
    .join(deliveries)
    .where(runs.c.id.in_(KEYS), runs.c.finished_at.is_not(None))
    .order_by(runs.c.id)
)
_ATTEMPTS = (
    select(
        attempts.c.run_id,
        attempts.c.step,
        attempts.c.action,
        attempts.c.number,
        attempts.c.started_at,
        attempts.c.duration_ms,
        attempts.c.status,
        attempts.c.summary,
        attempts.c.error_code,
        attempts.c.target,
        attempts.c.request,
        attempts.c.response,
    )
    .where(attempts.c.run_id.in_(KEYS))
    .order_by(attempts.c.id)
)


@record
class TracedEvent:
    """An event, and the delivery that carried it. Times are in milliseconds since 1970."""

    id: int
    delivery_id: int
    trace: TraceContext
    connection: str
    provider: str
    type: str
    received_at: int
    committed_at: int
    method: str
    verdict: str
    reason_code: str


@record
class TracedAttempt:
    """An attempt, with the method, address and status of its request if it has sent one."""

    step: str
    action: str
    number: int
    started_at: int
    duration_ms: int
    status: str
    reason_code: str
    error_code: str
    target: str | None
    method: str
    url: str
    http_status: int


@record
class TracedRun:
    """An ended run with all its attempts."""

    id: int
    event_id: int
    delivery_id: int
    trace: TraceContext
    parent_id: int | None
    rule: str
    path: str
    state: int
    reason_codes: str
    created_at: int
    finished_at: int
    attempts: Sequence[TracedAttempt]


@record
class UntracedPortion:
    """The events and runs to export at once, and the rows to delete afterwards."""

    rows: Sequence[int]
    #: When the newest of these rows was committed.
    committed_at: int
    events: Sequence[TracedEvent]
    runs: Sequence[TracedRun]


class Untraced:
    """The part of the store for exporting spans."""

    def __init__(self, edit: Edit, readers: Engine) -> None:
        self._edit = edit
        self._readers = readers

    async def waiting_since(self) -> int | None:
        """The time of the first commit that waits to be exported; None if none waits."""
        query = _NEXT.with_only_columns(untraced.c.at).limit(1)
        return await read_beside(self._readers, lambda reader: reader.execute(query).scalar())

    async def take_lease(self, held: int) -> int:
        """Takes or renews the lease to export; returns when it ends, or 0 if another node has it.

        `held` is the result of the call before.
        """
        return await self._edit(lambda db, batch: _take_lease(db, batch, held))

    async def next_portion(self, is_wanted: Callable[[TraceContext], bool]) -> UntracedPortion:
        """The portion that was stored first, without unwanted traces."""
        return await read_beside(self._readers, lambda reader: _portion(reader, is_wanted))

    async def done(self, rows: Sequence[int]) -> None:
        """Deletes an exported portion."""
        await self._edit(lambda db, _batch: db.update_in(_DONE, rows))


def _take_lease(db: WriteConnection, batch: Batch, held: int) -> int:
    db.database.lock(db.core, _LEASE)
    until = db.core.execute(select(upkeep.c.at).where(upkeep.c.name == _LEASE)).scalar() or 0
    # A lease longer than leases can be was stored by a clock that was ahead.
    if until != held and batch.now_ms < until <= batch.now_ms + LEASE_MS:
        return 0
    db.core.execute(delete(upkeep).where(upkeep.c.name == _LEASE))
    new = batch.now_ms + LEASE_MS
    db.core.execute(insert(upkeep).values(name=_LEASE, at=new, distrusted_until=0))
    return new


def _portion(reader: Connection, is_wanted: Callable[[TraceContext], bool]) -> UntracedPortion:
    rows: list[int] = []
    stored: dict[int, int] = {}
    changed: set[tuple[int, int]] = set()
    newest = 0
    for row in reader.execute(_NEXT).all():
        rows.append(row.id)
        newest = max(newest, row.at)
        stored.update(dict.fromkeys(unpack_ids(row.events), row.at))
        changed.update((run_id, row.at) for run_id in unpack_ids(row.runs))
        if len(stored) + len(changed) >= _PORTION:
            break
    of_events = [
        event
        for row in reader.execute(_EVENTS, {KEYS.key: [*stored]})
        if is_wanted((event := _event(row, stored[row.id])).trace)
    ]
    # A run is in the table each time it has changed. This selects the commit that ended it.
    ended = [
        row
        for row in reader.execute(_RUNS, {KEYS.key: [run_id for run_id, _ in changed]})
        if (row.id, row.finished_at) in changed and is_wanted(_trace(row))
    ]
    tries = _attempts(reader, [row.id for row in ended])
    return UntracedPortion(
        rows=rows,
        committed_at=newest,
        events=of_events,
        runs=[_run(row, tries.get(row.id, ())) for row in ended],
    )


def _trace(row: Any) -> TraceContext:
    headers = load_legible_json(row.headers, [])
    return trace_of(row.delivery_id, given_traceparent((name, value) for name, value in headers))


def _event(row: Any, committed_at: int) -> TracedEvent:
    return dataclass_of(TracedEvent, row, trace=_trace(row), committed_at=committed_at)


def _run(row: Any, tries: Sequence[TracedAttempt]) -> TracedRun:
    return dataclass_of(TracedRun, row, trace=_trace(row), attempts=tries)


def _attempts(reader: Connection, run_ids: Collection[int]) -> dict[int, list[TracedAttempt]]:
    found: dict[int, list[TracedAttempt]] = {}
    for some in _parts(run_ids):
        for row in reader.execute(_ATTEMPTS, {KEYS.key: some}):
            found.setdefault(row.run_id, []).append(_attempt(row))
    return found


def _parts(run_ids: Collection[int]) -> Iterator[list[int]]:
    rest = iter(run_ids)
    while some := list(islice(rest, _RUNS_AT_ONCE)):
        yield some


def _attempt(row: Any) -> TracedAttempt:
    request = {} if row.request is None else load_legible_json(row.request, None) or {}
    response = {} if row.response is None else load_legible_json(row.response, None) or {}
    return dataclass_of(
        TracedAttempt,
        row,
        reason_code=load_summary(row.summary).code,
        method=request.get("method", ""),
        url=request.get("url", ""),
        http_status=response.get("status", 0),
    )
