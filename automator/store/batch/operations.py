"""Operations: the requests of callers to the writer, each with the future of its answer."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

logger = logging.getLogger(__name__)


class Kind(IntEnum):
    """The order in which the operations of one batch are done."""

    #: First, so that an event finds the follow-ups and aliases that were settled before it.
    SETTLE = 0
    INGEST = 1
    EDIT = 2
    #: After all changes, so that a claim sees them.
    CLAIM = 3
    #: Last, because they lock the rows that several nodes want most.
    SPEAK = 4


class Operation:
    """Something to be done in a commit, and the future that waits for it."""

    __slots__ = (
        "can_wait",
        "clock_offset_ms",
        "error",
        "future",
        "is_parked",
        "kind",
        "payload",
        "result",
        "sequence",
    )

    def __init__(
        self,
        kind: Kind,
        payload: Any,
        future: "asyncio.Future[Any]",
        sequence: int,
        can_wait: bool,
        clock_offset_ms: int = 0,
    ) -> None:
        self.kind = kind
        self.payload = payload
        self.future = future
        #: The place in the order of arrival, over all kinds.
        self.sequence = sequence
        self.result: Any = None
        self.error: BaseException | None = None
        #: Nobody waits for it urgently: its commit may be put off a little, to be shared.
        self.can_wait = can_wait
        #: Whether it is a claim that waits for something to claim, and is not answered yet.
        self.is_parked = False
        #: By how much the wall clock, which set its times, is ahead of the monotonic clock.
        self.clock_offset_ms = clock_offset_ms

    @property
    def is_given_up(self) -> bool:
        """Whether it is a delivery whose sender no longer waits for it."""
        return self.kind is Kind.INGEST and self.future.done()


def fail(batch: Sequence[Operation], error: BaseException | None) -> None:
    """Makes all operations fail with the same error."""
    for operation in batch:
        operation.error = error


def answer(batch: Sequence[Operation]) -> None:
    """Wakes all waiters, with one call into each event loop."""
    loops: defaultdict[asyncio.AbstractEventLoop, list[Operation]] = defaultdict(list)
    for operation in batch:
        if operation.is_parked:
            continue
        loops[operation.future.get_loop()].append(operation)
    for loop, operations in loops.items():
        try:
            loop.call_soon_threadsafe(resolve, operations)
        except RuntimeError:
            # The loop has been closed, so nobody waits.
            logger.warning("store.waiters_gone: %d", len(operations))


def resolve(operations: Sequence[Operation]) -> None:
    """Wakes the waiters. Call it on their event loop."""
    for operation in operations:
        future = operation.future
        if future.done():
            continue
        if operation.error is not None:
            future.set_exception(operation.error)
        else:
            future.set_result(operation.result)
