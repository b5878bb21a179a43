"""The part of Telegram's Bot API that sends messages, and sets a bot's menu and greeting."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from automator.model import text_length
from automator.sandbox.context import (
    Answer,
    SandboxContext,
    as_list,
    as_mapping,
    as_text,
    read_fields,
    retry_header,
)
from automator.sandbox.faults import Fault

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_BUTTON_DATA = 64
_RATE_WAIT_S = 5
#: The methods that read and set a bot's profile.
PROFILE_METHODS = frozenset(
    {
        "setMyCommands",
        "getMyCommands",
        "deleteMyCommands",
        "setMyDescription",
        "getMyDescription",
    }
)
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
#: The field with the content of each method that sends.
_CONTENT: Mapping[str, str] = {
    "sendMessage": "text",
    "sendPhoto": "photo",
    "sendVideo": "video",
    "sendAudio": "audio",
    "sendDocument": "document",
}
ERRORS: Mapping[str, tuple[int, str]] = {
    "rate_limit": (429, "Too Many Requests: retry after {wait}"),
    "token_expired": (401, "Unauthorized"),
    "transient": (503, "Service Unavailable"),
    "in_doubt": (502, "Bad Gateway"),
    "permission": (403, "Forbidden: not enough rights to send text messages to the chat"),
    "gone": (403, "Forbidden: bot was blocked by the user"),
    "moved": (400, "Bad Request: group chat was upgraded to a supergroup chat"),
}


class Telegram:
    """The endpoint of one sandbox."""

    def __init__(self, context: SandboxContext) -> None:
        self._context = context
        #: The profiles of bots, by token and language.
        self._profiles: dict[tuple[str, str], dict[str, Any]] = {}

    async def call(self, request: Request) -> Response:
        """POST /telegram/bot{token}/{method}. The records do not show the token."""
        token, method = request.path_params["token"], request.path_params["method"]
        fields = await read_fields(request)
        fault = self._context.faults.take(request.url.path)
        if method in PROFILE_METHODS:
            answer = self._of_profile(fault, token, method, fields)
            return await self._context.answered(answer, fault)
        answer = self._decide(fault, token, method, fields)
        to, text = str(fields.get("chat_id", "")), fields.get("text") or fields.get("caption")
        path = f"/telegram/bot<redacted>/{method}"
        return await self._context.recorded(
            request, answer, fault, "message", to, as_text(text), fields, path=path
        )

    def _of_profile(
        self, fault: Fault, token: str, method: str, fields: Mapping[str, Any]
    ) -> Answer:
        if fault.error:
            return _failed(fault, fields)
        if not self._context.knows(token):
            return _refused(401, "Unauthorized")
        kept = self._profiles.setdefault((token, as_text(fields.get("language_code"))), {})
        if method == "setMyCommands":
            commands = [as_mapping(one) for one in fields.get("commands") or ()]
            if not all(_COMMAND.fullmatch(as_text(one.get("command"))) for one in commands):
                return _refused(400, "Bad Request: BOT_COMMAND_INVALID")
            kept["commands"] = commands
        elif method == "deleteMyCommands":
            kept.pop("commands", None)
        elif method == "setMyDescription":
            kept["description"] = as_text(fields.get("description"))
        elif method == "getMyCommands":
            return Answer(200, {"ok": True, "result": kept.get("commands", [])})
        else:
            described = {"description": kept.get("description", "")}
            return Answer(200, {"ok": True, "result": described})
        return Answer(200, {"ok": True, "result": True})

    def _decide(self, fault: Fault, token: str, method: str, fields: Mapping[str, Any]) -> Answer:
        if fault.error:
            return _failed(fault, fields)
        refused = self._refusal(token, method, fields)
        if refused:
            return _refused(*refused)
        recorder = self._context.recorder
        result = {
            "message_id": 900_000 + recorder.last_id,
            "date": recorder.clock.now_ms() // 1000,
            "chat": {"id": fields["chat_id"]},
        }
        return Answer(fault.status or 200, {"ok": True, "result": result})

    def _refusal(
        self, token: str, method: str, fields: Mapping[str, Any]
    ) -> tuple[int, str] | None:
        content = fields.get(_CONTENT.get(method, ""))
        chat = str(fields.get("chat_id") or "")
        is_said = method == "sendMessage"
        if not self._context.knows(token):
            return 401, "Unauthorized"
        if method not in _CONTENT:
            return 404, "Not Found"
        refusals = {
            "chat_id is empty": not chat,
            "message text is empty": not content,
            "chat not found": not self._context.has("telegram", chat),
            "message is too long": is_said and text_length(str(content), "utf16") > MAX_TEXT,
            "message caption is too long": text_length(as_text(fields.get("caption")), "utf16")
            > MAX_CAPTION,
            "BUTTON_DATA_INVALID": any(map(_is_invalid, _buttons(fields.get("reply_markup")))),
        }
        refused = next((why for why, is_so in refusals.items() if is_so), None)
        return (400, f"Bad Request: {refused}") if refused else None


def _buttons(markup: Any) -> list[Mapping[str, Any]]:
    """Returns the buttons of an inline keyboard, which is a list of rows."""
    rows = as_list(as_mapping(markup).get("inline_keyboard"))
    return [as_mapping(button) for row in rows for button in as_list(row) or [{}]]


def _is_invalid(button: Mapping[str, Any]) -> bool:
    """Whether a button lacks a text, or does not have exactly one of an address and data.

    Telegram accepts at most 64 bytes of data.
    """
    data, url = as_text(button.get("callback_data")), as_text(button.get("url"))
    is_long = len(data.encode()) > MAX_BUTTON_DATA
    return not button.get("text") or bool(data) == bool(url) or is_long


def _refused(status: int, description: str, **parameters: Any) -> Answer:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = parameters
    return Answer(status, body)


def _failed(fault: Fault, fields: Mapping[str, Any]) -> Answer:
    status, description = ERRORS.get(fault.error, (400, f"Bad Request: {fault.error}"))
    parameters: dict[str, Any] = {}
    if fault.error == "rate_limit":
        wait = _RATE_WAIT_S if fault.retry_after is None else fault.retry_after
        description, parameters = description.format(wait=wait), {"retry_after": wait}
    if fault.error == "moved":
        parameters = {"migrate_to_chat_id": f"-100{str(fields.get('chat_id', '')).strip('-')}"}
    answer = _refused(fault.status or status, description, **parameters)
    return Answer(answer.status, answer.body, retry_header(fault))
