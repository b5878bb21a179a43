"""Decides when the full-text indexes are filled, and with how many entries at once.

Larger portions cost less for each event. The store writes a portion into the indexes in
transactions of some milliseconds, and stores deliveries between them. While events come in, there
is a portion every few seconds. A search also reads all entries that wait, so their number is
limited.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from automator.model import record


class Indexed(Protocol):
    """The part of the store's upkeep that fills the indexes."""

    @property
    def is_busy(self) -> bool: ...
    @property
    def done(self) -> int: ...
    async def index_words(self, portion: int, *, quiet: bool) -> int: ...
    async def words_waiting(self) -> int: ...


@record
class Pace:
    """The size of one pass of indexing, and its pauses. There is at most one pass a second."""

    #: How many ids a portion has.
    portion: int
    #: After how many seconds of work the pass begins no further portion.
    seconds: float
    #: How many seconds pass between two portions.
    pause_s: float = 0.0
    #: Whether the pass ends early if others need the writer.
    gives_way: bool = True
    #: How many seconds pass at least between the beginnings of two passes.
    apart_s: float = 0.0


#: For times when nothing comes in: large portions cost a third less.
QUIET = Pace(portion=4_096, seconds=0.5)
#: For times when events come in: one portion takes the entries of some hundred events.
STEADY = Pace(portion=1_024, seconds=0.3, pause_s=0.02, apart_s=2.5)
#: For times when so many entries wait that searches would take too long.
BEHIND = Pace(portion=1_024, seconds=0.5, gives_way=False)

#: How many operations of others in the store, between two passes, mean that events come in; and how
#: many mean that too many come in. A forwarded event makes three operations.
SOME_DONE, MUCH_DONE = 10, 2_000
#: How many ids may wait: a burst of 33,000 events. Each time an id is noted it counts again, for
#: most runs twice. A search for a rare word reads all of them, 150 in a millisecond.
MOST_WAITING = 100_000


def pace_of(done: int, waiting: int) -> Pace | None:
    """The pace after `done` operations of others, with `waiting` ids; None for no pass.

    If too many events come in, they go first: a portion would take time from them, and nearly all
    ids would wait nevertheless.
    """
    if done <= SOME_DONE:
        return QUIET
    if waiting > MOST_WAITING:
        return BEHIND
    return None if done > MUCH_DONE else STEADY


class WordIndexing:
    """Fills the full-text indexes, pass by pass."""

    def __init__(
        self,
        upkeep: Indexed,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._upkeep = upkeep
        self._monotonic = monotonic
        self._sleep = sleep
        #: When the latest pass began.
        self._began = float("-inf")
        #: The store's count of operations at the end of the latest pass.
        self._done = 0

    async def go_on(self) -> None:
        """Makes one pass, if one is due."""
        upkeep = self._upkeep
        done = upkeep.done - self._done
        # If nothing comes in, the pace does not depend on the waiting ids: they are not counted.
        pace = pace_of(done, await upkeep.words_waiting() if done > SOME_DONE else 0)
        now = self._monotonic()
        if pace is None or now - self._began < pace.apart_s:
            self._done = upkeep.done
            return
        self._began = now
        before, spent = upkeep.done, 0.0
        while spent <= pace.seconds:
            began = self._monotonic()
            indexed = await upkeep.index_words(pace.portion, quiet=pace is QUIET)
            if not indexed:
                break
            spent += self._monotonic() - began
            if indexed < pace.portion // 2:
                # Too few entries have come since for a transaction of their own.
                break
            if pace.gives_way and upkeep.is_busy:
                break
            if pace is QUIET and upkeep.done - before > SOME_DONE:
                break
            await self._sleep(pace.pause_s)
        self._done = upkeep.done
