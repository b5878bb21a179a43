"""Requests to the APIs of providers: JSON, most often with a bearer token."""

from collections.abc import Mapping
from typing import Any

import orjson

from automator.http.types import Http, HttpReply


async def send_json(
    http: Http,
    url: str,
    fields: Mapping[str, Any] | None,
    *,
    key: str = "",
    token: str = "",
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
) -> HttpReply:
    """Sends `fields`, as the bearer of `token` if there is one.

    `key` identifies the step. Most APIs ignore it, but it leads from a record of the exchange to
    the step.
    """
    sent = {"content-type": "application/json"}
    if token:
        sent["authorization"] = f"Bearer {token}"
    if key:
        sent["idempotency-key"] = key
    body = orjson.dumps(fields) if fields is not None else b""
    return await http.request(method, url, headers={**sent, **(headers or {})}, body=body)
