"""Limits how many requests of one person are worked on at a time; further requests wait in order.

Without the limit, a person or program that asks for hundreds of pages at once would delay
deliveries. The limit also applies to a file that is sent in pieces: a piece counts while it is
made, but not while the reader receives it.
"""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")

#: How many requests of one person are read and worked on at a time.
MOST_AT_ONCE = 4
#: The media type of an answer that waits for events for ever; its pieces are not limited.
EVENT_STREAM = "text/event-stream"


class RequestsAtOnce:
    """Counts the requests of each person in this process. Used only on the event loop."""

    def __init__(self) -> None:
        #: By the name of each person who has a request now.
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def place(self, of: str) -> AsyncIterator[bool]:
        """Waits until one more request of the person `of` may begin; yields whether it had to wait.

        Strangers, who all have the name "", are not limited: one could keep out all others.
        """
        if not of:
            yield False
            return
        places = self._places.setdefault(of, asyncio.Semaphore(MOST_AT_ONCE))
        waits = places.locked()
        async with places:
            yield waits

    async def each_in_a_place(self, of: str, pieces: AsyncIterable[T]) -> AsyncIterator[T]:
        """Yields the pieces of an answer; making one counts as a request of the person."""
        following = aiter(pieces)
        while True:
            async with self.place(of):
                try:
                    piece = await anext(following)
                except StopAsyncIteration:
                    return
            yield piece
