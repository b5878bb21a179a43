"""The state that all operations of one transaction share, and the news after its commit.

With `Edit` the parts of the store change something in a transaction of the writer. With
`read_beside` they read without the writer.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine

from automator.model import Event, NewRun, RunState, Waits, id_time_ms, record
from automator.model.speech import ReplyClaim
from automator.store.batch.audit import Change
from automator.store.batch.rollups import MATCHED, STARTED, Tally
from automator.store.database.statements import WriteConnection

T = TypeVar("T")


async def read_beside(readers: Engine, read: Callable[[Connection], T]) -> T:
    """Reads in another thread, over a connection that can only read."""

    def work() -> T:
        with readers.connect() as connection:
            return read(connection)

    return await asyncio.to_thread(work)


#: How many bytes of event bodies are cached, with their parsed form, for the claims that follow.
_KEPT_BYTES = 16 * 1024 * 1024
#: For how many milliseconds a claim holds without a heartbeat.
LEASE_MS = 30_000
#: An event's stored body, the same body parsed, the event's connection, and its delivery's id.
StoredBody = tuple[bytes, Mapping[str, Any], str, int]


@dataclass(slots=True)
class Batch:
    """One transaction in progress."""

    now_ms: int
    #: For how many milliseconds a claim of this batch holds without a heartbeat.
    lease_ms: int = LEASE_MS
    #: How many milliseconds a shared database's clock is ahead of this process's clock; None if
    #: only this process's clock counts.
    shift_ms: int | None = None
    #: The node that claims.
    node: str = ""
    #: In how many lanes a waiting claim takes new runs, so that these are stored as claimed.
    lanes_wanted: int = 0
    #: Lanes that the transaction has held since its beginning.
    held_lanes: frozenset[str] = frozenset()
    #: Lanes that had no unfinished run before this batch.
    free_lanes: Collection[str] = ()
    #: The contacts' rows as this batch leaves them, for runs that are claimed at once.
    contacts: Mapping[str, Any] = field(default_factory=dict)
    #: The rows of the runs that were claimed at once.
    claimed_at_once: Sequence[Mapping[str, Any]] = ()
    #: Whether a new run is behind another one, which another node may just be ending.
    is_behind: bool = False
    #: Whether there may be runs to claim after the commit.
    work_released: bool = False
    #: When the first of the runs becomes due that this batch has stored or moved.
    earliest_due: int | None = None
    #: For each new follow-up, the number of the operation that created it. An earlier event must
    #: not cancel it.
    created_by: dict[int, int] = field(default_factory=dict)
    #: The bodies of new events that have runs, by the event's id.
    bodies: list[tuple[int, StoredBody]] = field(default_factory=list)
    #: The events that this batch has stored; below, the runs that it has stored, ended, or written
    #: attempts of.
    new_events: list[int] = field(default_factory=list)
    changed_runs: list[int] = field(default_factory=list)
    #: Private replies that were claimed, but then not sent.
    given_up: list[ReplyClaim] = field(default_factory=list)
    #: Runs that have left their place in the lane, so that the next run may be claimed.
    stepped_aside: list[int] = field(default_factory=list)
    #: Runs that are deleted at the end of the batch.
    forgotten: list[int] = field(default_factory=list)
    #: Changes for the audit trail that no operation has brought along.
    changes: list[Change] = field(default_factory=list)
    #: The counts that the batch adds to the roll-ups.
    tally: Tally = field(default_factory=Tally)
    #: Set by a claim: when the next stored run becomes due.
    next_due: int | None = None
    has_claimed: bool = False
    #: Set by a claim: whether no lane has a due run left to claim.
    is_all_claimed: bool = False

    @property
    def lease_until(self) -> int:
        """The time at which a claim of this batch expires without a heartbeat."""
        return self.now_ms + self.lease_ms

    def stored_time(self, at: int) -> int:
        """Converts a time from this process's clock to the database's clock."""
        return at if self.shift_ms is None else at + self.shift_ms

    def own_time(self, at: int) -> int:
        """Converts a time from the database's clock to this process's clock."""
        return at if self.shift_ms is None else at - self.shift_ms

    def place(self, run: NewRun) -> tuple[int, int]:
        """Returns when a new run is due, and its position in its lane: (run_at, seq_at).

        The position is the later one of two times: when the run's id was made, and when the run is
        due. Ids never go back, even if the clock does. Several nodes make ids by several clocks;
        then the shared clock at the time of the commit counts instead.
        """
        if run.seq_at is not None and self.stored_time(run.run_at) <= self.now_ms:
            return self.stored_time(run.run_at), run.seq_at
        if self.shift_ms is None:
            return run.run_at, max(run.run_at, id_time_ms(run.id))
        run_at = run.run_at + self.shift_ms
        return (run_at, run_at) if run_at > self.now_ms else (run_at, self.now_ms)

    def note_run(self, run: NewRun, *, is_claimed: bool = False) -> None:
        """Notes a run that this batch stores, for the news after the commit."""
        if not run.is_undecided:
            # An undecided run has started nothing yet.
            self.changed_runs.append(run.id)
            self.tally.add(STARTED, run.rule, self.now_ms)
            if not (run.path or run.is_wanted):
                self.tally.add(MATCHED, run.rule, 0)
        if run.state.is_final:
            self.tally.ended(run.state, run.rule, self.now_ms)
        if is_claimed:
            return
        if run.state is RunState.QUEUED and run.waits_for is not Waits.PLACE:
            self.note_due(self.stored_time(run.run_at))

    def note_due(self, run_at: int) -> None:
        """Notes that a run waits until `run_at`."""
        if run_at <= self.now_ms:
            self.work_released = True
        elif self.earliest_due is None or run_at < self.earliest_due:
            self.earliest_due = run_at


class RecentBodies:
    """Bodies of recently stored events, so that a claim need not read and parse them again."""

    def __init__(self, budget: int = _KEPT_BYTES) -> None:
        self._budget = budget
        self._kept: dict[int, StoredBody] = {}
        self._bytes = 0

    def add(self, event_id: int, body: StoredBody) -> None:
        """Keeps one body. Drops the oldest ones if there are too many."""
        self.take(event_id)
        self._kept[event_id] = body
        self._bytes += len(body[0])
        while self._bytes > self._budget:
            oldest = next(iter(self._kept))
            self._bytes -= len(self._kept.pop(oldest)[0])

    def take(self, event_id: int) -> StoredBody | None:
        """Removes a body and returns it; None if it is no longer here."""
        found = self._kept.pop(event_id, None)
        if found is not None:
            self._bytes -= len(found[0])
        return found


@record(kw_only=False)
class ArrivedEvent:
    """A new event of this batch, with the facts that waiting runs need to compare."""

    sequence: int
    event: Event


ArrivedEvents = defaultdict[str, list[ArrivedEvent]]


class Edit(Protocol):
    """Runs a function in a transaction of the writer, together with other waiting operations."""

    def __call__(self, function: Callable[[WriteConnection, Batch], T]) -> Awaitable[T]: ...
