"""Meta's data deletion callback: a person wants an app to delete their data.

The call is a form with a `signed_request`, and the answer names a page on which the person can
follow the deletion:
https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
The call has the person's id for the app, but events have ids for a Page. Meta offers no way from
one to the other, so this server cannot find the person.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Self

import orjson
from pydantic import PrivateAttr

from automator.http.signing import encoded_hmac, hmac_matches
from automator.http.types import Answer, InboundRequest
from automator.model import ParsedEvent, Reason, RejectedDelivery, UnparsableDelivery
from automator.plugins import DATA_DELETION, Provider, VerifiedOptions, data_deletion_key
from automator.plugins.data_deletion import CODE_LETTERS, data_deletion_page
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.forms import form_fields, is_form
from automator.providers.shared.payloads import event_type
from automator.reasons.bodies import not_a_signed_request
from automator.reasons.deliveries import bad_signature

_FIELD = "signed_request"
_BEGINNING = f"{_FIELD}=".encode()
_HOOKS = "/hooks/"
_TO_URL = bytes.maketrans(b"+/", b"-_")


class DeletionOptions(VerifiedOptions):
    """The options of a provider that answers the callback with the address of a page."""

    _public_url: str = PrivateAttr("")

    @property
    def public_url(self) -> str:
        """Returns the configured address of this server: a caller can write any Host header."""
        return self._public_url

    def reached_at(self, url: str) -> Self:
        """Returns these options with the address of the server whose hook is `url`."""
        reached = self.model_copy()
        reached._public_url = url.rpartition(_HOOKS)[0]
        return reached


def asks_to_delete(request: InboundRequest) -> bool:
    """Whether a request asks to delete a person's data."""
    return request.body.startswith(_BEGINNING) and is_form(request)


def verify_signed_request(keys: Sequence[bytes], request: InboundRequest, advice: Reason) -> None:
    """Checks the signature, which is a part of the form.

    Raises:
        RejectedDelivery: the signature fits none of the keys.
    """
    try:
        signature, payload = _parts(request)
    except UnparsableDelivery:
        signature, payload = "", ""
    standard = signature.replace("-", "+").replace("_", "/")
    padded = standard + "=" * (-len(standard) % 4)
    if not hmac_matches(keys, payload.encode(), padded, encoding="base64"):
        raise RejectedDelivery(bad_signature(header=_FIELD, advice=advice))


def read_request(
    provider: Provider, key: bytes, request: InboundRequest, public_url: str
) -> ParsedEvent:
    """Reads the event of a call; the event has no actor, because the person is unknown here.

    Raises:
        UnparsableDelivery: the form has no signed JSON.
    """
    payload = _parts(request)[1]
    try:
        data = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        data = None
    if not isinstance(data, dict):
        raise UnparsableDelivery(not_a_signed_request())
    code = _code(key, payload)
    about = {"code": code, "page": _page(public_url, provider.connection, code)}
    return Envelope.of(provider, request).event(
        event_type(provider.name, DATA_DELETION), data_deletion_key(code), data, data_deletion=about
    )


def answer_to(
    connection: str, key: bytes, request: InboundRequest, public_url: str
) -> Answer | None:
    """Returns the answer to a stored call: the page for the person, and the code of the request.
    None for a call that cannot be read.
    """
    try:
        code = _code(key, _parts(request)[1])
    except UnparsableDelivery:
        return None
    answer = {"url": _page(public_url, connection, code), "confirmation_code": code}
    return Answer(200, orjson.dumps(answer).decode(), "application/json")


def signed_body(key: bytes, body: bytes) -> bytes:
    """Returns the form of a call with its signature, for the simulator; other bodies unchanged."""
    beginning = f"{_FIELD}=.".encode()
    if not body.startswith(beginning):
        return body
    payload = body.removeprefix(beginning)
    signature = encoded_hmac(key, payload, encoding="base64").translate(_TO_URL).rstrip(b"=")
    return f"{_FIELD}={signature.decode()}.{payload.decode()}".encode()


def _parts(request: InboundRequest) -> tuple[str, str]:
    signature, _, payload = form_fields(request.body).get(_FIELD, "").partition(".")
    if not payload.isascii():
        raise UnparsableDelivery(not_a_signed_request())
    return signature, payload


def _page(public_url: str, connection: str, code: str) -> str:
    """Returns the address of the page; only its path without a `public_url`."""
    return public_url + data_deletion_page(connection, code)


def _code(key: bytes, payload: str) -> str:
    """Returns the code of a request, which is always the same and which nobody can guess."""
    return encoded_hmac(key, b"data deletion " + payload.encode()).decode()[:CODE_LETTERS]
