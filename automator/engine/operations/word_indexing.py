"""Word indexing: when the full-text indexes are filled, and with how much at once.

A transaction of the index keeps the writer from deliveries for as long as it lasts, and costs the
less for each event the more of them it takes. While events come in there is a large one every few
seconds, so that few of them meet it. A search looks directly through what waits, so that only so
much may wait.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from automator.model import record


class Indexed(Protocol):
    """The part of the store's upkeep that this asks for."""

    @property
    def is_busy(self) -> bool: ...
    @property
    def done(self) -> int: ...
    async def index_words(self, portion: int) -> int: ...
    async def words_waiting(self) -> int: ...


@record
class Pace:
    """How much is indexed in one pass; each second there may be one."""

    #: Ids of one transaction.
    portion: int
    #: Seconds of all of them, with what is read for them beforehand; at least one is done.
    seconds: float
    #: Seconds between two of them.
    pause_s: float = 0.0
    #: It ends early when others need the writer.
    gives_way: bool = True
    #: Seconds from the beginning of one pass to that of the next, at least.
    apart_s: float = 0.0


#: Nothing comes in: large portions cost a third less.
QUIET = Pace(portion=1_024, seconds=0.5)
#: Events come in: one transaction has what some hundred of them have brought within seconds.
STEADY = Pace(portion=1_024, seconds=0.3, pause_s=0.02, apart_s=2.5)
#: As many come in as can: they go first.
SATURATED = Pace(portion=256, seconds=0.0)
#: So much waits that a search would take too long.
BEHIND = Pace(portion=1_024, seconds=0.5, gives_way=False)

#: Operations of the store between two passes, from which on events come in, or as many as can. An
#: event that is forwarded makes three.
SOME_DONE, MUCH_DONE = 10, 2_000
#: Ids that may wait, each as often as it is noted, which is twice for most runs.
MOST_WAITING = 50_000


def pace_of(done: int, waiting: int) -> Pace:
    """The pace after so many operations of others, while so many ids wait."""
    if done <= SOME_DONE:
        return QUIET
    if waiting > MOST_WAITING:
        return BEHIND
    return SATURATED if done > MUCH_DONE else STEADY


class WordIndexing:
    """Fills the indexes further, one pass after another."""

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
        """One pass."""
        upkeep = self._upkeep
        done = upkeep.done - self._done
        # Where nothing comes in, nothing is asked but what the index itself takes.
        pace = pace_of(done, await upkeep.words_waiting() if done > SOME_DONE else 0)
        now = self._monotonic()
        if now - self._began < pace.apart_s:
            self._done = upkeep.done
            return
        self._began = now
        before, own, spent = upkeep.done, 0, 0.0
        while spent <= pace.seconds:
            began = self._monotonic()
            indexed = await upkeep.index_words(pace.portion)
            if not indexed:
                break
            own += 1
            spent += self._monotonic() - began
            if indexed < pace.portion // 2:
                # What has come meanwhile is too little for a transaction.
                break
            if pace.gives_way and upkeep.is_busy:
                break
            if pace is QUIET and upkeep.done - before - own > SOME_DONE:
                break
            await self._sleep(pace.pause_s)
        self._done = upkeep.done
