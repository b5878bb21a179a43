"""The live log: rows that are new or changed, rendered, as server-sent events.

One task polls the store for all listeners, and only while there are any. An event's id names the
newest run and attempt that the listener has seen, so that a broken connection loses nothing.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response, StreamingResponse

from automator.model import AutomatorError, format_id, parse_id
from automator.server.log_page import LogFilter
from automator.server.pages import render_text
from automator.server.security import RequestError, is_same_origin
from automator.server.services import Services
from automator.server.sessions import is_alive
from automator.server.visit import Visit
from automator.store import RunRow

_log = logging.getLogger(__name__)

POLL_S = 0.4
HEARTBEAT_S = 15.0
#: How soon a stream ends after its session was signed out.
SESSION_CHECK_S = 4.0
_MOST_LISTENERS = 100
#: How long a commit may take after its ids were made: rows are looked for this far back.
OVERLAP_MS = 2_000
#: Batches that a slow listener may fall behind before its stream is ended.
_MOST_WAITING = 64
_ID_SHIFT = 21  # Ids begin with their millisecond, see model.ids.


@dataclass(frozen=True, slots=True)
class Cursor:
    """The newest run and the newest attempt that were seen."""

    run_id: int
    attempt_id: int

    def __str__(self) -> str:
        return f"{format_id(self.run_id)}.{format_id(self.attempt_id)}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """The cursor that `text` writes, or None."""
        run, _, attempt = text.partition(".")
        run_id, attempt_id = parse_id(run), parse_id(attempt)
        return None if run_id is None or attempt_id is None else cls(run_id, attempt_id)

    @classmethod
    def at(cls, ms: int) -> "Cursor":
        """Everything made before this millisecond has been seen."""
        return cls(ms << _ID_SHIFT, ms << _ID_SHIFT)

    def earlier(self) -> "Cursor":
        """This cursor moved back by the overlap."""
        back = OVERLAP_MS << _ID_SHIFT
        return Cursor(max(0, self.run_id - back), max(0, self.attempt_id - back))


@dataclass(frozen=True, slots=True)
class Batch:
    """What one poll found."""

    rows: Sequence[RunRow]
    cursor: Cursor


NOTHING = Batch((), Cursor(0, 0))


@dataclass(eq=False, slots=True)
class _Listener:
    #: None ends the stream.
    batches: "asyncio.Queue[Batch | None]" = field(
        default_factory=lambda: asyncio.Queue(maxsize=_MOST_WAITING)
    )
    has_fallen_behind: bool = False


class LiveLog:
    """The page route of the stream, and the poller behind all streams."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._poller: asyncio.Task[None] | None = None

    async def stream(self, visit: Visit) -> Response:
        """The stream for one listener; it ends with the session."""
        _refuse_foreign(visit)
        if len(self._listeners) >= _MOST_LISTENERS:
            raise RequestError(503, "too_many_streams", "Too many people watch the log right now.")
        request = visit.request
        after = request.headers.get("last-event-id") or visit.query("after")
        seen = Cursor.parse(after) or Cursor.at(visit.now_ms)
        return StreamingResponse(
            self._events(visit, LogFilter.of(visit), seen),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )

    async def _events(self, visit: Visit, chosen: LogFilter, seen: Cursor) -> AsyncIterator[str]:
        listener = _Listener()
        self._listeners.add(listener)
        self._start_polling(visit.services)
        try:
            yield "retry: 2000\n\n"
            # What happened between the page and the first poll; rows that come twice replace
            # themselves in the page.
            yield _rendered(visit, chosen, await _changes(visit.services, seen.earlier()))
            async for text in self._follow(visit, chosen, listener):
                yield text
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._poller is not None:
                self._poller.cancel()
                self._poller = None

    async def _follow(
        self, visit: Visit, chosen: LogFilter, listener: _Listener
    ) -> AsyncIterator[str]:
        clock = visit.services.clock
        said_at = checked_at = clock.monotonic()
        while not listener.has_fallen_behind:
            batch = NOTHING
            with contextlib.suppress(TimeoutError):
                found = await asyncio.wait_for(listener.batches.get(), SESSION_CHECK_S)
                if found is None:
                    return
                batch = found
            now = clock.monotonic()
            if now - checked_at >= SESSION_CHECK_S:
                checked_at = now
                if not await is_alive(visit.services, visit.actor.session_id):
                    yield "event: end\ndata: signed out\n\n"
                    return
            text = _rendered(visit, chosen, batch)
            if not text and now - said_at >= HEARTBEAT_S:
                text = ": still here\n\n"
            if text:
                said_at = now
                yield text

    def _start_polling(self, services: Services) -> None:
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(services))

    async def _poll(self, services: Services) -> None:
        handed_out: dict[int, RunRow] = {}
        while self._listeners:
            await asyncio.sleep(POLL_S)
            if services.stopping.is_set():
                self._hand_out(None)
                return
            # An id is made before its commit, so a row may appear behind newer ones.
            since = Cursor.at(services.clock.now_ms()).earlier()
            try:
                batch = await _changes(services, since)
            except AutomatorError as error:
                _log.warning("live.poll_failed reason=%r", error.message)
                continue
            fresh = [row for row in batch.rows if handed_out.get(row.id) != row]
            handed_out = {row.id: row for row in batch.rows}
            if fresh:
                self._hand_out(Batch(fresh, batch.cursor))

    def _hand_out(self, batch: Batch | None) -> None:
        for listener in self._listeners:
            try:
                listener.batches.put_nowait(batch)
            except asyncio.QueueFull:
                # Its browser connects again and continues from the last row that it got.
                listener.has_fallen_behind = True


async def _changes(services: Services, seen: Cursor) -> Batch:
    rows, run_id, attempt_id = await asyncio.to_thread(
        services.store.log.changed_since, seen.run_id, seen.attempt_id
    )
    return Batch(rows, Cursor(max(run_id, seen.run_id), max(attempt_id, seen.attempt_id)))


def _rendered(visit: Visit, chosen: LogFilter, batch: Batch) -> str:
    """The rows that this listener's filter lets through, the oldest first."""
    rows = [row for row in batch.rows if chosen.wanted.admits(row)]
    texts = []
    for row in sorted(rows, key=lambda row: row.id):
        html = render_text(visit, "log_row.html", run=row)
        data = "".join(f"data: {line}\n" for line in html.splitlines())
        texts.append(f"event: row\nid: {batch.cursor}\n{data}\n")
    return "".join(texts)


def _refuse_foreign(visit: Visit) -> None:
    """Other sites do not get to watch, whatever cookies their visitors have."""
    headers = visit.request.headers
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    foreign = site not in {None, "same-origin"}
    if site is None and origin is not None:
        foreign = not is_same_origin(visit.request, visit.services.settings.public_url)
    if foreign:
        raise RequestError(403, "cross_site", "This request was made by another site.")
