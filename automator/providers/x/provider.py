"""X: what happens to accounts, through the Account Activity API and the X Activity API.

https://docs.x.com/x-api/webhooks/introduction
"""

import re
from collections.abc import Sequence

import orjson
from pydantic import Field

from automator.http.signing import encoded_hmac
from automator.http.types import Answer, InboundRequest
from automator.model import N_, ParsedEvent
from automator.plugins import JSON_TYPES, VerifiedOptions
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.handshakes import bad_handshake, query_once
from automator.providers.shared.hmac_scheme import HmacScheme
from automator.providers.shared.options import SigningSecrets
from automator.providers.shared.reading import json_object
from automator.providers.shared.signed import SignedProvider
from automator.providers.x.activity import read_activity
from automator.providers.x.envelope import is_envelope, read_envelope
from automator.reasons.deliveries import BAD_CHALLENGE
from automator.reasons.secrets import X_SECRET

_PREFIX = "sha256="
#: The check is signed as a delivery is. A token of these signs alone is never a JSON object, so
#: nobody can have a delivery signed by asking.
_CRC_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=-]{1,256}")


class XOptions(VerifiedOptions):
    """The options of an X connection."""

    consumer_secret: SigningSecrets = Field(
        description=N_(
            "The app's API Key Secret (consumer secret), under Keys and tokens; a list"
            " while it is regenerated. The first one answers X's checks."
        )
    )


class XProvider(SignedProvider):
    """The webhook of one X app."""

    name = "x"
    title = "X"
    options_model = XOptions
    content_types = JSON_TYPES
    scheme = HmacScheme(
        header="x-twitter-webhooks-signature",
        prefix=_PREFIX,
        encoding="base64",
        advice=X_SECRET(),
    )
    secret_option = "consumer_secret"  # noqa: S105 - the name of an option.
    options: XOptions

    def handshake(self, request: InboundRequest) -> Answer | None:
        """Answers the challenge-response check, which X makes when it likes.

        Raises:
            RejectedDelivery: the token could be more than a token, or occurs twice.
        """
        if request.method != "GET" or "crc_token" not in request.query:
            return None
        token = query_once(request).get("crc_token", "")
        if not _CRC_TOKEN.fullmatch(token):
            raise bad_handshake(BAD_CHALLENGE(name="crc_token", most=256))
        digest = encoded_hmac(self._keys[0], token.encode(), encoding="base64").decode()
        body = orjson.dumps({"response_token": _PREFIX + digest}).decode()
        return Answer(200, body, "application/json")

    def parse(self, request: InboundRequest) -> Sequence[ParsedEvent]:
        """Reads every activity of a delivery."""
        body = json_object(request)
        read = read_envelope if is_envelope(body) else read_activity
        return read(Envelope.of(self.connection, request), body)
