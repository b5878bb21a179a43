"""Operations: requests of callers to the writer, each with the future of its answer."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from automator.store.batch.audit import Change

logger = logging.getLogger(__name__)


class Kind(IntEnum):
    """The kinds of operations, in the order in which a batch does them."""

    #: First, so that events find the follow-ups and aliases of settlements in the same batch.
    SETTLE = 0
    INGEST = 1
    EDIT = 2
    #: After all changes, so that a claim sees these.
    CLAIM = 3
    #: Last, because these lock the rows that several nodes want most often.
    SPEAK = 4


class Operation:
    """A request to do something in a commit, and the future that its caller waits for."""

    __slots__ = (
        "can_wait",
        "change",
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
        change: Change | None = None,
    ) -> None:
        self.kind = kind
        self.payload = payload
        self.future = future
        #: The position in the order of arrival, over all kinds.
        self.sequence = sequence
        self.result: Any = None
        self.error: BaseException | None = None
        #: Whether the commit may be put off a little, to be shared, because nobody waits urgently.
        self.can_wait = can_wait
        #: Whether this is a claim that found nothing, and waits for runs to claim.
        self.is_parked = False
        #: How far the wall clock, from which its times come, is ahead of the monotonic clock.
        self.clock_offset_ms = clock_offset_ms
        #: The change for which a row of the audit trail is stored with this operation.
        self.change = change

    @property
    def has_changed(self) -> bool:
        """Whether the operation has worked: an edit that returns False or 0 has changed nothing."""
        is_empty = not self.result if self.kind is Kind.INGEST else self.result == 0
        return self.error is None and not is_empty

    @property
    def is_given_up(self) -> bool:
        """Whether this is a delivery whose sender has stopped waiting."""
        return self.kind is Kind.INGEST and self.future.done()


def fail(batch: Sequence[Operation], error: BaseException | None) -> None:
    """Ends all operations with the same error."""
    for operation in batch:
        operation.error = error


def answer(batch: Sequence[Operation]) -> None:
    """Wakes the callers of all operations, with one call into each event loop."""
    loops: defaultdict[asyncio.AbstractEventLoop, list[Operation]] = defaultdict(list)
    for operation in batch:
        if operation.is_parked:
            continue
        loops[operation.future.get_loop()].append(operation)
    for loop, operations in loops.items():
        try:
            loop.call_soon_threadsafe(resolve, operations)
        except RuntimeError:
            # The event loop is closed, so nobody waits any more.
            logger.warning("store.waiters_gone: %d", len(operations))


def resolve(operations: Sequence[Operation]) -> None:
    """Wakes the callers. Call it on their event loop."""
    for operation in operations:
        future = operation.future
        if future.done():
            continue
        if operation.error is not None:
            future.set_exception(operation.error)
        else:
            future.set_result(operation.result)
