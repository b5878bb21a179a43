"""Sends requests with JSON to the APIs of providers, usually with a bearer token."""

from collections.abc import Mapping
from typing import Any

import orjson

from automator.http.types import Http, HttpReply
from automator.model import RetryableError, UnknownOutcome
from automator.reasons.attempts.platform import provider_down


async def send_json(
    http: Http,
    url: str,
    fields: Mapping[str, Any] | None,
    *,
    key: str = "",
    token: str = "",
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    repeatable_at: str = "",
) -> HttpReply:
    """Sends `fields` as JSON, with the bearer token `token` if there is one.

    `key` identifies the step: most APIs ignore it, but it shows in records of the request.
    `repeatable_at` names the platform if a repeated request has no second effect there.

    Raises:
        StepError: as Http.request; but no UnknownOutcome for a repeatable request.
    """
    sent = {"content-type": "application/json"}
    if token:
        sent["authorization"] = f"Bearer {token}"
    if key:
        sent["idempotency-key"] = key
    body = orjson.dumps(fields) if fields is not None else b""
    try:
        return await http.request(method, url, headers={**sent, **(headers or {})}, body=body)
    except UnknownOutcome as error:
        if not repeatable_at:
            raise
        reason = provider_down(platform=repeatable_at, told=error.reason)
        raise RetryableError(reason) from error
