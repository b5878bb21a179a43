"""The receiving ends of `forward` and `notify`. Forwards with a known secret have to be signed."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from automator.http.signing import (
    STANDARD_ID,
    STANDARD_SIGNATURE,
    STANDARD_TIMESTAMP,
    is_recent,
    parse_timestamp,
    standard_key,
    standard_matches,
)
from automator.sandbox.context import (
    Answer,
    SandboxContext,
    as_mapping,
    as_text,
    readable,
    retry_header,
)
from automator.sandbox.faults import Fault

ERRORS: Mapping[str, int] = {
    "rate_limit": 429,
    "token_expired": 401,
    "transient": 503,
    "permission": 403,
    "endpoint_gone": 410,
}


class Target:
    """The endpoint of one sandbox."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context

    async def take(self, request: Request) -> Response:
        """Any method on /target/{name}."""
        name = request.path_params["name"]
        body = await request.body()
        fault = self._context.faults.take(request.url.path)
        signature_ok = self._check(name, request, body)
        answer = _decide(fault, signature_ok)
        shown = readable(body)
        text = as_text(as_mapping(shown).get("text"))
        more: dict[str, Any] = {"signature_ok": signature_ok}
        if request.headers.get(STANDARD_ID):
            more["idempotency_key"] = request.headers[STANDARD_ID]
        return await self._context.recorded(
            request, answer, fault, "forward", name, text, shown, **more
        )

    async def take_notice(self, request: Request) -> Response:
        """POST /notify/{name}, in the form of a service `json://`."""
        fault = self._context.faults.take(request.url.path)
        shown = readable(await request.body())
        said = as_mapping(shown)
        lines = [text for key in ("title", "message") if (text := as_text(said.get(key)))]
        key = request.headers.get("idempotency-key", "")
        return await self._context.recorded(
            request,
            _decide(fault, None),
            fault,
            "notice",
            request.path_params["name"],
            "\n".join(lines),
            shown,
            idempotency_key=key,
        )

    def _check(self, name: str, request: Request, body: bytes) -> bool | None:
        """Whether the signature is right; None if there is no signature, or no secret is known."""
        secret = self._context.target_secrets.get(name)
        signature = request.headers.get(STANDARD_SIGNATURE)
        if secret is None or signature is None:
            return None
        timestamp = request.headers.get(STANDARD_TIMESTAMP, "")
        seconds = parse_timestamp(timestamp)
        if seconds is None or not is_recent(seconds, self._context.recorder.clock.now_ms()):
            return False
        message_id = request.headers.get(STANDARD_ID, "")
        return standard_matches([standard_key(secret)], message_id, timestamp, signature, body)


def _decide(fault: Fault, signature_ok: bool | None) -> Answer:
    if fault.error:
        status = fault.status or ERRORS.get(fault.error, 500)
        return Answer(status, {"error": fault.error}, retry_header(fault))
    if signature_ok is False:
        return Answer(401, {"error": "bad_signature"})
    return Answer(fault.status or 200, {"ok": True}, retry_header(fault))
