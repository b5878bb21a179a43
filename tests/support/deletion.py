"""A request to delete somebody's data, as Meta posts it to the address of a connection."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from automator.http.signing import encoded_hmac
from automator.plugins import Provider

FORM: Mapping[str, str] = {"content-type": "application/x-www-form-urlencoded"}
PERSON: Mapping[str, Any] = {"algorithm": "HMAC-SHA256", "user_id": "218471"}


def deletion_form(secret: str, payload: str | None = None) -> bytes:
    """The form, signed with the secret of an app; `payload` replaces the signed text."""
    said = _url_base64(json.dumps(PERSON).encode()) if payload is None else payload
    digest = base64.b64decode(encoded_hmac(secret.encode(), said.encode(), encoding="base64"))
    return f"signed_request={_url_base64(digest)}.{said}".encode()


def secret_of(provider: Provider) -> str:
    """The secret of the app of a connection to Meta."""
    return str(dict(provider.options)["app_secret"][0].reveal())


def _url_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
