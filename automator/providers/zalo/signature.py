"""Zalo's signature: the plain SHA-256 of app id, body, timestamp and secret written together.

It is no HMAC. The app id is the connection's, never just the body's: otherwise a part of the app id
could be taken for a part of the body.
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

from automator.http.json_body import parse_json
from automator.http.types import InboundRequest
from automator.model import RejectedDelivery, UnparsableDelivery
from automator.providers.shared.reading import as_dict
from automator.providers.zalo.options import ZaloOptions
from automator.providers.zalo.webhook_event import MAX_TIME_DIGITS, timestamp_text
from automator.reasons import ReasonKind
from automator.reasons.deliveries import BAD_SIGNATURE, NO_SIGNED_TIME
from automator.reasons.secrets import ZALO_SECRET

logger = logging.getLogger(__name__)

SIGNATURE = "x-zevent-signature"
#: The time of an event, or of a part of it, as a text or a number.
_TIME = re.compile(rb'"time[sS]tamp"\s*:\s*"?([0-9]{1,%d})["\s,}]' % MAX_TIME_DIGITS)
_MAX_TIMES = 16
_MAC = re.compile(r"mac\s*=\s*([0-9a-f]{64})")


class ZaloSignature:
    """The values with which one connection is signed: an app or account id, and one of its
    secrets.
    """

    def __init__(self, connection: str, options: ZaloOptions) -> None:
        secrets = [*options.oa_secret, *([options.app_secret] if options.app_secret else [])]
        self._connection = connection
        #: Label, prefix and suffix of the signed bytes: the documented combination comes first.
        self._ends = [
            (f"{first}_id with {secret.source}", number.encode(), secret.reveal().encode())
            for first, number in (("app", options.app_id), ("oa", options.oa_id))
            for secret in secrets
            # A secret that was not resolved on purpose is empty.
            if secret.reveal()
        ]
        self._seen_ends: set[str] = set()
        self._signs_with = (options.app_id.encode(), options.oa_secret[0].reveal().encode())

    def verify(self, request: InboundRequest) -> dict[str, Any]:
        """Checks a delivery over its raw bytes and the time that they name; returns its event.

        The signed time stands in the body, which nobody has verified yet. So each of the first few
        times in the bytes is tried, and the body is read only when one of them fits.

        Raises:
            RejectedDelivery: the header is missing, doubled, malformed or does not match.
        """
        given = _MAC.fullmatch(request.single_header(SIGNATURE))
        times = _times_in(request.body)
        signed = self._signed_time(request.body, times, given[1].encode()) if given else None
        if signed is None:
            raise _refusal(BAD_SIGNATURE if times else NO_SIGNED_TIME)
        try:
            item = as_dict(request.json())
        except UnparsableDelivery:
            item = {}
        if timestamp_text(item) != signed:
            raise _refusal(BAD_SIGNATURE)
        return item

    def sign(self, body: bytes) -> Mapping[str, str]:
        """The header with which Zalo would send `body`."""
        try:
            item = as_dict(parse_json(body))
        except UnparsableDelivery:
            item = {}
        # The secret is empty where secrets were not read: then nobody checks the signature.
        first, secret = self._signs_with
        signed = first + body + (timestamp_text(item) or "").encode() + secret
        return {SIGNATURE: f"mac={hashlib.sha256(signed).hexdigest()}"}

    def _signed_time(self, body: bytes, times: Sequence[bytes], claimed: bytes) -> str | None:
        """The one of `times` with which the body was signed; None where none of them fits.

        The body is hashed once for each app or account id, however many times are tried.
        """
        begun = {first: hashlib.sha256(first + body) for _, first, _ in self._ends}
        for label, first, secret in self._ends:
            for time in times:
                digest = begun[first].copy()
                digest.update(time + secret)
                if hmac.compare_digest(digest.hexdigest().encode(), claimed):
                    if label not in self._seen_ends:
                        self._seen_ends.add(label)
                        logger.info("zalo.signed connection=%s by=%s", self._connection, label)
                    return time.decode()
        return None


def _times_in(body: bytes) -> list[bytes]:
    """The first few values in the bytes that may be the time of the event."""
    found: dict[bytes, None] = {}
    for match in _TIME.finditer(body):
        found[match[1]] = None
        if len(found) >= _MAX_TIMES:
            break
    return list(found)


def _refusal(kind: ReasonKind) -> RejectedDelivery:
    return RejectedDelivery(kind(header="X-ZEvent-Signature", advice=ZALO_SECRET()))
