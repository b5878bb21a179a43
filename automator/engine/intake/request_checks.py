"""The checks of a request before its body is read: the rate, and the content type."""

from collections.abc import Mapping

from automator.clock import Clock
from automator.engine.outbound.rate_limiter import RateLimiter
from automator.http.types import InboundRequest
from automator.model import RejectedDelivery
from automator.plugins import Provider
from automator.reasons.deliveries import CONTENT_TYPE, RATE

#: Seconds' worth of a connection's rate that may come at once.
SAVED_S = 5.0
#: Requests that may have a body, and with it a content type that means something.
_WITH_BODY = frozenset({"POST", "PUT"})
#: Characters of a refused content type that the refusal repeats, at most.
_MOST_OF_A_TYPE = 64


class RequestChecks:
    """The rates of the connections, and the content types of their senders. On the event loop."""

    def __init__(self, connections: Mapping[str, Provider], clock: Clock) -> None:
        self._clock = clock
        self._rate_limiters = {
            name: RateLimiter(provider.options.rate, SAVED_S)
            for name, provider in connections.items()
            if provider.options.rate is not None
        }

    def check(self, provider: Provider, request: InboundRequest) -> None:
        """Checks that the body of the request may be read.

        Raises:
            RejectedDelivery: its connection takes no more now, or its content type is another one
                than the sender's.
        """
        self._check_rate(provider.connection)
        self.check_content(provider, request)

    def check_content(self, provider: Provider, request: InboundRequest) -> None:
        """Checks that the content type of a request is one of its sender's.

        Raises:
            RejectedDelivery: it is another one.
        """
        given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not given or _is_one_of(given, provider.content_types) or provider.observes:
            return
        if request.method in _WITH_BODY and request.headers.get("content-length") != "0":
            raise RejectedDelivery(
                CONTENT_TYPE(
                    provider=provider.title or provider.name,
                    type=given[:_MOST_OF_A_TYPE],
                    types=sorted(provider.content_types),
                ),
                status=415,
            )

    def _check_rate(self, connection: str) -> None:
        rate_limiter = self._rate_limiters.get(connection)
        if rate_limiter is None:
            return
        now_s = self._clock.monotonic()
        wait_s = rate_limiter.wait_s(now_s)
        if wait_s > 0:
            raise RejectedDelivery(RATE(), status=429, retry_after_s=wait_s)
        rate_limiter.take(now_s)


def _is_one_of(content_type: str, known: frozenset[str]) -> bool:
    """Whether it is one of the content types, or ends in a suffix that stands for many."""
    if not known or content_type in known:
        return True
    return content_type[content_type.rfind("+") :] in known
