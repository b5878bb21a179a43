"""The base class of providers whose senders sign in a header, or send a secret in one.

`HmacScheme` verifies a signature by a description of the scheme of a sender.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, Literal

from automator.clock import iso_time
from automator.http.json_body import dump_json
from automator.http.signing import (
    MAX_SIGNATURES,
    TOLERANCE_S,
    Algorithm,
    Encoding,
    encoded_hmac,
    equals_any,
    hmac_matches,
    is_recent,
    parse_timestamp,
)
from automator.http.types import InboundRequest
from automator.model import Reason, RejectedDelivery, UnparsableDelivery, record, whole_number
from automator.plugins import JSON_TYPES, ConnectionOptions, Provider
from automator.providers.shared.bodies import MAX_UNPROVED_BYTES, body_kind, read_form
from automator.providers.shared.options import secret_bytes
from automator.providers.shared.payloads import as_dict, as_time, query_values
from automator.reasons import ReasonKind, deliveries

#: Times from this number on are in milliseconds (September 2001); smaller ones are in seconds.
_FIRST_MILLISECOND = 1_000_000_000_000
_MAX_ISO_LENGTH = 40
#: How surrogates are encoded, which a JSON text may have alone.
_ANY = "surrogatepass"
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
#: What a sender may sign besides its body: see `HmacScheme.signed`.
SIGNABLE = re.compile(
    r"body|timestamp|id|url|method|headers\.[a-z0-9_-]{1,64}|query\.[\w.-]{1,64}"
    r"|body(?:\.[\w@#-]{1,64})+"
)
#: A header with more than a signature: see `HmacScheme.form`.
_ITEM = r"[\w.-]{1,20}[=:,]\{(?:signature|timestamp|id)\}"
FORM = re.compile(rf"{_ITEM}(?:([,; ]) ?{_ITEM}(?:\1 ?{_ITEM})?)?")


@record
class HmacScheme:
    """The signature scheme of one kind of sender.

    `signed` composes the signed bytes: `{body}` is the body; `{timestamp}` and `{id}` are the time
    and the id that the sender sends along; `{headers.NAME}`, `{query.NAME}` and `{body.PATH}` are
    values of the request, empty if it lacks them, except for a header; `{url}` is the address that
    the sender calls, with its query, and `{method}` the method.
    """

    header: str = ""
    #: The path of the signature in the body, in place of a header.
    field: str = ""
    #: The header's spelling for people; "" if it is as in `header`.
    shown: str = ""
    #: The advice for the operator if no key matches.
    advice: Reason
    prefix: str = ""
    #: The form of a header that has more than one signature, or more than signatures, as in
    #: `t={timestamp},v1={signature}`; "" = the signature behind `prefix`.
    form: str = ""
    algorithm: Algorithm = "sha256"
    encoding: Encoding = "hex"
    signed: str = "{body}"
    id_header: str = ""
    timestamp_header: str = ""
    #: Whether the time is a number of seconds, in ISO 8601, or either, also in milliseconds.
    timestamp_form: Literal["any", "seconds", "iso"] = "any"
    tolerance_s: float = TOLERANCE_S
    #: The address that the sender calls, as it writes it, without a query.
    url: str = ""

    def verify(self, keys: Sequence[bytes], request: InboundRequest) -> None:
        """Checks a request against every key.

        Raises:
            RejectedDelivery: a header is missing, doubled, malformed or stale, or the signature is
                wrong.
        """
        data = self._data(request)
        if self.field:
            given = _value_at(data, self.field).decode("utf-8", "replace")
            if not given:
                raise RejectedDelivery(deliveries.missing_field(field=self.field))
        else:
            given = request.single_header(self.header)
        message_id = request.single_header(self.id_header) if self.id_header else ""
        timestamp = ""
        if self.timestamp_header:
            timestamp = request.single_header(self.timestamp_header)
            at_ms = request.received_at
            self._check_time(
                timestamp, at_ms, deliveries.stale_header, header=self.timestamp_header
            )
        if self.form:
            signatures, own_time, own_id = self._read(given)
            message_id = own_id or message_id
            if own_time:
                timestamp = own_time
                self._check_time(timestamp, request.received_at, deliveries.stale)
        else:
            signatures = [given[len(self.prefix) :]] if given.startswith(self.prefix) else []
        message = self._signed_bytes(request, data, message_id, timestamp)
        algorithm, encoding = self.algorithm, self.encoding
        for text in signatures:
            if hmac_matches(keys, message, text, algorithm=algorithm, encoding=encoding):
                return
        kind = deliveries.no_signature_matches if self.form else deliveries.bad_signature
        raise RejectedDelivery(kind(header=self.place, advice=self.advice))

    @property
    def place(self) -> str:
        """Returns the name of the header or of the field that has the signature, for people."""
        return self.shown or self.header or self.field

    def sign(self, key: bytes, body: bytes, *, now_ms: int, message_id: str) -> Mapping[str, str]:
        """Returns the headers with which such a sender would send `body`."""
        timestamp = iso_time(now_ms) if self.timestamp_form == "iso" else str(now_ms // 1000)
        headers = dict.fromkeys(self._signed_names("headers."), message_id)
        if self.id_header:
            headers[self.id_header] = message_id
        if self.timestamp_header:
            headers[self.timestamp_header] = timestamp
        query = self.sign_query(message_id)
        request = InboundRequest("POST", query, tuple(headers.items()), body, now_ms)
        if self.field:
            return headers
        digest = self._digest(key, request, message_id, timestamp)
        values = {"signature": digest, "timestamp": timestamp, "id": message_id}
        written = PLACEHOLDER.sub(lambda found: values[found[1]], self.form)
        return {self.header: written or self.prefix + digest, **headers}

    def signed_body(self, key: bytes, body: bytes) -> bytes:
        """Returns the body with its signature in it, if such a sender writes it there; a body that
        is no JSON object unchanged.
        """
        *path, last = self.field.split(".")
        request = InboundRequest("POST", "", (), body, 0)
        value = inner = request.json() if last and body.startswith(b"{") else None
        for name in path:
            inner = as_dict(inner).get(name)
        if not isinstance(inner, dict):
            return body
        inner[last] = self.prefix + self._digest(key, request, "", "")
        return dump_json(value)

    def _digest(self, key: bytes, request: InboundRequest, message_id: str, timestamp: str) -> str:
        message = self._signed_bytes(request, self._data(request), message_id, timestamp)
        return encoded_hmac(key, message, self.algorithm, self.encoding).decode()

    def sign_query(self, message_id: str) -> str:
        """Returns the query with which such a sender would send something."""
        return "&".join(f"{name}={message_id}" for name in self._signed_names("query."))

    def _signed_names(self, start: str) -> list[str]:
        names = _pieces(self.signed)[1::2]
        return [name.removeprefix(start) for name in names if name.startswith(start)]

    def _read(self, given: str) -> tuple[list[str], str, str]:
        """The signatures in a header of the form, its time and its id; other items are ignored.

        Raises:
            RejectedDelivery: it has no time or several, no signature or too many.
        """
        separator, names = _items(self.form)
        found: dict[str, list[str]] = {name: [] for name in names.values()}
        items = given.split(separator, MAX_SIGNATURES * 4)
        for item in map(str.strip, items):
            for start, name in names.items():
                if item.startswith(start):
                    found[name].append(item[len(start) :])
        signatures = found.pop("signature")
        if len(signatures) > MAX_SIGNATURES or len(items) > MAX_SIGNATURES * 4:
            raise RejectedDelivery(deliveries.too_many_signatures(limit=MAX_SIGNATURES))
        if not signatures or any(len(values) != 1 or not values[0] for values in found.values()):
            form = PLACEHOLDER.sub("…", self.form)
            raise RejectedDelivery(deliveries.malformed_signature(header=self.place, form=form))
        return signatures, found.get("timestamp", [""])[0], found.get("id", [""])[0]

    def _check_time(
        self, timestamp: str, now_ms: int, kind: ReasonKind[...], **values: str
    ) -> None:
        is_text = len(timestamp) <= _MAX_ISO_LENGTH and "-" in timestamp[1:]
        if self.timestamp_form == "iso" or (self.timestamp_form == "any" and is_text):
            milliseconds = as_time(timestamp) if is_text else None
            seconds = milliseconds // 1000 if milliseconds is not None else None
        else:
            seconds = parse_timestamp(timestamp)
            if seconds and seconds >= _FIRST_MILLISECOND and self.timestamp_form == "any":
                seconds //= 1000
        require_recent(seconds, now_ms, self.tolerance_s, kind, **values)

    def _data(self, request: InboundRequest) -> Any:
        """The value of the body, JSON or a form, if the signature or signed values are in it.

        It is read before anything is proved, so it may not be large, and XML takes too long.

        Raises:
            RejectedDelivery: the body cannot be read, or is too large.
        """
        if not self.field and "{body." not in self.signed:
            return None
        if len(request.body) > MAX_UNPROVED_BYTES:
            raise RejectedDelivery(
                deliveries.form_too_large(limit=MAX_UNPROVED_BYTES // 1024), status=413
            )
        try:
            is_form = body_kind(request) == "form"
            return read_form(request.body, request.charset) if is_form else request.json()
        except UnparsableDelivery as error:
            reason = deliveries.unreadable_body(header=self.place, problem=error.reason)
            raise RejectedDelivery(reason) from error

    def _signed_bytes(
        self, request: InboundRequest, data: Any, message_id: str, timestamp: str
    ) -> bytes:
        if self.signed == "{body}":
            return request.body
        # An inserted value is never searched for placeholders.
        return b"".join(
            self._value_of(piece, request, data, message_id, timestamp)
            if index % 2
            else piece.encode("utf-8", _ANY)
            for index, piece in enumerate(_pieces(self.signed))
        )

    def _value_of(
        self, name: str, request: InboundRequest, data: Any, message_id: str, timestamp: str
    ) -> bytes:
        """The signed bytes of one placeholder; `data` is the value of the body.

        Raises:
            RejectedDelivery: a signed header is missing or doubled.
        """
        if name == "body":
            return request.body
        if name in ("timestamp", "id"):
            return (timestamp if name == "timestamp" else message_id).encode("utf-8", _ANY)
        root, _, rest = name.partition(".")
        if root == "body":
            return _value_at(data, rest)
        if root == "query":
            return query_values(request.query).get(rest, "").encode("utf-8", _ANY)
        if root == "url":
            path, query = request.path and f"/{request.path}", request.query and f"?{request.query}"
            text = f"{self.url}{path}{query}"
        else:
            text = request.method if root == "method" else request.single_header(rest)
        # Heads are read as Latin-1: this gives the bytes that were sent.
        return text.encode("latin-1", "replace")


def _value_at(value: Any, path: str) -> bytes:
    """The value at a path of a body as it is signed: a text, or else JSON; nothing for null."""
    for name in path.split("."):
        if isinstance(value, list):
            index = whole_number(name, len(value) - 1) if value else None
            value = None if index is None else value[index]
        else:
            value = as_dict(value).get(name)
    if value is None:
        return b""
    return value.encode("utf-8", _ANY) if isinstance(value, str) else dump_json(value)


@lru_cache(maxsize=256)
def _pieces(text: str) -> tuple[str, ...]:
    """The literal texts and the placeholders of a text, in turns."""
    return tuple(PLACEHOLDER.split(text))


@lru_cache(maxsize=256)
def _items(form: str) -> tuple[str, Mapping[str, str]]:
    """The separator of the items of a header, and the placeholder behind each beginning."""
    pieces = _pieces(form)
    separator = pieces[2][:1] or " "
    begun = zip(pieces[::2], pieces[1::2], strict=False)
    return separator, {text.removeprefix(separator).lstrip(): name for text, name in begun}


def require_recent(
    seconds: int | None,
    now_ms: int,
    tolerance_s: float | None = None,
    kind: ReasonKind[...] = deliveries.stale,
    **values: str,
) -> None:
    """Checks a signed time, in seconds since 1970; `seconds` is None if it cannot be read.

    `kind` and `values` make the reason of the refusal.

    Raises:
        RejectedDelivery: the time differs by more than `tolerance_s` (5 minutes) from the server's.
    """
    allowed_s = tolerance_s or TOLERANCE_S
    if seconds is None or not is_recent(seconds, now_ms, allowed_s):
        raise RejectedDelivery(kind(**values, allowed=round(allowed_s * 1000)))


@record
class SecretHeader:
    """The header in which a kind of sender sends the secret."""

    header: str
    #: The reason for refusing a wrong secret.
    wrong: Reason

    def verify(self, keys: Sequence[bytes], request: InboundRequest) -> None:
        """Compares the header with every key, in constant time.

        Raises:
            RejectedDelivery: it is missing, doubled or wrong.
        """
        if not equals_any(keys, request.single_header(self.header)):
            raise RejectedDelivery(self.wrong)

    def sign(self, key: bytes, body: bytes, *, now_ms: int, message_id: str) -> Mapping[str, str]:  # noqa: ARG002 - as in HmacScheme.
        """Returns the header as such a sender would send it."""
        return {self.header: key.decode()}


class SignedProvider(Provider):
    """A provider that verifies and signs by its `scheme`, with the secrets of one option.

    A provider with another scheme overrides `verify` and `sign`, and uses the same keys.
    """

    scheme: ClassVar[HmacScheme | SecretHeader]
    content_types: ClassVar[frozenset[str]] = JSON_TYPES
    #: The option that holds the secrets; the first secret signs.
    secret_option: ClassVar[str] = "secret"  # noqa: S105 - the name of an option.
    #: How the key is written in a secret.
    key_written: ClassVar[Literal["text", "hex", "base64"]] = "text"
    #: Headers that every delivery has, signed or not.
    required_headers: ClassVar[tuple[str, ...]] = ()
    #: Headers that the simulator adds to the proof, as the sender does.
    sent_headers: ClassVar[Mapping[str, str]] = {"content-type": "application/json"}

    def __init__(self, connection: str, options: ConnectionOptions) -> None:
        super().__init__(connection, options)
        self._keys = secret_bytes(getattr(options, self.secret_option), self.key_written)

    def verify(self, request: InboundRequest) -> Reason | None:
        """Verifies the raw bytes by the scheme."""
        for name in self.required_headers:
            request.single_header(name)
        self.scheme.verify(self._keys, request)
        return None

    def sign(self, body: bytes, *, now_ms: int, delivery_key: str) -> Mapping[str, str]:
        """Returns the headers with which the sender would send `body`."""
        proof = self.scheme.sign(self._keys[0], body, now_ms=now_ms, message_id=delivery_key)
        return {**self.sent_headers, **proof}
