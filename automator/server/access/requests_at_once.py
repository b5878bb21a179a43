"""Limits how many requests of one person are worked on at a time; others wait in their order.

The same goes for the pieces of a file: each takes a place while it is made, but none while its
reader receives it.

Otherwise somebody who opens hundreds of pages at once, or a program that requests as many, would
make deliveries wait, since all pages would be computed by turns.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")

#: Requests of one person that are read, and worked on, at a time.
MOST_AT_ONCE = 4
#: The media type of an answer that waits for events; its pieces take no places.
EVENT_STREAM = "text/event-stream"


class RequestsAtOnce:
    """Counts the requests of each person in this process. Used only on the event loop."""

    def __init__(self) -> None:
        #: By the names of people with requests now.
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def place(self, of: str) -> AsyncIterator[bool]:
        """Waits until one more request of this person may begin; yields whether it had to wait.

        Strangers, whose name is "", do not wait: one of them could hold all places.
        """
        if not of:
            yield False
            return
        places = self._places.setdefault(of, asyncio.Semaphore(MOST_AT_ONCE))
        waits = places.locked()
        async with places:
            yield waits

    async def each_in_a_place(self, of: str, pieces: AsyncIterable[T]) -> AsyncIterator[T]:
        """The pieces of an answer, each made in a place of this person."""
        following = aiter(pieces)
        while True:
            async with self.place(of):
                try:
                    piece = await anext(following)
                except StopAsyncIteration:
                    return
            yield piece
