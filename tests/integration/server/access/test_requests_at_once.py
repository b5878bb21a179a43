"""Many requests at once: those of one person wait for each other, and deliveries for none."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from automator.server.access import guard
from automator.server.access.account_changes import remove_account
from automator.server.access.requests_at_once import MOST_AT_ONCE, RequestsAtOnce
from automator.server.bootstrap.app import RootApplication
from automator.server.pages.activity import export
from automator.server.web.attention import Attention
from automator.server.web.security import Role
from automator.server.web.services import Services
from tests.support.site import Site


class Held:
    """Holds every page back where it counts what waits for its reader."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self._released = asyncio.Queue[None](), asyncio.Event()
        monkeypatch.setattr(guard, "find_attention", self._find)

    async def _find(self, _services: Services) -> Attention:
        self.begun.put_nowait(None)
        await self._released.wait()
        return Attention()

    async def few(self) -> None:
        """Waits until as many have begun as may at a time."""
        for _ in range(MOST_AT_ONCE):
            await self.begun.get()

    def release(self) -> None:
        self._released.set()


async def test_a_few_requests_of_one_person_are_worked_on_at_a_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, other = await site.signed_in(), await site.signed_in(Role.VIEWER)
    held = Held(monkeypatch)
    async with asyncio.TaskGroup() as group:
        first = [group.create_task(reader.get("/log")) for _ in range(3 * MOST_AT_ONCE)]
        await held.few()
        group.create_task(other.get("/log"))
        await held.begun.get()

        assert held.begun.empty()
        held.release()

    assert {task.result().status for task in first} == {200}


async def test_who_waits_is_identified_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = await site.signed_in(Role.VIEWER)
    held = Held(monkeypatch)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(reader.get("/log")) for _ in range(2 * MOST_AT_ONCE)]
        await held.few()
        await remove_account(site.services.store, "viewer", by="admin")
        held.release()

    statuses = [task.result().status for task in tasks]
    assert statuses.count(401) == MOST_AT_ONCE


async def test_files_are_made_piece_by_piece_among_the_requests_of_their_reader(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, other = await site.signed_in(), await site.signed_in(Role.VIEWER)
    begun, released = asyncio.Queue[None](), threading.Event()
    loop, rows = asyncio.get_running_loop(), export._rows

    def held(*of: Any) -> Any:
        loop.call_soon_threadsafe(begun.put_nowait, None)
        released.wait(30)
        return rows(*of)

    monkeypatch.setattr(export, "_rows", held)
    async with asyncio.TaskGroup() as group:
        files = [group.create_task(reader.get("/log/export.csv")) for _ in range(MOST_AT_ONCE)]
        for _ in files:
            await begun.get()
        page = group.create_task(reader.get("/log"))
        for _ in range(MOST_AT_ONCE):
            assert (await other.get("/log")).status == 200

        assert not page.done()
        released.set()

    assert {task.result().status for task in (*files, page)} == {200}


async def test_a_reader_who_takes_a_piece_of_a_file_holds_no_place() -> None:
    async def pieces() -> AsyncIterator[str]:
        yield "one"
        yield "two"

    at_once = RequestsAtOnce()
    file = at_once.each_in_a_place("lan", pieces())
    assert await anext(file) == "one"

    async with contextlib.AsyncExitStack() as places:
        for _ in range(MOST_AT_ONCE):
            assert not await places.enter_async_context(at_once.place("lan"))
        waiting = asyncio.ensure_future(anext(file))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()

    assert await waiting == "two"


async def test_strangers_do_not_wait_for_each_other() -> None:
    at_once = RequestsAtOnce()
    async with contextlib.AsyncExitStack() as places:
        for _ in range(2 * MOST_AT_ONCE):
            assert not await places.enter_async_context(at_once.place(""))


async def test_one_page_begins_between_two_looks_at_the_connections(site: Site) -> None:
    begun: list[int] = []
    looks = 0

    async def page(_scope: Scope, _receive: Receive, _send: Send) -> None:
        begun.append(looks)

    async def look() -> None:
        nonlocal looks
        while len(begun) < 20:
            looks += 1
            await asyncio.sleep(0)

    app = site.app
    assert isinstance(app, RootApplication)
    app.site = page  # type: ignore[assignment]
    scope = site.caller().scope("GET", "/log")
    async with asyncio.TaskGroup() as group:
        group.create_task(look())
        for _ in range(20):
            group.create_task(app(scope, None, None))  # type: ignore[arg-type]

    assert len(set(begun)) == 20
