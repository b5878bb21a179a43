"""The part of Discord's HTTP API that answers interactions and posts messages."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from automator.sandbox.context import Answer, SandboxContext, as_text, read_fields, retry_header
from automator.sandbox.faults import Fault
from automator.sandbox.recorder import Remembered

MAX_TEXT = 2000
#: The limit of each part of a message.
_MOST: Mapping[str, int] = {"content": MAX_TEXT, "nonce": 25, "embeds": 10, "components": 5}
_LOADING = 128
_RATE_WAIT_S = 0.65
#: Of each fault: the status, Discord's error code, and Discord's message.
ERRORS: Mapping[str, tuple[int, int, str]] = {
    "rate_limit": (429, 0, "You are being rate limited."),
    "token_expired": (401, 0, "401: Unauthorized"),
    "transient": (503, 0, "Service Unavailable"),
    "in_doubt": (502, 0, "Bad Gateway"),
    "permission": (403, 50013, "Missing Permissions"),
    "gone": (403, 50007, "Cannot send messages to this user"),
    "window": (404, 10015, "Unknown Webhook"),
    "blocked": (400, 200000, "Message was blocked by automatic moderation"),
}
_NO_CHANNEL = (404, 10003, "Unknown Channel")
_NO_PERSON = (400, 50033, "Invalid Recipient(s)")


class Discord:
    """Discord's endpoints in one sandbox. An interaction is "thinking" until it is answered."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        #: The first answer of each interaction, by its token.
        self._answered: Remembered[dict[str, Any]] = Remembered()
        #: Messages by nonce; Discord does not send a second message with the same nonce.
        self._by_nonce: Remembered[dict[str, Any]] = Remembered()

    async def original(self, request: Request) -> Response:
        """GET and PATCH /discord/api/{version}/webhooks/{id}/{token}/messages/@original."""
        token = request.path_params["token"]
        if request.method == "GET":
            fault = self._context.faults.take(request.url.path)
            thinking = {"id": "1", "content": "", "flags": _LOADING}
            body = self._answered.get(token) or thinking
            answer = _failed(fault) if fault.error else Answer(fault.status or 200, body)
            await self._context.faults.wait(fault)
            return answer.response()
        return await self._take(request, token=token)

    async def follow_up(self, request: Request) -> Response:
        """POST /discord/api/{version}/webhooks/{id}/{token}, also for the webhook of a channel."""
        return await self._take(request, token=request.path_params["token"])

    async def message(self, request: Request) -> Response:
        """POST /discord/api/{version}/channels/{channel}/messages."""
        return await self._take(request, channel=request.path_params["channel"])

    async def open_direct(self, request: Request) -> Response:
        """POST /discord/api/{version}/users/@me/channels: each person has one conversation."""
        fields = await read_fields(request)
        fault = self._context.faults.take(request.url.path)
        person = fields.get("recipient_id")
        if fault.error or not self._knows_bot(request):
            answer = _failed(fault) if fault.error else _refused(ERRORS["token_expired"])
        elif not self._context.has("discord", as_text(person)):
            answer = _refused(_NO_PERSON)
        else:
            answer = Answer(fault.status or 200, {"id": f"7{person}", "type": 1})
        return await self._context.answered(answer, fault)

    async def _take(self, request: Request, *, token: str = "", channel: str = "") -> Response:
        fields = await read_fields(request)
        path = request.url.path
        fault = self._context.faults.take(path)
        answer = self._decide(fault, request, fields, token, channel)
        to, text = channel or request.path_params.get("id", ""), as_text(fields.get("content"))
        path = path.replace(token, "<redacted>") if token else path
        return await self._context.recorded(
            request, answer, fault, "message", to, text, fields, path=path
        )

    def _decide(
        self, fault: Fault, request: Request, fields: Mapping[str, Any], token: str, channel: str
    ) -> Answer:
        if fault.error:
            return _failed(fault)
        if channel and not self._knows_bot(request):
            return _refused(ERRORS["token_expired"])
        if channel and not self._context.has("discord", channel):
            return _refused(_NO_CHANNEL)
        errors = _problems(fields)
        if errors:
            body = {"message": "Invalid Form Body", "code": 50035, "errors": errors}
            return Answer(400, body)
        nonce = fields.get("nonce") if fields.get("enforce_nonce") is True else None
        known = self._by_nonce.get(str(nonce)) if nonce else None
        if known is not None:
            return Answer(fault.status or 200, known)
        message = {
            "id": str(1_400_000_000_000_000_000 + self._context.recorder.last_id),
            "channel_id": channel or "400",
            "content": fields.get("content", ""),
            "flags": fields.get("flags", 0),
        }
        if token:
            self._answered.put(token, message)
        if nonce:
            self._by_nonce.put(str(nonce), message)
        return Answer(fault.status or 200, message)

    def _knows_bot(self, request: Request) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return kind == "Bot" and self._context.knows(token)


def _problems(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an error for each part of a message that is missing or too long."""
    found = {
        name: ("BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        for name, most in _MOST.items()
        if isinstance(part := fields.get(name), str | list) and len(part) > most
    }
    if not fields.get("content") and not fields.get("embeds"):
        found["content"] = ("BASE_TYPE_REQUIRED", "This field is required")
    return {
        name: {"_errors": [{"code": code, "message": message}]}
        for name, (code, message) in found.items()
    }


def _refused(error: tuple[int, int, str]) -> Answer:
    status, code, words = error
    return Answer(status, {"message": words, "code": code})


def _failed(fault: Fault) -> Answer:
    status, code, words = ERRORS.get(fault.error, (400, 50035, fault.error))
    body: dict[str, Any] = {"message": words, "code": code}
    headers = retry_header(fault)
    if fault.error == "rate_limit":
        wait = _RATE_WAIT_S if fault.retry_after is None else fault.retry_after
        body |= {"retry_after": wait, "global": False}
        headers = {"x-ratelimit-reset-after": str(wait), **headers}
    return Answer(fault.status or status, body, headers)
