"""Meta's calls of the Data Deletion Request URL: a person wants an app to delete their data.

The call is a form with a `signed_request`, and its answer names a page on which the person
sees its progress: https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback

It names the person by an id that holds for the app. Events name people by ids that hold for a Page,
and Meta gives nobody a table of both, so that the person is not looked for here.
"""

import base64
import binascii
from collections.abc import Sequence

import orjson

from automator.http.signing import encoded_hmac, hmac_matches
from automator.http.types import Answer, InboundRequest
from automator.model import ParsedEvent, Reason, RejectedDelivery, UnparsableDelivery
from automator.plugins import DATA_DELETION, data_deletion_key
from automator.providers.shared.envelope import Envelope
from automator.providers.shared.forms import form_fields, is_form
from automator.providers.shared.reading import event_type
from automator.reasons.bodies import NOT_A_SIGNED_REQUEST
from automator.reasons.deliveries import BAD_SIGNATURE

_FIELD = "signed_request"
_BEGINNING = f"{_FIELD}=".encode()
#: Letters of the code by which the person and the shop name the request.
_CODE_LETTERS = 16
_TO_URL = bytes.maketrans(b"+/", b"-_")


def asks_to_delete(request: InboundRequest) -> bool:
    """Whether it is such a call."""
    return request.body.startswith(_BEGINNING) and is_form(request)


def verify_signed_request(keys: Sequence[bytes], request: InboundRequest, advice: Reason) -> None:
    """Checks the signature, which is a part of the form.

    Raises:
        RejectedDelivery: it fits none of the keys.
    """
    try:
        signature, payload = _parts(request)
    except UnparsableDelivery:
        signature, payload = "", ""
    standard = signature.replace("-", "+").replace("_", "/")
    padded = standard + "=" * (-len(standard) % 4)
    if not hmac_matches(keys, payload.encode(), padded, encoding="base64"):
        raise RejectedDelivery(BAD_SIGNATURE(header=_FIELD, advice=advice))


def read_request(
    provider: str, connection: str, key: bytes, request: InboundRequest
) -> ParsedEvent:
    """The event of a call, which is about nobody who is known here.

    Raises:
        UnparsableDelivery: the form has no signed JSON.
    """
    payload = _parts(request)[1]
    try:
        data = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        data = None
    if not isinstance(data, dict):
        raise UnparsableDelivery(NOT_A_SIGNED_REQUEST())
    code = _code(key, payload)
    about = {"code": code, "page": _page(connection, code, request)}
    return Envelope.of(connection, request).event(
        event_type(provider, DATA_DELETION), data_deletion_key(code), data, data_deletion=about
    )


def answer_to(connection: str, key: bytes, request: InboundRequest) -> Answer | None:
    """The answer to a stored call: the page for the person, and the code of their request. None for
    a call that cannot be read.
    """
    try:
        code = _code(key, _parts(request)[1])
    except UnparsableDelivery:
        return None
    answer = {"url": _page(connection, code, request), "confirmation_code": code}
    return Answer(200, orjson.dumps(answer).decode(), "application/json")


def signed_body(key: bytes, body: bytes) -> bytes:
    """The form of a call with its signature, for the simulator; any other body as it is."""
    beginning = f"{_FIELD}=.".encode()
    if not body.startswith(beginning):
        return body
    payload = body.removeprefix(beginning)
    signature = encoded_hmac(key, payload, encoding="base64").translate(_TO_URL).rstrip(b"=")
    return f"{_FIELD}={signature.decode()}.{payload.decode()}".encode()


def _parts(request: InboundRequest) -> tuple[str, str]:
    signature, _, payload = form_fields(request.body).get(_FIELD, "").partition(".")
    if not payload.isascii():
        raise UnparsableDelivery(NOT_A_SIGNED_REQUEST())
    return signature, payload


def _page(connection: str, code: str, request: InboundRequest) -> str:
    return f"https://{request.headers.get('host', 'localhost')}/erasures/{connection}/{code}"


def _code(key: bytes, payload: str) -> str:
    """The code of a request: the same for the same one, and nobody else can guess it."""
    return encoded_hmac(key, b"data deletion " + payload.encode()).decode()[:_CODE_LETTERS]
