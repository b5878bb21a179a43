"""Streams new and changed rows of the log to open pages, as server-sent events with HTML.

One task polls the store for all listeners, and only while there are any. The id of a server-sent
event names the newest run and attempt that the listener has seen, so that a browser that connects
again gets everything since.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from automator.caches import SizedCache
from automator.model import N_, AutomatorError, first_id_of
from automator.server.access.requests_at_once import EVENT_STREAM
from automator.server.access.sessions import live_sessions
from automator.server.pages import RequestContext, Response, Services
from automator.server.pages.activity.live_changes import (
    LATE_MS,
    OVERLAP_MS,
    Batch,
    Cursor,
    changes_since,
    rule_changes,
    told_of,
)
from automator.server.pages.activity.run_rows import RowOfRun
from automator.server.shared.list_filters import LogFilter
from automator.server.web.request_context import Actor
from automator.server.web.security import CrossSite, RequestError, Role, is_foreign
from automator.server.web.templates import render_text
from automator.store import RevisionRow, RunRow, cannot_read

_log = logging.getLogger(__name__)

POLL_S = 0.2
#: Seconds between two searches for rows that were committed late.
LATE_EVERY_S = 2.0
HEARTBEAT_S = 15.0
_MOST_LISTENERS = 100
#: At most this many streams of one account, in all its browsers and tabs.
MOST_PER_ACCOUNT = 10
#: Characters that a slow listener may fall behind before its stream is ended.
_MOST_WAITING = 1_000_000
#: Bytes of rendered rows that are cached for the next stream that shows them.
_MOST_RENDERED = 8_000_000
#: Milliseconds for which a rendered row is used again, although it shows whether its run is due.
_ALIKE_MS = 10_000
#: The estimated bytes of a cached row, in addition to its HTML.
_SIZE_OF_ROW = 10_000


@dataclass(eq=False, slots=True)
class _Listener:
    #: The context of the request for the stream, with its account.
    context: RequestContext
    chosen: LogFilter
    #: None wakes the stream, so that it sees that it must end.
    texts: "asyncio.Queue[str | None]" = field(default_factory=asyncio.Queue)
    #: The number of characters in the queue.
    waiting: int = 0
    #: Whether the stream ends now, even if texts are still in the queue.
    is_over: bool = False
    #: The text of a last event, which keeps the browser from connecting again; "" = none.
    farewell: str = ""

    @property
    def actor(self) -> Actor:
        """The account of the stream."""
        return self.context.actor

    @property
    def kind(self) -> tuple[object, ...]:
        """The language, role and filters; streams with the same kind get the same texts."""
        words = tuple(self.chosen.words.items())
        return self.context.translator.language, self.actor.role, words

    def hand(self, text: str) -> None:
        """Queues the next text for the listener; ends a stream that has fallen too far behind."""
        if self.waiting > _MOST_WAITING:
            # The browser connects again and continues after the last row that it got.
            self.end()
        elif text:
            self.waiting += len(text)
            self.texts.put_nowait(text)

    def end(self, farewell: str = "") -> None:
        """Ends the stream at once."""
        self.is_over, self.farewell = True, farewell
        self.texts.put_nowait(None)


class _Stream(StreamingResponse):
    """Server-sent events that call `at_end` when they end, even if they never began."""

    def __init__(self, content: AsyncIterator[str], at_end: Callable[[], None]) -> None:
        super().__init__(
            content,
            media_type=EVENT_STREAM,
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )
        self._at_end = at_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._at_end()


class LiveLog:
    """The page route of the stream, and the poller behind all streams."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._poller: asyncio.Task[None] | None = None
        #: Held while a text is made, so that the next text finds rows in the cache. Several threads
        #: would also leave little time to the event loop.
        self._making = asyncio.Lock()
        #: The values shown in a row, and its HTML.
        self._rows: SizedCache[object, tuple[object, str]] = SizedCache(_MOST_RENDERED)

    async def stream(self, context: RequestContext) -> Response:
        """Starts a stream for the page that asks; it ends with the session."""
        _refuse_foreign(context)
        chosen = LogFilter.of(context)
        find = context.services.store.log.with_contact_keys
        wanted = await asyncio.to_thread(find, chosen.wanted)
        listener = self._admit(context, replace(chosen, wanted=wanted))
        request = context.request
        after = request.headers.get("last-event-id") or context.query("after")
        try:
            self._start_polling(context.services)
            earlier = await self._since(listener, Cursor.parse(after) or Cursor.at(context.now_ms))
        except BaseException:
            self._leave(listener)
            raise
        return _Stream(self._events(earlier, listener), lambda: self._leave(listener))

    def _admit(self, context: RequestContext, chosen: LogFilter) -> _Listener:
        """Makes and counts a listener.

        Raises:
            RequestError: there are too many streams, in all (503) or of this account (429).
        """
        if len(self._listeners) >= _MOST_LISTENERS:
            raise RequestError(
                503,
                "too_many_streams",
                N_("Too many people watch the log right now."),
                fix=N_("Try again in a moment."),
            )
        own = sum(item.actor.name == context.actor.name for item in self._listeners)
        if own >= MOST_PER_ACCOUNT:
            raise RequestError(
                429,
                "too_many_streams",
                N_("Your account watches the log in too many windows."),
                fix=N_("Close some of them."),
            )
        listener = _Listener(context, chosen)
        self._listeners.add(listener)
        return listener

    def _leave(self, listener: _Listener) -> None:
        self._listeners.discard(listener)
        if not self._listeners and self._poller is not None:
            self._poller.cancel()
            self._poller = None

    async def _since(self, listener: _Listener, seen: Cursor) -> str:
        """The rows that changed between the making of the page and the first poll.

        A row may also come with the poll; in the page it then replaces itself.
        """
        services, earlier = listener.context.services, seen.earlier(LATE_MS)
        since = earlier.run_id
        async with self._making:
            rows, cursor = await changes_since(services, earlier)
            changes = await rule_changes(
                services, lambda found: first_id_of(found.created_at) >= since
            )
            batch = replace(await told_of(services, rows, cursor), changes=changes)
            return await asyncio.to_thread(self._text, listener, batch)

    async def _events(self, earlier: str, listener: _Listener) -> AsyncIterator[str]:
        clock = listener.context.services.clock
        yield "retry: 2000\n\n" + earlier
        said_at = clock.monotonic()
        while True:
            text: str | None = ": still here\n\n"
            wait_s = max(0.0, said_at + HEARTBEAT_S - clock.monotonic())
            with contextlib.suppress(TimeoutError):
                text = await asyncio.wait_for(listener.texts.get(), wait_s)
                listener.waiting -= len(text or "")
            if listener.is_over or text is None:
                break
            said_at = clock.monotonic()
            yield text
        if listener.farewell:
            yield f"event: end\ndata: {listener.farewell}\n\n"

    def _start_polling(self, services: Services) -> None:
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(services))

    async def _poll(self, services: Services) -> None:
        try:
            await self._hand_out_changes(services)
        finally:
            for listener in self._listeners:
                listener.end()

    async def _hand_out_changes(self, services: Services) -> None:
        handed_out: dict[int, RunRow] = {}
        revision = services.rulebook.active.revision
        clock, polled_ms, looked_back_at = services.clock, services.clock.now_ms(), -LATE_EVERY_S
        while self._listeners:
            await asyncio.sleep(POLL_S)
            if services.stopping.is_set():
                return
            # An id is made before its commit, so a row may appear after rows with greater ids.
            now_ms, now_s = clock.now_ms(), clock.monotonic()
            looks_back = now_s - looked_back_at >= LATE_EVERY_S
            since = Cursor.at(min(polled_ms, now_ms)).earlier(LATE_MS if looks_back else OVERLAP_MS)
            try:
                rows, cursor = await changes_since(services, since)
                fresh = [row for row in rows if handed_out.get(row.id) != row]
                changes = await _since_revision(services, revision)
                batch = None
                if fresh or changes:
                    batch = replace(await told_of(services, fresh, cursor), changes=changes)
                # Done after reading, so that nobody gets rows after losing the right to see them.
                await self._dismiss(services)
            except Exception as error:
                if not isinstance(error, AutomatorError) and not cannot_read(error):
                    raise
                _log.warning("live.poll_failed: %s", error)
                continue
            known = {row.id: row for row in rows}
            # Rows of the last look back are kept, or they would seem new to the next one.
            handed_out = known if looks_back else {**handed_out, **known}
            polled_ms, looked_back_at = now_ms, now_s if looks_back else looked_back_at
            revision = max([revision, *(change.revision for change in changes)])
            if batch is not None:
                await self._hand_out(batch)

    async def _dismiss(self, services: Services) -> None:
        """Ends the streams whose session is over or whose account has another role now."""
        watching = list(self._listeners)
        alive = await live_sessions(services, {item.actor.session_id for item in watching})
        for listener in watching:
            account = alive.get(listener.actor.session_id)
            if account is None:
                listener.end("signed out")
            elif account.role is not listener.actor.role:
                listener.end()

    async def _hand_out(self, batch: Batch) -> None:
        alike: dict[tuple[object, ...], list[_Listener]] = {}
        for listener in self._listeners:
            alike.setdefault(listener.kind, []).append(listener)
        for listeners in alike.values():
            async with self._making:
                text = await asyncio.to_thread(self._text, listeners[0], batch)
            for listener in listeners:
                listener.hand(text)

    def _text(self, listener: _Listener, batch: Batch) -> str:
        """The rows that pass a listener's filter, as server-sent events in order of id; blocks."""
        context, chosen = listener.context, listener.chosen
        rows = [
            (row.id, self._row(context, "log_row.html", row.id, run=row))
            for row in _admitted(chosen, batch)
        ]
        rows += [
            (
                first_id_of(change.created_at),
                self._row(context, "log_change.html", change.revision, change=change),
            )
            for change in batch.changes
            if not chosen.is_set
        ]
        texts = []
        for _, html in sorted(rows):
            data = "".join(f"data: {line}\n" for line in html.splitlines())
            texts.append(f"event: row\nid: {batch.cursor}\n{data}\n")
        return "".join(texts)

    def _row(self, context: RequestContext, template: str, number: int, **shown: object) -> str:
        """A row as HTML, cached for all listeners with the same language and role."""
        seen_at = context.now_ms // _ALIKE_MS
        key = (template, number, context.translator.language, context.actor.role, seen_at)
        kept = self._rows.get(key)
        if kept is not None and kept[0] == shown:
            return kept[1]
        html = render_text(context, template, picks=context.may(Role.EDITOR), **shown)
        self._rows.put(key, (shown, html), _SIZE_OF_ROW + len(html))
        return html


async def _since_revision(services: Services, revision: int) -> Sequence[RevisionRow]:
    """The revisions after `revision`; reads the log only if a newer one is in force."""
    if services.rulebook.active.revision <= revision:
        return ()
    return await rule_changes(services, lambda found: found.revision > revision)


def _admitted(chosen: LogFilter, batch: Batch) -> list[RowOfRun]:
    """The rows that pass a filter; a follow-up gets its own row if its parent's row does not."""
    shown = {row.id: row for row in batch.folded if row.row.fits(chosen.wanted)}
    alone = [] if chosen.folds else [row for row in batch.single if row.run.path]
    for row in alone:
        if row.run.parent_id not in shown and row.row.fits(chosen.wanted):
            shown[row.id] = row
    return list(shown.values())


def _refuse_foreign(context: RequestContext) -> None:
    """Refuses the stream to pages of other sites, whose visitors may be signed in here."""
    if is_foreign(context.request, context.services.settings.public_url):
        raise CrossSite
