"""An HMAC in a header, described by a table. Most senders differ only in the table's values."""

from collections.abc import Mapping, Sequence
from typing import Literal

from automator.clock import iso_time
from automator.http.signing import (
    TOLERANCE_S,
    Algorithm,
    Encoding,
    encoded_hmac,
    hmac_matches,
    is_recent,
    parse_timestamp,
)
from automator.http.types import InboundRequest
from automator.model import Reason, RejectedDelivery, record
from automator.providers.shared.payloads import as_time
from automator.reasons import ReasonKind
from automator.reasons.deliveries import bad_signature, stale, stale_header

#: Times from this number on are in milliseconds (September 2001); smaller ones are in seconds.
_FIRST_MILLISECOND = 1_000_000_000_000
_MAX_ISO_LENGTH = 40


@record
class HmacScheme:
    """The signature scheme of one kind of sender.

    `signed` composes the signed bytes from `{body}`, `{timestamp}` and `{id}`.
    """

    header: str
    #: The header's spelling for people; "" if it is as in `header`.
    shown: str = ""
    #: The advice for the operator if no key matches.
    advice: Reason
    prefix: str = ""
    algorithm: Algorithm = "sha256"
    encoding: Encoding = "hex"
    signed: str = "{body}"
    id_header: str = ""
    timestamp_header: str = ""
    #: Whether the time is in digits (seconds or milliseconds) or in ISO 8601.
    timestamp_form: Literal["digits", "iso"] = "digits"
    tolerance_s: float = TOLERANCE_S

    def verify(self, keys: Sequence[bytes], request: InboundRequest) -> None:
        """Checks a request against every key.

        Raises:
            RejectedDelivery: a header is missing, doubled or stale, or the signature is wrong.
        """
        given = request.single_header(self.header)
        message_id = request.single_header(self.id_header) if self.id_header else ""
        timestamp = ""
        if self.timestamp_header:
            timestamp = request.single_header(self.timestamp_header)
            self._check_time(timestamp, request.received_at)
        if not given.startswith(self.prefix) or not hmac_matches(
            keys,
            self._signed_bytes(request.body, message_id, timestamp),
            given[len(self.prefix) :],
            algorithm=self.algorithm,
            encoding=self.encoding,
        ):
            shown = self.shown or self.header
            raise RejectedDelivery(bad_signature(header=shown, advice=self.advice))

    def sign(self, key: bytes, body: bytes, *, now_ms: int, message_id: str) -> Mapping[str, str]:
        """Returns the headers with which such a sender would send `body`."""
        timestamp = iso_time(now_ms) if self.timestamp_form == "iso" else str(now_ms // 1000)
        message = self._signed_bytes(body, message_id, timestamp)
        digest = encoded_hmac(key, message, self.algorithm, self.encoding).decode()
        headers = {self.header: self.prefix + digest}
        if self.id_header:
            headers[self.id_header] = message_id
        if self.timestamp_header:
            headers[self.timestamp_header] = timestamp
        return headers

    def _check_time(self, timestamp: str, now_ms: int) -> None:
        if self.timestamp_form == "iso":
            is_text = len(timestamp) <= _MAX_ISO_LENGTH and "-" in timestamp[1:]
            milliseconds = as_time(timestamp) if is_text else None
            seconds = milliseconds // 1000 if milliseconds is not None else None
        else:
            seconds = parse_timestamp(timestamp)
            if seconds is not None and seconds >= _FIRST_MILLISECOND:
                seconds //= 1000
        require_recent(
            seconds, now_ms, self.tolerance_s, stale_header, header=self.timestamp_header
        )

    def _signed_bytes(self, body: bytes, message_id: str, timestamp: str) -> bytes:
        if self.signed == "{body}":
            return body
        before, _, after = self.signed.partition("{body}")
        return _filled(before, message_id, timestamp) + body + _filled(after, message_id, timestamp)


def require_recent(
    seconds: int | None,
    now_ms: int,
    tolerance_s: float | None = None,
    kind: ReasonKind[...] = stale,
    **values: str,
) -> None:
    """Checks a signed time, in seconds since 1970; None if it cannot be read.

    The refusal is of the given kind, with the values.

    Raises:
        RejectedDelivery: the time differs by more than `tolerance_s` (5 minutes) from the server's.
    """
    allowed_s = tolerance_s or TOLERANCE_S
    if seconds is None or not is_recent(seconds, now_ms, allowed_s):
        raise RejectedDelivery(kind(**values, allowed=round(allowed_s * 1000)))


def _filled(text: str, message_id: str, timestamp: str) -> bytes:
    # An inserted value is never searched for placeholders.
    parts = text.split("{id}")
    filled = message_id.join(part.replace("{timestamp}", timestamp) for part in parts)
    return filled.encode("utf-8", "surrogatepass")
