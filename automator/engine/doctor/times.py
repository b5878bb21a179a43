"""Diagnoses the signed time of a delivery."""

import re
from collections.abc import Iterator
from dataclasses import replace

from automator.engine.doctor.finding import Finding
from automator.engine.doctor.headers import scheme_of, with_header
from automator.http.types import InboundRequest
from automator.model import RejectedDelivery, whole_number
from automator.plugins import Provider
from automator.reasons.deliveries import STALE_PROOFS
from automator.reasons.doctor import (
    REFUSED,
    TIME_AHEAD,
    TIME_MILLISECONDS,
    TIME_OLD,
    TIME_UNREADABLE,
)

_MAX_TIMES = 20
#: The longest window that is measured, in seconds.
_LONGEST_WINDOW_S = 86_400
_NUMBER = re.compile(r"(?<![0-9])[0-9]{9,13}(?![0-9])")
#: The times that a delivery may name: from 2001 to 2100.
_EARLIEST_MS = 1_000_000_000_000
_LATEST_MS = 4_102_444_800_000


def mismatch(provider: Provider, request: InboundRequest) -> RejectedDelivery | None:
    """The reason why a connection does not verify a request; None when it does."""
    try:
        provider.verify(request)
    except RejectedDelivery as refusal:
        return refusal
    return None


class TimeSearch:
    """Looks for the time of one delivery that was refused as stale."""

    def __init__(self, provider: Provider, request: InboundRequest) -> None:
        self._provider = provider
        self._request = request

    def search(self, refusal: RejectedDelivery) -> tuple[list[Finding], InboundRequest | None]:
        """The distance of the signed time, and the request as if it had come in time."""
        arrived = self._request.received_at
        for moment in self._times():
            moved = replace(self._request, received_at=moment)
            if self._is_stale(moved):
                continue
            kind = TIME_OLD if moment < arrived else TIME_AHEAD
            reason = kind(
                # Rounded to seconds, in which times are signed.
                distance=round(abs(arrived - moment) / 1000) * 1000,
                allowed=self._window_s(moment) * 1000,
            )
            return [Finding(reason, proved=True)], moved
        return list(self._strange_time(refusal)), None

    def _times(self) -> list[int]:
        """Times that the request names, in milliseconds: in its headers, then in its body."""
        texts = [value for _, value in self._request.raw_headers if len(value) < 1000]
        texts += [self._request.query, self._request.body[:65_536].decode("latin-1")]
        numbers = [int(found) for text in texts for found in _NUMBER.findall(text)]
        both = [number * 1000 for number in numbers] + numbers
        near = [moment for moment in both if _EARLIEST_MS < moment < _LATEST_MS]
        return list(dict.fromkeys(near))[:_MAX_TIMES]

    def _is_stale(self, request: InboundRequest) -> bool:
        refusal = mismatch(self._provider, request)
        return refusal is not None and refusal.code in STALE_PROOFS

    def _window_s(self, moment: int) -> int:
        """The delay in seconds up to which the connection accepts a signature of `moment`."""
        low, high = 0, _LONGEST_WINDOW_S
        while low < high:
            middle = (low + high + 1) // 2
            late = replace(self._request, received_at=moment + middle * 1000)
            low, high = (low, middle - 1) if self._is_stale(late) else (middle, high)
        return low

    def _strange_time(self, refusal: RejectedDelivery) -> Iterator[Finding]:
        for name in scheme_of(self._provider).times:
            text = self._request.headers.get(name, "")
            at_ms = whole_number(text, _LATEST_MS)
            if at_ms is None:
                yield Finding(TIME_UNREADABLE(header=name))
                return
            in_seconds = with_header(self._request, name, str(at_ms // 1000))
            moved = replace(in_seconds, received_at=at_ms)
            if not self._is_stale(moved):
                yield Finding(TIME_MILLISECONDS(header=name))
                return
        yield Finding(REFUSED(reason=refusal.reason))
