"""Gathering: which of the waiting operations share a commit."""

import time
from queue import Empty

from automator.store.batch.operations import Operation
from automator.store.writer.collecting import Waiting

#: Operations of one commit, at most.
MAX_BATCH = 512
#: Seconds for which operations that can wait are put off, for others to come.
PATIENCE_S = 0.004


def gather(waiting: Waiting, first: Operation) -> tuple[list[Operation], bool]:
    """What is committed together with the first operation, and whether the end mark has come."""
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
