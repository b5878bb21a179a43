"""Limits how much is kept of refused requests: a budget of bytes an hour, then only counts.

Anybody can send requests that are refused, so this budget decides what they cost.
"""

from collections.abc import Iterable
from dataclasses import replace

from automator.clock import Clock
from automator.engine.intake.quota import Quota
from automator.http.types import InboundRequest
from automator.store import HOUR_MS

#: The name under which requests to unknown connections are kept. No connection can have it.
UNKNOWN_CONNECTION = "?"
#: Refused requests that are kept, a minute and connection; the rest is only counted.
KEPT_PER_MINUTE = 60
#: Bytes that are kept, an hour and connection, and an hour in all.
BYTES_PER_CONNECTION = 2_097_152
BYTES_IN_ALL = 8_388_608
#: Bytes of the body and the query, and of the headers, of a request that is not kept whole.
START_BYTES = 1024
START_HEADER_BYTES = 4096
#: Bytes that a row costs besides the request itself.
ROW_BYTES = 512
#: One part in this number of parts of a budget is reserved for the beginnings of requests.
_FOR_STARTS = 4


class Refusals:
    """The budgets of one process, and counts of the rest. Belongs to the event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._quota = Quota(KEPT_PER_MINUTE, clock)
        self._hour = 0
        #: Bytes kept in this hour, by connection.
        self._kept: dict[str, int] = {}
        #: Requests that were not kept, by connection and the first millisecond of the hour.
        self._counted: dict[tuple[str, int], int] = {}

    def keep(self, connection: str, request: InboundRequest) -> InboundRequest | None:
        """The part of a refused request to keep: all of it, its beginning, or nothing.

        Requests that are not kept are counted; see `collect`.
        """
        if self._quota.take(connection):
            for kept, share in ((request, _FOR_STARTS), (start_of(request), 0)):
                if self._pay(connection, _cost(kept), share):
                    return kept
        now_ms = self._clock.now_ms()
        key = (connection, now_ms - now_ms % HOUR_MS)
        self._counted[key] = self._counted.get(key, 0) + 1
        return None

    def collect(self) -> list[tuple[str, int, int]]:
        """Connection, hour and number of the requests that were not kept since the last call."""
        counted, self._counted = self._counted, {}
        return [(name, hour, count) for (name, hour), count in counted.items()]

    def put_back(self, counted: Iterable[tuple[str, int, int]]) -> None:
        """Takes back counts that could not be stored."""
        for name, hour, count in counted:
            self._counted[name, hour] = self._counted.get((name, hour), 0) + count

    def _pay(self, connection: str, cost: int, share: int) -> bool:
        """Takes `cost` out of both budgets, if one `share`-th of each is left afterwards."""
        hour = self._clock.now_ms() // HOUR_MS
        if hour != self._hour:
            self._hour = hour
            self._kept.clear()
        own = self._kept.get(connection, 0)
        for spent, budget in (
            (own, BYTES_PER_CONNECTION),
            (sum(self._kept.values()), BYTES_IN_ALL),
        ):
            reserved = budget // share if share else 0
            if spent + cost > budget - reserved:
                return False
        self._kept[connection] = own + cost
        return True


def start_of(request: InboundRequest) -> InboundRequest:
    """The request with the beginning of its body, and with its first and shorter headers."""
    headers, left = [], START_HEADER_BYTES
    for name, value in request.raw_headers:
        left -= len(name) + len(value)
        if left < 0:
            break
        headers.append((name, value))
    return replace(
        request,
        raw_headers=tuple(headers),
        query=request.query[:START_BYTES],
        body=request.body[:START_BYTES],
    )


def _cost(request: InboundRequest) -> int:
    headers = sum(len(name) + len(value) for name, value in request.raw_headers)
    return ROW_BYTES + headers + len(request.query) + len(request.body)
