"""The writer: one thread with one connection, and one commit for all operations that wait.

Callers put operations on a queue, and await a future. The thread takes all that wait, does them in
one transaction, commits with one fsync, and only then answers. So a thousand callers share one
commit, and nobody is told that anything is stored before it is on disk.
"""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from automator.model import Reason, StoreUnavailableError
from automator.reasons.database import (
    database_cannot_commit,
    database_failed,
    database_unreached,
    store_is_busy,
    store_is_closed,
)
from automator.store.batch.audit import change_to_store
from automator.store.batch.operations import Kind, Operation, answer, fail, resolve
from automator.store.database.database_errors import Failure
from automator.store.database.statements import WriteConnection
from automator.store.writer.ingest_timeout import IngestTimeout
from automator.store.writer.transaction import Transactions

logger = logging.getLogger(__name__)

#: How many deliveries may wait for the writer. Settlements are limited by the number of workers.
MAX_WAITING = 4096
#: How often a transaction is tried that collides with others.
_TRIES = 5
_RETRY_PAUSE_S = (0.005, 0.05)
#: Seconds between attempts to reconnect: the first wait, and the longest. Each wait is twice as
#: long as the one before. The first attempt is made at once.
_FIRST_BACK_OFF_S = 0.1
_LAST_BACK_OFF_S = 1.0
#: Seconds before the write-ahead log is copied back again after a failure; and between two lines in
#: the log about such failures.
_COPY_AGAIN_S = 1.0
_SAY_AGAIN_S = 60.0

#: Connections that must not even be closed; see `Writer.release`.
_FAILED: list[WriteConnection] = []


class Writer:
    """Has the write connection from the start of its thread until `release`."""

    def __init__(
        self,
        connect: Callable[[], WriteConnection],
        transactions: Transactions,
        *,
        on_fatal: Callable[[], None],
        on_full: Callable[[], bool] = lambda: False,
        max_waiting: int,
        ingest_timeout: IngestTimeout | None = None,
        settles_within_s: float,
    ) -> None:
        """Connects now, and again whenever the connection is lost.

        `on_full` is called if the disk is full. It returns whether it has made room for the runs
        under way.

        Raises:
            Exception: whatever `connect` raises the first time.
        """
        self._connect = connect
        self._db: WriteConnection | None = connect()
        self._transactions = transactions
        self._on_fatal = on_fatal
        self._on_full = on_full
        self._max_waiting = max_waiting
        self._ingest_timeout = ingest_timeout
        self._settles_within_s = settles_within_s
        #: Operations of earlier batches that the current batch has done, too.
        self._woken: list[Operation] = []
        #: How many operations were answered since the start.
        self.done = 0
        self._queue: SimpleQueue[Operation | None] = SimpleQueue()
        self._collector = Collector(self._queue)
        self._sequence = 0
        self._refusal: StoreUnavailableError | None = None
        #: Why the latest transaction failed; None if it worked, or if one operation was at fault.
        self._trouble: Reason | None = None
        self._back_off_s = 0.0
        self._connect_at = 0.0
        #: How often the log could not be copied back since the last line about that.
        self._not_copied = 0
        self._copy_at = self._say_at = 0.0
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._start()

    @property
    def is_available(self) -> bool:
        """Whether the database works and the writer is open."""
        return self._refusal is None

    @property
    def trouble(self) -> Reason | None:
        """The reason why nothing can be committed, now or ever again; None while commits work."""
        return self._trouble if self._refusal is None else self._refusal.reason

    @property
    def has_failed(self) -> bool:
        """Whether the database cannot be trusted any more, so that nothing more is committed."""
        return self._refusal is not None and self._refusal.code == "store_failed"

    @property
    def waiting(self) -> int:
        """The number of queued operations, approximately."""
        return self._queue.qsize() + len(self._collector.held)

    def submit(self, kind: Kind, payload: Any, *, can_wait: bool = False) -> "asyncio.Future[Any]":
        """Queues an operation. Call it on an event loop, to which the future then belongs.

        An operation that `can_wait` is put off by a few milliseconds, to share a commit.

        Raises:
            StoreUnavailableError: the queue is full, or the store has failed or is closed.
        """
        if self._refusal is not None:
            raise self._refusal
        is_delivery = kind is Kind.INGEST
        if is_delivery and self.waiting >= self._max_waiting:
            raise StoreUnavailableError(store_is_busy(), code="store_busy")
        future = asyncio.get_running_loop().create_future()
        self._sequence += 1
        if is_delivery and self._ingest_timeout is not None:
            self._ingest_timeout.watch(future)
        offset_ms = self._transactions.clock_offset_ms
        change = change_to_store() if is_delivery or kind is Kind.EDIT else None
        operation = Operation(kind, payload, future, self._sequence, can_wait, offset_ms, change)
        if kind is not Kind.CLAIM or not self._transactions.keeps(operation):
            self._take(operation)
        return future

    def end_claim(self) -> bool:
        """Ends the standing claim; False if that needs a transaction.

        Raises:
            StoreUnavailableError: the store has failed or is closed.
        """
        if self._refusal is not None:
            raise self._refusal
        ended = self._transactions.end_claim()
        if ended is not None:
            resolve([ended])
        return ended is not None

    def _start(self) -> None:
        self._thread.start()

    def _take(self, operation: Operation) -> None:
        self._collector.add(operation)

    async def close(self) -> None:
        """Does all queued operations, and ends the thread."""
        if self._refusal is None:
            self._refusal = StoreUnavailableError(store_is_closed(), code="store_closed")
        self._collector.release()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def release(self) -> None:
        """Closes the connection. Call it after `close`.

        A connection that has failed is not closed but kept until the process ends, because closing
        it would write once more.
        """
        if self._db is not None and self.has_failed:
            _FAILED.append(self._db)
        elif self._db is not None:
            self._db.close()

    def fail(self, cause: Exception) -> None:
        """Acknowledges nothing from now on. Any thread may call it."""
        if not self.has_failed:
            self._poison(cause)

    def _run(self) -> None:
        """The function of the thread: does batch after batch, until the end mark."""
        while True:
            first = self._queue.get()
            if first is None:
                return
            batch, ended = gather(self._queue, first, self._settles_within_s)
            if self._ingest_timeout is not None:
                # Deliveries refused meanwhile must not be stored: their senders send them again.
                batch = [item for item in batch if not item.is_given_up]
            if batch:
                answer(self._do(batch))
            self._keep_up(len(batch))
            if ended:
                return

    def _commit(self, batch: list[Operation]) -> None:
        """Does a batch in one transaction. If that fails, does its operations one by one."""
        if self.has_failed:
            fail(batch, self._refusal)
            return
        for tries_left in reversed(range(_TRIES)):
            for operation in batch:
                operation.error = None
            try:
                db = self._connected()
                with db.transaction():
                    committed = self._transactions.apply(db, batch)
            except Exception as error:  # noqa: BLE001 - somebody waits for an answer.
                failure = Failure(error)
                if not (failure.is_retriable and tries_left):
                    self._recover(batch, error, failure)
                    return
                # Lets the other transaction end, so that the two do not collide again.
                time.sleep(random.uniform(*_RETRY_PAUSE_S))  # noqa: S311 - it spreads, no more.
            else:
                self._trouble = None
                self._woken += committed()
                return

    def _do(self, batch: list[Operation]) -> list[Operation]:
        """Commits a batch; returns the operations that are done, some of earlier batches."""
        if len(batch) > 1 or self.has_failed or not self._transactions.keeps(batch[0]):
            self._commit(batch)
        done = [*batch, *self._woken]
        self._woken.clear()
        self.done += len(batch)
        return done

    def _keep_up(self, operations: int) -> None:
        """Does the database's upkeep between two transactions, when all callers have an answer."""
        if self._db is None or self.has_failed or time.monotonic() < self._copy_at:
            return
        try:
            self._db.after_commit(operations)
        except Exception as error:  # noqa: BLE001 - it is sorted like a commit's.
            self._could_not_copy(Failure(error))
        else:
            self._not_copied = 0

    def _could_not_copy(self, failure: Failure) -> None:
        """Puts off the next try: on a full disk, not every commit shall try and log a failure."""
        self._not_copied += 1
        now = time.monotonic()
        self._copy_at = now + _COPY_AGAIN_S
        if now >= self._say_at or failure.is_fatal:
            logger.error("store.checkpoint_failed times=%d: %s", self._not_copied, failure.cause)
            self._say_at = now + _SAY_AGAIN_S
        if failure.is_fatal:
            self._poison(failure.cause)

    def _recover(self, batch: list[Operation], error: Exception, failure: Failure) -> None:
        if failure.is_fatal:
            self._poison(failure.cause)
        self._transactions.failed(batch, is_unanswered=failure.is_lost)
        if failure.is_lost:
            self._let_go()
        if failure.is_full and self._on_full():
            # The room that is left is for settlements, not for new deliveries.
            fail([item for item in batch if item.kind is Kind.INGEST], _cannot_commit(failure))
            under_way = [item for item in batch if item.kind is not Kind.INGEST]
            if under_way:
                self._commit(under_way)
        elif failure.concerns_all:
            logger.error("store.commit_failed: %s", failure.cause)
            refusal = self._refusal if failure.is_fatal else None
            self._fail_all(batch, refusal or _cannot_commit(failure))
        elif isinstance(error, StoreUnavailableError):
            self._fail_all(batch, error)
        elif len(batch) == 1:
            fail(batch, error)
        else:
            # One operation is at fault. Done one by one, only this operation fails.
            for operation in batch:
                self._commit([operation])

    def _fail_all(self, batch: list[Operation], error: StoreUnavailableError) -> None:
        self._trouble = error.reason
        fail(batch, error)

    def _connected(self) -> WriteConnection:
        """The connection, opened again if it was lost.

        Raises:
            StoreUnavailableError: the last try has failed a moment ago.
        """
        if self._db is None:
            if time.monotonic() < self._connect_at:
                raise StoreUnavailableError(database_unreached())
            try:
                self._db = self._connect()
            except StoreUnavailableError:
                self._let_go()
                raise
            logger.warning("store.connected_again")
        self._back_off_s = 0.0
        return self._db

    def _let_go(self) -> None:
        """Gives up a lost connection. The pause before the next try grows."""
        lost, self._db = self._db, None
        if lost is not None:
            lost.close()
        self._connect_at = time.monotonic() + self._back_off_s
        self._back_off_s = min(max(2 * self._back_off_s, _FIRST_BACK_OFF_S), _LAST_BACK_OFF_S)

    def _poison(self, cause: BaseException) -> None:
        """Acknowledges nothing any more: after a failed fsync, a later success proves nothing."""
        self._refusal = StoreUnavailableError(
            database_failed(cause=str(cause)), code="store_failed"
        )
        self._on_fatal()


def _cannot_commit(failure: Failure) -> StoreUnavailableError:
    return StoreUnavailableError(database_cannot_commit(failure=failure.reason), code=failure.code)


# --- Collecting: operations that come together share a commit ---
#
# `Collector` hands over together what the event loop submits in a row. Without it, the writer's
# thread would begin a transaction for the first operation as soon as the event loop releases
# Python's global lock, and the others would cost another transaction. It waits until the event loop
# has nothing to add. For a single operation these are two rounds of the loop, which take
# microseconds. An operation that can wait is handed over at once: the thread itself waits, in
# `gather`, for others to share its commit.

#: With so many operations, the collector waits for no more.
ENOUGH = 48
#: For how many seconds an operation is held at most.
LONGEST_S = 0.004
#: After how many rounds of the event loop without a new operation no more are expected. Requests
#: that come in in one round submit their operations in the next.
_QUIET_ROUNDS = 2
#: How many operations one commit has at most.
MAX_BATCH = 512

Waiting = SimpleQueue[Operation | None]


class Collector:
    """Holds the operations of the first event loop that submits any; passes all others on."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._loop: asyncio.AbstractEventLoop | None = None
        #: The held operations in order. While there are any, each round checks whether more were
        #: added.
        self.held: list[Operation] = []
        #: How many were held in the last round; below, how many rounds have added none.
        self._counted = self._quiet = 0
        self._until = 0.0

    def add(self, operation: Operation) -> None:
        """Takes an operation. Call it on the event loop of its future."""
        loop = operation.future.get_loop()
        self._loop = self._loop or loop
        if loop is not self._loop or (operation.can_wait and not self.held):
            self._waiting.put(operation)
            return
        self.held.append(operation)
        if len(self.held) == 1:
            self._counted, self._quiet = 1, 0
            self._until = loop.time() + LONGEST_S
            loop.call_soon(self._look, loop)

    def release(self) -> None:
        """Hands over the held operations, in order."""
        held, self.held = self.held, []
        for operation in held:
            self._waiting.put(operation)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Checks, once in each round of the loop, whether more operations were added."""
        count = len(self.held)
        self._quiet = self._quiet + 1 if count == self._counted else 0
        self._counted = count
        if count < ENOUGH and self._quiet < _QUIET_ROUNDS and loop.time() < self._until:
            loop.call_soon(self._look, loop)
        else:
            self.release()


def gather(waiting: Waiting, first: Operation, wait_s: float) -> tuple[list[Operation], bool]:
    """The operations to commit together with `first`, and whether the end mark has come.

    Operations that can wait are put off for `wait_s` seconds, so that others can join them.
    """
    batch = [first]
    until = time.monotonic() + wait_s if first.can_wait else None
    while len(batch) < MAX_BATCH:
        try:
            if until is None:
                operation = waiting.get_nowait()
            else:
                operation = waiting.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            break
        if operation is None:
            return batch, True
        batch.append(operation)
        if not operation.can_wait:
            until = None
    return batch, False


# --- A writer without a thread, for a database that is thrown away and has only one caller ---


class ImmediateWriter(Writer):
    """Does each operation in its own transaction, before `submit` returns."""

    def _start(self) -> None:
        """Does nothing, because there is no thread."""

    def _take(self, operation: Operation) -> None:
        resolve([done for done in self._do([operation]) if not done.is_parked])
        self._keep_up(1)

    async def close(self) -> None:
        """Does nothing, because all operations are done already."""
