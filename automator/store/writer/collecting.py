"""Collecting: operations that come in a row share a commit.

`Collector` hands over together what the event loop submits in a row. Without it the writer's
thread would begin a transaction with the first of them as soon as the event loop lets go of the
interpreter, and the others would pay for one more. An event loop with nothing else to do adds
nothing, so that a single operation waits for two of its rounds, which are microseconds. An
operation that can wait is handed over at once: the thread itself, in `gather`, waits for others to
share its commit.
"""

import asyncio
import time
from queue import Empty, SimpleQueue

from automator.store.batch.operations import Operation

#: As many operations are not held for more to come.
ENOUGH = 48
#: Nor is any operation held longer than this, in seconds.
LONGEST_S = 0.004
#: Rounds of the event loop without a new operation after which no more is expected: what has come
#: in the first is submitted in the second.
_QUIET_ROUNDS = 2
#: Operations of one commit, at most.
MAX_BATCH = 512
#: Seconds for which operations that can wait are put off, for others to come.
PATIENCE_S = 0.004

Waiting = SimpleQueue[Operation | None]


class Collector:
    """Holds the operations of one event loop, the first that submits any; others' pass through."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._loop: asyncio.AbstractEventLoop | None = None
        #: The held operations, in the order in which they came. While there is any, it looks once a
        #: round whether more was added.
        self.held: list[Operation] = []
        #: How many were held in the last round, and how many rounds have added none.
        self._counted = self._quiet = 0
        self._until = 0.0

    def add(self, operation: Operation) -> None:
        """Takes an operation; call it on the event loop of its future."""
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
        """Hands over what is held, in the order in which it came."""
        held, self.held = self.held, []
        for operation in held:
            self._waiting.put(operation)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Looks once a round whether more was added."""
        count = len(self.held)
        self._quiet = self._quiet + 1 if count == self._counted else 0
        self._counted = count
        if count < ENOUGH and self._quiet < _QUIET_ROUNDS and loop.time() < self._until:
            loop.call_soon(self._look, loop)
        else:
            self.release()


def gather(waiting: Waiting, first: Operation) -> tuple[list[Operation], bool]:
    """The operations to commit together with the first one, and whether the end mark has come."""
    batch = [first]
    until = time.monotonic() + PATIENCE_S if first.can_wait else None
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
