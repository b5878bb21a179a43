"""HTTP types: incoming requests, their answers, and the interface for outgoing requests."""

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from automator.http.json_body import MAX_ELEMENTS, Document, parse_document
from automator.model import Delivery, RejectedDelivery, UnparsableDelivery, record
from automator.reasons.bodies import not_json, recoded_too_large
from automator.reasons.deliveries import doubled, missing_signature

#: The method that sends an e-mail.
MAIL = "MAIL"
#: Character sets that a sender may declare. UTF-16 needs no name: its first two bytes show it.
KNOWN_CHARSETS = frozenset(
    {
        "utf-8",
        "us-ascii",
        *(f"iso-8859-{number}" for number in (*range(1, 12), *range(13, 17))),
        *(f"windows-{number}" for number in range(1250, 1259)),
        "koi8-r",
        "euc-jp",
        "shift_jis",
        "euc-kr",
        "gb2312",
        "gbk",
        "gb18030",
        "big5",
    }
)
#: How many bytes of a body in another character set than UTF-8 are read.
MAX_RECODED_BYTES = 1_048_576
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    # JSON, forms and XML begin with a letter or a sign of ASCII.
    (b"\0", "utf-16-be"),
)
_OF_SINGLE_BYTES = ("us-ascii", "iso-8859-", "windows-125")
#: The name under which a request keeps its path among its headers. No client can send a header of
#: this name, which HTTP/2 uses for the same.
PATH = ":path"
_CHARSET_OF_TYPE = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})", re.IGNORECASE)


@dataclass(slots=True)
class InboundRequest:
    """A request as it arrived, with lower-case header names; `raw_headers` keeps repetitions."""

    method: str
    query: str
    raw_headers: tuple[tuple[str, str], ...]
    body: bytes
    received_at: int
    remote: str = ""
    #: Already parsed JSON: the body, or a part of it such as a field of a form.
    documents: dict[bytes, Document] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    #: Header values by name; the last value of a repeated header.
    headers: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self.headers = dict(self.raw_headers)

    def receive(self, body: bytes, at_ms: int) -> None:
        """Sets the body, which arrives after the headers have been checked, and its time."""
        self.body, self.received_at = body, at_ms

    def json(self, part: bytes | None = None, *, max_elements: int = MAX_ELEMENTS) -> Any:
        """Returns the JSON value of the body, or of a part of it, which is parsed only once.

        Raises:
            UnparsableDelivery: see `parse_document`.
        """
        text = self.body if part is None else part
        document = self.documents.get(text)
        if document is None:
            parsed = self._utf8() if part is None else part
            document = self.documents[text] = parse_document(parsed, max_elements)
        return document.value

    @property
    def path(self) -> str:
        """Returns what follows the name of the connection in the address; "" if nothing does."""
        return self.headers.get(PATH, "")

    @property
    def media_type(self) -> str:
        """Returns the content type in small letters and without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """Returns the character set of the body; see `charset_of`."""
        return charset_of(self.body, self.headers.get("content-type", ""))

    def _utf8(self) -> bytes:
        charset = self.charset
        if charset == "utf-8":
            return self.body
        try:
            return decoded(self.body, charset).encode()
        except UnicodeDecodeError as error:
            raise UnparsableDelivery(not_json(error=str(error))) from error

    @property
    def repeated_keys(self) -> tuple[str, ...]:
        """Returns the keys that occurred more than once in one object of the parsed JSON."""
        names = [name for item in self.documents.values() for name in item.repeated_keys]
        return tuple(dict.fromkeys(names)) if names else ()

    def single_header(self, name: str) -> str:
        """Returns the value of a header that must occur exactly once.

        Raises:
            RejectedDelivery: it is missing, empty or doubled.
        """
        if len(self.headers) < len(self.raw_headers):
            count = [key for key, _ in self.raw_headers].count(name)
            if count > 1:
                raise RejectedDelivery(doubled(header=name, count=count))
        value = self.headers.get(name, "").strip()
        if not value:
            raise RejectedDelivery(missing_signature(header=name))
        return value


def charset_of(body: bytes, content_type: str, declared: str = "") -> str:
    """Finds the character set of a body: by its first bytes, else by the content type, else by
    `declared`, the body's own declaration. Returns UTF-8 if these name none of KNOWN_CHARSETS, or
    if they name a single-byte set for valid UTF-8: some HTTP clients always name ISO-8859-1, and
    text in such a set is hardly ever valid UTF-8.
    """
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return charset
    if body[1:2] == b"\0":
        return "utf-16-le"
    given = _CHARSET_OF_TYPE.search(content_type)
    for name in (given[1].lower() if given else "", declared.lower()):
        if name in KNOWN_CHARSETS:
            return "utf-8" if name.startswith(_OF_SINGLE_BYTES) and _is_utf8(body) else name
    return "utf-8"


def _is_utf8(body: bytes) -> bool:
    """Whether a body has letters beyond ASCII and is valid UTF-8."""
    try:
        return not body.isascii() and bool(body.decode())
    except UnicodeDecodeError:
        return False


def decoded(body: bytes, charset: str) -> str:
    """Decodes a body in a character set from `charset_of`.

    Raises:
        UnicodeDecodeError: it is not text in this character set.
        UnparsableDelivery: it is not in UTF-8, and larger than MAX_RECODED_BYTES.
    """
    if charset != "utf-8" and len(body) > MAX_RECODED_BYTES:
        raise UnparsableDelivery(recoded_too_large(limit=MAX_RECODED_BYTES // 1024))
    return body.decode(charset)


def request_of(delivery: Delivery) -> InboundRequest:
    """Returns the request of a stored delivery, with the time at which it was received."""
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
    """An HTTP answer that a provider writes itself, for example to a handshake."""

    status: int
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    #: Further headers, as (name, value).
    headers: tuple[tuple[str, str], ...] = ()


@record(kw_only=False)
class HttpReply:
    """The answer to a request that this server has sent, with at most 64 KiB of its body."""

    status: int
    headers: Mapping[str, str]  #: Lower-case names.
    body: bytes
    #: Whether nothing was sent, and nobody has assumed an answer.
    is_unknown: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the status is from 200 to 299."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """Returns the body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Returns the body as JSON, or None if it is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


@record(kw_only=False)
class QuotaReport:
    """The used part of an account's quota, as the provider reports it in an answer."""

    #: Percent of the quota that are used; at 100 the provider accepts no more requests.
    percent: int
    #: Seconds until requests are accepted again; 0 = unknown.
    regain_s: float = 0.0


#: Reads the quota from the headers of an answer; returns None if they have none.
ReadQuota = Callable[[Mapping[str, str]], QuotaReport | None]


class Http(Protocol):
    """The only way to send requests. Every exchange is recorded with its attempt, redacted."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
        target: str = "",
    ) -> HttpReply:
        """Sends one request and reads the answer; redirects are not followed.

        `target`: the target of automator.yaml in whose name it is sent, with its certificates.

        With the method MAIL, the address is `smtp://host:port` or `smtps://host:port` and the body
        an e-mail; the headers `mail-from` and `mail-to` name the mailboxes, several receivers
        separated by commas; `authorization` is the login, as Basic.

        Raises:
            RetryableError: there was no connection; nothing was sent.
            UnknownOutcome: the request was sent, and no whole answer came back.
            PermanentError: the address is refused, or a header cannot be sent.
        """
        ...
