"""The part of Slack's Web API that posts a message."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from automator.sandbox.context import (
    Answer,
    SandboxContext,
    as_list,
    as_text,
    bearer_token,
    read_fields,
    retry_header,
)
from automator.sandbox.faults import Fault

MAX_TEXT = 40_000
MAX_BLOCKS = 50
_RATE_WAIT_S = 30
#: Of each fault: the status and Slack's error code; Slack sends nearly all errors with status 200.
ERRORS: Mapping[str, tuple[int, str]] = {
    "rate_limit": (429, "ratelimited"),
    "token_expired": (200, "token_expired"),
    "transient": (503, "service_unavailable"),
    "permission": (200, "missing_scope"),
    "gone": (200, "is_archived"),
    "in_doubt": (500, "fatal_error"),
}


class Slack:
    """The endpoint of one sandbox."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context

    async def post_message(self, request: Request) -> Response:
        """POST /slack/api/chat.postMessage."""
        fields = await read_fields(request)
        fault = self._context.faults.take(request.url.path)
        answer = self._decide(fault, bearer_token(request), fields)
        to, text = as_text(fields.get("channel")), as_text(fields.get("text"))
        return await self._context.recorded(request, answer, fault, "message", to, text, fields)

    def _decide(self, fault: Fault, token: str, fields: Mapping[str, Any]) -> Answer:
        if fault.error:
            status, error = ERRORS.get(fault.error, (200, fault.error))
            body = {"ok": False, "error": error}
            if error == "missing_scope":
                body |= {"needed": "chat:write", "provided": "commands"}
            return Answer(fault.status or status, body, retry_header(fault, _RATE_WAIT_S))
        refused, channel = None, as_text(fields.get("channel"))
        if not self._context.knows(token):
            refused = "invalid_auth"
        elif not self._context.has("slack", channel):
            refused = "channel_not_found"
        elif not fields.get("text") and not fields.get("blocks"):
            refused = "no_text"
        elif len(as_text(fields.get("text"))) > MAX_TEXT:
            refused = "msg_too_long"
        elif len(as_list(fields.get("blocks"))) > MAX_BLOCKS:
            refused = "invalid_blocks"
        if refused:
            return Answer(200, {"ok": False, "error": refused})
        recorder = self._context.recorder
        ts = f"{recorder.clock.now_ms() // 1000}.{recorder.last_id + 1:06d}"
        message = {"type": "message", "text": fields.get("text", ""), "ts": ts}
        answer = {"ok": True, "channel": fields["channel"], "ts": ts, "message": message}
        return Answer(fault.status or 200, answer)
