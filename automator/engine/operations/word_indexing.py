"""Word indexing: decides when the full-text indexes are filled, and with how much at once.

Larger portions cost less for each event. The store puts a portion into the indexes in transactions
of some milliseconds, and stores deliveries between them. While events come in, there is a portion
every few seconds. A search reads through the entries that wait, so their number is bounded.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from automator.model import record


class Indexed(Protocol):
    """The part of the store's upkeep that word indexing uses."""

    @property
    def is_busy(self) -> bool: ...
    @property
    def done(self) -> int: ...
    async def index_words(self, portion: int, *, quiet: bool) -> int: ...
    async def words_waiting(self) -> int: ...


@record
class Pace:
    """The size of one pass of indexing; there is at most one pass a second."""

    #: Ids of one portion.
    portion: int
    #: Seconds of work after which the pass takes no further portion.
    seconds: float
    #: Seconds between two portions.
    pause_s: float = 0.0
    #: Whether the pass ends early if others need the writer.
    gives_way: bool = True
    #: Seconds between the beginnings of two passes, at least.
    apart_s: float = 0.0


#: While nothing comes in: large portions cost a third less.
QUIET = Pace(portion=4_096, seconds=0.5)
#: While events come in: one portion takes the entries of some hundred events.
STEADY = Pace(portion=1_024, seconds=0.3, pause_s=0.02, apart_s=2.5)
#: While so many entries wait that searches would take too long.
BEHIND = Pace(portion=1_024, seconds=0.5, gives_way=False)

#: Operations of others in the store between two passes from which on events count as coming in, and
#: as too many. A forwarded event makes three operations.
SOME_DONE, MUCH_DONE = 10, 2_000
#: Ids that may wait: a burst of 33,000 events, since an id counts each time it is noted, twice for
#: most runs. A search for a rare word reads through all of them, 150 in a millisecond.
MOST_WAITING = 100_000


def pace_of(done: int, waiting: int) -> Pace | None:
    """The pace after this many operations of others, with this many waiting ids; None for no pass.

    If there are too many events, they go first: a portion would take time from them, and nearly all
    ids would still wait.
    """
    if done <= SOME_DONE:
        return QUIET
    if waiting > MOST_WAITING:
        return BEHIND
    return None if done > MUCH_DONE else STEADY


class WordIndexing:
    """Fills the indexes, pass by pass."""

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
        #: When the last pass began.
        self._began = float("-inf")
        #: The operations of the store at the end of the last pass.
        self._done = 0

    async def go_on(self) -> None:
        """Makes one pass, if there should be one now."""
        upkeep = self._upkeep
        done = upkeep.done - self._done
        # While nothing comes in, the waiting ids need not even be counted.
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
                # Too little has come since for a transaction.
                break
            if pace.gives_way and upkeep.is_busy:
                break
            if pace is QUIET and upkeep.done - before > SOME_DONE:
                break
            await self._sleep(pace.pause_s)
        self._done = upkeep.done
