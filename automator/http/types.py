"""HTTP types: requests from outside, their answers, and the interface for requests to the
outside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from automator.http.json_body import MAX_ELEMENTS, Document, parse_document
from automator.model import Delivery, RejectedDelivery, record
from automator.reasons.deliveries import DOUBLED, MISSING_SIGNATURE

#: The method that sends an e-mail.
MAIL = "MAIL"


@dataclass(slots=True)
class InboundRequest:
    """A request as it arrived, with lower-case names of headers; the raw pairs keep doubles."""

    method: str
    query: str
    raw_headers: tuple[tuple[str, str], ...]
    body: bytes
    received_at: int
    remote: str = ""
    #: JSON that was parsed already: the body, or a part of it such as a field of a form.
    documents: dict[bytes, Document] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    #: Header values by name; of doubled headers the last one.
    headers: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.headers = dict(self.raw_headers)

    def receive(self, body: bytes, at_ms: int) -> None:
        """Sets the body, which arrives after the headers have been checked."""
        self.body, self.received_at = body, at_ms

    def json(self, part: bytes | None = None, *, max_elements: int = MAX_ELEMENTS) -> Any:
        """The JSON value of the body, or of a part of it. It is parsed once.

        Raises:
            UnparsableDelivery: see `parse_document`.
        """
        text = self.body if part is None else part
        document = self.documents.get(text)
        if document is None:
            document = self.documents[text] = parse_document(text, max_elements)
        return document.value

    @property
    def repeated_keys(self) -> tuple[str, ...]:
        """Keys that occurred more than once in one object of the parsed JSON."""
        names = [name for item in self.documents.values() for name in item.repeated_keys]
        return tuple(dict.fromkeys(names)) if names else ()

    def single_header(self, name: str) -> str:
        """The one value of a header that must occur exactly once.

        Raises:
            RejectedDelivery: it is missing, empty or doubled.
        """
        if len(self.headers) < len(self.raw_headers):
            count = [key for key, _ in self.raw_headers].count(name)
            if count > 1:
                raise RejectedDelivery(DOUBLED(header=name, count=count))
        value = self.headers.get(name, "").strip()
        if not value:
            raise RejectedDelivery(MISSING_SIGNATURE(header=name))
        return value


def request_of(delivery: Delivery) -> InboundRequest:
    """The request of a stored delivery, with the time at which it was received."""
    return InboundRequest(
        method=delivery.method,
        query=delivery.query,
        raw_headers=delivery.headers,
        body=delivery.body,
        received_at=delivery.received_at,
        remote=delivery.remote,
    )


@record(kw_only=False)
class Answer:
    """An HTTP answer that a provider asks for itself, as in a handshake."""

    status: int
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    #: Further headers, as (name, value).
    headers: tuple[tuple[str, str], ...] = ()


@record(kw_only=False)
class HttpReply:
    """The answer of the other side, with at most 64 KiB of its body."""

    status: int
    headers: Mapping[str, str]  #: Lower-case names.
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is from 200 to 299."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON, or None when it is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


@record(kw_only=False)
class QuotaReport:
    """The share of its quota that an account has used, as an answer of the provider says."""

    #: 100 = no more requests are accepted.
    percent: int
    #: Seconds until requests are accepted again; 0 = unknown.
    regain_s: float = 0.0


#: Reads the quota from the headers of an answer; None when they do not name it.
ReadQuota = Callable[[Mapping[str, str]], QuotaReport | None]


class Http(Protocol):
    """The only way to the outside. Every exchange is recorded with its attempt, redacted."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
    ) -> HttpReply:
        """Sends one request and reads the answer; redirects are not followed.

        With the method MAIL the address is `smtp://host:port` or `smtps://host:port`, the body an
        e-mail, and the headers `mail-from` and `mail-to` name the mailboxes, the latter with
        commas; `authorization` is the login, as Basic.

        Raises:
            RetryableError: no connection came about; nothing was sent.
            UnknownOutcome: the request went out, no whole answer came back.
            PermanentError: the address is refused, or a header cannot be sent.
        """
        ...
