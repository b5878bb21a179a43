"""The requests of one person that are worked on at a time: a few, and others wait in their order.

So do the pieces of a file: each takes a place while it is made, and none while its reader takes it.

Whoever opens hundreds of pages at once, or a program that asks for as many, would otherwise make
deliveries wait: all of them would be computed by turns.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")

#: Requests of one person that are read, and worked on, at a time.
MOST_AT_ONCE = 4
#: The kind of an answer that waits for what happens: its pieces take no places.
EVENT_STREAM = "text/event-stream"


class RequestsAtOnce:
    """Counts the requests of each person in this process. Used on the event loop alone."""

    def __init__(self) -> None:
        #: By the names of those who have requests now.
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def place(self, of: str) -> AsyncIterator[bool]:
        """Waits until one more request of this person may begin; whether that took time.

        Nobody waits for a stranger, whose name is "": a stranger could hold all places.
        """
        if not of:
            yield False
            return
        places = self._places.setdefault(of, asyncio.Semaphore(MOST_AT_ONCE))
        waits = places.locked()
        async with places:
            yield waits

    async def each_in_a_place(self, of: str, pieces: AsyncIterable[T]) -> AsyncIterator[T]:
        """The pieces of an answer, each made as one request of this person."""
        following = aiter(pieces)
        while True:
            async with self.place(of):
                try:
                    piece = await anext(following)
                except StopAsyncIteration:
                    return
            yield piece
