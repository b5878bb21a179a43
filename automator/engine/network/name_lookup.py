"""Resolves host names with the system's resolver, so that a slow name delays no other name.

The system's resolver blocks its thread, often for half a minute, and cannot be cancelled. Requests
for a name that is being looked up share one answer, so that a name takes one thread however many
requests its target has. The threads are daemons, so that none delays the end of the process.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Sequence

#: Names that are looked up at once; each has a thread of its own.
MOST_NAMES = 256

Resolve = Callable[[str], Sequence[str]]


class NameLookup:
    """Looks up the addresses of names; concurrent requests for one name share a lookup."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        """`resolve` replaces the system's resolver in tests; it runs in a thread."""
        self._resolve = resolve or _addresses
        self._under_way: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 - as Lookup.
        """The addresses as text.

        Raises:
            OSError: there are none, the resolver failed, or it has too much to do.
        """
        answer = self._under_way.get(host)
        if answer is None:
            answer = self._begin(host)
        # A caller that is cancelled does not end the lookup of the others.
        return await asyncio.shield(answer)

    def _begin(self, host: str) -> "asyncio.Future[Sequence[str]]":
        if len(self._under_way) >= MOST_NAMES:
            raise OSError(f"{MOST_NAMES} names are being looked up already")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()
        answer.add_done_callback(lambda done: self._end(host, done))
        self._under_way[host] = answer

        def work() -> None:
            found: Sequence[str] | OSError
            try:
                found = self._resolve(host)
            except OSError as error:
                found = error
            except UnicodeError as error:
                found = OSError(str(error))
            with contextlib.suppress(RuntimeError):  # The loop has ended meanwhile.
                loop.call_soon_threadsafe(_settle, answer, found)

        threading.Thread(target=work, name="lookup", daemon=True).start()
        return answer

    def _end(self, host: str, done: "asyncio.Future[Sequence[str]]") -> None:
        del self._under_way[host]
        if not done.cancelled():
            done.exception()  # Marks it as retrieved, also when every caller was cancelled.


def _settle(answer: "asyncio.Future[Sequence[str]]", found: Sequence[str] | OSError) -> None:
    if answer.done():
        return
    if isinstance(found, OSError):
        answer.set_exception(found)
    else:
        answer.set_result(found)


def _addresses(host: str) -> list[str]:
    infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))
