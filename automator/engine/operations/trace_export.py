"""Exports traces: sends the spans of committed deliveries and runs, portion by portion.

It reads the store after the commit, so deliveries and runs never wait for it. A portion of spans is
deleted only once the receiver has accepted it. After a crash, the portion is sent again with the
same ids. While the receiver fails, only the spans wait.
"""

import asyncio
import gzip
import logging
from collections.abc import Callable, Iterator

from automator.clock import Clock
from automator.configuration.target import Traces
from automator.engine.failure_log import Failures
from automator.http.traceparent import TraceContext, is_sampled
from automator.http.types import Http
from automator.model import PermanentError, Reason, RetryableError, StepError
from automator.reasons.targets import traces_late, traces_refused
from automator.store.log.untraced import Untraced, UntracedPortion

logger = logging.getLogger(__name__)

#: After how many milliseconds spans are given up that the receiver has not accepted.
KEPT_MS = 86_400_000
#: From how many milliseconds of delay on there is a warning, if the receiver fails.
LATE_MS = 60_000
#: How many portions one pass sends. There is a pass every second.
_MOST_PORTIONS = 32
_TIMEOUT_S = 10.0
_LONGEST_PAUSE_S = 60.0
#: The statuses after which OTLP forbids sending the same request again.
_NEVER_TAKEN = frozenset({400, 413})


class TraceExport:
    """Exports the spans of one process. One instance per process, on the event loop."""

    def __init__(
        self,
        settings: Traces,
        *,
        source: Untraced,
        is_shared: bool,
        http: Http,
        clock: Clock,
        requests: Callable[[UntracedPortion], Iterator[bytes]],
        rejected: Callable[[bytes], int],
    ) -> None:
        """`requests` makes OTLP requests of a portion, and `rejected` reads the answers to them.

        `is_shared`: whether other nodes export from the same store.
        """
        self._settings = settings
        self._source = source
        self._is_shared = is_shared
        self._http = http
        self._clock = clock
        self._requests = requests
        self._rejected = rejected
        self._headers = {
            **settings.plain_headers(),
            "content-type": "application/x-protobuf",
            "content-encoding": "gzip",
        }
        self._failures = Failures("traces")
        self._failure: Reason | None = None
        self._failed = 0
        self._not_before_s = 0.0
        self._lease = 0
        self._waiting_since: int | None = None
        #: How many spans the receiver has rejected, plus the events and runs that were given up.
        self.lost = 0

    @property
    def lag_ms(self) -> int:
        """Milliseconds that the oldest span has waited, as of the last pass; 0 if none waits."""
        since = self._waiting_since
        return 0 if since is None else max(0, self._clock.now_ms() - since)

    @property
    def warnings(self) -> tuple[Reason, ...]:
        """A warning that spans are late, while the receiver fails."""
        if self._failure is None or self.lag_ms < LATE_MS:
            return ()
        return (traces_late(lag=self.lag_ms, because=self._failure),)

    async def go_on(self) -> None:
        """Makes one pass: exports waiting portions, up to a number."""
        for _ in range(_MOST_PORTIONS):
            self._waiting_since = await self._source.waiting_since()
            is_over = self._waiting_since is None or self._clock.monotonic() < self._not_before_s
            if is_over or not await self._is_ours():
                return
            portion = await self._source.next_portion(self._is_wanted)
            if portion.committed_at < self._clock.now_ms() - KEPT_MS:
                self._lose(portion)
            elif not await self._is_sent(portion):
                return
            await self._source.done(portion.rows)

    def _is_wanted(self, trace: TraceContext) -> bool:
        return is_sampled(trace.trace_id, self._settings.ratio)

    async def _is_ours(self) -> bool:
        """Whether this node may export now, because no other node does."""
        if self._is_shared:
            self._lease = await self._source.take_lease(self._lease)
        return not self._is_shared or self._lease > 0

    async def _is_sent(self, portion: UntracedPortion) -> bool:
        """Sends a portion. Returns False if it has to be sent again."""
        try:
            for body in await asyncio.to_thread(self._bodies, portion):
                await self._send(body)
        except PermanentError as error:
            if error.status is None:
                self._fail(error)
                return False
            self._lose(portion)
            logger.error("traces.refused: %s", error)  # noqa: TRY400 - the error says what.
        except StepError as error:
            self._fail(error)
            return False
        self._failures.end()
        self._failure, self._failed = None, 0
        return True

    def _bodies(self, portion: UntracedPortion) -> list[bytes]:
        """Makes the requests of a portion. Called in a thread, because it takes milliseconds."""
        return [gzip.compress(body, compresslevel=1) for body in self._requests(portion)]

    async def _send(self, body: bytes) -> None:
        reply = await self._http.request(
            "POST",
            self._settings.address,
            headers=self._headers,
            body=body,
            timeout_s=_TIMEOUT_S,
        )
        if reply.is_success:
            self.lost += self._rejected(reply.body)
            return
        reason = traces_refused(status=reply.status)
        if reply.status in _NEVER_TAKEN:
            raise PermanentError(reason, status=reply.status)
        raise RetryableError(reason, status=reply.status)

    def _fail(self, error: StepError) -> None:
        """Waits longer after each failure, in the end so long that another node takes over."""
        self._failures.add(error)
        self._failure = error.reason
        pause_s = min(2.0**self._failed, _LONGEST_PAUSE_S)
        self._failed = min(self._failed + 1, 10)
        self._not_before_s = self._clock.monotonic() + pause_s

    def _lose(self, portion: UntracedPortion) -> None:
        self.lost += len(portion.events) + len(portion.runs)
