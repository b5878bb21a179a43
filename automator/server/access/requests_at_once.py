"""Limits how many requests of one person are worked on at a time; others wait in their order.

Without the limit, a person or a program that asks for hundreds of pages at once would make
deliveries wait, because all pages would be computed by turns.

The limit also applies to the pieces of a file: a piece takes a place while it is made, but not
while the reader receives it.
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
