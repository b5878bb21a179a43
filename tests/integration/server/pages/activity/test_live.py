"""The live log: rows arrive rendered, nothing is lost between page and stream, and it ends."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from automator.model import IdSource, StoreUnavailableError
from automator.server.pages.activity import live
from automator.server.web.request_context import RequestContext
from automator.server.web.security import Role
from automator.store.log import log
from tests.support.asgi import Caller
from tests.support.site import RULES, Site


class Stream:
    """A stream that is being read."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self.left = asyncio.Event()
        self.status = 0

    async def until(self, text: str, timeout_s: float = 30.0) -> str:
        """What came, up to and with `text`."""
        seen = ""
        async with asyncio.timeout(timeout_s):
            while text not in seen:
                message = await self.messages.get()
                seen += message.get("body", b"").decode()
        return seen

    async def end(self, timeout_s: float = 30.0) -> None:
        """Waits until the server ends the stream."""
        async with asyncio.timeout(timeout_s):
            while (await self.messages.get()).get("more_body", True):
                pass


@contextlib.asynccontextmanager
async def watching(caller: Caller, path: str, **headers: str) -> AsyncIterator[Stream]:
    """Opens a stream and leaves at the end."""
    stream = Stream()
    wanted = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = False

    async def receive() -> MutableMapping[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b""}
        await stream.left.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        await stream.messages.put(message)

    task = asyncio.ensure_future(caller.app(caller.scope("GET", path, wanted), receive, send))
    start = await stream.messages.get()
    stream.status = start["status"]
    try:
        yield stream
    finally:
        stream.left.set()
        async with asyncio.timeout(30):
            await task


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same stream with shorter waits."""
    monkeypatch.setattr(live, "POLL_S", 0.02)
    monkeypatch.setattr(live, "LATE_EVERY_S", 0.1)
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.3)


async def test_a_new_run_arrives_as_a_rendered_row(site: Site) -> None:
    caller = await site.signed_in()
    async with watching(caller, "/log/live", sec_fetch_site="same-origin") as stream:
        _, run = await site.event("Giá <b>bao nhiêu</b>?")

        text = await stream.until("</li>")

    assert "event: row" in text
    assert f'data: <li class="row run" id="run-{run}"' in text
    assert "Giá &lt;b&gt;bao nhiêu" in text


async def test_a_change_of_the_rules_stands_among_the_rows_at_once(site: Site) -> None:
    caller = await site.signed_in()
    async with (
        watching(caller, "/log/live") as stream,
        watching(caller, "/log/live?type=comment.created") as filtered,
    ):
        revision = await changed_rules(site)

        text = await stream.until(f'id="rules-{revision}"')
        _, run = await site.event()
        assert "rules-" not in await filtered.until(f"run-{run}")

    last_id = re.findall(r"^id: (\S+)$", text, re.MULTILINE)[-1]
    second = await changed_rules(site)
    async with watching(caller, "/log/live", last_event_id=last_id) as stream:
        assert await stream.until(f'id="rules-{second}"')


async def changed_rules(site: Site) -> int:
    folder = site.services.rulebook.folder
    (folder / "prices.yaml").write_text(RULES + f"# {site.services.rulebook.active.revision}\n")
    await site.services.rulebook.reload_if_changed()
    return site.services.rulebook.active.revision


async def test_what_happened_after_the_page_was_made_is_not_lost(site: Site) -> None:
    caller = await site.signed_in()
    page = (await caller.get("/log")).text
    after = re.search(r'data-after="([0-9a-z.]+)"', page)
    assert after
    _, run = await site.event()

    async with watching(caller, f"/log/live?after={after[1]}") as stream:
        assert f"run-{run}" in await stream.until("</li>")


async def test_a_broken_connection_continues_where_it_was(site: Site) -> None:
    caller = await site.signed_in()
    async with watching(caller, "/log/live") as stream:
        await site.event()
        seen = await stream.until("</li>")
    last_id = re.findall(r"^id: (\S+)$", seen, re.MULTILINE)[-1]
    _, second = await site.event()

    async with watching(caller, "/log/live", last_event_id=last_id) as stream:
        assert await stream.until(f"run-{second}")


@pytest.mark.parametrize("late_ms", [0, 15_000])
async def test_a_row_that_is_committed_behind_a_newer_one_arrives(
    site: Site, monkeypatch: pytest.MonkeyPatch, late_ms: int
) -> None:
    caller = await site.signed_in()
    now_ms = site.services.clock.now_ms() - late_ms
    # The index may have taken what a late commit left to it before anybody looks.
    monkeypatch.setattr(log, "changed_runs", lambda *_: set())
    async with watching(caller, "/log/live") as stream:
        await site.event("giá một")
        await stream.until("giá một")
        monkeypatch.setattr(site.services.ids, "next", IdSource(lambda: now_ms, 7).next)
        _, run = await site.event("giá hai")

        assert await stream.until(f"run-{run}")


@pytest.mark.parametrize(
    "error", [StoreUnavailableError("the disk is away"), PoolTimeoutError("all are in use")]
)
async def test_what_came_while_the_log_could_not_be_read_arrives(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    caller = await site.signed_in()
    read = live.changes_since
    failed: asyncio.Queue[None] = asyncio.Queue()

    async def fails(*_: object) -> object:
        failed.put_nowait(None)
        raise error

    async with watching(caller, "/log/live") as stream:
        await site.event("giá một")
        await stream.until("giá một")
        # From now on nothing is looked for twice.
        monkeypatch.setattr(live, "LATE_MS", 0)
        monkeypatch.setattr(live, "OVERLAP_MS", 0)
        monkeypatch.setattr(live, "changes_since", fails)
        _, run = await site.event("giá hai")
        for _ in range(failed.qsize() + 3):
            await failed.get()
        monkeypatch.setattr(live, "changes_since", read)

        assert await stream.until(f"run-{run}")


async def test_a_row_is_handed_out_once_for_each_state(site: Site) -> None:
    caller = await site.signed_in()
    async with watching(caller, "/log/live") as stream:
        await asyncio.sleep(0.1)
        _, run = await site.event()
        seen = await stream.until("</li>")
        seen += await stream.until(": still here")

    assert seen.count(f'id="run-{run}"') == 1


async def test_the_filter_of_the_page_holds_for_live_rows(site: Site) -> None:
    caller = await site.signed_in()
    async with watching(caller, "/log/live?text=hai") as stream:
        await site.event("giá một")
        _, run = await site.event("giá hai")

        text = await stream.until("</li>")

    assert f"run-{run}" in text
    assert "giá một" not in text


async def test_a_quiet_stream_says_that_it_is_still_there(site: Site) -> None:
    async with watching(await site.signed_in(), "/log/live") as stream:
        assert await stream.until(": still here")


async def test_the_stream_ends_after_signing_out(site: Site) -> None:
    caller = await site.signed_in()
    async with watching(caller, "/log/live") as stream:
        await site.press(caller, "/sign-out")

        await stream.until("event: end")
        await stream.end()


async def test_streams_do_not_hold_up_the_end_of_the_server(site: Site) -> None:
    caller = await site.signed_in()
    async with watching(caller, "/log/live") as first, watching(caller, "/log/live") as second:
        site.services.stopping.set()

        await first.end()
        await second.end()


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": "http://evil.com"},
    ],
)
async def test_another_site_cannot_watch(site: Site, headers: dict[str, str]) -> None:
    async with watching(await site.signed_in(), "/log/live", **headers) as stream:
        assert stream.status == 403


async def test_nobody_watches_without_signing_in(site: Site) -> None:
    async with watching(site.caller(), "/log/live") as stream:
        assert stream.status == 401


async def test_the_store_is_left_alone_while_nobody_watches(site: Site) -> None:
    log = site.services.store.log
    asked = 0
    changed_since = log.changed_since

    def counted(run_id: int, attempt_id: int) -> Any:
        nonlocal asked
        asked += 1
        return changed_since(run_id, attempt_id)

    object.__setattr__(log, "changed_since", counted)
    caller = await site.signed_in()
    async with watching(caller, "/log/live"), watching(caller, "/log/live"):
        begun = asyncio.get_running_loop().time()
        await asyncio.sleep(0.3)
    together, passed_s = asked, asyncio.get_running_loop().time() - begun
    await asyncio.sleep(0.2)

    assert asked == together
    # Two listeners, one poller: two first looks and at most one poll every 20 ms.
    assert together <= 2 + passed_s / 0.02 + 1


async def test_one_account_leaves_streams_to_the_others(site: Site) -> None:
    viewer, other = await site.signed_in(Role.VIEWER), await site.signed_in(Role.EDITOR)
    async with contextlib.AsyncExitStack() as opened:
        streams = [
            await opened.enter_async_context(watching(viewer, "/log/live"))
            for _ in range(live.MOST_PER_ACCOUNT)
        ]
        refused = await viewer.get("/log/live")
        admitted = await opened.enter_async_context(watching(other, "/log/live"))

        assert {stream.status for stream in streams} == {200}
        assert refused.status == 429
        assert admitted.status == 200

    # What is closed makes room.
    async with watching(viewer, "/log/live") as stream:
        assert stream.status == 200


async def test_a_row_is_rendered_once_for_all_who_see_the_same_in_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, editor = await site.signed_in(Role.VIEWER), await site.signed_in(Role.EDITOR)
    rendered = noted_renderings(monkeypatch)
    async with contextlib.AsyncExitStack() as opened:
        streams = [
            await opened.enter_async_context(watching(caller, path))
            for caller in (viewer, editor)
            for path in ("/log/live", "/log/live", "/log/live?text=gi%C3%A1")
        ]
        _, run = await site.event()
        for stream in streams:
            await stream.until(f"run-{run}")

    assert sorted(rendered) == ["editor", "viewer"]


async def test_streams_that_begin_together_have_their_first_rows_rendered_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = await site.signed_in(Role.VIEWER)
    _, run = await site.event()
    rendered = noted_renderings(monkeypatch)
    async with contextlib.AsyncExitStack() as opened:
        streams = await asyncio.gather(
            *(
                opened.enter_async_context(watching(viewer, "/log/live?after=0.0"))
                for _ in range(live.MOST_PER_ACCOUNT)
            )
        )
        for stream in streams:
            await stream.until(f"run-{run}")

    assert rendered == ["viewer"]


def noted_renderings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The readers for whom rows are rendered from now on, once for each row."""
    rendered: list[str] = []
    render = live.render_text
    # Rows are rendered again after ten seconds, which may begin between two streams.
    monkeypatch.setattr(live, "_ALIKE_MS", 1 << 60)

    def noted(context: RequestContext, template: str, **shown: Any) -> str:
        rendered.append(context.actor.name)
        return render(context, template, **shown)

    monkeypatch.setattr(live, "render_text", noted)
    return rendered


async def test_a_stream_that_falls_behind_is_ended(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_MOST_WAITING", 1_000)
    caller = await site.signed_in()
    reads = asyncio.Event()

    async def receive() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            await reads.wait()

    task = asyncio.ensure_future(caller.app(caller.scope("GET", "/log/live"), receive, send))
    async with watching(caller, "/log/live") as other:
        for number in range(4):
            _, run = await site.event(f"giá {number}")
            await other.until(f"run-{run}")
    reads.set()

    async with asyncio.timeout(30):
        await task
